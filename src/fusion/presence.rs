//! Whether the shop has the product at all: from the scores of all candidates to one probability.

use serde::{Deserialize, Serialize};

/// What the candidates of a query say together.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Support {
    /// Log-odds of the best candidate under its rule, −12 to 12; −12 where there is none.
    pub best: f64,
    /// ln Σ exp(s − best) over the log-odds s of all candidates: 0 for one that is far ahead, ln n for n equal ones.
    pub others: f64,
    /// How much the query states: the sum of its words' rarities, 0 to 8; 0 for a photo.
    pub stated: f64,
}

/// The largest magnitude of a score that counts.
const MAX_SCORE: f64 = 12.0;
/// Beyond this much stated, more changes nothing.
const MAX_STATED: f64 = 8.0;

impl Support {
    /// From log-odds under rules, best first.
    pub fn of(scores: &[f64], stated: f64) -> Self {
        let clamped = |score: &f64| score.clamp(-MAX_SCORE, MAX_SCORE);
        let best = scores.first().map_or(-MAX_SCORE, clamped);
        let sum: f64 = scores.iter().map(|score| (clamped(score) - best).exp()).sum();
        Support { best, others: sum.max(1.0).ln(), stated: stated.clamp(0.0, MAX_STATED) }
    }
}

/// A logistic regression over [`Support`]: the probability that one of the candidates is the product. What is the same for
/// all candidates, such as a colour that the shopper did not state, lowers the probability of each and not this one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Presence {
    pub offset: f64,
    /// A unit of the best score; not negative.
    pub best: f64,
    /// A unit of `others`; not negative.
    pub others: f64,
    /// A unit of what is stated: the more is stated, the more should agree.
    pub stated: f64,
}

impl Default for Presence {
    /// The log-odds of the best candidate as they are.
    fn default() -> Self {
        Presence { offset: 0.0, best: 1.0, others: 0.0, stated: 0.0 }
    }
}

impl Presence {
    /// That of a shop of which nobody knows what it lacks.
    pub const CERTAIN: Presence = Presence { offset: 36.0, best: 0.0, others: 0.0, stated: 0.0 };

    /// Calibrated log-odds.
    pub fn log_odds(&self, support: Support) -> f64 {
        self.offset + self.best * support.best + self.others * support.others + self.stated * support.stated
    }

    /// Whether it is finite and more support never lowers it.
    pub fn is_sound(&self) -> bool {
        let weights = [self.best, self.others];
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
    fn no_candidate_is_the_least_support() {
        assert_eq!(Support::of(&[], 0.0), Support { best: -MAX_SCORE, others: 0.0, stated: 0.0 });
    }
}
