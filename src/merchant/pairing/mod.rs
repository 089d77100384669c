//! Which rows are the same product: pairs and clusters within one catalogue, or between a list of rows and a catalogue.
//!
//! A row asks as a shopper would: it proposes candidates and the catalogue's own predictor decides. Pairs are handed on as
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
use crate::matching::ranker::{Probe, Ranker, Scored};
use crate::merchant::learn::search;
use crate::search::Position;

/// Rows that are searched for at a time: enough for every core, few enough for pairs to come out early.
const CHUNK: usize = 256;
/// Most candidates of a row that may become pairs.
const NAMED: usize = 32;

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

/// The best candidates for a probe, best first; `hidden` listings are as good as not there. None for a probe with
/// neither photo nor title.
fn named(ranker: &Ranker, probe: &Probe, hidden: &dyn Fn(Position) -> bool) -> Vec<Scored> {
    if probe.hash.is_none() && probe.title.is_none() {
        return Vec::new();
    }
    let hidden = |position: Position| hidden(position) || is_bare(ranker, position);
    let mut scored = ranker.rank(probe.mode(), search(ranker, probe, &hidden));
    scored.truncate(NAMED);
    scored
}

/// Whether a listing has neither photo nor title.
fn is_bare(ranker: &Ranker, position: Position) -> bool {
    ranker.catalogue.listing(position).title.is_empty()
        && ranker.catalogue.shards[position.shard].hashes[position.listing].is_none()
}
