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

/// Lists of a query.
pub const LISTS: usize = 3;

/// A labelled query with its candidates.
#[derive(Clone)]
pub struct TrainingExample {
    pub mode: Mode,
    /// Whether it is a real query, not one made of a listing.
    pub is_real: bool,
    /// With the whole catalogue, with half of all other products, and with that half and without its product. Whether the product is
    /// there is learnt from the two of equal size: that a larger shop has more alike listings says nothing of it.
    pub lists: [List; LISTS],
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
/// is missing is likely to be in a smaller shop. Whether it is there is learnt from the latter and from the same with it.
fn lists(ranker: &Ranker, general: &Predictor, query: &LabelledQuery) -> [List; LISTS] {
    let is_relevant = |p: Position| query.relevant.contains(&p);
    let is_in_half = |p: Position| is_in_removed_half(ranker.catalogue.listing(p), query.group);
    let is_other_in_half = |p: Position| !is_relevant(p) && is_in_half(p);
    let is_relevant_or_in_half = |p: Position| is_relevant(p) || is_in_half(p);
    let has_answer = f64::from(u8::from(!query.relevant.is_empty()));
    let list = |is_removed: Option<&dyn Fn(Position) -> bool>| {
        let candidates = ranker.retrieve(&query.probe, query.mask(&ranker.catalogue, is_removed).as_ref());
        let ranked = ranker.rank_with(general, &query.probe, candidates).scored.into_iter().enumerate();
        let kept = ranked.filter(|(rank, s)| *rank < HARD_NEGATIVES || is_relevant(s.candidate.position));
        let kept: Vec<Candidate> = kept.map(|(_, scored)| scored.candidate).collect();
        List {
            group: query.group,
            truth: kept.iter().map(|c| Some(f64::from(u8::from(is_relevant(c.position))))).collect(),
            candidates: kept.iter().map(|c| c.lanes.evidence()).collect(),
            is_there: Some(has_answer),
            teaches_presence: is_removed.is_some(),
            stated: ranker.stated(&query.probe),
            // A query that no listing answers has lists of the same truth, any other has both.
            weight: if query.relevant.is_empty() { query.weight / 2.0 } else { query.weight },
        }
    };
    let (whole, with, without) = (list(None), list(Some(&is_other_in_half)), list(Some(&is_relevant_or_in_half)));
    let unknown = vec![None; with.truth.len()];
    [whole, List { truth: unknown, ..with }, List { is_there: Some(0.0), ..without }]
}

/// Whether a listing is of the half of all products that is taken out; another half for each group of queries.
fn is_in_removed_half(listing: &Listing, group: u64) -> bool {
    let mut hasher = std::hash::DefaultHasher::new();
    (listing.product(), group).hash(&mut hasher);
    hasher.finish().is_multiple_of(2)
}
