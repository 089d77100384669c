//! Reading a shard and checking that it is whole.
#![deny(clippy::indexing_slicing, reason = "shards are strangers' bytes")]

use safetensors::{Dtype, SafeTensors};

use super::listings::listings_in_json;
use super::{Header, METADATA_KEY, Shard, Vectors, bytes_at_least};
use crate::catalogue::manifest::VERSION;
use crate::catalogue::{Manifest, ShardEntry};
use crate::digest::sha256_hex;
use crate::photo::{ColourHistogram, PerceptualHash};
use crate::{Error, Result};

impl Shard {
    /// Reads a shard that must be the one the manifest's entry describes, made by the manifest's packs; `place` is its path
    /// or URL, for messages. An error is [`Error::Shard`].
    pub fn read(bytes: &[u8], entry: &ShardEntry, manifest: &Manifest, place: &str) -> Result<Self> {
        let found = sha256_hex(bytes);
        if found != entry.sha256 || bytes.len() as u64 != entry.bytes {
            let expected = format!("{} bytes with SHA-256 {}", entry.bytes, entry.sha256);
            return Err(Error::shard(expected, format!("{} bytes with SHA-256 {found}", bytes.len()), place));
        }
        let count = entry.listings as usize;
        let dimensions = (0..manifest.encoders.len()).map(|encoder| manifest.dimension(encoder));
        let least = entry.listings.saturating_mul(bytes_at_least(dimensions));
        if least > entry.bytes {
            let expected = format!("at least {least} bytes for {count} listings");
            return Err(Error::shard(expected, entry.bytes.to_string(), place));
        }
        let unreadable = |e: String| Error::shard("a whole safetensors file", format!("one that is not ({e})"), place);
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|e| unreadable(e.to_string()))?;
        let header = metadata.metadata().as_ref().and_then(|m| m.get(METADATA_KEY));
        let header: Header = header
            .and_then(|json| serde_json::from_str(json).ok())
            .ok_or_else(|| Error::shard(format!("metadata under {METADATA_KEY:?}"), "none that can be read", place))?;
        if header.version != VERSION {
            let found = format!("version {}", header.version);
            return Err(Error::shard(format!("shard format version {VERSION}"), found, place));
        }
        let fingerprints = manifest.fingerprints();
        if header.fingerprints != fingerprints {
            let expected = format!("vectors of packs with fingerprints {}", fingerprints.join(", "));
            return Err(Error::shard(expected, header.fingerprints.join(", "), place));
        }
        let tensors = SafeTensors::deserialize(bytes).map_err(|e| unreadable(e.to_string()))?;
        let get = |name: &str, dtype: Dtype, shape: Option<&[usize]>| -> Result<Vec<u8>> {
            let tensor =
                tensors.tensor(name).map_err(|e| Error::shard(format!("tensor {name}"), e.to_string(), place))?;
            if tensor.dtype() != dtype || shape.is_some_and(|shape| shape != tensor.shape()) {
                let expected = shape.map_or("of any length".into(), |shape| format!("{shape:?}"));
                let found = format!("{:?} of {:?}", tensor.shape(), tensor.dtype());
                return Err(Error::shard(format!("tensor {name}, {expected} of {dtype:?}"), found, place));
            }
            Ok(tensor.data().to_vec())
        };
        let listings = get("listings", Dtype::U8, None)?;
        let listings = listings_in_json(&listings, count)
            .map_err(|e| Error::shard(format!("{count} listings in JSON"), e.to_string(), place))?;
        let mut vectors = Vec::new();
        for (i, encoder) in manifest.encoders.iter().enumerate() {
            let dimension = manifest.dimension(i);
            let codes = get(&format!("vectors.{}.q8", encoder.name), Dtype::I8, Some(&[count, dimension]))?;
            let scales = floats(&get(&format!("vectors.{}.scale", encoder.name), Dtype::F32, Some(&[count]))?);
            if let Some(scale) = scales.iter().find(|scale| !scale.is_finite() || **scale < 0.0) {
                let expected = format!("scales of {} from 0 on", encoder.name);
                return Err(Error::shard(expected, scale.to_string(), place));
            }
            vectors.push(Vectors { dimension, codes: bytemuck::cast_vec(codes), scales });
        }
        let hashes = get("phash", Dtype::U64, Some(&[count]))?;
        let has_photo = get("has_photo", Dtype::U8, Some(&[count]))?;
        let hash = |b: &[u8]| PerceptualHash(b.iter().rev().fold(0, |h, b| h << 8 | u64::from(*b)));
        let hashes = hashes.chunks_exact(8).zip(&has_photo).map(|(b, has)| (*has != 0).then(|| hash(b))).collect();
        let colour_histograms = get("colour_histogram", Dtype::U8, Some(&[count, ColourHistogram::LEN]))?;
        let colour_histogram = |b: &[u8]| b.try_into().ok().map(ColourHistogram);
        let colour_histograms = colour_histograms.chunks_exact(ColourHistogram::LEN).zip(has_photo);
        let colour_histograms = colour_histograms.map(|(b, has)| colour_histogram(b).filter(|_| has != 0)).collect();
        let thumbnails = get("thumbnails", Dtype::U8, None)?;
        let ends = get("thumbnail_ends", Dtype::U32, Some(&[count]))?;
        let thumbnail_ends: Vec<u32> = ends.as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect();
        let last = thumbnail_ends.last().map_or(0, |end| *end as usize);
        if !thumbnail_ends.is_sorted() || last != thumbnails.len() {
            let expected = format!("rising ends of thumbnails up to {} bytes", thumbnails.len());
            return Err(Error::shard(expected, format!("others, up to {last}"), place));
        }
        Ok(Shard { listings, vectors, hashes, colour_histograms, thumbnails, thumbnail_ends })
    }
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}
