//! Labelled queries with the candidates that are retrieved for them.

use std::hash::{Hash, Hasher};

use rayon::prelude::*;

use super::fit::List;
use super::{LabelledQuery, prior};
use crate::Result;
use crate::catalogue::Listing;
use crate::fusion::{Mode, Predictor};
use crate::matching::ranker::{Candidate, Ranker};
use crate::search::Position;

/// Hard negatives of a query that are trained on: the other listings that the general model ranks first. What it ranks lower
/// is separated already.
const HARD_NEGATIVES: usize = 16;

/// A labelled query with its candidates.
#[derive(Clone)]
pub struct TrainingExample {
    pub mode: Mode,
    /// Whether it is a real query, not one made of a listing.
    pub is_real: bool,
    /// With the whole catalogue, and with half of it, its product among them, taken out.
    pub lists: [List; 2],
}

/// Retrieves the candidates of every query.
pub fn training_examples(ranker: &Ranker, queries: &[LabelledQuery], is_real: bool) -> Result<Vec<TrainingExample>> {
    let general = prior()?;
    let example = |query: &LabelledQuery| {
        let mode = query.probe.mode();
        TrainingExample { mode, is_real, lists: lists(ranker, general.predictor(mode), query) }
    };
    Ok(queries.par_iter().map(example).collect())
}

/// The lists of a query: one with the whole catalogue, and one without its product, so that the best of the wrong listings is
/// also trained on where it has no right one above it; with half of all other products taken out as well, as a product that
/// is missing is likely to be in a smaller shop.
fn lists(ranker: &Ranker, general: &Predictor, query: &LabelledQuery) -> [List; 2] {
    let is_relevant = |p: Position| query.relevant.contains(&p);
    let is_removed = |p: Position| is_relevant(p) || is_in_removed_half(ranker.catalogue.listing(p), query.group);
    let is_removed: &dyn Fn(Position) -> bool = &is_removed;
    [None, Some(is_removed)].map(|is_removed| {
        let candidates = ranker.retrieve(&query.probe, query.mask(&ranker.catalogue, is_removed).as_ref());
        let ranked = ranker.rank_with(general, &query.probe, candidates).scored.into_iter().enumerate();
        let kept = ranked.filter(|(rank, s)| *rank < HARD_NEGATIVES || is_relevant(s.candidate.position));
        let kept: Vec<Candidate> = kept.map(|(_, scored)| scored.candidate).collect();
        List {
            group: query.group,
            truth: kept.iter().map(|c| Some(f64::from(u8::from(is_relevant(c.position))))).collect(),
            candidates: kept.iter().map(|c| c.lanes.evidence()).collect(),
            is_there: Some(f64::from(u8::from(!query.relevant.is_empty() && is_removed.is_none()))),
            stated: ranker.stated(&query.probe),
            // A query that no listing answers has two lists of the same truth, any other has one of each.
            weight: if query.relevant.is_empty() { query.weight / 2.0 } else { query.weight },
        }
    })
}

/// Whether a listing is of the half of all products that is taken out; another half for each group of queries.
fn is_in_removed_half(listing: &Listing, group: u64) -> bool {
    let mut hasher = std::hash::DefaultHasher::new();
    (listing.product(), group).hash(&mut hasher);
    hasher.finish().is_multiple_of(2)
}
