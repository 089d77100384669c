//! `catalogue.json`.

use serde::{Deserialize, Serialize};

use crate::encoder::Identity;
use crate::{Error, Result};

/// The version of the catalogue format that this library reads and writes.
pub const VERSION: u32 = 1;
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
        for name in manifest.shards.iter().map(|s| &s.file).chain(manifest.encoders.iter().map(|e| &e.name)) {
            if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\', ':', '?', '#', '%']) {
                return Err(Error::manifest("plain file and encoder names", format!("{name:?}"), place));
            }
        }
        Ok(manifest)
    }

    /// The fingerprints of the encoders, in their order.
    pub fn fingerprints(&self) -> Vec<String> {
        self.encoders.iter().map(|e| e.fingerprint.clone()).collect()
    }
}
