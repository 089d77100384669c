//! Reading a pack and checking that it is whole.
#![deny(clippy::indexing_slicing, reason = "packs are strangers' bytes")]

use std::collections::HashMap;
use std::sync::Arc;

use safetensors::SafeTensors;
use safetensors::tensor::Metadata;

use super::header::{Header, VERSION};
use crate::digest::{self_sha256, sha256_hex};
use crate::kernels::{Tensor, Tensors};
use crate::{Error, Result};

pub(crate) const METADATA_KEY: &str = "twinlens.pack";

/// Most bytes of a safetensors header; those of the known packs have 15 to 30 kB.
pub const MAX_HEADER: u64 = 1 << 20;

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

impl Pack {
    /// Reads a pack from a file's bytes; `place` is its path or URL, for messages. With `fingerprint` (SHA-256 in hex, as a
    /// manifest states it) the whole file must have that hash, otherwise the one that its own header states.
    ///
    /// # Errors
    /// [`Error::Pack`] where the hash differs, the file is no safetensors file or goes on after its last tensor, its header is
    /// longer than [`MAX_HEADER`] or of another version, or a tensor is not on 4-byte bounds.
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
        // Before safetensors reads it, which takes headers of 100 MB.
        header_end(bytes, bytes.len() as u64, place)?;
        let (header_len, metadata) = SafeTensors::read_metadata(bytes).map_err(unreadable)?;
        SafeTensors::deserialize(bytes).map_err(unreadable)?;
        let mut pack = Self::describe(&metadata, found, bytes.len() as u64, place)?;
        if fingerprint.is_none() {
            let expected = &pack.header.self_sha256;
            let found = self_sha256(bytes, header_len + 8, expected);
            if found.as_ref() != Some(expected) {
                let expected = format!("a pack with SHA-256 {expected} over itself with those digits as zeros");
                let found = found.map_or("a header without those digits".into(), |found| format!("SHA-256 {found}"));
                return Err(Error::pack(expected, found, place));
            }
        }
        let (words, _) = bytes.get(header_len + 8..).unwrap_or_default().as_chunks();
        pack.words = Arc::new(words.iter().map(|word| u32::from_le_bytes(*word)).collect());
        Ok(pack)
    }

    /// The pack of a file that begins with `bytes`, without its words, and where in the file these begin; `None` while the
    /// header is not whole. For files that are read in chunks: the caller has to check that all bytes together have the
    /// SHA-256 `fingerprint`. `stated` is the file's size in bytes, as a manifest states it, and that of [`Pack::bytes`].
    ///
    /// # Errors
    /// [`Error::Pack`] as soon as the bytes cannot begin a pack of that size.
    pub fn begin(bytes: &[u8], fingerprint: &str, stated: u64, place: &str) -> Result<Option<(Self, usize)>> {
        let Some(start) = header_end(bytes, stated, place)? else {
            return Ok(None);
        };
        let Some(header) = bytes.get(8..start) else {
            return Ok(None);
        };
        let unreadable = |e: String| {
            Error::pack("a whole safetensors file", format!("a beginning that is none of one ({e})"), place)
        };
        // As text: the same reader that safetensors itself uses, which need not be in the module twice.
        let header = std::str::from_utf8(header).map_err(|e| unreadable(e.to_string()))?;
        let metadata: Metadata = serde_json::from_str(header).map_err(|e| unreadable(e.to_string()))?;
        let length = (metadata.data_len() as u64).saturating_add(start as u64);
        if length != stated {
            return Err(Error::pack(
                format!("a pack of {stated} bytes"),
                format!("a header of one of {length}"),
                place,
            ));
        }
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
            let word = |byte: usize| byte.is_multiple_of(4).then(|| u32::try_from(byte / 4).ok()).flatten();
            let Some((offset, end)) = word(start).zip(word(end)) else {
                let expected = format!("tensor {name} on 4-byte bounds within 16 GiB");
                return Err(Error::pack(expected, format!("bytes {start} to {end}"), place));
            };
            // safetensors has checked that no tensor ends before it begins.
            let tensor = Tensor { dtype: info.dtype, shape: info.shape.clone(), offset, len: end - offset };
            tensors.insert(name, tensor);
        }
        Ok(Pack { header, fingerprint, bytes, words: Arc::default(), tensors, place: place.into() })
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

/// Where the header of a file that begins with `bytes` ends, once it is there; an error where the header is longer than
/// [`MAX_HEADER`] or than the whole file of `file` bytes.
fn header_end(bytes: &[u8], file: u64, place: &str) -> Result<Option<usize>> {
    let Some(length) = bytes.first_chunk().map(|length| u64::from_le_bytes(*length)) else {
        return Ok(None);
    };
    let most = MAX_HEADER.min(file.saturating_sub(8));
    if length > most {
        return Err(Error::pack(format!("a header of at most {most} bytes"), format!("{length} bytes"), place));
    }
    let end = 8 + length as usize;
    Ok((bytes.len() >= end).then_some(end))
}

impl Tensors for Pack {
    fn find(&self, name: &str) -> Option<&Tensor> {
        self.tensors.get(name)
    }

    fn error(&self, expected: String, found: String) -> Error {
        Pack::error(self, expected, found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LITE0: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/models/efficientnet-lite0.safetensors");

    #[test]
    fn a_pack_can_be_begun_from_its_header_alone_and_not_from_less() {
        let file = std::fs::read(LITE0).unwrap();
        let whole = Pack::read(&file, LITE0, None).unwrap();
        let header_end = 8 + u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
        let begin = |bytes: &[u8]| Pack::begin(bytes, &whole.fingerprint, whole.bytes, LITE0).unwrap();
        for short in [0, 7, 8, header_end - 1] {
            assert!(begin(&file[..short]).is_none());
        }
        let (begun, start) = begin(&file[..header_end]).unwrap();
        assert_eq!((start, begun.bytes, begun.words.len()), (header_end, file.len() as u64, 0));
        assert_eq!((begun.tensors, begun.header), (whole.tensors, whole.header));
    }

    #[test]
    fn bytes_that_cannot_begin_a_pack_are_refused_at_once() {
        let refused = |bytes: &[u8]| Pack::begin(bytes, "", 1 << 30, "tea.safetensors").err().unwrap().to_string();
        assert!(refused(b"<!doctype html><title>").contains("a header of at most"));
        let mut bytes = 4u64.to_le_bytes().to_vec();
        bytes.extend(b"tea!");
        assert!(refused(&bytes).contains("a whole safetensors file"));
    }

    #[test]
    fn a_header_longer_than_the_limit_or_than_its_file_is_refused_before_it_arrives() {
        let refused = |length: u64, stated: u64| Pack::begin(&length.to_le_bytes(), "", stated, "tea").err();
        assert!(refused(MAX_HEADER + 1, 1 << 30).is_some_and(|e| e.to_string().contains("1048576 bytes")));
        assert!(refused(93, 100).is_some_and(|e| e.to_string().contains("at most 92 bytes")));
        assert!(refused(92, 100).is_none() && refused(MAX_HEADER, 1 << 30).is_none());
    }

    #[test]
    fn a_pack_of_another_size_than_stated_is_refused_by_its_header() {
        let file = std::fs::read(LITE0).unwrap();
        let error = Pack::begin(&file, "", file.len() as u64 + 4, LITE0).err().unwrap().to_string();
        assert!(error.contains(&format!("a header of one of {}", file.len())), "{error}");
    }

    /// Every byte of the header and some of the data, one at a time, and the file cut short or longer.
    #[test]
    fn no_altered_byte_of_a_pack_is_accepted() {
        let file = std::fs::read(LITE0).unwrap();
        // A pack of the same header with one small tensor: hashing all of the real one thousands of times takes minutes.
        let (_, metadata) = SafeTensors::read_metadata(&file).unwrap();
        let header = &metadata.metadata().as_ref().unwrap()[METADATA_KEY];
        let mut header: Header = serde_json::from_str(header).unwrap();
        header.graph.truncate(2);
        let build = |header: &Header| {
            let data = [7u8; 64];
            let view = safetensors::tensor::TensorView::new(safetensors::Dtype::I8, vec![4, 16], &data).unwrap();
            let json = serde_json::to_string(header).unwrap();
            let metadata = HashMap::from([(METADATA_KEY.to_string(), json)]);
            safetensors::serialize([("tensor", view)], Some(metadata)).unwrap()
        };
        header.self_sha256 = "0".repeat(64);
        header.self_sha256 = sha256_hex(&build(&header));
        let pack = build(&header);
        let fingerprint = sha256_hex(&pack);
        assert!(Pack::read(&pack, "tea", None).is_ok() && Pack::read(&pack, "tea", Some(&fingerprint)).is_ok());
        let refused = |bytes: &[u8]| {
            Pack::read(bytes, "tea", None).is_err() && Pack::read(bytes, "tea", Some(&fingerprint)).is_err()
        };
        for at in 0..pack.len() {
            for flip in [1, 0x20, 0x80] {
                let mut altered = pack.clone();
                altered[at] ^= flip;
                assert!(refused(&altered), "byte {at} xor {flip:#x} was accepted");
            }
        }
        for len in 0..pack.len() {
            assert!(refused(&pack[..len]), "the first {len} bytes were accepted");
        }
        assert!(refused(&[&pack[..], &[0; 4]].concat()), "a longer file was accepted");
    }
}
