//! Trained rows: recipes that are carried out once and kept.

use std::path::PathBuf;

use serde_json::Value;

use super::cache::Cache;
use super::rows::{Row, Start};
use super::tasks::{Bench, FOLDS, Tasks};
use super::weights::Encoders;
use crate::encoder::{Encoder, Identity};
use crate::engine;
use crate::lab::train::corpus::Reads;
use crate::lab::train::{News, Places, Recipe, run};
use crate::merchant::models::Models;
use crate::{Error, Result};

/// Where training reads and writes.
pub struct Training<'a> {
    pub encoders: &'a Encoders<'a>,
    /// Folder of the data sets.
    pub data: PathBuf,
    /// Folder of the float weights that recipes fine-tune.
    pub checkpoints: Option<PathBuf>,
    /// Whether rows are trained that are not kept from earlier.
    pub is_on: bool,
    /// Whether the K-fold score is made, which takes as many runs.
    pub with_folds: bool,
    pub tell: &'a (dyn Fn(News) + Sync),
}

/// What came of a recipe.
pub enum Outcome {
    Trained(Box<Finished>),
    /// Why there is nothing.
    NotRun(String),
}

pub struct Finished {
    pub recipe: Recipe,
    pub encoder: (Identity, Encoder),
    /// Index of the bench whose split it was trained by.
    pub home: usize,
    /// Of each set that is trained on, the R@1 of each fold.
    pub folds: Option<Vec<Vec<f64>>>,
}

impl Training<'_> {
    /// The pack of a row's recipe, from an earlier run where it is of the same recipe, data and encoder.
    ///
    /// # Errors
    /// Where training fails or its files cannot be read.
    pub fn of(&self, row: &Row, recipe: &str, start: Start, tasks: &Tasks) -> Result<Outcome> {
        let (table, recipe) = derived(row, recipe, start)?;
        let home = tasks.benches.iter().position(|bench| bench.check(&recipe).is_ok());
        let Some(home) = home else {
            return Ok(Outcome::NotRun(format!(
                "not run: the data of its recipe ({}) is not there",
                recipe.data.sets.join(", ")
            )));
        };
        let bench = &tasks.benches[home];
        let Some(models) = self.encoders.models(start, &bench.corpus)? else {
            return Ok(Outcome::NotRun(missing(start)));
        };
        let (identity, encoder) = models.encoder(start.name(), &engine::Device::Cpu { reason: None })?;
        let is_title = matches!(encoder, Encoder::Text(_));
        if is_title
            != bench
                .corpus
                .items
                .iter()
                .any(|item| matches!(item.content, crate::lab::train::corpus::Content::Title(_)))
        {
            let reads = if is_title { Reads::Titles } else { Reads::Photos };
            return Err(Error::recipe(format!("data that has {reads:?}"), "other data", row.key));
        }
        let Some(out) = self.trained(&table, &recipe, &models, &identity, bench, "")? else {
            return Ok(Outcome::NotRun(self.reason(&recipe)));
        };
        let encoder = Models::find(Some(&out))?.encoder(&recipe.name, &engine::Device::Cpu { reason: None })?;
        let folds = match bench.folds {
            Some(_) if recipe.model.trained.is_adapter() => self.folds(&table, row, &models, &identity, bench)?,
            _ => None,
        };
        Ok(Outcome::Trained(Box::new(Finished { recipe, encoder, home, folds })))
    }

    fn reason(&self, recipe: &Recipe) -> String {
        match (&recipe.model.checkpoint, self.is_on) {
            (Some(file), true) => format!("not run: no float weights {file} (--checkpoints DIR)"),
            _ => "not run".into(),
        }
    }

    /// The folder of a finished run; `None` where there is none and none is to be.
    fn trained(
        &self,
        table: &toml::Table,
        recipe: &Recipe,
        models: &Models,
        identity: &Identity,
        bench: &Bench,
        kind: &str,
    ) -> Result<Option<PathBuf>> {
        let json = serde_json::to_string(recipe)
            .map_err(|e| Error::recipe("a recipe that can be written", e.to_string(), &*recipe.name))?;
        let key = Cache::key(&["recipe", kind, &json, &bench.sha256, &identity.fingerprint]);
        let out = self.encoders.cache.below(&format!("trained/{}-{key}", recipe.name))?;
        if report(&out, &recipe.name).is_some_and(|report| report["is_finished"] == true) {
            return Ok(Some(out));
        }
        let weights = self.checkpoints.clone().unwrap_or_default();
        let has_weights = recipe.model.checkpoint.as_ref().is_none_or(|file| weights.join(file).is_file());
        if !self.is_on || !has_weights {
            return Ok(None);
        }
        let resume = kind.is_empty() && out.join(format!("{}.state", recipe.name)).is_file();
        let places = Places {
            recipe: format!("the recipe of {}", recipe.name),
            data: self.data.clone(),
            models: models.clone(),
            weights,
            out: out.clone(),
            vectors: Some(self.encoders.cache.below("inputs")?),
            resume,
            stop_after: None,
        };
        run(table, recipe, &places, self.tell)?;
        Ok(Some(out))
    }

    fn folds(
        &self,
        table: &toml::Table,
        row: &Row,
        models: &Models,
        identity: &Identity,
        bench: &Bench,
    ) -> Result<Option<Vec<Vec<f64>>>> {
        let mut table = table.clone();
        if let Some(data) = table.get_mut("data").and_then(toml::Value::as_table_mut) {
            data.insert("folds".into(), toml::Value::Integer(FOLDS as i64));
        }
        let recipe = Recipe::of(table.clone(), row.key)?;
        let training =
            Training { is_on: self.is_on && self.with_folds, data: self.data.clone(), checkpoints: None, ..*self };
        let Some(out) = training.trained(&table, &recipe, models, identity, bench, "folds")? else { return Ok(None) };
        let Some(report) = report(&out, &recipe.name) else { return Ok(None) };
        let folds = report["folds"].as_array().cloned().unwrap_or_default();
        let of_set = |set: usize| {
            let value = |fold: &Value| fold["after"][set]["recall_at_1"]["value"].as_f64();
            folds.iter().filter_map(value).collect::<Vec<f64>>()
        };
        Ok(Some((0..bench.corpus.trained).map(of_set).collect()))
    }
}

fn report(out: &std::path::Path, name: &str) -> Option<Value> {
    serde_json::from_slice(&std::fs::read(out.join(format!("{name}.json"))).ok()?).ok()
}

/// Why a row of an encoder without weights is empty.
pub fn missing(start: Start) -> String {
    format!("not run: its weights are in no package registry (--weights {}=PATH)", start.name())
}

/// The recipe under the row's name, from the row's encoder.
fn derived(row: &Row, recipe: &str, start: Start) -> Result<(toml::Table, Recipe)> {
    let failed = |e: toml::de::Error| Error::recipe("a recipe in TOML", e.to_string(), row.key);
    let mut table: toml::Table = toml::from_str(recipe).map_err(failed)?;
    table.insert("name".into(), row.key.into());
    if let Some(model) = table.get_mut("model").and_then(toml::Value::as_table_mut) {
        model.insert("pack".into(), start.name().into());
    }
    let recipe = Recipe::of(table.clone(), row.key)?;
    Ok((table, recipe))
}
