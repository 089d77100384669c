//! All rows in all tasks.

use std::collections::BTreeMap;
use std::time::Instant;

use super::cache::Cache;
use super::context::Session;
use super::float;
use super::loss::validation_loss;
use super::measure::{Folds, Measured};
use super::prepared::{Kept, Prepared};
use super::rows::{Method, ROWS, Row, Start, check_patterns};
use super::tasks::{Task, Tasks};
use super::trained::{Finished, Outcome, Training, missing};
use super::weights::Encoders;
use super::whole::{self, Profile};
use super::{Cell, News, Options, Research, RowReport};
use crate::fusion::Mode;
use crate::lab::train;
use crate::{Error, Result};

/// Measures the rows that are asked for and shows the others as far as they are kept.
///
/// # Errors
/// Where a pattern means no row, or data, weights or packs cannot be read.
pub fn run(options: &Options, tell: &(dyn Fn(News) + Sync)) -> Result<Research> {
    let start = Instant::now();
    check_patterns(&options.only)?;
    let cache = Cache::open(&options.cache)?;
    let tasks = Tasks::read(&options.data, options.shopee.as_deref())?;
    let encoders = Encoders { models: &options.models, files: &options.weights, cache: &cache };
    let session = Session { options, tasks: &tasks, encoders, tell };
    let mut profiles = BTreeMap::new();
    let mut rows = Vec::new();
    for row in ROWS {
        let report = session.row(row, &mut profiles)?;
        if session.is_on(row) {
            tell(News::Row(&report));
        }
        rows.push(report);
    }
    let shapes = tasks.tasks.iter().map(|task| task.shape(&tasks.benches)).collect();
    Ok(Research { tasks: shapes, rows, skipped: tasks.skipped.clone(), seconds: start.elapsed().as_secs_f64() })
}

impl Session<'_> {
    /// Whether a row is run: asked for, or the untrained encoder of a trained row that is.
    fn is_on(&self, row: &Row) -> bool {
        let only = &self.options.only;
        let is_asked = |row: &Row| only.is_empty() || only.iter().any(|pattern| row.is_meant(pattern));
        let starts_here = |other: &&Row| match other.method {
            Method::Trained { start, .. } => start.untrained().is_some_and(|untrained| untrained.key == row.key),
            _ => false,
        };
        is_asked(row) || (!self.options.quick && ROWS.iter().filter(starts_here).any(is_asked))
    }

    fn row(&self, row: &Row, profiles: &mut BTreeMap<&'static str, Option<Profile>>) -> Result<RowReport> {
        let is_for = |task: &&Task| match row.mode() {
            // The reference is of photos parted by product.
            Some(Mode::Photo) if matches!(row.method, Method::Reference) => {
                task.mode == Mode::Photo && self.tasks.benches[task.bench].folds.is_some()
            }
            Some(mode) => task.mode == mode,
            None => task.profile.is_some(),
        };
        let own: Vec<&Task> = self.tasks.tasks.iter().filter(is_for).collect();
        let mut cells = Vec::new();
        let cell = |task: &Task, found: std::result::Result<Measured, String>| {
            let task = task.key.to_string();
            match found {
                Ok(measured) => Cell { task, measured: Some(measured), reason: None },
                Err(reason) => Cell { task, measured: None, reason: Some(reason) },
            }
        };
        match row.method {
            Method::Trained { recipe, start } => {
                let outcome = self.training(row, recipe, start)?;
                for task in own {
                    match &outcome {
                        Outcome::Trained(finished) => {
                            if task.is_held_out(&self.tasks.benches, finished.home, &finished.recipe) {
                                cells.push(cell(task, Ok(self.of_trained(row, finished, start, task)?)));
                            }
                        }
                        Outcome::NotRun(reason) => cells.push(cell(task, Err(reason.clone()))),
                    }
                }
            }
            Method::Whole => {
                for task in own {
                    let Some(name) = task.profile else { continue };
                    if !profiles.contains_key(name) {
                        profiles.insert(name, self.profile(name, self.is_on(row))?);
                    }
                    let found = profiles.get(name).and_then(Option::as_ref).and_then(|profile| profile.of(task));
                    cells.push(cell(task, found.ok_or_else(|| "not run".into())));
                }
            }
            _ => {
                for task in own {
                    let found = self.untrained(row, task, self.is_on(row))?;
                    cells.push(match found {
                        Ok(kept) => cell(task, Ok(self.measured(row, task, &kept)?)),
                        Err(reason) => cell(task, Err(reason)),
                    });
                }
            }
        }
        let is_trained = matches!(row.method, Method::Trained { .. });
        Ok(RowReport { key: row.key.into(), name: row.name.into(), is_trained, cells })
    }

    /// What a row without training answers; why there is nothing otherwise.
    fn untrained(&self, row: &Row, task: &Task, is_on: bool) -> Result<std::result::Result<Kept, String>> {
        let fingerprint = match row.method {
            Method::Sum(title, photo) => {
                let mut of_parts = String::new();
                for (part, bench) in [(title, Some(task.bench)), (photo, task.photos)] {
                    let (Some(part), Some(bench)) = (super::rows::find(part), bench) else { continue };
                    match self.fingerprint(part, bench)? {
                        Some(found) => of_parts += &format!("{found} "),
                        None => return Ok(Err(self.missing(part))),
                    }
                }
                of_parts
            }
            _ => match self.fingerprint(row, task.bench)? {
                Some(found) => found,
                None => return Ok(Err(self.missing(row))),
            },
        };
        let key = self.key(row, &fingerprint, task);
        if let Some(kept) = self.encoders.cache.get(&key) {
            return Ok(Ok(kept));
        }
        if !is_on {
            return Ok(Err("not run".into()));
        }
        let prepared = match row.method {
            Method::Sum(title, photo) => self.sum((title, photo), task)?,
            _ => self.prepared(row, task.bench, task.set)?,
        };
        match prepared {
            Some(prepared) => self.keep(&key, &prepared, task).map(Ok),
            None => Ok(Err("not run: too few pictures to learn a projection from".into())),
        }
    }

    fn missing(&self, row: &Row) -> String {
        match row.method {
            Method::Encoder(start) | Method::OfForeground(start, _) | Method::Projection(start) => missing(start),
            Method::InFloat(start) => missing(Start::Weights(start.name())),
            _ => missing(Start::Weights("mobilenet-v2")),
        }
    }

    fn key(&self, row: &Row, fingerprint: &str, task: &Task) -> String {
        let own = &self.tasks.benches[task.bench];
        let photos = task.photos.map_or("", |photos| self.tasks.benches[photos].sha256.as_str());
        Cache::key(&["answers", row.key, fingerprint, &own.sha256, photos, task.key])
    }

    fn keep(&self, key: &str, prepared: &Prepared, task: &Task) -> Result<Kept> {
        let kept = prepared.kept(self, task);
        self.encoders.cache.put(key, &kept)?;
        Ok(kept)
    }

    fn measured(&self, row: &Row, task: &Task, kept: &Kept) -> Result<Measured> {
        let bench = &self.tasks.benches[task.bench];
        let mut measured = kept.answers.measured(task, bench);
        measured.milliseconds = Some(kept.milliseconds);
        measured.bytes = kept.bytes;
        measured.categories.clone_from(&kept.categories);
        if let Method::InFloat(start) = row.method {
            // Encoders here and in the browser are not timed against each other.
            measured.milliseconds = None;
            if let Some(Ok(pack)) = start.untrained().map(|pack| self.untrained(pack, task, true)).transpose()? {
                measured.rounding = Some(kept.answers.rounding(&pack.answers));
            }
        }
        if let (Method::Reference, Some(weights)) = (row.method, self.encoders.files.get("mobilenet-v2")) {
            measured.reference = float::reference(weights, &bench.corpus, task.set, &kept.answers.ranks)?;
        }
        if let Method::Projection(_) = row.method {
            // It was learnt from one training part: other folds are no test of it.
            (measured.folds, measured.whole) = (None, None);
        }
        Ok(measured)
    }

    fn training(&self, row: &Row, recipe: &str, start: Start) -> Result<Outcome> {
        let tell = |news: train::News| match news {
            train::News::Step(text, parts) => (self.tell)(News::Step(&format!("{}: {text}", row.key), parts)),
            train::News::Advance(parts) => (self.tell)(News::Advance(parts)),
            train::News::Epoch(epoch) => {
                let loss = epoch.loss.map_or("untrained".into(), |loss| format!("loss {loss:.4}"));
                let (number, recall) = (epoch.epoch, epoch.recall_at_1);
                (self.tell)(News::Training(format!("{}: epoch {number}, {loss}, validation R@1 {recall:.3}", row.key)));
            }
            train::News::Batch(..) => {}
        };
        let training = Training {
            encoders: &self.encoders,
            data: self.options.data.clone(),
            checkpoints: self.options.checkpoints.clone(),
            is_on: self.is_on(row) && !self.options.quick,
            with_folds: self.options.folds,
            tell: &tell,
        };
        Ok(match training.of(row, recipe, start, self.tasks)? {
            Outcome::NotRun(reason) if self.options.quick && reason == "not run" => {
                Outcome::NotRun("not run: --quick".into())
            }
            outcome => outcome,
        })
    }

    fn of_trained(&self, row: &Row, finished: &Finished, start: Start, task: &Task) -> Result<Measured> {
        let Finished { recipe, encoder, home, folds } = finished;
        let key = self.key(row, &encoder.0.fingerprint, task);
        let kept = match self.encoders.cache.get(&key) {
            Some(kept) => kept,
            None => {
                let prepared = self.of_encoder(row, encoder, task.bench, task.set)?;
                self.keep(&key, &prepared, task)?
            }
        };
        let mut measured = self.measured(row, task, &kept)?;
        let bench = &self.tasks.benches[task.bench];
        let is_home = task.bench == *home && task.set < bench.corpus.trained;
        // What was trained on groups of a set says nothing about all of its queries.
        if is_home {
            measured.whole = None;
            measured.folds = folds.as_ref().and_then(|folds| folds.get(task.set)).cloned().map(Folds::of);
        }
        if let Some(untrained) = start.untrained() {
            match self.untrained(untrained, task, true)? {
                Ok(before) => measured.gain = Some(kept.answers.gain_over(&before.answers, bench)),
                Err(reason) => return Err(Error::training("the untrained encoder's row", reason, row.key)),
            }
        }
        if is_home {
            measured.validation_loss = self.losses(row, finished, start, &recipe.loss)?;
        }
        Ok(measured)
    }

    /// The loss over the validation part by the untrained encoder and by the trained one.
    fn losses(&self, row: &Row, finished: &Finished, start: Start, loss: &train::Loss) -> Result<Option<(f64, f64)>> {
        let corpus = &self.tasks.benches[finished.home].corpus;
        let vectors = |loaded: &(crate::encoder::Identity, crate::encoder::Encoder)| -> Result<Vec<Vec<f32>>> {
            let mut all = vec![Vec::new(); corpus.items.len()];
            for set in 0..corpus.trained {
                let found = self.views(row, loaded, finished.home, set)?.0.stored();
                all.iter_mut()
                    .zip(found)
                    .filter(|(_, found)| !found.is_empty())
                    .for_each(|(place, found)| *place = found);
            }
            Ok(all)
        };
        let key =
            Cache::key(&["loss", row.key, &finished.encoder.0.fingerprint, &self.tasks.benches[finished.home].sha256]);
        if let Some(found) = self.encoders.cache.get(&key) {
            return Ok(Some(found));
        }
        let Some(untrained) = self.encoders.load(start, corpus)? else { return Ok(None) };
        let before = validation_loss(loss, corpus, &vectors(&untrained)?)?;
        let after = validation_loss(loss, corpus, &vectors(&finished.encoder)?)?;
        let found = before.zip(after);
        if let Some(found) = found {
            self.encoders.cache.put(&key, &found)?;
        }
        Ok(found)
    }

    fn profile(&self, name: &str, is_on: bool) -> Result<Option<Profile>> {
        self.step(&format!("twinlens: {name}"), 0);
        let folder = match (name, &self.options.shopee) {
            ("shopee", Some(folder)) => folder,
            _ => &self.options.data,
        };
        whole::profile(name, folder, (self.tasks, &self.options.models, self.encoders.cache), is_on)
    }
}
