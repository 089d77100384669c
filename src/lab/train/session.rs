//! A recipe carried out: data, frozen vectors, training, test, pack.

use std::path::PathBuf;
use std::time::Instant;

use burn::module::Module;
use burn::prelude::Device;

use super::categories::{Assigned, assign};
use super::chart::page;
use super::corpus::{Corpus, Part, Reads};
use super::inputs::{Inputs, Untrained};
use super::measure::{Measured, measure};
use super::network::Network;
use super::recipe::Recipe;
use super::report::{FoldReport, PackReport, Report, Tried};
use super::sampler::Sampler;
use super::state::{Epoch, State, write_whole};
use super::trainer::{Event, Options, Trainer};
use super::{projection, result};
use crate::digest::sha256_hex;
use crate::encoder::Identity;
use crate::merchant::models::{Models, tokenizer_file};
use crate::pack::Preprocessing;
use crate::{Error, Result};

/// Where things lie, and how far to go.
pub struct Places {
    /// The recipe's file, for messages.
    pub recipe: String,
    /// Folder of the data sets.
    pub data: PathBuf,
    pub models: Models,
    /// Folder of float weights.
    pub weights: PathBuf,
    /// Folder to write to.
    pub out: PathBuf,
    /// Folder in which vectors of a frozen encoder are kept for other recipes over the same items.
    pub vectors: Option<PathBuf>,
    /// Whether to go on from the state in `out`.
    pub resume: bool,
    /// Epochs after which to stop for now.
    pub stop_after: Option<usize>,
}

/// What is going on.
pub enum News<'n> {
    /// A step begins: what it does, and of how many parts it is.
    Step(&'n str, usize),
    /// Parts that are done.
    Advance(usize),
    Epoch(&'n Epoch),
    /// Batches that are done of those of an epoch.
    Batch(usize, usize),
}

/// Carries out a recipe, whose table is that of its file. Writes into `out`, by the recipe's name: the state after each epoch
/// (`.state`) and, at the end, the pack (`.safetensors`, `.tokenizer.json`) and the report (`.json`, `.html`).
///
/// # Errors
/// Where the recipe does not fit the data or the encoder, files cannot be read or written, or training does not go on.
pub fn run(table: &toml::Table, recipe: &Recipe, places: &Places, tell: &(dyn Fn(News) + Sync)) -> Result<Report> {
    let start = Instant::now();
    let is_parted = places.resume || places.stop_after.is_some();
    if is_parted && (recipe.search.is_some() || recipe.data.folds.is_some()) {
        let expected = "a recipe without search and data.folds to stop early or to resume";
        return Err(Error::recipe(expected, "one with", places.recipe.clone()));
    }
    std::fs::create_dir_all(&places.out).map_err(|e| {
        Error::io("making a folder", "a folder to write the result to", e, places.out.display().to_string())
    })?;
    let untrained = Untrained::load(recipe, &places.models, &places.weights)?;
    let mut corpus = Corpus::read(&recipe.data, &places.data, untrained.reads)?;
    let folds = recipe.data.folds;
    corpus.split(&recipe.data, recipe.seed, folds.map(|folds| (0, folds)));
    let is_changed = |item: usize| {
        let item = &corpus.items[item];
        item.set < corpus.trained && (folds.is_some() || item.part == Part::Training)
    };
    tell(News::Step("items read by the frozen encoder", corpus.items.len()));
    let inputs = untrained
        .inputs(&corpus, recipe, places.vectors.as_deref(), &is_changed, &|count| tell(News::Advance(count)))?;
    let mut session = Session { recipe, places, corpus, inputs, untrained };
    let mut report = session.report();
    match (folds, &recipe.search) {
        (Some(folds), _) => session.cross_validate(folds, &mut report, tell)?,
        (None, Some(search)) => {
            let tables = search.tables(table, recipe.seed, &places.recipe)?.into_iter();
            let recipes = tables.map(|(changes, table)| Ok((changes, Recipe::of(table, &places.recipe)?)));
            let (recipe, state) = session.search(recipes.collect::<Result<_>>()?, &mut report, tell)?;
            Session { recipe: &recipe, ..session }.finish(&state, &mut report)?;
        }
        (None, None) => {
            let path = places.out.join(format!("{}.state", recipe.name));
            let options = Options { state: Some(&path), resume: places.resume, stop_after: places.stop_after };
            let (state, is_finished) = session.train(recipe, &options, &mut report, tell)?;
            report.is_finished = is_finished;
            match is_finished {
                true => session.finish(&state, &mut report)?,
                false => session.note(&state, &mut report),
            }
        }
    }
    report.seconds = start.elapsed().as_secs_f64();
    let json = serde_json::to_string_pretty(&report)
        .map_err(|e| Error::training("a report that can be written", e.to_string(), &*recipe.name))?;
    write_whole(&places.out.join(format!("{}.json", recipe.name)), json.as_bytes())?;
    write_whole(&places.out.join(format!("{}.html", recipe.name)), page(&report).as_bytes())?;
    Ok(report)
}

struct Session<'a> {
    recipe: &'a Recipe,
    places: &'a Places,
    corpus: Corpus,
    inputs: Inputs,
    untrained: Untrained,
}

impl Session<'_> {
    fn report(&self) -> Report {
        Report {
            recipe: self.recipe.clone(),
            is_finished: true,
            groups: 0,
            parameters: 0,
            categories: None,
            epochs: Vec::new(),
            best_epoch: 0,
            before: Vec::new(),
            after: Vec::new(),
            projection: Vec::new(),
            pack: None,
            tried: Vec::new(),
            folds: Vec::new(),
            seconds: 0.0,
        }
    }

    fn train(
        &self,
        recipe: &Recipe,
        options: &Options,
        report: &mut Report,
        tell: &(dyn Fn(News) + Sync),
    ) -> Result<(State, bool)> {
        report.categories = recipe.needs_categories().then(|| self.categories(recipe));
        report.groups = Sampler::new(&self.corpus, &self.inputs, recipe.augmentation.single_items).classes();
        let trainer = self.trainer(recipe, report.categories.as_ref());
        let state = trainer.train(options, &mut |event| match event {
            Event::Epoch(epoch) => tell(News::Epoch(epoch)),
            Event::Batch(batch, of) => tell(News::Batch(batch, of)),
        })?;
        report.parameters = state.network.num_params();
        let is_over = trainer.is_over(&state.progress);
        Ok((state, is_over))
    }

    fn categories(&self, recipe: &Recipe) -> Assigned {
        assign(&self.corpus, &self.inputs.untrained(), recipe.categories, recipe.seed)
    }

    fn trainer<'t>(&'t self, recipe: &'t Recipe, categories: Option<&'t Assigned>) -> Trainer<'t> {
        Trainer { recipe, corpus: &self.corpus, inputs: &self.inputs, untrained: &self.untrained, categories }
    }

    fn note(&self, state: &State, report: &mut Report) {
        report.epochs.clone_from(&state.progress.epochs);
        report.best_epoch = state.progress.best;
    }

    fn measured(&self, vectors: &[Vec<f32>]) -> Vec<Measured> {
        let has_test = |set: &usize| !self.corpus.asking(*set, Part::Test).is_empty();
        let sets = (0..self.corpus.sets.len()).filter(has_test);
        sets.map(|set| measure(&self.corpus, vectors, set, Part::Test)).collect()
    }

    /// What the recipe takes of the way to the best network.
    fn interpolated(&self, best: &Network) -> Network {
        let start = self.untrained.network(self.recipe, self.inputs.width, &Device::flex());
        best.interpolated(&start, self.recipe.training.interpolation)
    }

    /// The test part before and after, the vectors after it.
    fn tested(&self, best: &Network) -> Result<(Vec<Measured>, Vec<Measured>, Vec<Vec<f32>>)> {
        let vectors = self.trainer(self.recipe, None).embed(best, &|_| true)?;
        Ok((self.measured(&self.inputs.untrained()), self.measured(&vectors), vectors))
    }

    /// Tests the best network and writes its pack.
    fn finish(&self, state: &State, report: &mut Report) -> Result<()> {
        self.note(state, report);
        let best = self.interpolated(&state.best);
        let (before, after, vectors) = self.tested(&best)?;
        (report.before, report.after) = (before, after);
        if self.untrained.reads == Reads::Photos {
            let sets = 0..self.corpus.trained;
            report.projection = sets.filter_map(|set| projection::measured(&self.corpus, &self.inputs, set)).collect();
        }
        let base = self.places.models.pack(&self.recipe.model.pack)?;
        let tokenizer = match base.header.preprocessing {
            Preprocessing::Text { .. } => self.places.models.load(&Identity::of(&base, None))?.tokenizer,
            Preprocessing::Image { .. } => None,
        };
        let tokenizer = tokenizer.as_deref();
        let pack = result::pack(self.recipe, &base, tokenizer, &self.untrained, &best, &self.corpus)?;
        let agreement = result::agreement(&pack, tokenizer, &self.corpus, &vectors)?;
        let name = &self.recipe.name;
        if let Some(tokenizer) = tokenizer {
            write_whole(&self.places.out.join(tokenizer_file(name)), tokenizer)?;
        }
        let file = format!("{name}.safetensors");
        write_whole(&self.places.out.join(&file), &pack)?;
        report.pack = Some(PackReport { file, bytes: pack.len(), sha256: sha256_hex(&pack), agreement });
        Ok(())
    }

    /// Trains by each recipe; the one with the best validation figure, and its state.
    fn search(
        &self,
        recipes: Vec<(String, Recipe)>,
        report: &mut Report,
        tell: &(dyn Fn(News) + Sync),
    ) -> Result<(Recipe, State)> {
        let mut best: Option<(Recipe, State)> = None;
        for (changes, recipe) in recipes {
            tell(News::Step(&changes, 0));
            let (state, _) = self.train(&recipe, &Options::default(), report, tell)?;
            let (figure, best_epoch) = (state.progress.best_figure(), state.progress.best);
            let is_better = best.as_ref().is_none_or(|(_, best)| figure > best.progress.best_figure());
            let tried = Tried { changes, mean_reciprocal_rank: figure, best_epoch };
            match is_better {
                true => {
                    report.tried.insert(0, tried);
                    best = Some((recipe, state));
                }
                false => report.tried.push(tried),
            }
        }
        let (recipe, state) =
            best.ok_or_else(|| Error::recipe("search: a combination", "none", self.places.recipe.clone()))?;
        report.recipe = recipe.clone();
        report.parameters = state.network.num_params();
        report.categories = recipe.needs_categories().then(|| self.categories(&recipe));
        Ok((recipe, state))
    }

    /// Trains and tests once for each fold.
    fn cross_validate(&mut self, folds: usize, report: &mut Report, tell: &(dyn Fn(News) + Sync)) -> Result<()> {
        for fold in 0..folds {
            tell(News::Step(&format!("fold {} of {folds}", fold + 1), 0));
            self.corpus.split(&self.recipe.data, self.recipe.seed, Some((fold, folds)));
            let (state, _) = self.train(self.recipe, &Options::default(), report, tell)?;
            let (before, after, _) = self.tested(&self.interpolated(&state.best))?;
            self.note(&state, report);
            report.folds.push(FoldReport { fold, best_epoch: state.progress.best, before, after });
        }
        Ok(())
    }
}
