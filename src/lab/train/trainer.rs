//! The loop over epochs and batches.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use burn::grad_clipping::GradientClippingConfig;
use burn::module::Param;
use burn::optim::{AdamWConfig, GradientsParams, ModuleOptimizer};
use burn::prelude::*;
use fastrand::Rng;

use super::categories::Assigned;
use super::corpus::{Corpus, Part};
use super::inputs::{Inputs, Untrained, View};
use super::loss::{
    Cosines, arcface, batch_hard, contrastive, hardest_negatives, margin_at, supervised_contrastive, triplet,
};
use super::measure::{mean_reciprocal_rank, ranks};
use super::network::Network;
use super::recipe::{Loss, Negatives, Recipe};
use super::sampler::{Rows, Sampler};
use super::state::{Epoch, Progress, State};
use crate::catalogue::stored_vector;
use crate::digest::sha256_hex;
use crate::lab::export::values;
use crate::{Error, Result};

/// Views that are embedded at once outside training.
const EMBEDDED_AT_ONCE: usize = 64;

/// A recipe with its data, ready to train.
pub struct Trainer<'a> {
    pub recipe: &'a Recipe,
    pub corpus: &'a Corpus,
    pub inputs: &'a Inputs,
    pub untrained: &'a Untrained,
    pub categories: Option<&'a Assigned>,
}

/// How a run is carried out.
#[derive(Default)]
pub struct Options<'a> {
    /// Where its state is written after each epoch.
    pub state: Option<&'a Path>,
    /// Whether to go on from that state.
    pub resume: bool,
    /// Epochs after which this process stops; the run can be resumed.
    pub stop_after: Option<usize>,
}

/// What happens in a run.
pub enum Event<'e> {
    Epoch(&'e Epoch),
    /// Batches that are done of those of an epoch.
    Batch(usize, usize),
}

/// Dropout draws from random numbers that are one sequence for the whole process, and whose state cannot be read: each step gives them a
/// new seed, and draws while no other does.
static DRAWING: Mutex<()> = Mutex::new(());

impl Trainer<'_> {
    /// Trains until the last epoch, until the validation figure has not risen for long enough, or until `stop_after`.
    ///
    /// # Errors
    /// [`Error::Training`] where the loss is no number; the state of the epoch before stays.
    pub fn train(&self, options: &Options, tell: &mut dyn FnMut(Event)) -> Result<State> {
        let training = &self.recipe.training;
        let mut sampler = Sampler::new(self.corpus, self.inputs, self.recipe.augmentation.single_items);
        if let (Loss::Triplet { negatives, .. }, Some(assigned)) = (self.recipe.loss, self.categories) {
            sampler = sampler.with_categories(assigned, negatives);
        }
        let batches = sampler.batches(training);
        if batches == 0 {
            let expected = "data.sets: at least two groups to learn from";
            return Err(Error::recipe(expected, sampler.classes().to_string(), self.recipe.name.clone()));
        }
        let mut state = match (options.resume, options.state) {
            (true, Some(path)) => State::read(path, &self.fingerprint()?, &self.network(&sampler), self.optimizer())?,
            _ => self.start(&sampler)?,
        };
        if let (false, Some(path)) = (options.resume, options.state) {
            state.write(path)?;
        }
        state.progress.epochs.iter().for_each(|epoch| tell(Event::Epoch(epoch)));
        let mut done = 0;
        while !self.is_over(&state.progress) && options.stop_after.is_none_or(|most| done < most) {
            let mut rng = Rng::with_seed(state.progress.rng);
            let (loss, learning_rate) = self.epoch(&sampler, &mut state, batches, &mut rng, tell)?;
            let number = state.progress.epoch() + 1;
            let epoch = self.validated(&state.network, number, Some(loss), learning_rate)?;
            if epoch.mean_reciprocal_rank > state.progress.best_figure() {
                state.progress.best = number;
                state.best = state.network.clone();
            }
            state.progress.epochs.push(epoch);
            state.progress.rng = rng.get_seed();
            if let Some(path) = options.state {
                state.write(path)?;
            }
            state.progress.epochs.last().into_iter().for_each(|epoch| tell(Event::Epoch(epoch)));
            done += 1;
        }
        Ok(state)
    }

    /// Whether there is nothing left to train.
    pub fn is_over(&self, progress: &Progress) -> bool {
        let epoch = progress.epoch();
        epoch >= self.recipe.training.epochs || epoch >= progress.best + self.recipe.training.patience
    }

    fn start(&self, sampler: &Sampler) -> Result<State> {
        let network = self.network(sampler);
        let epochs = vec![self.validated(&network, 0, None, 0.0)?];
        let progress = Progress { run: self.fingerprint()?, step: 0, rng: self.recipe.seed, epochs, best: 0 };
        Ok(State { progress, best: network.clone(), network, optimizer: self.optimizer() })
    }

    fn network(&self, sampler: &Sampler) -> Network {
        let device = Device::flex().autodiff();
        let mut network = self.untrained.network(self.recipe, self.inputs.width, &device);
        if matches!(self.recipe.loss, Loss::Arcface { .. }) {
            let means = sampler.means().concat();
            let shape = [sampler.classes(), self.inputs.width];
            network.centres = Some(Param::from_data(TensorData::new(means, shape), &device));
        }
        network
    }

    fn optimizer(&self) -> ModuleOptimizer {
        AdamWConfig::new()
            .with_epsilon(1e-8)
            .with_weight_decay(self.recipe.training.weight_decay as f32)
            .with_grad_clipping(Some(GradientClippingConfig::Norm(self.recipe.training.clip as f32)))
            .init()
    }

    /// SHA-256 of what makes a run what it is: the recipe, the data and what the untrained encoder makes of it.
    fn fingerprint(&self) -> Result<String> {
        let json = serde_json::to_string(self.recipe)
            .map_err(|e| Error::recipe("a recipe that can be written", e.to_string(), self.recipe.name.clone()))?;
        let items = self.corpus.items.iter().map(|item| format!("{:?} {} {:?}\n", item.content, item.group, item.part));
        let text: String = [json].into_iter().chain(items).collect();
        let views = self.inputs.own.iter().flatten();
        let vectors = views.flat_map(|view| view.untrained.iter().flat_map(|value| value.to_le_bytes()));
        Ok(sha256_hex(&text.into_bytes().into_iter().chain(vectors).collect::<Vec<u8>>()))
    }

    /// The learning rate of a step, counted from 0.
    fn learning_rate(&self, step: usize, batches: usize) -> f64 {
        let training = &self.recipe.training;
        let steps = (batches * training.epochs) as f64;
        let (step, warm) = (step as f64 + 1.0, (steps * training.warmup).floor());
        let factor = match step <= warm {
            true => step / warm,
            false => 0.5 * (1.0 + (std::f64::consts::PI * (step - 1.0 - warm) / (steps - warm).max(1.0)).cos()),
        };
        training.learning_rate * factor
    }

    /// Trains one epoch; the mean loss and the last learning rate.
    fn epoch(
        &self,
        sampler: &Sampler,
        state: &mut State,
        batches: usize,
        rng: &mut Rng,
        tell: &mut dyn FnMut(Event),
    ) -> Result<(f64, f64)> {
        let training = &self.recipe.training;
        let device = Device::flex().autodiff();
        let number = state.progress.epoch();
        let is_hard = matches!(self.recipe.loss, Loss::Triplet { negatives: Negatives::CategoryHard, .. });
        let current = if is_hard { Some(self.embed_training(&state.network)?) } else { None };
        let (mut sum, mut rate) = (0.0, 0.0);
        let drawn = sampler.epoch(training, rng);
        for (batch, groups) in drawn.iter().enumerate() {
            let rows = sampler.rows(groups, training.items, current.as_deref(), rng);
            let seed = rng.u64(..);
            let embeddings = {
                let _drawing = DRAWING.lock().unwrap_or_else(PoisonError::into_inner);
                device.seed(seed);
                state.network.embed(self.inputs.batch(&rows.views, &device))
            };
            let mut loss = self.loss(&state.network, &embeddings, &rows, number)?;
            if training.preserve > 0.0 {
                let before = self.inputs.untrained_batch(&rows.views, &device);
                let moved = (embeddings - before).square().sum_dim(1).mean();
                loss = loss + moved * training.preserve;
            }
            if let Some(penalty) = state.network.penalty(training.l1, training.l2) {
                loss = loss + penalty;
            }
            let value = values(loss.clone().inner())?.first().copied().unwrap_or(f32::NAN);
            if !value.is_finite() {
                let place = format!("epoch {}, batch {} of {}", number + 1, batch + 1, drawn.len());
                return Err(Error::training("a loss that is a finite number", value.to_string(), place));
            }
            sum += f64::from(value);
            rate = self.learning_rate(state.progress.step, batches);
            let gradients = GradientsParams::from_grads(loss.backward(), &state.network);
            state.network = state.optimizer.step(rate, state.network.clone(), gradients);
            state.progress.step += 1;
            tell(Event::Batch(batch + 1, drawn.len()));
        }
        Ok((sum / drawn.len().max(1) as f64, rate))
    }

    fn loss(&self, network: &Network, embeddings: &Tensor<2>, rows: &Rows, epoch: usize) -> Result<Tensor<1>> {
        let groups = &rows.groups;
        let cosines = || Ok::<_, Error>(Cosines::of(&values(embeddings.clone().inner())?, groups.len()));
        Ok(match self.recipe.loss {
            Loss::Contrastive { margin } => {
                let all = (0..groups.len()).flat_map(|i| (i + 1..groups.len()).map(move |j| (i, j)));
                let mut pairs: Vec<(usize, usize, bool)> =
                    all.filter(|(i, j)| groups[*i] == groups[*j]).map(|(i, j)| (i, j, true)).collect();
                pairs.extend(hardest_negatives(&cosines()?, groups));
                contrastive(embeddings, &pairs, margin)
            }
            Loss::Triplet { margin, negatives: Negatives::BatchHard } => {
                triplet(embeddings, &batch_hard(&cosines()?, groups), margin)
            }
            Loss::Triplet { margin, .. } => triplet(embeddings, &rows.triplets, margin),
            Loss::SupervisedContrastive { temperature, source_aware } => {
                let sources = source_aware.then_some(rows.sources.as_slice());
                supervised_contrastive(embeddings, groups, sources, temperature)
            }
            Loss::Arcface { scale, margin, ramp } => {
                let centres = network.centres.as_ref().map(Param::val);
                let centres = centres.ok_or_else(|| Error::training("class centres", "none", "the network"))?;
                let classes: Vec<usize> = rows.classes.iter().map(|class| class.unwrap_or_default()).collect();
                arcface(embeddings, centres, &classes, scale, margin_at(epoch, ramp, margin))
            }
        })
    }

    /// An epoch with its validation figures over the sets that are trained on; the mean over the sets.
    fn validated(&self, network: &Network, epoch: usize, loss: Option<f64>, rate: f64) -> Result<Epoch> {
        let (mut reciprocal, mut recall) = (0.0, 0.0);
        for set in 0..self.corpus.trained {
            let queries = self.corpus.asking(set, Part::Validation);
            let candidates = self.validation_candidates(set, &queries);
            let mut wanted = vec![false; self.corpus.items.len()];
            queries.iter().chain(&candidates).for_each(|item| wanted[*item] = true);
            let vectors = self.embed(network, &|item| wanted[item])?;
            let ranks = ranks(self.corpus, &vectors, &queries, &candidates);
            reciprocal += mean_reciprocal_rank(&ranks) / self.corpus.trained as f64;
            let first = ranks.iter().filter(|(_, rank)| *rank == 0).count() as f64;
            recall += first / ranks.len().max(1) as f64 / self.corpus.trained as f64;
        }
        Ok(Epoch { epoch, loss, mean_reciprocal_rank: reciprocal, recall_at_1: recall, learning_rate: rate })
    }

    /// Candidates of the queries' groups, and others up to the recipe's number; none of the test part.
    fn validation_candidates(&self, set: usize, queries: &[usize]) -> Vec<usize> {
        let groups: std::collections::BTreeSet<usize> =
            queries.iter().map(|query| self.corpus.items[*query].group).collect();
        let all = self.corpus.candidates(set).into_iter();
        let (mut own, mut others): (Vec<usize>, Vec<usize>) = all
            .filter(|item| self.corpus.items[*item].part != Part::Test)
            .partition(|item| groups.contains(&self.corpus.items[*item].group));
        Rng::with_seed(self.recipe.seed).shuffle(&mut others);
        others.truncate(self.recipe.data.validation_candidates.saturating_sub(own.len()));
        own.extend(others);
        own
    }

    fn embed_training(&self, network: &Network) -> Result<Vec<Vec<f32>>> {
        let is_training = |item: usize| {
            self.corpus.items[item].part == Part::Training && self.corpus.items[item].set < self.corpus.trained
        };
        self.embed(network, &is_training)
    }

    /// The vectors of items by a network; empty for those that are not wanted.
    ///
    /// # Errors
    /// [`Error::Training`] where one has a value that is no number.
    pub fn embed(&self, network: &Network, wanted: &dyn Fn(usize) -> bool) -> Result<Vec<Vec<f32>>> {
        let network = network.valid();
        let device = Device::flex();
        let own = |item: usize| self.inputs.own[item].iter().map(move |view| (item, view));
        let mut views: Vec<(usize, &View)> =
            (0..self.corpus.items.len()).filter(|item| wanted(*item)).flat_map(own).collect();
        // Of like length together: padding costs as much as tokens.
        views.sort_by_key(|(_, view)| view.input.len());
        let mut found: Vec<Vec<Vec<f32>>> = vec![Vec::new(); self.corpus.items.len()];
        for some in views.chunks(EMBEDDED_AT_ONCE) {
            let batch: Vec<&View> = some.iter().map(|(_, view)| *view).collect();
            let vectors = values(network.embed(self.inputs.batch(&batch, &device)))?;
            for ((item, _), vector) in some.iter().zip(vectors.chunks_exact(self.inputs.width)) {
                if let Some(value) = vector.iter().find(|value| !value.is_finite()) {
                    let expected = "vectors of finite numbers";
                    return Err(Error::training(expected, value.to_string(), format!("item {item}, after an epoch")));
                }
                found[*item].push(vector.to_vec());
            }
        }
        Ok(found.iter().map(|views| stored_vector(None, views)).collect())
    }
}
