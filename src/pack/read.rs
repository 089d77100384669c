//! Reading a pack and checking that it is whole.

use std::collections::HashMap;
use std::sync::Arc;

use safetensors::tensor::Metadata;
use safetensors::{Dtype, SafeTensors};
use sha2::{Digest, Sha256};

use super::header::{Header, VERSION};
use crate::digest::{hex, sha256_hex};
use crate::{Error, Result};

pub(super) const METADATA_KEY: &str = "twinlens.pack";

/// Longest header that safetensors files may have.
const MAX_HEADER: u64 = 100_000_000;

/// An encoder in memory.
pub struct Pack {
    pub header: Header,
    /// SHA-256 of the whole file, in hex.
    pub fingerprint: String,
    /// Size of the file.
    pub bytes: u64,
    /// The tensor data as the GPU takes it: 32-bit words, little-endian. Empty where they went straight to the device.
    pub words: Arc<Vec<u32>>,
    tensors: HashMap<String, Tensor>,
    place: String,
}

/// Where a tensor lies in [`Pack::words`].
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    pub dtype: Dtype,
    pub shape: Vec<usize>,
    /// First word.
    pub offset: u32,
    /// Length in words.
    pub len: u32,
}

impl Pack {
    /// Reads a pack from a file's bytes; `place` is its path or URL, for messages. With `fingerprint` (SHA-256 in hex, as a
    /// manifest states it) the whole file must agree with that, otherwise with the hash in its own header.
    pub fn read(bytes: &[u8], place: &str, fingerprint: Option<&str>) -> Result<Self> {
        let found = sha256_hex(bytes);
        if let Some(expected) = fingerprint
            && expected != found
        {
            return Err(Error::pack(format!("a pack with SHA-256 {expected}"), format!("SHA-256 {found}"), place));
        }
        let unreadable = |e: safetensors::SafeTensorError| {
            Error::pack("a whole safetensors file", format!("{} bytes that are not one ({e})", bytes.len()), place)
        };
        let (header_len, metadata) = SafeTensors::read_metadata(bytes).map_err(unreadable)?;
        SafeTensors::deserialize(bytes).map_err(unreadable)?;
        let mut pack = Self::describe(&metadata, found, bytes.len() as u64, place)?;
        let data = &bytes[header_len + 8..];
        if fingerprint.is_none() {
            let expected = &pack.header.self_sha256;
            let found = self_sha256(bytes, header_len + 8, expected);
            if found.as_ref() != Some(expected) {
                let expected = format!("a pack with SHA-256 {expected} but for its own digits");
                return Err(Error::pack(expected, format!("SHA-256 {}", found.unwrap_or_default()), place));
            }
        }
        pack.words = Arc::new(data.chunks_exact(4).map(|w| u32::from_le_bytes([w[0], w[1], w[2], w[3]])).collect());
        Ok(pack)
    }

    /// The pack of a file that begins with `bytes`, without its words, and where in the file these begin; `None` while the
    /// header is not whole. For files that are taken in piece by piece: whoever does has to see that what arrives has the
    /// fingerprint, and is [`Pack::bytes`] long.
    pub fn begin(bytes: &[u8], fingerprint: &str, place: &str) -> Result<Option<(Self, usize)>> {
        let Some(length) = bytes.first_chunk().map(|length| u64::from_le_bytes(*length)) else {
            return Ok(None);
        };
        if length > MAX_HEADER {
            let expected = format!("a header of at most {MAX_HEADER} bytes");
            return Err(Error::pack(expected, format!("{length} bytes"), place));
        }
        let start = 8 + length as usize;
        let Some(header) = bytes.get(8..start) else {
            return Ok(None);
        };
        let unreadable = |e: String| {
            Error::pack("a whole safetensors file", format!("a beginning that is none of one ({e})"), place)
        };
        // As text: the same reader that safetensors itself uses, which need not be in the module twice.
        let header = std::str::from_utf8(header).map_err(|e| unreadable(e.to_string()))?;
        let metadata: Metadata = serde_json::from_str(header).map_err(|e| unreadable(e.to_string()))?;
        let length = (start + metadata.data_len()) as u64;
        Ok(Some((Self::describe(&metadata, fingerprint.into(), length, place)?, start)))
    }

    /// What the metadata say, without the words.
    fn describe(metadata: &Metadata, fingerprint: String, bytes: u64, place: &str) -> Result<Self> {
        let json = metadata.metadata().as_ref().and_then(|m| m.get(METADATA_KEY)).ok_or_else(|| {
            Error::pack(format!("metadata under {METADATA_KEY:?}"), "a safetensors file without", place)
        })?;
        let version = serde_json::from_str::<serde_json::Value>(json).ok().and_then(|v| v.get("version")?.as_u64());
        if version != Some(u64::from(VERSION)) {
            let found = version.map_or("none".into(), |v| format!("version {v}"));
            return Err(Error::pack(format!("pack format version {VERSION}"), found, place));
        }
        let header: Header = serde_json::from_str(json)
            .map_err(|e| Error::pack("a readable pack header", format!("one that is not ({e})"), place))?;
        let mut tensors = HashMap::new();
        for (name, info) in metadata.tensors() {
            let (start, end) = info.data_offsets;
            if !start.is_multiple_of(4) || !end.is_multiple_of(4) {
                let expected = format!("tensor {name} on 4-byte bounds");
                return Err(Error::pack(expected, format!("bytes {start} to {end}"), place));
            }
            let tensor = Tensor {
                dtype: info.dtype,
                shape: info.shape.clone(),
                offset: (start / 4) as u32,
                len: ((end - start) / 4) as u32,
            };
            tensors.insert(name, tensor);
        }
        Ok(Pack { header, fingerprint, bytes, words: Arc::default(), tensors, place: place.into() })
    }

    /// The tensor of that name.
    pub fn tensor(&self, name: &str) -> Result<&Tensor> {
        self.tensors.get(name).ok_or_else(|| self.error(format!("tensor {name}"), "none of that name"))
    }

    /// The tensor of that name, if there is one.
    pub fn find(&self, name: &str) -> Option<&Tensor> {
        self.tensors.get(name)
    }

    /// Names, types and places of all tensors.
    pub fn tensors(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        self.tensors.iter().map(|(name, tensor)| (name.as_str(), tensor))
    }

    /// An error about this pack.
    pub fn error(&self, expected: impl Into<String>, found: impl Into<String>) -> Error {
        Error::pack(expected, found, self.place.clone())
    }
}

/// SHA-256 of a pack in which the 64 digits of its own hash are zeros; `None` where the header does not hold them once.
fn self_sha256(pack: &[u8], header_end: usize, digits: &str) -> Option<String> {
    let header = &pack[..header_end];
    let at = header.windows(64).position(|window| digits.len() == 64 && window == digits.as_bytes())?;
    let mut hash = Sha256::new();
    hash.update(&pack[..at]);
    hash.update([b'0'; 64]);
    hash.update(&pack[at + 64..]);
    Some(hex(&hash.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pack_can_be_begun_from_its_header_alone_and_not_from_less() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/models/efficientnet-lite0.safetensors");
        let file = std::fs::read(path).unwrap();
        let whole = Pack::read(&file, path, None).unwrap();
        let header_end = 8 + u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
        for short in [0, 7, 8, header_end - 1] {
            assert!(Pack::begin(&file[..short], &whole.fingerprint, path).unwrap().is_none());
        }
        let (begun, start) = Pack::begin(&file[..header_end], &whole.fingerprint, path).unwrap().unwrap();
        assert_eq!((start, begun.bytes, begun.words.len()), (header_end, file.len() as u64, 0));
        assert_eq!((begun.tensors, begun.header), (whole.tensors, whole.header));
    }

    #[test]
    fn a_beginning_that_cannot_be_one_of_a_pack_is_refused_at_once() {
        let refused = |bytes: &[u8]| Pack::begin(bytes, "", "tea.safetensors").err().unwrap().to_string();
        assert!(refused(b"<!doctype html><title>").contains("a header of at most"));
        let mut bytes = 4u64.to_le_bytes().to_vec();
        bytes.extend(b"tea!");
        assert!(refused(&bytes).contains("a whole safetensors file"));
    }
}
