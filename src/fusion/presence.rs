//! Whether the shop has the product at all: from the scores of all candidates to one probability.

use serde::{Deserialize, Serialize};

/// What the candidates of a query say together.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Support {
    /// Log-odds of the best candidate under its rule, −12 to 12; −12 where there is none.
    pub best: f64,
    /// How far that lies above the mean of the next eight, 0 to 24; 0 where there is no other. A title that is like many listings,
    /// whatever it names, has high scores without its product (score normalisation by a cohort: Auckenthaler, Carey and
    /// Lloyd-Thomas 2000, "Score normalization for text-independent speaker verification systems"). 0 for a photo: its similarities are
    /// normalised so before they are scored.
    pub above: f64,
    /// ln Σ exp(s − best) over the log-odds s of the best sixteen: 0 for one that is far ahead, ln n for n equal ones.
    pub others: f64,
    /// How much the query states: the sum of its words' rarities, 0 to 8; 0 for a photo.
    pub stated: f64,
}

/// The largest magnitude of a score that counts.
const MAX_SCORE: f64 = 12.0;
/// Beyond this much stated, more changes nothing.
const MAX_STATED: f64 = 8.0;
/// With how many of the next scores the best is compared.
const COMPARED: usize = 8;
/// How many scores count at all: examples are learnt from with so many candidates.
const COUNTED: usize = 16;

impl Support {
    /// From log-odds under rules, best first.
    pub fn of(scores: &[f64], stated: f64) -> Self {
        let clamped = |score: &f64| score.clamp(-MAX_SCORE, MAX_SCORE);
        let scores: Vec<f64> = scores.iter().take(COUNTED).map(clamped).collect();
        let best = scores.first().copied().unwrap_or(-MAX_SCORE);
        let next = &scores[1.min(scores.len())..scores.len().min(1 + COMPARED)];
        let has_title = stated > 0.0;
        let above = match has_title {
            true => next.iter().map(|score| best - score).sum::<f64>() / next.len().max(1) as f64,
            false => 0.0,
        };
        let sum: f64 = scores.iter().map(|score| (score - best).exp()).sum();
        Support { best, above, others: sum.max(1.0).ln(), stated: stated.clamp(0.0, MAX_STATED) }
    }
}

/// A logistic regression over [`Support`]: the probability that one of the candidates is the product. What is the same for
/// all candidates, such as a colour that the shopper did not state, lowers the probability of each and not this one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Presence {
    pub offset: f64,
    /// A unit of the best score; not negative.
    pub best: f64,
    /// A unit of `above`; not negative.
    pub above: f64,
    /// A unit of `others`; not negative.
    pub others: f64,
    /// A unit of what is stated: the more is stated, the more should agree.
    pub stated: f64,
}

impl Default for Presence {
    /// The log-odds of the best candidate as they are.
    fn default() -> Self {
        Presence { offset: 0.0, best: 1.0, above: 0.0, others: 0.0, stated: 0.0 }
    }
}

impl Presence {
    /// That of a shop of which nobody knows what it lacks.
    pub const CERTAIN: Presence = Presence { offset: 36.0, best: 0.0, above: 0.0, others: 0.0, stated: 0.0 };

    /// Calibrated log-odds.
    pub fn log_odds(&self, support: Support) -> f64 {
        let Support { best, above, others, stated } = support;
        self.offset + self.best * best + self.above * above + self.others * others + self.stated * stated
    }

    /// Whether it is finite and more support never lowers it.
    pub fn is_sound(&self) -> bool {
        let weights = [self.best, self.above, self.others];
        self.offset.is_finite() && self.stated.is_finite() && weights.iter().all(|w| w.is_finite() && *w >= 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_candidates_add_the_logarithm_of_their_number() {
        let support = Support::of(&[2.0, 2.0, 2.0, -40.0], 1.0);
        assert!((support.others - 3f64.ln()).abs() < 1e-6, "{support:?}");
        assert_eq!((support.best, support.stated), (2.0, 1.0));
    }

    #[test]
    fn the_best_is_compared_with_the_mean_of_the_next() {
        let above = |scores: &[f64]| Support::of(scores, 1.0).above;
        assert_eq!([above(&[3.0, 1.0, -1.0]), above(&[3.0]), above(&[])], [3.0, 0.0, 0.0]);
        // Those after the next eight, and how low a score is below −12, change nothing.
        let long: Vec<f64> = [3.0].into_iter().chain([1.0; 8]).chain([-9.0; 40]).collect();
        assert_eq!([above(&long), above(&[3.0, -90.0])], [2.0, 15.0]);
        assert_eq!(Support::of(&[3.0, 1.0, -1.0], 0.0).above, 0.0);
    }

    #[test]
    fn no_candidate_is_the_least_support() {
        assert_eq!(Support::of(&[], 0.0), Support { best: -MAX_SCORE, above: 0.0, others: 0.0, stated: 0.0 });
    }
}
