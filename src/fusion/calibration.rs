//! From the score of a pair, and how it stands among the other candidates, to a probability that can be bet on.

use serde::{Deserialize, Serialize};

/// A candidate's score and its standing.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Standing {
    /// Log-odds by the pair's own evidence.
    pub log_odds: f64,
    /// How far that lies above the best of the other candidates, −8 to 8; 0 where there is no other.
    pub lead: f64,
    /// How many of the others are about as good or better, as −ln(1 + count), −2.4 to 0.
    pub rivals: f64,
}

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
