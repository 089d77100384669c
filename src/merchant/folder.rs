//! A catalogue in a folder.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::catalogue::limits::MAX_MANIFEST_BYTES;
use crate::catalogue::{
    Catalogue, MANIFEST_FILE, Manifest, Pictures, PicturesEntry, Projection, ProjectionEntry, Shard, ShardEntry,
};
use crate::encoder::Identity;
use crate::{Error, Result};

/// Reads the catalogue in a folder.
pub fn open(folder: &Path) -> Result<Catalogue> {
    let read = |file: &str, limit: u64| {
        let path = folder.join(file);
        Ok((read_at_most(&path, limit)?, path.display().to_string()))
    };
    let (bytes, place) = read(MANIFEST_FILE, MAX_MANIFEST_BYTES)?;
    let manifest = Manifest::parse(&bytes, &place)?;
    let shard = |entry: &ShardEntry| {
        let (bytes, place) = read(&entry.file, entry.bytes)?;
        Shard::read(&bytes, entry, &manifest, &place)
    };
    let shards = manifest.shards.iter().map(shard).collect::<Result<_>>()?;
    let projection = |(entry, encoder): (&Option<ProjectionEntry>, &Identity)| {
        let Some(entry) = entry else { return Ok(None) };
        let (bytes, place) = read(&entry.file, entry.bytes)?;
        Projection::read(&bytes, entry, encoder.dimension as usize, &place).map(Some)
    };
    let projections = manifest.projections.iter().zip(&manifest.encoders).map(projection).collect::<Result<_>>()?;
    Catalogue::new(manifest, shards, projections)
}

/// Reads the pictures of a catalogue in a folder: for each shard a file, or none at all.
pub fn pictures(folder: &Path, catalogue: &Catalogue) -> Result<Vec<Pictures>> {
    let read = |(entry, shard): (&PicturesEntry, &Shard)| {
        let path = folder.join(&entry.file);
        Pictures::read(&read_at_most(&path, entry.bytes)?, entry, shard, &path.display().to_string())
    };
    catalogue.manifest.pictures.iter().zip(&catalogue.shards).map(read).collect()
}

/// Reads a whole file of at most `limit` bytes; a longer one is an error before more of it is read.
pub fn read_at_most(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let place = || path.display().to_string();
    let failed = |e: std::io::Error| Error::io("reading a file", "a file that can be read", e, place());
    let file = File::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    let mut bytes = Vec::with_capacity(length.min(limit) as usize);
    // What the file system says may be wrong by now, or say nothing, as of a pipe.
    file.take(limit + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit {
        let found = format!("{} bytes", length.max(limit + 1));
        return Err(Error::io("reading a file", format!("at most {limit} bytes"), found, place()));
    }
    Ok(bytes)
}

/// The version that the manifest in a folder states, where there is one that can be read.
pub fn version(folder: &Path) -> Option<u32> {
    #[derive(serde::Deserialize)]
    struct Head {
        version: u32,
    }
    let bytes = read_at_most(&folder.join(MANIFEST_FILE), MAX_MANIFEST_BYTES).ok()?;
    serde_json::from_slice(&bytes).ok().map(|head: Head| head.version)
}
