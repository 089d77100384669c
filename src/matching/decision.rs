//! The answer in one word.

use std::fmt;

use serde::Serialize;

/// From this probability on it is this product. Provisional: the right threshold belongs to the catalogue.
const MATCH: f32 = 0.8;
/// Below this probability the shop does not have it. Provisional likewise.
const NO_MATCH: f32 = 0.3;

/// Whether the listing is the product that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Decision {
    Match,
    Unsure,
    #[serde(rename = "No-Match")]
    NoMatch,
}

impl Decision {
    /// The decision at a probability, 0 to 1.
    pub fn at(probability: f32) -> Self {
        if probability >= MATCH {
            Decision::Match
        } else if probability >= NO_MATCH {
            Decision::Unsure
        } else {
            Decision::NoMatch
        }
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
