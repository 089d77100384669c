//! From the score of a pair, and how it stands among the other candidates, to the probability that it is the product if the shop has
//! that.

use serde::{Deserialize, Serialize};

use super::Standing;

/// A straight line from the pair's log-odds to calibrated ones (Platt 1999, "Probabilistic outputs for support vector
/// machines"), with a share for the lead and for rivals. No weight is below 0, so the order of the hits stays.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    pub offset: f64,
    pub slope: f64,
    /// A unit of lead before the next best.
    pub ahead: f64,
    /// A unit behind the best.
    pub behind: f64,
    pub rivals: f64,
}

impl Default for Calibration {
    /// The line that changes nothing.
    fn default() -> Self {
        Calibration { offset: 0.0, slope: 1.0, ahead: 0.0, behind: 0.0, rivals: 0.0 }
    }
}

/// The logistic function.
pub fn probability(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

impl Calibration {
    /// Calibrated log-odds.
    pub fn log_odds(&self, standing: Standing) -> f64 {
        self.offset + self.slope * standing.log_odds + self.rank(standing)
    }

    /// What the standing among the other candidates adds.
    pub fn rank(&self, standing: Standing) -> f64 {
        self.ahead * standing.lead.max(0.0) + self.behind * standing.lead.min(0.0) + self.rivals * standing.rivals
    }

    /// Whether it is finite and keeps the order.
    pub fn is_sound(&self) -> bool {
        let weights = [self.slope, self.ahead, self.behind, self.rivals];
        self.offset.is_finite() && weights.iter().all(|w| w.is_finite() && *w >= 0.0)
    }
}
