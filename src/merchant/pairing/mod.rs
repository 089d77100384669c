//! Which rows are the same product: pairs and clusters within one catalogue, or between a list of rows and a catalogue.
//!
//! A row is a query as a shopper's: its candidates are retrieved and the catalogue's own predictor decides. Pairs are handed on as
//! they are found, so that what is held in memory grows with the rows, not with the pairs.

mod between;
mod blend;
mod clusters;
mod link;
mod lists;
mod pair;
mod probes;
pub mod report;
mod selection;
#[cfg(test)]
mod tests;
mod within;

use std::ops::ControlFlow;

pub use between::{Rows, between};
pub use blend::Blend;
pub use clusters::{Cluster, Clusters};
pub use lists::{Lists, Side, Summary};
pub use pair::Pair;
pub use within::within;

use crate::Result;
use crate::matching::probe::Probe;
use crate::matching::ranker::{Ranker, Scored};
use crate::search::{Mask, Position};

/// Rows that are searched for at a time: enough for every core, few enough for pairs to come out early.
const CHUNK: usize = 256;
/// Most candidates of a row that may become pairs.
const MOST_PARTNERS: usize = 32;

/// Which pairs are handed on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// 0 to 1.
    pub min_probability: f64,
    /// Only pairs of which each row is the other's best partner.
    pub mutual_best: bool,
    /// Every row (of the first list, where there are two) gets its best partner, however improbable.
    pub at_least_one: bool,
}

/// Takes a pair in; `Break` stops the search.
pub type Emit<'a> = &'a mut dyn FnMut(Pair) -> Result<ControlFlow<()>>;

/// The best candidates for a probe among the listings that `mask` allows, best first. None for a probe with neither photo
/// nor title.
fn best_candidates(ranker: &Ranker, probe: &Probe, mask: &Mask) -> Vec<Scored> {
    if probe.hash.is_none() && probe.title.is_none() {
        return Vec::new();
    }
    let mut scored = ranker.rank(probe, ranker.retrieve(probe, Some(mask))).scored;
    scored.truncate(MOST_PARTNERS);
    scored
}

/// The listings with a photo or a title, except `left_out`.
fn described(ranker: &Ranker, left_out: Option<Position>) -> Mask {
    let catalogue = &ranker.catalogue;
    let is_described =
        |p: Position| !catalogue.listing(p).title.is_empty() || catalogue.shards[p.shard].hashes[p.listing].is_some();
    catalogue.positions().map(|p| Some(p) != left_out && is_described(p)).collect()
}
