//! From the evidence of a pair to a calibrated probability: an additive model of rising curves, so that every lane's share
//! of the log-odds can be named and the shares add up (a generalised additive model: Lou, Caruana and Gehrke 2012,
//! "Intelligible models for classification and regression").
//!
//! Two questions are answered. *Is it there at all?* Presence sees the scores of all candidates together. *If it is, is it this one?*
//! Each pair is scored by itself; the calibration also sees how the pair stands among the other candidates by those scores, for
//! they compete for one product. The probability that a listing is the product is the product of the two.
//! Queries by photo, by title and by both are scored and calibrated apart.

mod additive;
mod calibration;
mod decision;
mod feature;
mod presence;
mod rule;
mod shape;
mod standing;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

pub use additive::Additive;
pub use calibration::{Calibration, probability};
pub use decision::{Costs, Decision, Thresholds};
pub use feature::{FEATURES, Feature, Lane, Values};
pub use presence::{Presence, Support};
pub use rule::{Evidence, Rule};
pub use shape::Shape;
pub use standing::{Standing, Standings};

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
        if !self.thresholds.is_sound() {
            return Some(("thresholds in order between 0 and 1".into(), format!("{:?}", self.thresholds)));
        }
        let unsound = Mode::ALL.into_iter().find(|mode| !self.predictor(*mode).is_sound())?;
        Some(("rising, finite curves".into(), format!("others for queries by {}", unsound.name())))
    }
}

/// Predicts for one kind of query whether a listing is the product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Predictor {
    pub pair: Additive,
    pub calibration: Calibration,
    pub presence: Presence,
    /// Whether a listing may be a Match that lacks telling words of the query ([`Evidence::asks_for_more`]): where real queries
    /// have shown that such words do not make another product.
    pub overlooks_words: bool,
    /// Whether a listing with the query's own title is the product for certain ([`Rule::SameTitle`]): not where the labels that it
    /// was fitted to say that it often is another.
    pub trusts_same_title: bool,
}

/// What a predictor found of the candidates of one query.
#[derive(Debug, Clone, PartialEq)]
pub struct Predictions {
    /// Log-odds that one of them is the product.
    pub presence: f64,
    /// In the order of the candidates.
    pub candidates: Vec<Prediction>,
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

/// The log-odds of the product of two probabilities, each by its log-odds.
fn log_odds_of_product(a: f64, b: f64) -> f64 {
    // 1/(pq) − 1 = e^−a + e^−b + e^−(a+b), of which the largest is taken out.
    let terms = [-a, -b, -a - b];
    let most = terms.into_iter().fold(f64::NEG_INFINITY, f64::max);
    -(most + terms.into_iter().map(|term| (term - most).exp()).sum::<f64>().ln())
}

impl Predictor {
    /// Predicts whether each candidate of one query is the product, and whether any is; the candidates are rivals of one
    /// another. `stated` is how much the query states, as [`Support`] has it.
    pub fn predict(&self, candidates: &[Evidence], stated: f64) -> Predictions {
        let candidates = &*self.taken(candidates);
        let standings = Standings::of(&self.pair, candidates);
        let has_rivals = candidates.len() > 1;
        let presence = self.presence.log_odds(standings.support(stated));
        let of_candidate = |c| self.prediction(c, presence, has_rivals.then(|| standings.of_candidate(c)));
        Predictions { presence, candidates: candidates.iter().map(of_candidate).collect() }
    }

    /// The same for further listings, which have the candidates as rivals and are rivals of none.
    pub fn predict_further(&self, candidates: &[Evidence], further: &[Evidence], stated: f64) -> Vec<Prediction> {
        let (candidates, further) = (&*self.taken(candidates), &*self.taken(further));
        let standings = Standings::of(&self.pair, candidates);
        let has_rivals = !candidates.is_empty();
        let presence = self.presence.log_odds(standings.support(stated));
        let of_further = |f| self.prediction(f, presence, has_rivals.then(|| standings.of_further(f)));
        further.iter().map(of_further).collect()
    }

    /// Evidence as this predictor takes it.
    fn taken<'a>(&self, candidates: &'a [Evidence]) -> Cow<'a, [Evidence]> {
        match self.trusts_same_title {
            true => Cow::Borrowed(candidates),
            false => candidates.iter().map(Evidence::without_same_title).collect(),
        }
    }

    /// `presence` is the log-odds that the shop has the product; `standing` is `None` where there are no rivals: if it is there, it
    /// is this one.
    fn prediction(&self, evidence: &Evidence, presence: f64, standing: Option<Standing>) -> Prediction {
        let Calibration { slope, offset, ahead, behind, .. } = self.calibration;
        // A lead is of the evidence that makes it. Of all candidates the lanes weigh the same.
        let weight = slope + if standing.is_some() { (ahead + behind) / 2.0 } else { 0.0 };
        let mut prediction = Prediction { contributions: vec![(Lane::Prior, weight * self.pair.intercept + offset)] };
        for (lane, share) in self.pair.contributions(&evidence.values) {
            prediction.add(lane, weight * share);
        }
        let probable = match standing {
            Some(standing) => {
                let if_there = self.calibration.log_odds(standing);
                prediction.add(Lane::Rank, if_there - prediction.log_odds());
                log_odds_of_product(presence, if_there)
            }
            None => presence,
        };
        prediction.add(Lane::Prior, probable - prediction.log_odds());
        if let Some((lane, share)) = evidence.rule.contribution(prediction.log_odds()) {
            prediction.add(lane, share);
        }
        prediction
    }

    fn is_sound(&self) -> bool {
        self.pair.is_sound() && self.calibration.is_sound() && self.presence.is_sound()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_odds_of_two_probabilities_at_once_are_those_of_their_product() {
        for (a, b) in [(0.3, -1.2), (0.0, 0.0), (-8.0, 5.0), (4.0, 4.0)] {
            let expected = probability(a) * probability(b);
            assert!((probability(log_odds_of_product(a, b)) - expected).abs() < 1e-12, "{a} and {b}");
            assert_eq!(log_odds_of_product(a, b), log_odds_of_product(b, a));
        }
        // What is certain changes nothing, and nothing is lost far out.
        assert!((log_odds_of_product(Presence::CERTAIN.offset, -2.0) + 2.0).abs() < 1e-9);
        assert!(
            (log_odds_of_product(-700.0, 700.0) + 700.0).abs() < 1e-9
                && log_odds_of_product(-900.0, -900.0).is_finite()
        );
    }
}
