//! What one row does in one task: recall, pairs, folds.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::tasks::{Bench, FOLDS, Task};
use super::vectors::Scores;
use crate::lab::train::corpus::Part;
use crate::merchant::evaluation::Estimate;
use crate::merchant::evaluation::metrics::{best_threshold, mean, precision_recall, resampled};

/// The answers of a row to all queries of a task.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Answers {
    /// Of each query that has an answer: its item, its group, and the rank of the first right candidate, from 0.
    pub ranks: Vec<(usize, u64, usize)>,
    /// Scores of the task's pairs, in their order.
    pub pairs: Vec<f32>,
}

/// The figures of a row in a task.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Measured {
    /// Queries of the test part.
    pub queries: usize,
    pub recall_at_1: Estimate,
    pub recall_at_5: Estimate,
    /// Over the queries of all parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub whole: Option<Whole>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folds: Option<Folds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pairs: Option<Pairs>,
    /// Milliseconds that a query takes on one core: encoding and comparing with all candidates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub milliseconds: Option<f64>,
    /// Bytes of the encoder's files.
    pub bytes: u64,
    /// Of trained rows: R@1 less that of the untrained encoder, over the same queries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gain: Option<Estimate>,
    /// Of trained rows: the loss over the validation part, before and after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation_loss: Option<(f64, f64)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub categories: Option<super::category::Found>,
    /// The same by onnxruntime with the same weights, and the queries of all parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<super::float::Reference>,
    /// Of an encoder in f32: what its pack loses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rounding: Option<Rounding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decisions: Option<Shares>,
    /// What is to be known about this cell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Shares of the decisions about queries.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Shares {
    /// Of queries whose product is there: Match of the right product, of another, Unsure, No-Match.
    pub there: [f64; 4],
    /// Of those whose product is not: Match, Unsure, No-Match.
    pub not_there: [f64; 3],
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Whole {
    pub queries: usize,
    pub recall_at_1: f64,
    pub recall_at_5: f64,
}

/// An encoder in f32 beside its pack, over the same queries of all parts.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Rounding {
    pub queries: usize,
    pub recall_at_1: f64,
    pub pack_recall_at_1: f64,
    /// R@1 of the pack less that in f32.
    pub difference: Estimate,
}

/// R@1 of each fold of the groups.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Folds {
    pub recall_at_1: Vec<f64>,
    pub mean: f64,
    /// Sample standard deviation.
    pub deviation: f64,
}

/// Pairs of the test part at the threshold that has the best F1 on the validation part.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pairs {
    pub threshold: f64,
    pub f1: Estimate,
    pub accuracy: Estimate,
    /// Match and rightly so, Match and wrongly so, No-Match and wrongly so, No-Match and rightly so.
    pub confusion: [usize; 4],
}

impl Folds {
    pub fn of(recall_at_1: Vec<f64>) -> Self {
        let count = recall_at_1.len().max(1) as f64;
        let mean = recall_at_1.iter().sum::<f64>() / count;
        let square = recall_at_1.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        Folds { mean, deviation: (square / (count - 1.0).max(1.0)).sqrt(), recall_at_1 }
    }
}

impl Answers {
    /// Of a task by scores of its candidates.
    pub fn of(task: &Task, bench: &Bench, scores: &Scores) -> Self {
        let corpus = &bench.corpus;
        let candidates = corpus.candidates(task.set);
        let place: std::collections::HashMap<usize, usize> =
            candidates.iter().enumerate().map(|(place, item)| (*item, place)).collect();
        let mut pairs_of: std::collections::HashMap<usize, Vec<usize>> = Default::default();
        for (i, pair) in task.pairs.iter().enumerate() {
            pairs_of.entry(pair.query).or_default().push(i);
        }
        let queries = [Part::Training, Part::Validation, Part::Test].map(|part| corpus.asking(task.set, part)).concat();
        let answer = |query: &usize| {
            let scores = scores(*query);
            let group = corpus.items[*query].group;
            let is_right = |place: &usize| corpus.items[candidates[*place]].group == group;
            let others = || (0..candidates.len()).filter(|place| candidates[*place] != *query);
            let best = others().filter(&is_right).map(|place| scores[place]).reduce(f32::max);
            // Ties count against the right candidate.
            let rank = best.map(|best| others().filter(|place| !is_right(place) && scores[*place] >= best).count());
            let pairs = pairs_of.get(query).into_iter().flatten();
            let pairs = pairs.map(|i| (*i, place.get(&task.pairs[*i].candidate).map_or(f32::MIN, |at| scores[*at])));
            (*query, group as u64, rank, pairs.collect::<Vec<_>>())
        };
        let answered: Vec<_> = queries.par_iter().map(answer).collect();
        let mut answers = Answers { ranks: Vec::new(), pairs: vec![f32::MIN; task.pairs.len()] };
        for (query, group, rank, pairs) in answered {
            answers.ranks.extend(rank.map(|rank| (query, group, rank)));
            pairs.into_iter().for_each(|(i, score)| answers.pairs[i] = score);
        }
        answers
    }

    /// The figures of the test part.
    pub fn measured(&self, task: &Task, bench: &Bench) -> Measured {
        let items = &bench.corpus.items;
        let tested = || self.ranks.iter().filter(|(query, _, _)| items[*query].part == Part::Test);
        let recall = |k: usize| {
            mean(&tested().map(|(_, group, rank)| (*group, f64::from(u8::from(*rank < k)))).collect::<Vec<_>>())
        };
        let share =
            |k: usize, of: &[usize]| of.iter().filter(|rank| **rank < k).count() as f64 / of.len().max(1) as f64;
        let all: Vec<usize> = self.ranks.iter().map(|(_, _, rank)| *rank).collect();
        let whole = Whole { queries: all.len(), recall_at_1: share(1, &all), recall_at_5: share(5, &all) };
        let folds = bench.folds.as_ref().map(|folds| {
            let of_fold = |fold: usize| {
                let own = self.ranks.iter().filter(|(query, _, _)| folds[*query] == fold).map(|(_, _, rank)| *rank);
                share(1, &own.collect::<Vec<_>>())
            };
            Folds::of((0..FOLDS).map(of_fold).collect())
        });
        Measured {
            queries: tested().count(),
            recall_at_1: recall(1),
            recall_at_5: recall(5),
            whole: Some(whole),
            folds,
            pairs: self.pairs(task, bench),
            milliseconds: None,
            bytes: 0,
            gain: None,
            validation_loss: None,
            categories: None,
            reference: None,
            rounding: None,
            decisions: None,
            note: None,
        }
    }

    fn pairs(&self, task: &Task, bench: &Bench) -> Option<Pairs> {
        let of = |part: Part| {
            let own =
                task.pairs.iter().zip(&self.pairs).filter(|(pair, _)| bench.corpus.items[pair.query].part == part);
            own.map(|(pair, score)| (f64::from(*score), pair.is_match)).collect::<Vec<(f64, bool)>>()
        };
        let (valid, tested) = (of(Part::Validation), of(Part::Test));
        let has_both = |pairs: &[(f64, bool)]| pairs.iter().any(|pair| pair.1) && pairs.iter().any(|pair| !pair.1);
        (has_both(&valid) && has_both(&tested)).then(|| Pairs::of(&tested, best_threshold(&valid)))
    }

    /// Of each test query that both answer, the difference of hits at 1 to another row's.
    pub fn gain_over(&self, other: &Answers, bench: &Bench) -> Estimate {
        mean(&self.differences(other, |query| bench.corpus.items[query].part == Part::Test))
    }

    /// These answers are those in f32, `pack` those of the pack.
    pub fn rounding(&self, pack: &Answers) -> Rounding {
        let differences = pack.differences(self, |_| true);
        let share = |answers: &Answers| {
            answers.ranks.iter().filter(|(_, _, rank)| *rank == 0).count() as f64 / answers.ranks.len().max(1) as f64
        };
        Rounding {
            queries: differences.len(),
            recall_at_1: share(self),
            pack_recall_at_1: share(pack),
            difference: mean(&differences),
        }
    }

    /// By group, of each query that is meant and that both answer, the difference of hits at 1 to another row's.
    fn differences(&self, other: &Answers, is_meant: impl Fn(usize) -> bool) -> Vec<(u64, f64)> {
        let before: std::collections::HashMap<usize, usize> =
            other.ranks.iter().map(|(query, _, rank)| (*query, *rank)).collect();
        let hit = |rank: usize| f64::from(u8::from(rank == 0));
        let meant = self.ranks.iter().filter(|(query, _, _)| is_meant(*query));
        meant.filter_map(|(query, group, rank)| Some((*group, hit(*rank) - hit(*before.get(query)?)))).collect()
    }
}

impl Pairs {
    pub fn of(pairs: &[(f64, bool)], threshold: f64) -> Self {
        let is_right = |(score, is_match): &(f64, bool)| (*score >= threshold) == *is_match;
        let count = |said: bool, is: bool| pairs.iter().filter(|(s, t)| (*s >= threshold) == said && *t == is).count();
        Pairs {
            threshold,
            f1: resampled(pairs, |pairs| precision_recall(pairs, threshold).f1),
            accuracy: resampled(pairs, |pairs| {
                pairs.iter().filter(|pair| is_right(pair)).count() as f64 / pairs.len().max(1) as f64
            }),
            confusion: [count(true, true), count(true, false), count(false, true), count(false, false)],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_at_a_threshold_are_counted_by_what_was_said_and_what_is() {
        let pairs = [(0.9, true), (0.8, true), (0.7, false), (0.2, true), (0.1, false), (0.0, false)];
        let found = Pairs::of(&pairs, 0.5);
        assert_eq!(found.confusion, [2, 1, 1, 2]);
        assert!((found.accuracy.value - 4.0 / 6.0).abs() < 1e-12);
        assert!((found.f1.value - 2.0 / 3.0).abs() < 1e-12);
        assert!(found.f1.low <= found.f1.value && found.f1.value <= found.f1.high);
    }

    #[test]
    fn rounding_is_the_difference_over_the_same_queries() {
        let answers = |ranks: &[usize]| Answers {
            ranks: ranks.iter().enumerate().map(|(query, rank)| (query, query as u64, *rank)).collect(),
            pairs: Vec::new(),
        };
        let found = answers(&[0, 0, 1, 0]).rounding(&answers(&[0, 3, 0, 1]));
        assert_eq!((found.queries, found.recall_at_1, found.pack_recall_at_1), (4, 0.75, 0.5));
        assert!((found.difference.value + 0.25).abs() < 1e-12);
    }

    #[test]
    fn folds_have_a_mean_and_a_sample_deviation() {
        let folds = Folds::of(vec![0.2, 0.4, 0.6]);
        assert!((folds.mean - 0.4).abs() < 1e-12 && (folds.deviation - 0.2).abs() < 1e-12);
        assert_eq!(Folds::of(vec![0.5]).deviation, 0.0);
    }
}
