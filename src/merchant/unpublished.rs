//! `merchant.json`: what a build keeps for the next one beside the catalogue, and a shopper must not see.
//!
//! It is never served and need not be uploaded. It names the SHA-256 of the manifest that it was written with, so an old
//! one is never taken for that of a new catalogue, and it holds its own, so that an altered one is refused.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::folder;
use crate::catalogue::{Manifest, VERSION};
use crate::digest::{self_sha256, with_self_sha256};
use crate::{Error, Result};

/// The file's name in a catalogue's folder.
pub const MERCHANT_FILE: &str = "merchant.json";
/// Most bytes of it: some 10 million listings.
const MAX_BYTES: u64 = 2 << 30;

/// The whole file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unpublished {
    /// Version of the catalogue format, [`VERSION`].
    pub version: u32,
    /// SHA-256 of the file with these 64 digits as zeros, in hex; empty until it is written.
    pub self_sha256: String,
    /// [`Manifest::self_sha256`] of the catalogue.
    pub manifest_sha256: String,
    /// Files of the catalogues before this one that are still there, the youngest catalogue first.
    pub generations: Vec<Vec<String>>,
    /// For each encoder the customers' photos or titles, or further pictures, from which its projection was learnt, which an update
    /// keeps; none in a file of before.
    #[serde(default)]
    pub learnt_from: Vec<u64>,
    /// In the catalogue's order.
    pub listings: Vec<UnpublishedListing>,
}

/// What is known of a listing beyond what is published of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnpublishedListing {
    pub id: String,
    /// SHA-256 of the title and the pictures' bytes, in hex: an update re-uses what has not changed. Empty where a build lost
    /// anything of the listing.
    pub digest: String,
    /// Pieces in stock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock: Option<i64>,
    /// Rows with the same group are the same product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_group: Option<String>,
}

/// What is read before the file is known to be whole.
#[derive(Deserialize)]
struct Head {
    version: Option<u32>,
    #[serde(default)]
    self_sha256: String,
}

impl Unpublished {
    /// Reads the file; `place` is its path, for messages. An error is [`Error::Manifest`].
    pub fn parse(bytes: &[u8], place: &str) -> Result<Self> {
        let unreadable = |e: serde_json::Error| {
            let expected =
                format!("{MERCHANT_FILE} as a build writes it (without one, an update builds everything anew)");
            Error::manifest(expected, format!("something else ({e})"), place)
        };
        let head: Head = serde_json::from_slice(bytes).map_err(unreadable)?;
        if head.version != Some(VERSION) {
            let found = head.version.map_or("none".into(), |version| format!("version {version}"));
            return Err(Error::manifest(format!("{MERCHANT_FILE} of version {VERSION}"), found, place));
        }
        let found = self_sha256(bytes, bytes.len(), &head.self_sha256);
        if found.as_ref() != Some(&head.self_sha256) {
            let expected = format!("{MERCHANT_FILE} with SHA-256 {:?} but for its own digits", head.self_sha256);
            let found = found.map_or("no such digits".into(), |found| format!("SHA-256 {found}"));
            return Err(Error::manifest(expected, found, place));
        }
        serde_json::from_slice(bytes).map_err(unreadable)
    }

    /// The file's bytes; fills in [`Unpublished::self_sha256`].
    pub fn write(&mut self) -> Result<Vec<u8>> {
        let failed =
            |e: serde_json::Error| Error::manifest(format!("{MERCHANT_FILE} in JSON"), e.to_string(), "memory");
        let (bytes, _) = with_self_sha256(|digits| {
            self.self_sha256 = digits.into();
            serde_json::to_vec(self).map_err(failed)
        })?;
        Ok(bytes)
    }

    /// Reads that of a folder; `None` where there is none.
    pub fn read(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(MERCHANT_FILE);
        if !path.exists() {
            return Ok(None);
        }
        let bytes = folder::read_at_most(&path, MAX_BYTES)?;
        Self::parse(&bytes, &path.display().to_string()).map(Some)
    }

    /// Whether it was written with that manifest.
    pub fn belongs_to(&self, manifest: &Manifest) -> bool {
        self.manifest_sha256 == manifest.self_sha256
    }
}
