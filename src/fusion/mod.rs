//! From the evidence of a pair to a calibrated probability: an additive model of rising curves, so that every lane's share
//! of the log-odds can be named and the shares add up (a generalised additive model: Lou, Caruana and Gehrke 2012,
//! "Intelligible models for classification and regression").
//!
//! Each pair is scored by itself; the calibration also sees how the pair stands among the other candidates by those scores.
//! Queries by photo, by title and by both are scored and calibrated apart.

mod additive;
mod calibration;
mod decision;
mod feature;
mod rule;
mod shape;

use serde::{Deserialize, Serialize};

pub use additive::Additive;
pub use calibration::{Calibration, Standing, probability};
pub use decision::{Costs, Decision, Thresholds};
pub use feature::{FEATURES, Feature, Lane, Values};
pub use rule::{Evidence, Rule};
pub use shape::Shape;

/// What the shopper gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    Photo,
    Title,
    Both,
}

impl Mode {
    pub const ALL: [Mode; 3] = [Mode::Photo, Mode::Title, Mode::Both];

    /// The name under which a model holds it.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Photo => "photo",
            Mode::Title => "title",
            Mode::Both => "both",
        }
    }
}

/// The decision's part of a manifest, fitted when the catalogue was built.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Names of the features that the judges read, in their order.
    pub features: Vec<String>,
    pub costs: Costs,
    pub thresholds: Thresholds,
    pub photo: Predictor,
    pub title: Predictor,
    pub both: Predictor,
}

impl Model {
    /// The predictor of queries of that kind.
    pub fn predictor(&self, mode: Mode) -> &Predictor {
        match mode {
            Mode::Photo => &self.photo,
            Mode::Title => &self.title,
            Mode::Both => &self.both,
        }
    }

    /// What is wrong with it as a manifest states it, where something is: what was expected and what was found.
    pub fn fault(&self) -> Option<(String, String)> {
        if !self.features.iter().map(String::as_str).eq(FEATURES.iter().map(|f| f.name)) {
            let expected = FEATURES.map(|f| f.name).join(", ");
            return Some((format!("a model of the features {expected}"), self.features.join(", ")));
        }
        if !self.thresholds.is_sound() {
            return Some(("thresholds in order between 0 and 1".into(), format!("{:?}", self.thresholds)));
        }
        let unsound = Mode::ALL.into_iter().find(|mode| !self.predictor(*mode).is_sound())?;
        Some(("rising, finite curves".into(), format!("others for queries by {}", unsound.name())))
    }
}

/// Judges the candidates of one kind of query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Predictor {
    pub pair: Additive,
    pub calibration: Calibration,
}

/// What a predictor found of one candidate.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// Calibrated, a lane; they add up to the log-odds.
    pub contributions: Vec<(Lane, f64)>,
}

impl Prediction {
    /// The sum of the contributions, in their order.
    pub fn log_odds(&self) -> f64 {
        self.contributions.iter().map(|(_, share)| share).sum()
    }

    fn add(&mut self, lane: Lane, share: f64) {
        match self.contributions.iter_mut().find(|(other, _)| *other == lane) {
            Some((_, sum)) => *sum += share,
            None => self.contributions.push((lane, share)),
        }
    }
}

/// How far a lead is followed, in log-odds.
const MAX_LEAD: f64 = 8.0;
/// How near another candidate must come to be a rival, in log-odds.
const RIVAL: f64 = 1.0;
/// Beyond this many rivals one more changes nothing.
const MAX_RIVALS: usize = 10;

impl Predictor {
    /// Judges the candidates of one query.
    pub fn predict(&self, candidates: &[Evidence]) -> Vec<Prediction> {
        let Calibration { slope, offset, .. } = self.calibration;
        let scored = |(evidence, standing): (&Evidence, Standing)| {
            let mut prediction =
                Prediction { contributions: vec![(Lane::Prior, slope * self.pair.intercept + offset)] };
            for (lane, share) in self.pair.contributions(&evidence.values) {
                prediction.add(lane, slope * share);
            }
            if candidates.len() > 1 {
                prediction.add(Lane::Rank, self.calibration.rank(standing));
            }
            if let Some((lane, share)) = evidence.rule.contribution(prediction.log_odds()) {
                prediction.add(lane, share);
            }
            prediction
        };
        candidates.iter().zip(standings(&self.pair, candidates)).map(scored).collect()
    }

    fn is_sound(&self) -> bool {
        self.pair.is_sound(FEATURES.len()) && self.calibration.is_sound()
    }
}

/// The score of each candidate by itself, and how it stands among the others.
pub(crate) fn standings(pair: &Additive, candidates: &[Evidence]) -> Vec<Standing> {
    // The rule's word counts among the candidates, too: one with a veto is no rival.
    let log_odds: Vec<f64> = candidates.iter().map(|e| e.rule.applied(pair.log_odds(&e.values))).collect();
    let mut order = log_odds.clone();
    order.sort_by(|a, b| b.total_cmp(a));
    let standing = |(evidence, own): (&Evidence, &f64)| {
        let best_other = if *own >= order[0] { order.get(1) } else { order.first() };
        let near = order.partition_point(|other| *other >= own - RIVAL).saturating_sub(1);
        Standing {
            log_odds: pair.log_odds(&evidence.values),
            lead: best_other.map_or(0.0, |best| (own - best).clamp(-MAX_LEAD, MAX_LEAD)),
            rivals: -(near.min(MAX_RIVALS) as f64 + 1.0).ln(),
        }
    };
    candidates.iter().zip(&log_odds).map(standing).collect()
}
