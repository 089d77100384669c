//! Retrieval: the few listings of a catalogue that are scored at all. Shoppers' queries, learning, evaluation and pairing
//! retrieve alike, so that what is calibrated and measured is what shoppers get.

use std::collections::BTreeSet;

use web_time::Instant;

use super::probe::Probe;
use super::ranker::{Candidate, Ranker};
use crate::Result;
use crate::search::lexical::LexicalScores;
use crate::search::{Mask, Nearest, Position, Search, scan};

/// Listings that each lane proposes: each encoder's nearest vectors, TF-IDF, BM25, perceptual hashes, GTINs. The candidates
/// of a query are all that some lane proposes, and rivals of one another. The number does not depend on how many hits are
/// wanted: a candidate's probability depends on its rivals, and the decision is calibrated with this many.
pub const POOL: usize = 32;
/// Perceptual hashes that differ by no more bits propose a candidate.
const NEAR_BITS: u32 = 10;

/// Listings that were retrieved for a probe.
pub struct Retrieved {
    pub positions: BTreeSet<Position>,
    /// How the probe's title reads beside every listing's, where it has one.
    pub lexical: Option<LexicalScores>,
    /// Milliseconds that the device took for the nearest vectors.
    pub scan_ms: f64,
}

impl Retrieved {
    /// The pool of candidates among the listings that `mask` allows, found by the device that holds the search's vectors.
    /// Errors are those of the device.
    pub async fn search(ranker: &Ranker, search: &mut Search, probe: &Probe, mask: Option<&Mask>) -> Result<Self> {
        Self::search_many(ranker, search, probe, mask, POOL).await
    }

    /// The same with another number of listings a lane.
    pub(super) async fn search_many(
        ranker: &Ranker,
        search: &mut Search,
        probe: &Probe,
        mask: Option<&Mask>,
        per_lane: usize,
    ) -> Result<Self> {
        let start = Instant::now();
        let mut nearest = Vec::new();
        for (encoder, vector) in vectors(probe) {
            nearest.push(search.nearest(&ranker.catalogue, encoder, vector, per_lane, mask).await?);
        }
        let scan_ms = start.elapsed().as_secs_f64() * 1e3;
        Ok(Retrieved { scan_ms, ..Self::of(ranker, probe, nearest, mask, per_lane) })
    }

    /// The same by a scan on this thread, for many probes at a time.
    pub fn scan(ranker: &Ranker, probe: &Probe, mask: Option<&Mask>) -> Self {
        Self::scan_many(ranker, probe, mask, POOL)
    }

    /// The same with another number of listings a lane.
    pub(super) fn scan_many(ranker: &Ranker, probe: &Probe, mask: Option<&Mask>, per_lane: usize) -> Self {
        let scan = |(encoder, vector)| scan(&ranker.catalogue, encoder, vector, per_lane, mask, &probe.left_out);
        Self::of(ranker, probe, vectors(probe).map(scan).collect(), mask, per_lane)
    }

    /// Adds to each encoder's nearest listings what titles, perceptual hashes and GTINs propose.
    fn of(ranker: &Ranker, probe: &Probe, nearest: Vec<Vec<Nearest>>, mask: Option<&Mask>, per_lane: usize) -> Self {
        let catalogue = &ranker.catalogue;
        let lexical = ranker.lexical(probe);
        let mut positions: BTreeSet<Position> = nearest.into_iter().flatten().map(|n| n.position).collect();
        let allowed = |position: &Position| mask.is_none_or(|mask| mask.contains(catalogue.number(*position)));
        let mut propose = |scored: Vec<(f32, Position)>| positions.extend(best(ranker, scored, per_lane));
        for scores in lexical.iter().flat_map(|l| [&l.tf_idf, &l.bm25]) {
            let scored = scores.iter().copied().zip(catalogue.positions());
            propose(scored.filter(|(score, position)| *score > 0.0 && allowed(position)).collect());
        }
        if let Some(hash) = probe.hash {
            let near = catalogue.positions().filter_map(|position| {
                let shard = &catalogue.shards[position.shard];
                let further = &shard.gallery.hashes[shard.gallery.of(position.listing)];
                let hashes = [shard.hashes[position.listing]].into_iter().chain(further.iter().copied().map(Some));
                let is_other = |(place, _): &(usize, _)| !probe.left_out.contains(&(position, *place));
                let bits = hashes.enumerate().filter(is_other).filter_map(|(_, h)| Some(h?.distance(hash))).min()?;
                (bits <= NEAR_BITS && allowed(&position)).then_some((-(bits as f32), position))
            });
            propose(near.collect());
        }
        let same_gtin = probe.gtin.map_or(&[][..], |gtin| ranker.with_gtin(gtin));
        propose(same_gtin.iter().filter(|position| allowed(position)).map(|position| (0.0, *position)).collect());
        propose(ranker.with_number(probe).iter().filter(|p| allowed(p)).map(|position| (0.0, *position)).collect());
        Retrieved { positions, lexical, scan_ms: 0.0 }
    }
}

impl Ranker {
    /// The candidates of a probe among the listings that `mask` allows, retrieved on this thread.
    pub fn retrieve(&self, probe: &Probe, mask: Option<&Mask>) -> Vec<Candidate> {
        let Retrieved { positions, lexical, .. } = Retrieved::scan(self, probe, mask);
        self.candidates(probe, lexical.as_ref(), positions)
    }
}

/// The encoders that have a vector of the probe, by index, with it.
fn vectors(probe: &Probe) -> impl Iterator<Item = (usize, &[f32])> {
    probe.vectors.iter().enumerate().filter_map(|(encoder, vector)| Some((encoder, vector.as_deref()?)))
}

/// The `count` with the highest scores, of equal ones those with the lower ids: how a catalogue is ordered changes nothing.
fn best(ranker: &Ranker, mut scored: Vec<(f32, Position)>, count: usize) -> impl Iterator<Item = Position> {
    let id = |position: Position| &ranker.catalogue.listing(position).id;
    if scored.len() > count {
        scored.select_nth_unstable_by(count, |a, b| b.0.total_cmp(&a.0).then_with(|| id(a.1).cmp(id(b.1))));
        scored.truncate(count);
    }
    scored.into_iter().map(|(_, position)| position)
}
