//! Figures over answers of which the truth is known.

use fastrand::Rng;
use serde::{Deserialize, Serialize};

/// A figure with its 95 % bootstrap interval (percentiles of resampled groups).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

/// One answer: its probability and whether it was right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answered {
    pub probability: f64,
    pub is_right: bool,
}

/// Answers whose probabilities lie close together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ReliabilityBin {
    /// Bounds of the probabilities, the upper one in the last bin only.
    pub from: f64,
    pub to: f64,
    pub answers: usize,
    pub mean_probability: f64,
    /// Share that was right.
    pub right: f64,
}

/// How often a figure is resampled for its interval.
const RESAMPLES: usize = 1000;
/// Bins of equal width of the reliability table.
const BINS: usize = 10;

/// The mean of `values`, with an interval from resampling whole groups: answers about one product are no independent facts.
pub fn mean(values: &[(u64, f64)]) -> Estimate {
    let mut groups: std::collections::BTreeMap<u64, (f64, f64)> = Default::default();
    for (group, value) in values {
        let (sum, count) = groups.entry(*group).or_default();
        *sum += value;
        *count += 1.0;
    }
    let groups: Vec<(f64, f64)> = groups.into_values().collect();
    let mean = |groups: &mut dyn Iterator<Item = (f64, f64)>| {
        let (sum, count) = groups.fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
        if count > 0.0 { sum / count } else { 0.0 }
    };
    interval(mean(&mut groups.iter().copied()), |rng| {
        mean(&mut (0..groups.len()).map(|_| groups[rng.usize(..groups.len())]))
    })
}

/// A figure with its interval from resampling single answers.
pub fn resampled<T: Copy>(items: &[T], figure: impl Fn(&[T]) -> f64) -> Estimate {
    interval(figure(items), |rng| {
        let drawn: Vec<T> = (0..items.len()).map(|_| items[rng.usize(..items.len())]).collect();
        figure(&drawn)
    })
}

fn interval(value: f64, mut draw: impl FnMut(&mut Rng) -> f64) -> Estimate {
    let mut rng = Rng::with_seed(1);
    let mut drawn: Vec<f64> = (0..RESAMPLES).map(|_| draw(&mut rng)).collect();
    drawn.sort_by(f64::total_cmp);
    Estimate { value, low: drawn[RESAMPLES / 40], high: drawn[RESAMPLES - 1 - RESAMPLES / 40] }
}

/// Answers by probability, empty bins left out.
pub fn reliability(answers: &[Answered]) -> Vec<ReliabilityBin> {
    let bin_of = |a: &Answered| ((a.probability * BINS as f64) as usize).min(BINS - 1);
    let bin = |i: usize| {
        let own: Vec<&Answered> = answers.iter().filter(|a| bin_of(a) == i).collect();
        let share = |sum: f64| sum / own.len() as f64;
        (!own.is_empty()).then(|| ReliabilityBin {
            from: i as f64 / BINS as f64,
            to: (i + 1) as f64 / BINS as f64,
            answers: own.len(),
            mean_probability: share(own.iter().map(|a| a.probability).sum()),
            right: share(own.iter().filter(|a| a.is_right).count() as f64),
        })
    };
    (0..BINS).filter_map(bin).collect()
}

/// Expected calibration error over ten bins of equal width (Guo et al. 2017, "On calibration of modern neural networks").
pub fn expected_calibration_error(answers: &[Answered]) -> f64 {
    let off = |bin: &ReliabilityBin| (bin.mean_probability - bin.right).abs() * bin.answers as f64;
    reliability(answers).iter().map(off).sum::<f64>() / answers.len().max(1) as f64
}

/// Area under the ROC curve: how often a positive scores above a negative, ties counting half. 0.5 where a side is empty.
pub fn auroc(positives: &[f64], negatives: &[f64]) -> f64 {
    if positives.is_empty() || negatives.is_empty() {
        return 0.5;
    }
    let mut sorted = negatives.to_vec();
    sorted.sort_by(f64::total_cmp);
    let wins = |score: &f64| {
        let below = sorted.partition_point(|n| n < score);
        let not_above = sorted.partition_point(|n| n <= score);
        (below + not_above) as f64 / 2.0
    };
    positives.iter().map(wins).sum::<f64>() / (positives.len() * negatives.len()) as f64
}

/// Precision where the threshold is set so that `recall` of the positives are found.
pub fn precision_at_recall(positives: &[f64], negatives: &[f64], recall: f64) -> f64 {
    let mut sorted = positives.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let needed = ((positives.len() as f64 * recall).ceil() as usize).clamp(1, positives.len().max(1));
    let Some(threshold) = sorted.get(needed - 1) else { return 0.0 };
    let above = |scores: &[f64]| scores.iter().filter(|s| *s >= threshold).count() as f64;
    above(positives) / (above(positives) + above(negatives))
}

/// Precision, recall and their harmonic mean at a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PrecisionRecall {
    pub precision: f64,
    pub recall: f64,
    pub f1: f64,
}

/// Of pairs with a score and the truth.
pub fn precision_recall(pairs: &[(f64, bool)], threshold: f64) -> PrecisionRecall {
    let count = |predicted: bool, actual: bool| {
        pairs.iter().filter(|(s, t)| (*s >= threshold) == predicted && *t == actual).count() as f64
    };
    let (right, wrong, missed) = (count(true, true), count(true, false), count(false, true));
    let share = |of: f64| if of > 0.0 { right / of } else { 0.0 };
    let f1 = if right > 0.0 { 2.0 * right / (2.0 * right + wrong + missed) } else { 0.0 };
    PrecisionRecall { precision: share(right + wrong), recall: share(right + missed), f1 }
}

/// The threshold with the best F1; midway to the next score, so that it does not hang on one pair's last digits.
pub fn best_threshold(pairs: &[(f64, bool)]) -> f64 {
    let mut sorted = pairs.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let positives = sorted.iter().filter(|p| p.1).count() as f64;
    let (mut right, mut best) = (0.0, (f64::NEG_INFINITY, f64::INFINITY));
    for (i, (score, is_match)) in sorted.iter().enumerate() {
        right += f64::from(u8::from(*is_match));
        let next = sorted.get(i + 1).map(|p| p.0);
        let f1 = 2.0 * right / (i as f64 + 1.0 + positives);
        if next != Some(*score) && f1 > best.0 {
            best = (f1, next.map_or(*score, |next| (score + next) / 2.0));
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_answer_right_as_often_as_it_says_has_no_calibration_error() {
        let answers = |p: f64, right: usize, all: usize| {
            (0..all).map(move |i| Answered { probability: p, is_right: i < right }).collect::<Vec<_>>()
        };
        let honest = [answers(0.25, 1, 4), answers(0.75, 3, 4), answers(1.0, 2, 2)].concat();
        assert!(expected_calibration_error(&honest) < 1e-12);
        assert!((expected_calibration_error(&answers(0.9, 1, 2)) - 0.4).abs() < 1e-12);
        assert_eq!(reliability(&honest).len(), 3);
    }

    #[test]
    fn half_of_the_right_pairs_and_one_wrong_one() {
        let pairs = [(0.9, true), (0.8, false), (0.3, true), (0.1, false)];
        let found = precision_recall(&pairs, 0.5);
        assert_eq!((found.precision, found.recall, found.f1), (0.5, 0.5, 0.5));
        assert_eq!(precision_recall(&pairs, best_threshold(&pairs)).f1, 0.8);
    }

    #[test]
    fn precision_is_taken_where_enough_positives_are_found() {
        let positives: Vec<f64> = (1..=20).map(f64::from).collect();
        assert_eq!(precision_at_recall(&positives, &[0.5, 1.5, 2.5], 0.95), 19.0 / 20.0);
    }

    #[test]
    fn an_interval_holds_its_figure() {
        let values: Vec<(u64, f64)> = (0..60).map(|i| (i / 2, f64::from(u8::from(i % 3 == 0)))).collect();
        let Estimate { value, low, high } = mean(&values);
        assert!((value - 1.0 / 3.0).abs() < 1e-12 && low < value && value < high && high < 0.5);
    }

    proptest! {
        #[test]
        fn auroc_is_the_share_of_ordered_pairs(
            positives in prop::collection::vec(0u8..20, 1..20), negatives in prop::collection::vec(0u8..20, 1..20),
        ) {
            let floats = |v: &[u8]| v.iter().map(|x| f64::from(*x)).collect::<Vec<f64>>();
            let pairs = || positives.iter().flat_map(|p| negatives.iter().map(move |n| p.cmp(n)));
            let won: f64 = pairs().map(|o| match o { std::cmp::Ordering::Greater => 1.0, std::cmp::Ordering::Equal => 0.5, _ => 0.0 }).sum();
            prop_assert!((auroc(&floats(&positives), &floats(&negatives)) - won / pairs().count() as f64).abs() < 1e-12);
        }

        #[test]
        fn no_other_threshold_is_better(pairs in prop::collection::vec((0u8..10, any::<bool>()), 1..30)) {
            let pairs: Vec<(f64, bool)> = pairs.iter().map(|(s, t)| (f64::from(*s), *t)).collect();
            let best = precision_recall(&pairs, best_threshold(&pairs)).f1;
            for threshold in 0..11 {
                prop_assert!(best + 1e-12 >= precision_recall(&pairs, f64::from(threshold) - 0.5).f1);
            }
        }
    }
}
