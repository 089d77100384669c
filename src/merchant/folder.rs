//! A catalogue in a folder.

use std::path::Path;

use crate::catalogue::{Catalogue, MANIFEST_FILE, Manifest, Projection, ProjectionEntry, Shard, ShardEntry};
use crate::encoder::Identity;
use crate::{Error, Result};

/// Reads the catalogue in a folder.
pub fn open(folder: &Path) -> Result<Catalogue> {
    let read = |file: &str| {
        let path = folder.join(file);
        let bytes = std::fs::read(&path)
            .map_err(|e| Error::io("reading a catalogue", "a file that can be read", e, path.display().to_string()))?;
        Ok((bytes, path.display().to_string()))
    };
    let (bytes, place) = read(MANIFEST_FILE)?;
    let manifest = Manifest::parse(&bytes, &place)?;
    let shard = |entry: &ShardEntry| {
        let (bytes, place) = read(&entry.file)?;
        Shard::read(&bytes, entry, &manifest, &place)
    };
    let shards = manifest.shards.iter().map(shard).collect::<Result<_>>()?;
    let projection = |(entry, encoder): (&Option<ProjectionEntry>, &Identity)| {
        let Some(entry) = entry else { return Ok(None) };
        let (bytes, place) = read(&entry.file)?;
        Projection::read(&bytes, entry, encoder.dimension as usize, &place).map(Some)
    };
    let projections = manifest.projections.iter().zip(&manifest.encoders).map(projection).collect::<Result<_>>()?;
    Catalogue::new(manifest, shards, projections)
}

/// The version that the manifest in a folder states, where there is one that can be read.
pub fn version(folder: &Path) -> Option<u32> {
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(folder.join(MANIFEST_FILE)).ok()?).ok()?;
    json.get("version")?.as_u64()?.try_into().ok()
}
