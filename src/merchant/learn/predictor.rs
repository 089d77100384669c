//! The predictor of one mode, fitted to a catalogue's training examples and held near the general model.

use super::fit::{self, List, Near};
use super::training_example::LISTS;
use super::{TrainingExample, prior};
use crate::Result;
use crate::fusion::{Costs, Mode, Prediction, Predictions, Predictor, probability};

/// For how many queries the general model counts beside the catalogue's own, while none of these is real.
const PRIOR_QUERIES: f64 = 1000.0;
/// From this many real queries on the curves are fitted to the catalogue.
const ENOUGH_REAL: usize = 40;
/// After how many real queries an augmented one counts half and the general model a quarter: what really happens is worth more.
const HALF_AFTER: f64 = 40.0;

/// From this many real answers on they tell whether words that a listing lacks make another product.
const ENOUGH_ANSWERS: usize = 20;

/// Fits a predictor to training examples of one mode. The curves are fitted to real queries, where there are enough of them:
/// what is made of a listing is too like it. The calibration is fitted to all.
pub fn predictor(examples: &[&TrainingExample], mode: Mode) -> Result<Predictor> {
    let prior = prior()?;
    let prior = prior.predictor(mode);
    let real = examples.iter().filter(|example| example.is_real).count();
    let damping = 1.0 / (1.0 + real as f64 / HALF_AFTER);
    let weighted = |example: &&TrainingExample| {
        let factor = if example.is_real { 1.0 } else { damping };
        example.lists.each_ref().map(|list| List { weight: list.weight * factor, ..list.clone() })
    };
    let mut lists: Vec<List> = examples.iter().flat_map(weighted).filter(|list| !list.candidates.is_empty()).collect();
    let queries: f64 = lists.iter().map(|list| list.weight).sum::<f64>() / LISTS as f64;
    if queries <= 0.0 {
        return Ok(prior.clone());
    }
    // The general model stands beside the augmented queries, and gives way to real ones as they do.
    lists.extend(soft_labelled(&lists, prior, PRIOR_QUERIES * damping.powi(2) / queries));
    let fitted = if real >= ENOUGH_REAL {
        fit::predictor(&lists, &Near::of(prior))?
    } else {
        fit::calibrated(&lists, prior.pair.clone(), &Near::of(prior))
    };
    let overlooks_words = overlooks_words(&fitted, examples)?;
    Ok(Predictor { overlooks_words, ..fitted })
}

/// Whether real queries that have telling words beyond those of the best listing are answered by it as often as the predictor
/// says, one standard deviation allowed, where it would say Match; not where there are too few of them to tell.
fn overlooks_words(predictor: &Predictor, examples: &[&TrainingExample]) -> Result<bool> {
    let level = Costs::default().thresholds()?.matches;
    let answered = |list: &List| {
        let predictions = predictor.predict(&list.candidates, list.stated).candidates;
        let probabilities = predictions.iter().map(|prediction| probability(prediction.log_odds()));
        let (best, probability) = probabilities.enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?;
        let truth = list.truth[best]?;
        (list.candidates[best].asks_for_more && probability >= level).then_some((probability, truth))
    };
    let real = examples.iter().filter(|example| example.is_real);
    let answers: Vec<(f64, f64)> = real.flat_map(|example| &example.lists).filter_map(answered).collect();
    let right: f64 = answers.iter().map(|(_, truth)| truth).sum();
    let expected: f64 = answers.iter().map(|(probability, _)| probability).sum();
    let variance: f64 = answers.iter().map(|(probability, _)| probability * (1.0 - probability)).sum();
    Ok(answers.len() >= ENOUGH_ANSWERS && right >= expected - variance.sqrt())
}

/// The same lists with the general model's probabilities as soft labels (Hinton, Vinyals and Dean 2015, "Distilling the
/// knowledge in a neural network"), and their weights times `factor`.
fn soft_labelled(lists: &[List], general: &Predictor, factor: f64) -> Vec<List> {
    let label = |prediction: Prediction| probability(prediction.log_odds());
    let soft = |list: &List| {
        let Predictions { presence, candidates } = general.predict(&list.candidates, list.stated);
        let is_there = Some(probability(presence));
        let truth = candidates.into_iter().zip(&list.truth).map(|(found, known)| known.map(|_| label(found)));
        List { truth: truth.collect(), is_there, weight: list.weight * factor, ..list.clone() }
    };
    lists.iter().map(soft).collect()
}
