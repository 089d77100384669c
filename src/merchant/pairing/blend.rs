//! Neighbour blending: what several listings of a product have in common stands out, what is one photo's own counts
//! less.

use rayon::prelude::*;

use crate::catalogue::{Background, Catalogue, Row, unit};
use crate::matching::probe::Probe;
use crate::search::{Position, scan};

/// Most neighbours of a row, itself among them.
const NEIGHBOURS: usize = 16;

/// Replaces a row's vectors by the mean of its own and its neighbours', weighted by their cosines and brought back to
/// length 1 (the "iterative neighbourhood blending" of the winners of Shopee's price-match competition, 2021; for
/// queries the weighted query expansion of Radenović, Tolias and Chum 2019, "Fine-tuning CNN image retrieval with no
/// human annotation").
///
/// The decision is fitted to queries that are not blended; for blended ones its probabilities are calibrated less well.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Blend {
    /// How often all rows are blended.
    pub rounds: u32,
    /// From which cosine on another row is a neighbour, in standard deviations above what two different listings have
    /// by chance: encoders differ in how like everything is to everything.
    pub deviations: f32,
}

impl Blend {
    /// Blends the vectors of all listings, and measures anew what they have in common by chance.
    pub fn catalogue(&self, catalogue: &mut Catalogue) {
        for _ in 0..self.rounds {
            for encoder in 0..catalogue.manifest.encoders.len() {
                self.round(catalogue, encoder);
            }
        }
    }

    /// Blends a probe's vectors with those of the listings near it, once: listings stand for their own neighbours
    /// already.
    pub fn probe(&self, catalogue: &Catalogue, probe: &mut Probe) {
        for (encoder, vector) in probe.vectors.iter_mut().enumerate() {
            if let Some(own) = vector.as_mut().filter(|_| self.rounds > 0) {
                *own = self.mean(catalogue, encoder, own, true);
            }
        }
    }

    fn round(&self, catalogue: &mut Catalogue, encoder: usize) {
        let blended = |position: &Position| {
            let (codes, scale) = catalogue.shards[position.shard].vectors[encoder].row(position.listing)?;
            let own: Vec<f32> = codes.iter().map(|code| f32::from(*code) * scale).collect();
            Some(Row::quantise(&self.mean(catalogue, encoder, &own, false)))
        };
        let positions: Vec<Position> = catalogue.positions().collect();
        let rows: Vec<Option<(Vec<i8>, f32)>> = positions.par_iter().map(blended).collect();
        for (position, row) in positions.into_iter().zip(rows) {
            let Some((codes, scale)) = row else { continue };
            let vectors = &mut catalogue.shards[position.shard].vectors[encoder];
            vectors.codes[position.listing * vectors.dimension..][..vectors.dimension].copy_from_slice(&codes);
            vectors.scales[position.listing] = scale;
        }
        catalogue.manifest.backgrounds[encoder] = Background::of(catalogue, encoder);
    }

    /// The blended vector, of length 1. A listing finds itself among its neighbours; `with_own` adds a vector that is
    /// not of the catalogue.
    fn mean(&self, catalogue: &Catalogue, encoder: usize, own: &[f32], with_own: bool) -> Vec<f32> {
        let Background { mean, deviation } = catalogue.manifest.backgrounds[encoder];
        let least = mean + self.deviations * deviation;
        let mut sum = if with_own { own.to_vec() } else { vec![0.0; own.len()] };
        for near in scan(catalogue, encoder, own, NEIGHBOURS, None, &[]) {
            let vectors = &catalogue.shards[near.position.shard].vectors[encoder];
            if let Some((codes, scale)) = vectors.row(near.position.listing).filter(|_| near.cosine >= least) {
                sum.iter_mut().zip(codes).for_each(|(sum, code)| *sum += near.cosine * scale * f32::from(*code));
            }
        }
        // A threshold above 1 would leave nothing.
        if sum.iter().all(|value| *value == 0.0) { own.to_vec() } else { unit(sum) }
    }
}
