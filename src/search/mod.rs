//! The nearest listings to a query's vectors: an exact scan over int8, on the CPU or, for large catalogues, on the GPU.

mod gpu;
pub mod lexical;
mod mask;

use std::cmp::Ordering;

use crate::Result;
pub use crate::catalogue::Position;
use crate::catalogue::{Catalogue, Row};
use crate::engine::Device;
use crate::kernels::score::scores;
pub use mask::Mask;

/// Listings from which on a GPU is worth its read-back.
const GPU_MIN_LISTINGS: u64 = 50_000;

/// A listing and its cosine to the query, −1 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nearest {
    pub position: Position,
    pub cosine: f32,
}

/// Ready to scan one catalogue.
pub struct Search {
    gpu: Option<gpu::Index>,
}

impl Search {
    /// Uploads the vectors where the device is a GPU and the catalogue large.
    pub async fn new(device: &Device, catalogue: &Catalogue) -> Result<Self> {
        let gpu = match device {
            Device::Gpu(gpu) if catalogue.manifest.listings >= GPU_MIN_LISTINGS => {
                Some(gpu::Index::new(gpu, catalogue).await?)
            }
            _ => None,
        };
        Ok(Search { gpu })
    }

    /// Whether the vectors lie on a GPU.
    pub fn is_on_gpu(&self) -> bool {
        self.gpu.is_some()
    }

    /// The `limit` listings with the highest cosine to `query` (of length 1) in the lane of the encoder with that index in the
    /// manifest, best first, of equal ones that with the lower id. Listings without the lane, or whose bit in `filter` is not set,
    /// are left out.
    pub async fn nearest(
        &mut self,
        catalogue: &Catalogue,
        encoder: usize,
        query: &[f32],
        limit: usize,
        filter: Option<&Mask>,
    ) -> Result<Vec<Nearest>> {
        // A filter may refuse all that the GPU would read back.
        if let Some(gpu) = self.gpu.as_mut().filter(|_| filter.is_none() && limit <= gpu::MAX_LIMIT) {
            let (codes, scale) = Row::quantise(query);
            return gpu.nearest(encoder, &codes, scale, limit).await;
        }
        Ok(scan(catalogue, encoder, query, limit, filter))
    }
}

/// The same on the CPU, for any thread.
pub fn scan(catalogue: &Catalogue, encoder: usize, query: &[f32], limit: usize, filter: Option<&Mask>) -> Vec<Nearest> {
    let (codes, scale) = Row::quantise(query);
    let id = |p: Position| &catalogue.shards[p.shard].listings[p.listing].id;
    // However the catalogue is ordered, the answer is the same.
    let by_id = |a: Position, b: Position| id(a).cmp(id(b));
    let mut best = Best::new(limit);
    let mut cosines = Vec::new();
    for (shard, vectors) in catalogue.shards.iter().map(|s| &s.vectors[encoder]).enumerate() {
        cosines.resize(vectors.scales.len(), 0.0);
        scores(&vectors.codes, &vectors.scales, &codes, scale, &mut cosines);
        for (listing, cosine) in cosines.iter().enumerate() {
            let position = Position { shard, listing };
            let allowed = || filter.is_none_or(|filter| filter.contains(catalogue.number(position)));
            if vectors.scales[listing] > 0.0 && best.would_take(*cosine) && allowed() {
                best.push(Nearest { position, cosine: *cosine }, by_id);
            }
        }
    }
    best.found
}

/// The cosine of a query to one stored vector.
pub fn cosine(query: &[f32], codes: &[i8], scale: f32) -> f32 {
    query.iter().zip(codes).map(|(q, c)| q * f32::from(*c)).sum::<f32>() * scale
}

/// The best so far.
struct Best {
    /// Best first.
    found: Vec<Nearest>,
    limit: usize,
}

impl Best {
    fn new(limit: usize) -> Self {
        Best { found: Vec::new(), limit }
    }

    fn would_take(&self, cosine: f32) -> bool {
        self.found.len() < self.limit || self.found.last().is_some_and(|last| cosine >= last.cosine)
    }

    /// Takes one in; of equal cosines the first in `order` stands first.
    fn push(&mut self, nearest: Nearest, order: impl Fn(Position, Position) -> Ordering) {
        let before = |other: &Nearest| {
            other.cosine > nearest.cosine
                || (other.cosine == nearest.cosine && order(other.position, nearest.position).is_lt())
        };
        let at = self.found.partition_point(before);
        self.found.insert(at, nearest);
        self.found.truncate(self.limit);
    }
}
