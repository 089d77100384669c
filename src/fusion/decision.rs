//! The answer in one word, and the costs that it minimises.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Whether the listing is the product that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Decision {
    Match,
    Unsure,
    #[serde(rename = "No-Match")]
    NoMatch,
}

impl Decision {
    /// The better of the two for the listing; Match is the best.
    pub fn at_least(self, other: Decision) -> Decision {
        if (self as u8) < other as u8 { self } else { other }
    }

    /// The worse of the two.
    pub fn at_most(self, other: Decision) -> Decision {
        if (self as u8) > other as u8 { self } else { other }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Decision::Match => "Match",
            Decision::Unsure => "Unsure",
            Decision::NoMatch => "No-Match",
        })
    }
}

/// What a wrong answer costs the shop, in one unit of its own; only their ratios count.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Costs {
    /// Saying Match of another product.
    pub false_match: f64,
    /// Saying No-Match of the product itself.
    pub false_no_match: f64,
    /// Saying Unsure: the shopper has to look.
    pub unsure: f64,
}

impl Default for Costs {
    /// A wrong Match costs three looks, a wrong No-Match five.
    fn default() -> Self {
        Costs { false_match: 3.0, false_no_match: 5.0, unsure: 1.0 }
    }
}

/// The probabilities between which the answer is Unsure.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Thresholds {
    /// Match from here on.
    #[serde(rename = "match")]
    pub matches: f64,
    /// No-Match below this; at most `matches`.
    pub no_match: f64,
}

impl Costs {
    /// The thresholds with the least expected cost (Chow 1970, "On optimum recognition error and reject tradeoff").
    pub fn thresholds(&self) -> Result<Thresholds> {
        let all = [self.false_match, self.false_no_match, self.unsure];
        if all.iter().any(|cost| !cost.is_finite() || *cost <= 0.0) {
            return Err(Error::argument("costs", "three numbers above 0", format!("{all:?}")));
        }
        let (matches, no_match) = (1.0 - self.unsure / self.false_match, self.unsure / self.false_no_match);
        if no_match < matches {
            return Ok(Thresholds { matches, no_match });
        }
        // Unsure is never the cheapest answer.
        let even = self.false_match / (self.false_match + self.false_no_match);
        Ok(Thresholds { matches: even, no_match: even })
    }
}

impl Thresholds {
    /// The decision at a probability, 0 to 1.
    pub fn decide(&self, probability: f64) -> Decision {
        if probability >= self.matches {
            Decision::Match
        } else if probability >= self.no_match {
            Decision::Unsure
        } else {
            Decision::NoMatch
        }
    }

    /// Whether they are probabilities in their order.
    pub fn is_sound(&self) -> bool {
        (0.0..=1.0).contains(&self.no_match) && (self.no_match..=1.0).contains(&self.matches)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_decision_is_the_cheapest_answer_at_every_probability() {
        for costs in [Costs::default(), Costs { unsure: 4.0, ..Costs::default() }] {
            let thresholds = costs.thresholds().unwrap();
            for percent in 0..=100 {
                let p = f64::from(percent) / 100.0 + 1e-9;
                let expected = [
                    (Decision::Match, (1.0 - p) * costs.false_match),
                    (Decision::Unsure, costs.unsure),
                    (Decision::NoMatch, p * costs.false_no_match),
                ];
                let cheapest = expected.iter().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
                assert_eq!(thresholds.decide(p), cheapest.0, "{p} {costs:?}");
            }
        }
    }

    #[test]
    fn costs_that_are_no_costs_are_refused() {
        for unsure in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Costs { unsure, ..Costs::default() }.thresholds().is_err());
        }
    }
}
