//! The nearest listings to a query's vectors: an exact scan over int8, on the CPU or, for large catalogues, on the GPU.

mod gpu;
pub mod lexical;
mod mask;
pub mod variants;

use std::cmp::Ordering;

use crate::Result;
pub use crate::catalogue::Position;
use crate::catalogue::{Catalogue, Row, unit};
use crate::engine::Device;
use crate::kernels::score::scores;
pub use gpu::MAX_LIMIT as MAX_GPU_LIMIT;
pub use mask::Mask;

/// Where the scan runs on a GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Listings from which on a GPU outweighs the latency of a submission.
    pub gpu_min_listings: u64,
    /// Most bytes of vectors in one binding of the device, which gets as many bindings as that takes.
    pub part_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        // Half of the bytes that WebGPU grants a binding everywhere.
        Limits { gpu_min_listings: 50_000, part_bytes: 64 << 20 }
    }
}

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
        Self::with_limits(device, catalogue, Limits::default()).await
    }

    /// The same with other limits.
    pub async fn with_limits(device: &Device, catalogue: &Catalogue, limits: Limits) -> Result<Self> {
        let gpu = match device {
            Device::Gpu(gpu) if catalogue.manifest.listings >= limits.gpu_min_listings => {
                Some(gpu::Index::new(gpu, catalogue, limits.part_bytes).await?)
            }
            _ => None,
        };
        Ok(Search { gpu })
    }

    /// Whether the vectors lie on a GPU.
    pub fn is_on_gpu(&self) -> bool {
        self.gpu.is_some()
    }

    /// Bytes that a query in an encoder's lane reads back from the GPU; 0 where the CPU scans.
    pub fn read_back_bytes(&self, encoder: usize) -> usize {
        self.gpu.as_ref().map_or(0, |gpu| gpu.read_back_bytes(encoder))
    }

    /// The `limit` listings with the highest cosine to `query` (of length 1) in the lane of the encoder with that index in the
    /// manifest, best first, of equal ones that with the lower id; the same on every device. Listings without the lane, or whose
    /// bit in `filter` is not set, are left out. More than [`MAX_GPU_LIMIT`] are found on the CPU.
    ///
    /// # Errors
    /// [`Error::Gpu`](crate::Error::Gpu) where the device fails.
    pub async fn nearest(
        &mut self,
        catalogue: &Catalogue,
        encoder: usize,
        query: &[f32],
        limit: usize,
        filter: Option<&Mask>,
    ) -> Result<Vec<Nearest>> {
        if let Some(gpu) = self.gpu.as_mut().filter(|_| limit <= MAX_GPU_LIMIT) {
            let (codes, scale) = Row::quantise(query);
            if let Some(found) = gpu.nearest(catalogue, encoder, (&codes, scale), limit, filter).await? {
                return Ok(found);
            }
        }
        Ok(scan(catalogue, encoder, query, limit, filter, &[]))
    }
}

/// A picture of the catalogue: its listing, and its place among that listing's pictures, from 0.
pub type PictureOf = (Position, usize);

/// The same on the CPU, for any thread; the pictures `left_out` propose nothing.
pub fn scan(
    catalogue: &Catalogue,
    encoder: usize,
    query: &[f32],
    limit: usize,
    filter: Option<&Mask>,
    left_out: &[PictureOf],
) -> Vec<Nearest> {
    let (codes, scale) = Row::quantise(query);
    let id = |p: Position| &catalogue.shards[p.shard].listings[p.listing].id;
    // However the catalogue is ordered, the answer is the same.
    let by_id = |a: Position, b: Position| id(a).cmp(id(b));
    let mut best = Best::new(limit);
    let mut cosines = Vec::new();
    for (shard, content) in catalogue.shards.iter().enumerate() {
        let gallery = &content.gallery;
        for (vectors, is_gallery) in [(&content.vectors[encoder], false), (&gallery.vectors[encoder], true)] {
            if vectors.scales.is_empty() {
                continue;
            }
            cosines.resize(vectors.scales.len(), 0.0);
            // Ranked before the query's scale is multiplied in: these scores are the same on every device, bit by bit.
            scores(&vectors.codes, &vectors.scales, &codes, &mut cosines);
            for (row, cosine) in cosines.iter().enumerate() {
                if vectors.scales[row] <= 0.0 || !best.would_take(*cosine) {
                    continue;
                }
                let listing = if is_gallery { gallery.owners()[row] as usize } else { row };
                let position = Position { shard, listing };
                let picture = || if is_gallery { row - gallery.of(listing).start + 1 } else { 0 };
                let is_left_out = left_out.iter().any(|(own, of_own)| *own == position && *of_own == picture());
                if !is_left_out && filter.is_none_or(|filter| filter.contains(catalogue.number(position))) {
                    best.push(Nearest { position, cosine: *cosine }, by_id, is_gallery);
                }
            }
        }
    }
    best.found.iter_mut().for_each(|nearest| nearest.cosine *= scale);
    best.found
}

/// Most pictures of a listing that are compared where listings are to stand for all.
pub const COHORT_PICTURES: usize = 16;

/// The cosine of a query to one stored vector.
pub fn cosine(query: &[f32], codes: &[i8], scale: f32) -> f32 {
    query.iter().zip(codes).map(|(q, c)| q * f32::from(*c)).sum::<f32>() * scale
}

/// The mean of stored vectors of one encoder, each with its scale, of length 1; of none or of opposite ones zeros.
pub fn mean(vectors: &[(&[i8], f32)]) -> Vec<f32> {
    let mut sum = vec![0.0; vectors.first().map_or(0, |(codes, _)| codes.len())];
    for (codes, scale) in vectors {
        sum.iter_mut().zip(*codes).for_each(|(sum, code)| *sum += f32::from(*code) * scale);
    }
    unit(sum)
}

/// The highest cosine of a query to the pictures of a listing or, where it has several, to their mean: of several photos of a product
/// the mean has less of what is peculiar to each (Snell, Swersky and Zemel 2017, "Prototypical networks for few-shot learning").
/// `None` of no pictures.
pub fn best_cosine(query: &[f32], pictures: &[(&[i8], f32)]) -> Option<f32> {
    let to_picture = pictures.iter().map(|(codes, scale)| cosine(query, codes, *scale));
    to_picture.chain(mean_cosine(query, pictures)).reduce(f32::max)
}

/// The cosine of a query to the mean of several pictures; `None` of fewer than two.
pub fn mean_cosine(query: &[f32], pictures: &[(&[i8], f32)]) -> Option<f32> {
    (pictures.len() > 1).then(|| query.iter().zip(mean(pictures)).map(|(a, b)| a * b).sum())
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

    /// Takes one in; of equal cosines the first in `order` stands first. Where the listing may be in already, only its best
    /// picture counts.
    fn push(&mut self, nearest: Nearest, order: impl Fn(Position, Position) -> Ordering, may_be_in: bool) {
        if may_be_in && let Some(at) = self.found.iter().position(|other| other.position == nearest.position) {
            if self.found[at].cosine >= nearest.cosine {
                return;
            }
            self.found.remove(at);
        }
        let before = |other: &Nearest| {
            other.cosine > nearest.cosine
                || (other.cosine == nearest.cosine && order(other.position, nearest.position).is_lt())
        };
        let at = self.found.partition_point(before);
        self.found.insert(at, nearest);
        self.found.truncate(self.limit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_counts_by_the_best_of_its_pictures_or_by_their_mean() {
        // Two pictures at right angles, each of length 1.
        let (left, right) = ([100i8, 0], [0i8, 100]);
        let pictures = [(&left[..], 0.01), (&right[..], 0.01)];
        let half = 0.5f32.sqrt();
        let best = |query: [f32; 2], pictures: &[(&[i8], f32)]| best_cosine(&query, pictures);
        let near = |found: Option<f32>, expected: f32| found.is_some_and(|found| (found - expected).abs() < 1e-6);
        assert!(near(best([1.0, 0.0], &pictures), 1.0), "the best picture");
        assert!(near(best([half, half], &pictures), 1.0), "the mean, which is nearer than either");
        assert!(near(best([half, half], &pictures[..1]), half), "of one picture there is no mean");
        assert_eq!(best([1.0, 0.0], &[]), None);
    }
}
