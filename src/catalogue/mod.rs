//! A catalogue: a manifest and shards of precomputed listings, on any static host.

mod background;
#[cfg(not(target_arch = "wasm32"))]
pub mod build;
mod listing;
#[cfg(not(target_arch = "wasm32"))]
pub mod listings;
mod manifest;
mod shard;
mod space;
#[cfg(not(target_arch = "wasm32"))]
mod store;

pub use background::Background;
pub use listing::Listing;
pub use manifest::{MANIFEST_FILE, Manifest, ShardEntry, VERSION};
pub use shard::{Row, Shard, Vectors};
pub(crate) use space::unit;
pub use space::{Space, SpaceEntry};

#[cfg(not(target_arch = "wasm32"))]
use crate::encoder::Identity;

use crate::{Error, Result};

/// The views of one thing together, in a space where there is one; of length 1.
fn stored_vector(space: Option<&Space>, views: &[Vec<f32>]) -> Vec<f32> {
    let width = views.first().map_or(0, Vec::len);
    let sum = unit((0..width).map(|i| views.iter().map(|view| view[i]).sum()).collect());
    space.map_or_else(|| sum.clone(), |space| space.project(&sum))
}

/// Where a listing stands: shard and index in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    pub shard: usize,
    pub listing: usize,
}

/// A manifest with its shards in memory.
pub struct Catalogue {
    pub manifest: Manifest,
    pub shards: Vec<Shard>,
    /// For each encoder the space of its vectors, where that is not the encoder's own.
    pub spaces: Vec<Option<Space>>,
    /// Number of each shard's first listing.
    starts: Vec<usize>,
}

impl Catalogue {
    /// Reads a catalogue from a folder.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn open(folder: &std::path::Path) -> Result<Self> {
        let read = |file: &str| {
            let path = folder.join(file);
            let bytes = std::fs::read(&path).map_err(|e| {
                Error::io("reading a catalogue", "a file that can be read", e, path.display().to_string())
            })?;
            Ok((bytes, path.display().to_string()))
        };
        let (bytes, place) = read(MANIFEST_FILE)?;
        let manifest = Manifest::parse(&bytes, &place)?;
        let shard = |entry: &ShardEntry| {
            let (bytes, place) = read(&entry.file)?;
            Shard::read(&bytes, entry, &manifest, &place)
        };
        let shards = manifest.shards.iter().map(shard).collect::<Result<_>>()?;
        let space = |(entry, encoder): (&Option<SpaceEntry>, &Identity)| {
            let Some(entry) = entry else { return Ok(None) };
            let (bytes, place) = read(&entry.file)?;
            Space::read(&bytes, entry, encoder.dimension as usize, &place).map(Some)
        };
        let spaces = manifest.spaces.iter().zip(&manifest.encoders).map(space).collect::<Result<_>>()?;
        Self::new(manifest, shards, spaces)
    }

    /// Puts a manifest and its shards together.
    pub fn new(manifest: Manifest, shards: Vec<Shard>, spaces: Vec<Option<Space>>) -> Result<Self> {
        let found: usize = shards.iter().map(|s| s.listings.len()).sum();
        if found as u64 != manifest.listings {
            let expected = format!("{} listings in all shards", manifest.listings);
            return Err(Error::manifest(expected, found.to_string(), MANIFEST_FILE));
        }
        let starts = shards.iter().scan(0, |next, shard| {
            let start = *next;
            *next += shard.listings.len();
            Some(start)
        });
        let starts = starts.collect();
        Ok(Catalogue { manifest, shards, spaces, starts })
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

    /// An encoder's vector as it is compared with the stored ones, of length 1; `views` are those of one photo or title.
    pub fn vector(&self, encoder: usize, views: &[Vec<f32>]) -> Vec<f32> {
        stored_vector(self.spaces[encoder].as_ref(), views)
    }
}
