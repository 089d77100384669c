//! The whole decision on queries that it has not learnt from: ranking, calibration, and shops that do not have the product.

use std::collections::BTreeSet;

use rayon::prelude::*;
use serde::Serialize;

use super::metrics::{
    Answered, Estimate, ReliabilityBin, auroc, expected_calibration_error, precision_at_recall, reliability, resampled,
};
use super::retrieval::Row;
use super::world::World;
use crate::Result;
use crate::fusion::{Mode, Predictor};
use crate::merchant::learn::{TrainingExample, predictor, search, training_examples};
use crate::search::Position;

/// Parts of the queries, by group: each is answered by a model that has learnt from the others.
const FOLDS: u64 = 5;

/// How the product did on one kind of query.
#[derive(Debug, Clone, Serialize)]
pub struct Decided {
    pub mode: Mode,
    pub queries: usize,
    /// Ranking, with the whole catalogue.
    pub row: Row,
    /// Ranking when nothing was learnt but from the catalogue itself and the general model.
    pub unlabelled_row: Row,
    /// Each query asked twice: with its product in the catalogue, and with half of all products, its own among them, taken out.
    pub calibration_error: Estimate,
    pub reliability: Vec<ReliabilityBin>,
    /// The same when nothing was learnt but from the catalogue itself and the general model.
    pub unlabelled_calibration_error: Estimate,
    /// Whether the best hit's probability tells queries whose product is there from those whose is not.
    pub open_set_auroc: Estimate,
    pub open_set_precision_at_95_recall: f64,
    /// Share of the queries whose product is there, and of those whose is not, that got each decision.
    pub decisions: Decisions,
    #[serde(skip)]
    pub answers: Vec<Answered>,
}

/// What was said.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Decisions {
    /// Of the queries whose product is there: Match of the right product, of a wrong one, Unsure, No-Match.
    pub there: [f64; 4],
    /// Of those whose product is not: Match, Unsure, No-Match.
    pub not_there: [f64; 3],
}

struct Outcome {
    group: u64,
    rank: Option<usize>,
    /// Best hit with the whole catalogue, with the half that holds the product, and with the other.
    whole: Answered,
    there: Answered,
    not_there: Answered,
}

/// Runs all queries of a mode that have an answer.
pub fn decided(world: &World, mode: Mode) -> Result<Option<Decided>> {
    let queries = world.answerable(mode);
    if queries.is_empty() {
        return Ok(None);
    }
    let made: Vec<TrainingExample> =
        training_examples(&world.ranker, &world.augmented, false)?.into_iter().filter(|l| l.mode == mode).collect();
    let example = |i: &usize| world.queries[*i].example(world.queries[*i].hidden.clone());
    let folds = if world.examples.is_empty() { FOLDS } else { 1 };
    let real: Vec<TrainingExample> = if world.examples.is_empty() {
        training_examples(&world.ranker, &queries.iter().map(example).collect::<Vec<_>>(), true)?
    } else {
        let examples: Vec<_> = world.examples.iter().map(|e| e.example(BTreeSet::new())).collect();
        training_examples(&world.ranker, &examples, true)?
    };
    let mut outcomes = Vec::new();
    for fold in 0..folds {
        let is_own = |group: u64| folds == 1 || group % folds == fold;
        let learnt = real.iter().filter(|l| folds == 1 || !is_own(l.lists[0].group)).chain(&made);
        let predictor = predictor(&learnt.collect::<Vec<_>>(), mode)?;
        let own: Vec<usize> = queries.iter().copied().filter(|i| is_own(world.queries[*i].group)).collect();
        outcomes.extend(answer(world, &predictor, &own));
    }
    let unlabelled = answer(world, &predictor(&made.iter().collect::<Vec<_>>(), mode)?, &queries);
    Ok(Some(summary(world, mode, &outcomes, &unlabelled)))
}

fn answer(world: &World, predictor: &Predictor, queries: &[usize]) -> Vec<Outcome> {
    let one = |i: &usize| {
        let asked = &world.queries[*i];
        let best = |removed: &dyn Fn(Position) -> bool| {
            let hidden = |p: Position| asked.hidden.contains(&p) || removed(p);
            let candidates = search(&world.ranker, &asked.probe, &hidden);
            let scored = world.ranker.rank_with(predictor, candidates);
            let is_right = |p: Position| asked.relevant.contains(&p) && !removed(p);
            let rank = scored.iter().position(|j| is_right(j.candidate.position));
            let probability = scored.first().map_or(0.0, |j| j.probability);
            (rank, Answered { probability, is_right: rank == Some(0) })
        };
        let (rank, whole) = best(&|_| false);
        // The product's half of the catalogue stays or goes as a whole.
        let half = |p: Position| half(world, p);
        let own = asked.relevant.first().map(|p| half(*p));
        let (_, there) = best(&|p| Some(half(p)) != own && !asked.relevant.contains(&p));
        let (_, not_there) = best(&|p| Some(half(p)) == own || asked.relevant.contains(&p));
        Outcome { group: asked.group, rank, whole, there, not_there }
    };
    queries.par_iter().map(one).collect()
}

/// In which half of the products a listing is.
fn half(world: &World, position: Position) -> bool {
    let product = world.ranker.catalogue.listing(position).product();
    crate::digest::sha256_hex(product.as_bytes()).as_bytes()[0].is_multiple_of(2)
}

fn summary(world: &World, mode: Mode, outcomes: &[Outcome], unlabelled: &[Outcome]) -> Decided {
    let row = |name: &str, outcomes: &[Outcome]| {
        Row::of(name, &outcomes.iter().map(|o| (o.group, o.rank)).collect::<Vec<_>>())
    };
    let answers =
        |outcomes: &[Outcome]| outcomes.iter().flat_map(|o| [o.whole, o.not_there]).collect::<Vec<Answered>>();
    let held_out = answers(outcomes);
    let scores = |of: fn(&Outcome) -> Answered| outcomes.iter().map(|o| of(o).probability).collect::<Vec<f64>>();
    let (there, not_there) = (scores(|o| o.there), scores(|o| o.not_there));
    let pairs: Vec<(f64, f64)> = there.iter().copied().zip(not_there.iter().copied()).collect();
    let thresholds = world.ranker.model().thresholds;
    let mut decisions = Decisions::default();
    let share = 1.0 / outcomes.len() as f64;
    for outcome in outcomes {
        use crate::fusion::Decision::{Match, NoMatch, Unsure};
        let there = match thresholds.decide(outcome.whole.probability) {
            Match if outcome.whole.is_right => 0,
            Match => 1,
            Unsure => 2,
            NoMatch => 3,
        };
        decisions.there[there] += share;
        decisions.not_there[thresholds.decide(outcome.not_there.probability) as usize] += share;
    }
    Decided {
        mode,
        queries: outcomes.len(),
        row: row("Twinlens", outcomes),
        unlabelled_row: row("Twinlens, no labels", unlabelled),
        calibration_error: resampled(&held_out, expected_calibration_error),
        reliability: reliability(&held_out),
        unlabelled_calibration_error: resampled(&answers(unlabelled), expected_calibration_error),
        open_set_auroc: resampled(&pairs, |pairs| {
            let (there, not_there): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
            auroc(&there, &not_there)
        }),
        open_set_precision_at_95_recall: precision_at_recall(&there, &not_there, 0.95),
        decisions,
        answers: held_out,
    }
}
