//! A catalogue: a manifest and shards of precomputed listings, on any static host.

mod background;
mod check;
pub mod limits;
mod listing;
mod manifest;
mod pictures;
mod projection;
mod shard;

pub use background::Background;
pub use listing::{Listing, Product};
pub use manifest::{MANIFEST_FILE, Manifest, ShardEntry, VERSION};
pub use pictures::{Pictures, PicturesEntry};
pub(crate) use projection::unit;
pub use projection::{Projection, ProjectionEntry};
pub use shard::{Gallery, Picture, Row, Shard, Vectors};

use crate::{Error, Result};

/// The views of one thing together, in a projection where there is one; of length 1.
pub(crate) fn stored_vector(projection: Option<&Projection>, views: &[Vec<f32>]) -> Vec<f32> {
    let width = views.first().map_or(0, Vec::len);
    let sum = unit((0..width).map(|i| views.iter().map(|view| view[i]).sum()).collect());
    projection.map_or_else(|| sum.clone(), |projection| projection.project(&sum))
}

/// Where a listing stands: shard and index in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    pub shard: usize,
    pub listing: usize,
}

/// A manifest with its shards in memory.
#[derive(Clone)]
pub struct Catalogue {
    pub manifest: Manifest,
    pub shards: Vec<Shard>,
    /// For each encoder the projection of its vectors, where that is not the encoder's own.
    pub projections: Vec<Option<Projection>>,
    /// Number of each shard's first listing.
    starts: Vec<usize>,
}

impl Catalogue {
    /// Puts a manifest and what it names together; an error is [`Error::Manifest`].
    pub fn new(manifest: Manifest, shards: Vec<Shard>, projections: Vec<Option<Projection>>) -> Result<Self> {
        let differs = |expected: String, found: String| Err(Error::manifest(expected, found, MANIFEST_FILE));
        let lengths = |projection: &Option<Projection>| projection.as_ref().map(|p| (p.from, p.to()));
        let stated = manifest.encoders.iter().zip(&manifest.projections);
        let expected: Vec<_> = stated
            .map(|(encoder, entry)| entry.as_ref().map(|e| (encoder.dimension as usize, e.dimension as usize)))
            .collect();
        let found: Vec<_> = projections.iter().map(lengths).collect();
        if expected != found {
            return differs(format!("projections between {expected:?}"), format!("{found:?}"));
        }
        let expected: Vec<usize> = (0..manifest.encoders.len()).map(|encoder| manifest.dimension(encoder)).collect();
        for shard in &shards {
            let found: Vec<usize> = shard.vectors.iter().map(|v| v.dimension).collect();
            if expected != found {
                return differs(format!("vectors of dimensions {expected:?}"), format!("{found:?}"));
            }
        }
        let found: usize = shards.iter().map(|s| s.listings.len()).sum();
        if found as u64 != manifest.listings {
            return differs(format!("{} listings in all shards", manifest.listings), found.to_string());
        }
        let starts = shards.iter().scan(0, |next, shard| {
            let start = *next;
            *next += shard.listings.len();
            Some(start)
        });
        let starts = starts.collect();
        Ok(Catalogue { manifest, shards, projections, starts })
    }

    /// The number of a listing when they are counted through all shards.
    pub fn number(&self, position: Position) -> usize {
        self.starts[position.shard] + position.listing
    }

    /// Where each listing stands, in the order of their numbers.
    pub fn positions(&self) -> impl Iterator<Item = Position> + '_ {
        let shards = self.shards.iter().enumerate();
        shards.flat_map(|(shard, s)| (0..s.listings.len()).map(move |listing| Position { shard, listing }))
    }

    /// The listing that stands there.
    pub fn listing(&self, position: Position) -> &Listing {
        &self.shards[position.shard].listings[position.listing]
    }

    /// In which file of pictures, and in which of its rows, that picture of a listing stands, counted from 0; `None` where it is
    /// not shown.
    pub fn picture_place(&self, position: Position, picture: usize) -> Option<[usize; 2]> {
        let shard = &self.shards[position.shard];
        let is_shown = self.manifest.pictures_side > 0 && shard.is_shown(position.listing, picture);
        is_shown.then(|| [position.shard, shard.picture_row(position.listing, picture)])
    }

    /// An encoder's vector as it is compared with the stored ones, of length 1; `views` are those of one photo or title.
    pub fn vector(&self, encoder: usize, views: &[Vec<f32>]) -> Vec<f32> {
        stored_vector(self.projections[encoder].as_ref(), views)
    }
}
