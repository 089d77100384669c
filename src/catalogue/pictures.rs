//! The pictures of a shard's listings, as they are shown: a file of their own, which nothing needs that searches.
//!
//! A `.safetensors` file of two tensors. With n listings in the shard and g further pictures it holds n + g pictures: listing
//! after listing its first one, then its further ones, as many as the shard's `gallery_ends` say.
//!
//! | tensor | type and shape | what it holds |
//! |---|---|---|
//! | `pictures` | U8 `[bytes]` | WebP files end to end; empty where a listing has no first picture, and for photos of customers |
//! | `picture_ends` | U32 `[n + g]` | where each of them ends |
//!
//! The metadata's `twinlens.pictures` is JSON: `version`, that of the catalogue format.
#![deny(clippy::indexing_slicing, reason = "picture files are strangers' bytes")]

use std::collections::HashMap;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use super::limits::MAX_FILE_BYTES;
use super::manifest::VERSION;
use super::{Row, Shard};
use crate::digest::sha256_hex;
use crate::{Error, Result};

pub(crate) const METADATA_KEY: &str = "twinlens.pictures";

/// The file of a shard's pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PicturesEntry {
    /// Name of the file beside the manifest.
    pub file: String,
    pub bytes: u64,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
}

#[derive(Serialize, Deserialize)]
struct Header {
    version: u32,
}

/// The pictures of a shard's listings in memory.
pub struct Pictures {
    bytes: Vec<u8>,
    ends: Vec<u32>,
}

impl Pictures {
    /// Reads the file that the entry describes, which must have a place for every picture of the shard; `place` is its path or
    /// URL, for messages. An error is [`Error::Shard`].
    pub fn read(bytes: &[u8], entry: &PicturesEntry, shard: &Shard, place: &str) -> Result<Self> {
        let found = sha256_hex(bytes);
        if found != entry.sha256 || bytes.len() as u64 != entry.bytes {
            let expected = format!("{} bytes with SHA-256 {}", entry.bytes, entry.sha256);
            return Err(Error::shard(expected, format!("{} bytes with SHA-256 {found}", bytes.len()), place));
        }
        let unreadable =
            |e: safetensors::SafeTensorError| Error::shard("a whole file of pictures", e.to_string(), place);
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(unreadable)?;
        let header = metadata.metadata().as_ref().and_then(|m| m.get(METADATA_KEY));
        let header: Header = header
            .and_then(|json| serde_json::from_str(json).ok())
            .ok_or_else(|| Error::shard(format!("metadata under {METADATA_KEY:?}"), "none that can be read", place))?;
        if header.version != VERSION {
            let found = format!("version {}", header.version);
            return Err(Error::shard(format!("shard format version {VERSION}"), found, place));
        }
        let tensors = SafeTensors::deserialize(bytes).map_err(unreadable)?;
        let (files, ends) =
            (tensors.tensor("pictures").map_err(unreadable)?, tensors.tensor("picture_ends").map_err(unreadable)?);
        let count = shard.pictures();
        if files.dtype() != Dtype::U8 || ends.dtype() != Dtype::U32 || ends.shape() != [count] {
            let found = format!("{:?} and {:?} of {:?}", files.dtype(), ends.shape(), ends.dtype());
            return Err(Error::shard(format!("bytes and {count} ends of them"), found, place));
        }
        let ends: Vec<u32> = ends.data().as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect();
        let last = ends.last().map_or(0, |end| *end as usize);
        if !ends.is_sorted() || last != files.data().len() {
            let expected = format!("rising ends of pictures up to {} bytes", files.data().len());
            return Err(Error::shard(expected, format!("others, up to {last}"), place));
        }
        Ok(Pictures { bytes: files.data().to_vec(), ends })
    }

    /// The file of the pictures of a run of rows. More than a reader would take is an error.
    pub fn write(rows: &[Row]) -> Result<Vec<u8>> {
        let failed = |e: String| Error::shard("pictures that can be written", e, "memory");
        let header = serde_json::to_string(&Header { version: VERSION }).map_err(|e| failed(e.to_string()))?;
        let files = || {
            rows.iter().flat_map(|row| {
                std::iter::once(&row.thumbnail).chain(row.further.iter().map(|picture| &picture.thumbnail))
            })
        };
        let bytes: Vec<u8> = files().flatten().copied().collect();
        // Wrapped ends are never published: such a file is above the limit below.
        let ends = files().scan(0u32, |end, file| {
            *end = end.wrapping_add(file.len() as u32);
            Some(end.to_le_bytes())
        });
        let ends: Vec<u8> = ends.flatten().collect();
        let view = |dtype, count, data| {
            TensorView::new(dtype, vec![count], data).map_err(|e: safetensors::SafeTensorError| failed(e.to_string()))
        };
        let views = [
            ("pictures", view(Dtype::U8, bytes.len(), &bytes)?),
            ("picture_ends", view(Dtype::U32, ends.len() / 4, &ends)?),
        ];
        let file = safetensors::serialize(views, Some(HashMap::from([(METADATA_KEY.to_string(), header)])))
            .map_err(|e| failed(e.to_string()))?;
        if file.len() as u64 > MAX_FILE_BYTES {
            let found =
                format!("{} bytes of them, above {MAX_FILE_BYTES}: smaller ones have room (--pictures)", file.len());
            return Err(failed(found));
        }
        Ok(file)
    }

    /// The picture in a row of the file, a WebP file; `None` where none is shown.
    pub fn get(&self, row: usize) -> Option<&[u8]> {
        let end = *self.ends.get(row)? as usize;
        let start = row.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |start| *start as usize);
        self.bytes.get(start..end).filter(|file| !file.is_empty())
    }

    /// Puts the pictures of the listing with that index in its shard into the row that was read of it.
    pub fn fill(&self, row: &mut Row, shard: &Shard, listing: usize) {
        let first = shard.picture_row(listing, 0);
        let picture = |row: usize| self.get(row).unwrap_or_default().to_vec();
        row.thumbnail = picture(first);
        for (further, at) in row.further.iter_mut().zip(first + 1..) {
            further.thumbnail = picture(at);
        }
    }
}
