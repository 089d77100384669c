//! Reading a shard and checking that it is whole.
#![deny(clippy::indexing_slicing, reason = "shards are strangers' bytes")]

use safetensors::{Dtype, SafeTensors};

use super::gallery::Gallery;
use super::listings::listings_in_json;
use super::{Header, METADATA_KEY, Shard, Vectors, bytes_at_least};
use crate::catalogue::manifest::VERSION;
use crate::catalogue::{Manifest, ShardEntry};
use crate::digest::sha256_hex;
use crate::encoder::Identity;
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
        let vectors_in = |group: &str, i: usize, encoder: &Identity, rows: usize| -> Result<Vectors> {
            let dimension = manifest.dimension(i);
            let name = |part: &str| format!("{group}.{}.{part}", encoder.name);
            let codes = get(&name("q8"), Dtype::I8, Some(&[rows, dimension]))?;
            let scales = floats(&get(&name("scale"), Dtype::F32, Some(&[rows]))?);
            if let Some(scale) = scales.iter().find(|scale| !scale.is_finite() || **scale < 0.0) {
                let expected = format!("scales of {} from 0 on", encoder.name);
                return Err(Error::shard(expected, scale.to_string(), place));
            }
            Ok(Vectors { dimension, codes: bytemuck::cast_vec(codes), scales })
        };
        let integers = |name: &str, rows: usize| -> Result<Vec<u32>> {
            let bytes = get(name, Dtype::U32, Some(&[rows]))?;
            Ok(bytes.as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect())
        };
        let hashes_in = |name: &str, rows: usize| -> Result<Vec<PerceptualHash>> {
            let bytes = get(name, Dtype::U64, Some(&[rows]))?;
            Ok(bytes.as_chunks().0.iter().map(|bytes| PerceptualHash(u64::from_le_bytes(*bytes))).collect())
        };
        let histograms_in = |name: &str, rows: usize| -> Result<Vec<ColourHistogram>> {
            let bytes = get(name, Dtype::U8, Some(&[rows, ColourHistogram::LEN]))?;
            Ok(bytes.as_chunks().0.iter().map(|bytes| ColourHistogram(*bytes)).collect())
        };
        let encoders = || manifest.encoders.iter().enumerate();
        let vectors = encoders().map(|(i, encoder)| vectors_in("vectors", i, encoder, count)).collect::<Result<_>>()?;
        let has_photo = get("has_photo", Dtype::U8, Some(&[count]))?;
        let hashes = hashes_in("phash", count)?.into_iter().zip(&has_photo).map(|(h, has)| (*has != 0).then_some(h));
        let histograms = histograms_in("colour_histogram", count)?.into_iter().zip(&has_photo);
        let gallery_ends = integers("gallery_ends", count)?;
        let pictures = gallery_ends.last().map_or(0, |end| *end as usize);
        if !gallery_ends.is_sorted() {
            return Err(Error::shard("rising ends of further pictures", format!("others, up to {pictures}"), place));
        }
        let gallery_vectors = |(i, encoder): (usize, &Identity)| match encoder.compares_pictures() {
            true => vectors_in("gallery", i, encoder, pictures),
            false => Ok(Vectors { dimension: manifest.dimension(i), codes: Vec::new(), scales: Vec::new() }),
        };
        let gallery = Gallery::new(
            gallery_ends,
            encoders().map(gallery_vectors).collect::<Result<_>>()?,
            hashes_in("gallery_phash", pictures)?,
            histograms_in("gallery_colour_histogram", pictures)?,
            get("gallery_shown", Dtype::U8, Some(&[pictures]))?.iter().map(|shown| *shown != 0).collect(),
        );
        Ok(Shard {
            listings,
            vectors,
            hashes: hashes.collect(),
            colour_histograms: histograms.map(|(h, has)| (*has != 0).then_some(h)).collect(),
            gallery,
        })
    }
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}
