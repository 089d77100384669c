//! The whole decision on queries that it has not learnt from: ranking, calibration, and shops that do not have the product.

use rayon::prelude::*;
use serde::Serialize;

use super::dataset::Dataset;
use super::evaluation_set::{Encoders, EvaluationSet};
use super::metrics::{
    Answered, Estimate, ReliabilityBin, auroc, expected_calibration_error, precision_at_recall, reliability, resampled,
};
use super::retrieval::Row;
use crate::Result;
use crate::catalogue::Product;
use crate::fusion::{Decision, Mode, Predictor};
use crate::matching;
use crate::merchant::held_out::real_examples;
use crate::merchant::learn::{LabelledQuery, TrainingExample, predictor, training_examples};
use crate::search::{Mask, Position};

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
    /// Each query is answered twice: with its product in the catalogue, and with half of all products, its own among them, taken out.
    pub calibration_error: Estimate,
    pub reliability: Vec<ReliabilityBin>,
    /// The same when nothing was learnt but from the catalogue itself and the general model.
    pub unlabelled_calibration_error: Estimate,
    pub unlabelled_reliability: Vec<ReliabilityBin>,
    /// Of the probability that the catalogue has the product, over the same answers.
    pub presence_calibration_error: Estimate,
    pub presence_reliability: Vec<ReliabilityBin>,
    /// Whether presence separates queries whose product is there from those whose is not.
    pub open_set_auroc: Estimate,
    pub open_set_precision_at_95_recall: f64,
    /// Share of the queries whose product is there, and of those whose is not, that got each decision.
    pub decisions: Decisions,
    #[serde(skip)]
    pub answers: Vec<Answered>,
}

/// Shares of the decisions.
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
    /// With the whole catalogue, with the half that holds the product, and with the other.
    whole: Given,
    there: Given,
    not_there: Given,
}

/// What one query was answered.
#[derive(Clone, Copy)]
struct Given {
    /// Of the best hit.
    best: Answered,
    /// That the catalogue has the product.
    presence: f64,
    decision: Decision,
}

/// For each fold of the queries the set whose projection of titles has learnt from those of the others, where a build would learn
/// from them; none where examples are given apart or each row is a query.
pub fn folds(dataset: &Dataset, encoders: &mut Encoders) -> Result<Vec<Option<EvaluationSet>>> {
    let has_titles = dataset.queries.iter().any(|query| !query.title.is_empty());
    if !has_titles || !dataset.examples.is_empty() || dataset.is_symmetric {
        return Ok(Vec::new());
    }
    let fold = |fold: u64| {
        let queries = dataset.queries.iter().enumerate();
        let others = queries.filter(|(_, query)| !is_of_fold(query.group, fold) && !query.title.is_empty());
        let titles = others.map(|(index, query)| (index, query.relevant.iter().copied().collect())).collect();
        let set = EvaluationSet::taught(dataset, encoders, &titles)?;
        Ok(set.has_learnt_from_titles().then_some(set))
    };
    (0..FOLDS).map(fold).collect()
}

fn is_of_fold(group: u64, fold: u64) -> bool {
    group % FOLDS == fold
}

/// Runs all queries of a mode that have an answer; those of a fold that has a set of its own are answered by that.
pub fn decided(set: &EvaluationSet, folds: &[Option<EvaluationSet>], mode: Mode) -> Result<Option<Decided>> {
    let queries = set.answerable(mode);
    if queries.is_empty() {
        return Ok(None);
    }
    let of_mode = |examples: Vec<TrainingExample>| {
        examples.into_iter().filter(|example| example.mode == mode).collect::<Vec<TrainingExample>>()
    };
    let augmented = |set: &EvaluationSet| training_examples(&set.ranker, &set.augmented, false).map(of_mode);
    let real = |set: &EvaluationSet, queries: &[LabelledQuery]| {
        real_examples(&set.ranker, &set.learnt_from, queries).map(of_mode)
    };
    let fitted = |examples: [&[TrainingExample]; 2]| predictor(&examples.concat().iter().collect::<Vec<_>>(), mode);
    let own_augmented = augmented(set)?;
    let mut outcomes = Vec::new();
    if set.examples.is_empty() {
        let of = |set: &EvaluationSet, queries: &[usize]| {
            let queries: Vec<LabelledQuery> = queries.iter().map(|i| set.queries[*i].clone()).collect();
            real(set, &queries)
        };
        let own_real = of(set, &queries)?;
        for number in 0..FOLDS {
            let (own, others): (Vec<usize>, Vec<usize>) =
                queries.iter().partition(|i| is_of_fold(set.queries[**i].group, number));
            if let Some(set) = folds.get(number as usize).and_then(Option::as_ref) {
                let predictor = fitted([&of(set, &others)?, &augmented(set)?])?;
                outcomes.extend(answer(set, &predictor, &own));
            } else {
                let others = own_real.iter().filter(|example| !is_of_fold(example.lists[0].group, number));
                let predictor = fitted([&others.cloned().collect::<Vec<_>>(), &own_augmented])?;
                outcomes.extend(answer(set, &predictor, &own));
            }
        }
    } else {
        outcomes.extend(answer(set, &fitted([&real(set, &set.examples)?, &own_augmented])?, &queries));
    }
    let unlabelled = answer(set, &fitted([&[], &own_augmented])?, &queries);
    Ok(Some(summary(mode, &outcomes, &unlabelled)))
}

fn answer(set: &EvaluationSet, predictor: &Predictor, queries: &[usize]) -> Vec<Outcome> {
    let catalogue = &set.ranker.catalogue;
    // A product stays or goes as a whole.
    let half: Mask = catalogue.positions().map(|p| is_first_half(catalogue.listing(p).product())).collect();
    let in_first_half = |p: Position| half.contains(catalogue.number(p));
    let one = |i: &usize| {
        let (ranker, query) = set.asked(*i);
        let answered = |is_removed: Option<&dyn Fn(Position) -> bool>| {
            let candidates = ranker.retrieve(&query.probe, query.mask(catalogue, is_removed).as_ref());
            let ranked = ranker.rank_with(predictor, &query.probe, candidates);
            let rank = ranked.scored.iter().position(|s| query.relevant.contains(&s.candidate.position));
            let probability = ranked.scored.first().map_or(0.0, |s| s.probability);
            let best = Answered { probability, is_right: rank == Some(0) };
            let decision = matching::Decided::of(ranker, &query.probe, &ranked, matching::Completeness::Whole).decision;
            (rank, Given { best, presence: ranked.presence, decision })
        };
        let (rank, whole) = answered(None);
        let own = query.relevant.first().map(|p| in_first_half(*p));
        let (_, there) = answered(Some(&|p| Some(in_first_half(p)) != own && !query.relevant.contains(&p)));
        let (_, not_there) = answered(Some(&|p| Some(in_first_half(p)) == own || query.relevant.contains(&p)));
        Outcome { group: query.group, rank, whole, there, not_there }
    };
    queries.par_iter().map(one).collect()
}

/// In which half of the products one is.
fn is_first_half(product: Product<'_>) -> bool {
    let product = format!("{product:?}");
    crate::digest::sha256_hex(product.as_bytes()).as_bytes()[0].is_multiple_of(2)
}

fn summary(mode: Mode, outcomes: &[Outcome], unlabelled: &[Outcome]) -> Decided {
    let row = |name: &str, outcomes: &[Outcome]| {
        Row::of(name, &outcomes.iter().map(|o| (o.group, o.rank)).collect::<Vec<_>>())
    };
    let answers = |outcomes: &[Outcome]| {
        outcomes.iter().flat_map(|o| [o.whole.best, o.not_there.best]).collect::<Vec<Answered>>()
    };
    let held_out = answers(outcomes);
    let unlabelled_answers = answers(unlabelled);
    let present = |o: &Outcome| {
        let answered = |given: Given, is_right| Answered { probability: given.presence, is_right };
        [answered(o.whole, true), answered(o.not_there, false)]
    };
    let presence: Vec<Answered> = outcomes.iter().flat_map(present).collect();
    let pairs: Vec<(f64, f64)> = outcomes.iter().map(|o| (o.there.presence, o.not_there.presence)).collect();
    let (there, not_there): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let mut decisions = Decisions::default();
    let share = 1.0 / outcomes.len() as f64;
    for outcome in outcomes {
        use crate::fusion::Decision::{Match, NoMatch, Unsure};
        let there = match outcome.whole.decision {
            Match if outcome.whole.best.is_right => 0,
            Match => 1,
            Unsure => 2,
            NoMatch => 3,
        };
        decisions.there[there] += share;
        decisions.not_there[outcome.not_there.decision as usize] += share;
    }
    Decided {
        mode,
        queries: outcomes.len(),
        row: row("Twinlens", outcomes),
        unlabelled_row: row("Twinlens, no labels", unlabelled),
        calibration_error: resampled(&held_out, expected_calibration_error),
        reliability: reliability(&held_out),
        unlabelled_calibration_error: resampled(&unlabelled_answers, expected_calibration_error),
        unlabelled_reliability: reliability(&unlabelled_answers),
        presence_calibration_error: resampled(&presence, expected_calibration_error),
        presence_reliability: reliability(&presence),
        open_set_auroc: resampled(&pairs, |pairs| {
            let (there, not_there): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
            auroc(&there, &not_there)
        }),
        open_set_precision_at_95_recall: precision_at_recall(&there, &not_there, 0.95),
        decisions,
        answers: held_out,
    }
}
