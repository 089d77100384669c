//! A catalogue: a manifest and shards of precomputed listings, on any static host.

#[cfg(not(target_arch = "wasm32"))]
pub mod build;
mod listing;
#[cfg(not(target_arch = "wasm32"))]
pub mod listings;
mod manifest;
mod shard;
#[cfg(not(target_arch = "wasm32"))]
mod store;

pub use listing::Listing;
pub use manifest::{MANIFEST_FILE, Manifest, ShardEntry, VERSION};
pub use shard::{Row, Shard, Vectors};

use crate::{Error, Result};

/// A manifest with its shards in memory.
pub struct Catalogue {
    pub manifest: Manifest,
    pub shards: Vec<Shard>,
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
        Self::new(manifest, shards)
    }

    /// Puts a manifest and its shards together.
    pub fn new(manifest: Manifest, shards: Vec<Shard>) -> Result<Self> {
        let found: usize = shards.iter().map(|s| s.listings.len()).sum();
        if found as u64 != manifest.listings {
            let expected = format!("{} listings in all shards", manifest.listings);
            return Err(Error::manifest(expected, found.to_string(), MANIFEST_FILE));
        }
        Ok(Catalogue { manifest, shards })
    }

    /// Bytes that a browser downloads for it, beside the manifest.
    pub fn bytes(&self) -> u64 {
        self.manifest.shards.iter().map(|s| s.bytes).sum()
    }
}
