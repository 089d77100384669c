//! `catalogue.json`: what lies beside it, and what made it.
//!
//! One JSON object with the fields of [`Manifest`], each of which must be there. Its own hash covers every byte, so a
//! manifest that was altered or reformatted is refused; sizes are within [`limits`](super::limits).
#![deny(clippy::indexing_slicing, reason = "manifests are strangers' bytes")]

use serde::{Deserialize, Serialize};

use super::limits::MAX_MANIFEST_BYTES;
use super::{Background, PicturesEntry, ProjectionEntry};
use crate::digest::self_sha256;
use crate::encoder::Identity;
use crate::fusion::Model;
use crate::{Error, Result};

/// The version of the catalogue format that this library reads and writes.
pub const VERSION: u32 = 10;
/// The manifest's name in a catalogue's folder.
pub const MANIFEST_FILE: &str = "catalogue.json";

/// What lies beside it, and what made it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Format version, [`VERSION`].
    pub version: u32,
    /// SHA-256 of the file with these 64 digits as zeros, in hex; empty until it is written.
    pub self_sha256: String,
    /// Listings in all shards.
    pub listings: u64,
    /// The encoders whose vectors the shards hold: each equals the identity of its pack.
    pub encoders: Vec<Identity>,
    /// For each encoder the projection in which its vectors are stored, where that is not the encoder's own.
    pub projections: Vec<Option<ProjectionEntry>>,
    /// For each encoder what two different listings have in common.
    pub backgrounds: Vec<Background>,
    /// How this catalogue's matches are decided.
    pub decision: Model,
    pub shards: Vec<ShardEntry>,
    /// The files of the pictures that are shown: one for each shard, in their order, or none at all.
    pub pictures: Vec<PicturesEntry>,
    /// Longest side of those pictures in pixels; 0 where there are none.
    pub pictures_side: u32,
}

/// One shard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShardEntry {
    /// Name of the file beside the manifest.
    pub file: String,
    pub bytes: u64,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    pub listings: u64,
}

/// What is read before the manifest is known to be whole.
#[derive(Deserialize)]
struct Head {
    version: Option<u32>,
    #[serde(default)]
    self_sha256: String,
}

impl Manifest {
    /// Reads a manifest; `place` is its path or URL, for messages. An error is [`Error::Manifest`].
    pub fn parse(bytes: &[u8], place: &str) -> Result<Self> {
        if bytes.len() as u64 > MAX_MANIFEST_BYTES {
            let expected = format!("a catalogue manifest of at most {MAX_MANIFEST_BYTES} bytes");
            return Err(Error::manifest(expected, bytes.len().to_string(), place));
        }
        let unreadable = |e: serde_json::Error| {
            Error::manifest("a catalogue manifest in JSON", format!("something else ({e})"), place)
        };
        let head: Head = serde_json::from_slice(bytes).map_err(unreadable)?;
        if head.version != Some(VERSION) {
            let found = match head.version {
                Some(older) if older < VERSION => format!("version {older}: `twinlens build` has to build it anew"),
                Some(version) => format!("version {version}"),
                None => "none".into(),
            };
            return Err(Error::manifest(format!("catalogue format version {VERSION}"), found, place));
        }
        let found = self_sha256(bytes, bytes.len(), &head.self_sha256);
        if found.as_ref() != Some(&head.self_sha256) {
            let expected = format!("a manifest with SHA-256 {:?} but for its own digits", head.self_sha256);
            let found = found.map_or("no such digits".into(), |found| format!("SHA-256 {found}"));
            return Err(Error::manifest(expected, found, place));
        }
        let manifest: Manifest = serde_json::from_slice(bytes).map_err(unreadable)?;
        manifest.check().map_err(|(expected, found)| Error::manifest(expected, found, place))?;
        Ok(manifest)
    }

    /// The manifest's file; fills in [`Manifest::self_sha256`]. What could not be read again is an error.
    pub fn write(&mut self) -> Result<Vec<u8>> {
        let failed = |e: serde_json::Error| Error::manifest("a catalogue in JSON", e.to_string(), "memory");
        let (bytes, _) = crate::digest::with_self_sha256(|digits| {
            self.self_sha256 = digits.into();
            serde_json::to_vec_pretty(self).map_err(failed)
        })?;
        Self::parse(&bytes, "memory")?;
        Ok(bytes)
    }

    /// Length of the stored vectors of an encoder.
    #[expect(
        clippy::indexing_slicing,
        reason = "the index is the caller's, and a manifest that was read has both lists"
    )]
    pub fn dimension(&self, encoder: usize) -> usize {
        self.projections[encoder].as_ref().map_or(self.encoders[encoder].dimension, |projection| projection.dimension)
            as usize
    }

    /// Names of the files beside the manifest: shards, pictures and projections.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        let content = self.shards.iter().map(|s| &s.file).chain(self.pictures.iter().map(|p| &p.file));
        content.chain(self.projections.iter().flatten().map(|p| &p.file)).map(String::as_str)
    }

    /// Bytes beside the manifest that a browser needs before it can answer: shards and projections.
    pub fn bytes(&self) -> u64 {
        let projections = self.projections.iter().flatten().map(|s| s.bytes);
        self.shards.iter().map(|s| s.bytes).chain(projections).sum()
    }

    /// Bytes of the pictures that are shown.
    pub fn picture_bytes(&self) -> u64 {
        self.pictures.iter().map(|p| p.bytes).sum()
    }

    /// Whether a preliminary encoder stands in for others here: it is one, and there is another that compares titles.
    pub fn stands_in(&self, encoder: &Identity) -> bool {
        encoder.preliminary && self.encoders.iter().any(|other| other.compares_titles() && !other.preliminary)
    }

    /// The fingerprints of the encoders, in their order.
    pub fn fingerprints(&self) -> Vec<String> {
        self.encoders.iter().map(|e| e.fingerprint.clone()).collect()
    }
}
