//! Two rows that may be one product, with the reasons.

use serde::Serialize;

use super::link::{Link, Shares};
use crate::fusion::Decision;
use crate::matching::lanes::{Lanes, Shown};
use crate::matching::ranker::{Ranker, Scored};
use crate::matching::{Contributions, why};

/// Two rows and what was found of them.
#[derive(Debug, Clone, Serialize)]
pub struct Pair {
    /// Number of the first row in its list.
    #[serde(skip)]
    pub a: usize,
    /// Number of the second row: in the same list, or in the catalogue that the first list is held against.
    #[serde(skip)]
    pub b: usize,
    /// Calibrated, 0 to 1.
    pub probability: f64,
    pub decision: Decision,
    /// The logarithm of the odds of `probability`: the sum of the contributions.
    pub log_odds: f64,
    pub contributions: Contributions,
    /// Without TF-IDF and BM25, which only a search knows.
    pub lanes: Shown,
    /// Sentences a shopper can read.
    pub why: Vec<String>,
    /// Whether it is only there because a row would have no partner otherwise.
    pub at_least_one: bool,
}

impl Pair {
    /// A link with its reasons; `lanes` are those of its rows.
    pub(super) fn of(ranker: &Ranker, link: &Link, lanes: &Lanes) -> Self {
        let contributions = link.shares.contributions();
        let probability = link.probability();
        Pair {
            a: link.a,
            b: link.b,
            probability,
            decision: ranker.decide(probability),
            log_odds: link.shares.log_odds(),
            lanes: Shown { tf_idf: None, bm25: None, ..lanes.shown() },
            why: why(lanes, &contributions),
            contributions: Contributions(contributions),
            at_least_one: false,
        }
    }

    /// What the row with number `a` found in a catalogue.
    pub(super) fn found(ranker: &Ranker, a: usize, scored: &Scored) -> Self {
        let b = ranker.catalogue.number(scored.candidate.position);
        let shares = Shares::of(&scored.prediction.contributions);
        Pair::of(ranker, &Link { a, b, shares }, &scored.candidate.lanes)
    }
}
