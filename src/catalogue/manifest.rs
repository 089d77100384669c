//! `catalogue.json`.

use serde::{Deserialize, Serialize};

use super::{Background, ProjectionEntry};
use crate::encoder::Identity;
use crate::fusion::Model;
use crate::{Error, Result};

/// The version of the catalogue format that this library reads and writes.
pub const VERSION: u32 = 2;
/// The manifest's name in a catalogue's folder.
pub const MANIFEST_FILE: &str = "catalogue.json";

/// What lies beside it, and what made it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Format version, [`VERSION`].
    pub version: u32,
    /// Listings in all shards.
    pub listings: u64,
    /// The encoders whose vectors the shards hold.
    pub encoders: Vec<Identity>,
    /// For each encoder the projection in which its vectors are stored, where that is not the encoder's own.
    pub projections: Vec<Option<ProjectionEntry>>,
    /// For each encoder what two different listings have in common.
    pub backgrounds: Vec<Background>,
    /// How this catalogue's matches are decided.
    pub decision: Model,
    pub shards: Vec<ShardEntry>,
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

impl Manifest {
    /// Reads a manifest; `place` is its path or URL, for messages.
    pub fn parse(bytes: &[u8], place: &str) -> Result<Self> {
        let unreadable = |e: serde_json::Error| {
            Error::manifest("a catalogue manifest in JSON", format!("something else ({e})"), place)
        };
        let json: serde_json::Value = serde_json::from_slice(bytes).map_err(unreadable)?;
        let version = json.get("version").and_then(serde_json::Value::as_u64);
        if version != Some(VERSION.into()) {
            let found = version.map_or("none".into(), |v| format!("version {v}"));
            return Err(Error::manifest(format!("catalogue format version {VERSION}"), found, place));
        }
        let manifest: Manifest = serde_json::from_value(json).map_err(unreadable)?;
        if let Some((expected, found)) = manifest.decision.fault() {
            return Err(Error::manifest(expected, found, place));
        }
        let sound = |b: &Background| b.mean.is_finite() && b.deviation.is_finite() && b.deviation > 0.0;
        if manifest.backgrounds.len() != manifest.encoders.len() || !manifest.backgrounds.iter().all(sound) {
            let expected = format!("{} backgrounds with a deviation above 0", manifest.encoders.len());
            return Err(Error::manifest(expected, format!("{:?}", manifest.backgrounds), place));
        }
        if manifest.projections.len() != manifest.encoders.len() {
            let expected = format!("{} projections", manifest.encoders.len());
            return Err(Error::manifest(expected, manifest.projections.len().to_string(), place));
        }
        let projections = manifest.projections.iter().flatten().map(|s| &s.file);
        let files = manifest.shards.iter().map(|s| &s.file).chain(projections);
        for name in files.chain(manifest.encoders.iter().map(|e| &e.name)) {
            if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\', ':', '?', '#', '%']) {
                return Err(Error::manifest("plain file and encoder names", format!("{name:?}"), place));
            }
        }
        Ok(manifest)
    }

    /// Length of the stored vectors of an encoder.
    pub fn dimension(&self, encoder: usize) -> usize {
        self.projections[encoder].as_ref().map_or(self.encoders[encoder].dimension, |projection| projection.dimension)
            as usize
    }

    /// Bytes beside the manifest that a browser downloads: shards and projections.
    pub fn bytes(&self) -> u64 {
        let projections = self.projections.iter().flatten().map(|s| s.bytes);
        self.shards.iter().map(|s| s.bytes).chain(projections).sum()
    }

    /// The fingerprints of the encoders, in their order.
    pub fn fingerprints(&self) -> Vec<String> {
        self.encoders.iter().map(|e| e.fingerprint.clone()).collect()
    }
}
