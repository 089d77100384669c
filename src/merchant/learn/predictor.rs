//! The predictor of one mode, fitted to a catalogue's training examples and held near the general model.

use super::fit::{self, List, Near};
use super::{TrainingExample, prior};
use crate::Result;
use crate::fusion::{Mode, Prediction, Predictions, Predictor, probability};

/// For how many queries the general model counts beside the catalogue's own, while none of these is real.
const PRIOR_QUERIES: f64 = 1000.0;
/// From this many real queries on the curves are fitted to the catalogue.
const ENOUGH_REAL: usize = 40;
/// After how many real queries an augmented one and the general model count half: what really happens is worth more.
const HALF_AFTER: f64 = 40.0;

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
    let queries: f64 = lists.iter().map(|list| list.weight).sum::<f64>() / 2.0;
    if queries <= 0.0 {
        return Ok(prior.clone());
    }
    lists.extend(soft_labelled(&lists, prior, PRIOR_QUERIES * damping / queries));
    if real >= ENOUGH_REAL {
        return fit::predictor(&lists, &Near::of(prior));
    }
    Ok(fit::calibrated(&lists, prior.pair.clone(), &Near::of(prior)))
}

/// The same lists with the general model's probabilities as soft labels (Hinton, Vinyals and Dean 2015, "Distilling the
/// knowledge in a neural network"), and their weights times `factor`.
fn soft_labelled(lists: &[List], general: &Predictor, factor: f64) -> Vec<List> {
    let label = |prediction: Prediction| Some(probability(prediction.log_odds()));
    let soft = |list: &List| {
        let Predictions { presence, candidates } = general.predict(&list.candidates, list.stated);
        let is_there = Some(probability(presence));
        List {
            truth: candidates.into_iter().map(label).collect(),
            is_there,
            weight: list.weight * factor,
            ..list.clone()
        }
    };
    lists.iter().map(soft).collect()
}
