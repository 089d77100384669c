//! Labelled pairs of two tables, by the usual splits: fitted on train, the threshold set on valid, measured on test.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde::Serialize;

use super::dataset::{Dataset, LabelledPair, Splits};
use super::evaluation_set::{Encoders, EvaluationSet};
use super::metrics::{Estimate, PrecisionRecall, best_threshold, precision_recall, resampled};
use crate::Result;
use crate::fusion::{Calibration, Evidence, Prediction, Presence};
use crate::matching::lanes::Lanes;
use crate::matching::ranker::Ranker;
use crate::merchant::held_out::{self, HeldOut};
use crate::merchant::learn::LabelledQuery;
use crate::merchant::learn::fit::{self, List, Near};
use crate::search::Position;

/// How one way to score pairs did.
#[derive(Debug, Clone, Serialize)]
pub struct PairRow {
    pub name: String,
    pub valid: PrecisionRecall,
    pub test: PrecisionRecall,
    /// F1 on test with its interval.
    pub test_f1: Estimate,
}

/// The candidates of one row of table A, with those of its labelled pairs among them.
struct Row {
    positions: Vec<Position>,
    lanes: Vec<Lanes>,
    evidence: Vec<Evidence>,
}

/// A row for single lanes, and one for the predictor fitted to the train pairs, whose titles are compared in projections that have
/// not learnt from them.
pub fn pair_rows(dataset: &Dataset, encoders: &mut Encoders, splits: &Splits) -> Result<Vec<PairRow>> {
    let mut titles: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (query, listing, _) in splits.train.iter().filter(|(_, _, is_match)| *is_match) {
        titles.entry(*query).or_default().push(*listing);
    }
    let set = &EvaluationSet::taught(dataset, encoders, &titles)?;
    let positions: Vec<Position> = set.ranker.catalogue.positions().collect();
    let rows = rows(&set.ranker, &set.queries, splits, &positions);
    let near = Near { calibration: &Calibration::default(), presence: &Presence::default() };
    let predictor = fit::predictor(&train_lists(set, &rows, &titles, splits, &positions), &near)?;
    let log_odds: BTreeMap<usize, Vec<f64>> = rows
        .iter()
        .map(|(query, row)| {
            let stated = set.ranker.stated(&set.queries[*query].probe);
            let predictions = predictor.predict(&row.evidence, stated).candidates;
            (*query, predictions.iter().map(Prediction::log_odds).collect())
        })
        .collect();
    let place = |query: usize, listing: usize| rows[&query].positions.iter().position(|p| *p == positions[listing]);
    let scored = |pairs: &[LabelledPair], score: &dyn Fn(usize, usize) -> f64| {
        let one =
            |(query, listing, is_match): &LabelledPair| Some((score(*query, place(*query, *listing)?), *is_match));
        pairs.iter().filter_map(one).collect::<Vec<(f64, bool)>>()
    };
    let measured = |name: &str, score: &dyn Fn(usize, usize) -> f64| {
        let (valid, test) = (scored(&splits.valid, score), scored(&splits.test, score));
        let threshold = best_threshold(&valid);
        PairRow {
            name: name.into(),
            valid: precision_recall(&valid, threshold),
            test: precision_recall(&test, threshold),
            test_f1: resampled(&test, |pairs| precision_recall(pairs, threshold).f1),
        }
    };
    let lane = |of: fn(&Lanes) -> Option<f32>| {
        let rows = &rows;
        move |query: usize, i: usize| f64::from(of(&rows[&query].lanes[i]).unwrap_or(-1.0))
    };
    Ok(vec![
        measured("TF-IDF alone", &lane(|l| l.tf_idf)),
        measured("BM25 alone", &lane(|l| l.bm25)),
        measured("text vectors alone", &lane(|l| l.text.map(|t| t.cosine))),
        measured("Levenshtein alone", &lane(|l| l.edit.map(|e| e.levenshtein))),
        measured("Jaccard alone", &lane(|l| l.edit.map(|e| e.jaccard))),
        measured("Twinlens", &|query, i| log_odds[&query][i]),
    ])
}

/// The train pairs of each row of table A among its candidates; where titles have taught a projection, as the catalogues have them
/// that have not learnt from the row.
fn train_lists(
    set: &EvaluationSet,
    all: &BTreeMap<usize, Row>,
    titles: &BTreeMap<usize, Vec<usize>>,
    splits: &Splits,
    positions: &[Position],
) -> Vec<List> {
    let taught_by = |index: &usize| {
        let relevant = titles[index].iter().map(|listing| positions[*listing]).collect();
        LabelledQuery { relevant, ..set.queries[*index].clone() }
    };
    let taught_by: Vec<LabelledQuery> = titles.keys().map(taught_by).collect();
    if !held_out::is_learnt(&set.learnt_from) {
        return lists_of(set, all, &splits.train, positions);
    }
    let of_fold = |fold| {
        let held_out = HeldOut::of(&set.ranker.catalogue, &set.learnt_from, &taught_by, fold);
        let queries: Vec<LabelledQuery> = set.queries.iter().map(|query| held_out.query(query)).collect();
        let mut rows = rows(&held_out.ranker, &queries, splits, positions);
        rows.retain(|query, _| set.queries[*query].fold == fold);
        lists_of(set, &rows, &splits.train, positions)
    };
    (0..held_out::FOLDS).flat_map(of_fold).collect()
}

/// The candidates of each row of table A, with the truth of `known` pairs.
pub fn lists(set: &EvaluationSet, splits: &Splits, known: &[LabelledPair]) -> Vec<List> {
    let positions: Vec<Position> = set.ranker.catalogue.positions().collect();
    lists_of(set, &rows(&set.ranker, &set.queries, splits, &positions), known, &positions)
}

/// Candidates are searched for without regard to labels; then the labelled pairs of all splits are made to be among them.
fn rows(ranker: &Ranker, queries: &[LabelledQuery], splits: &Splits, positions: &[Position]) -> BTreeMap<usize, Row> {
    let mut labelled: BTreeMap<usize, BTreeSet<Position>> = BTreeMap::new();
    for (query, listing, _) in [&splits.train, &splits.valid, &splits.test].into_iter().flatten() {
        labelled.entry(*query).or_default().insert(positions[*listing]);
    }
    let row = |(query, labelled): (&usize, &BTreeSet<Position>)| {
        let probe = &queries[*query].probe;
        let mut candidates = ranker.retrieve(probe, None);
        let found: BTreeSet<Position> = candidates.iter().map(|c| c.position).collect();
        let lexical = ranker.lexical(probe);
        let further = labelled.iter().copied().filter(|p| !found.contains(p));
        candidates.extend(ranker.candidates(probe, lexical.as_ref(), further));
        let evidence = candidates.iter().map(|c| c.lanes.evidence()).collect();
        let (positions, lanes) = candidates.into_iter().map(|c| (c.position, c.lanes)).unzip();
        (*query, Row { positions, lanes, evidence })
    };
    labelled.par_iter().map(row).collect()
}

fn lists_of(
    set: &EvaluationSet,
    rows: &BTreeMap<usize, Row>,
    known: &[LabelledPair],
    positions: &[Position],
) -> Vec<List> {
    let truth: BTreeMap<(usize, Position), f64> =
        known.iter().map(|(q, l, is_match)| ((*q, positions[*l]), f64::from(u8::from(*is_match)))).collect();
    let list = |(query, row): (&usize, &Row)| List {
        group: *query as u64,
        candidates: row.evidence.clone(),
        truth: row.positions.iter().map(|p| truth.get(&(*query, *p)).copied()).collect(),
        // A labelled match is there; that no pair is labelled a match does not say that there is none.
        is_there: row.positions.iter().any(|p| truth.get(&(*query, *p)) == Some(&1.0)).then_some(1.0),
        teaches_presence: true,
        stated: set.ranker.stated(&set.queries[*query].probe),
        weight: 1.0,
    };
    rows.iter().map(list).collect()
}
