//! A shard: a run of listings with their vectors, hashes and thumbnails in one `.safetensors` file.
//!
//! Tensors for n listings: `vectors.<encoder>.q8` I8 `[n, dimension]` and `vectors.<encoder>.scale` F32 `[n]` (0 where the
//! listing has no such lane), `phash` U64 `[n]`, `colour_histogram` U8 `[n, 100]` and `has_photo` U8 `[n]`, `listings` U8 (a JSON array of [`Listing`]),
//! `thumbnails` U8 (WebP files end to end) and `thumbnail_ends` U32 `[n]`. The metadata's `twinlens.shard` is JSON:
//! format version and the fingerprints of the packs that made the vectors.

use std::collections::HashMap;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use super::{Listing, Manifest, ShardEntry, manifest::VERSION};
use crate::digest::sha256_hex;
use crate::pack::quantise::int8_rows;
use crate::photo::{ColourHistogram, PerceptualHash};
use crate::{Error, Result};

const METADATA_KEY: &str = "twinlens.shard";

#[derive(Serialize, Deserialize)]
struct Header {
    version: u32,
    /// Of the packs, in the manifest's order.
    fingerprints: Vec<String>,
}

/// A run of listings in memory.
pub struct Shard {
    pub listings: Vec<Listing>,
    /// In the manifest's order of encoders.
    pub vectors: Vec<Vectors>,
    /// `None` where the listing has no photo.
    pub hashes: Vec<Option<PerceptualHash>>,
    /// Likewise.
    pub colour_histograms: Vec<Option<ColourHistogram>>,
    thumbnails: Vec<u8>,
    thumbnail_ends: Vec<u32>,
}

/// One encoder's vectors, quantised to int8.
#[derive(Debug, Clone, PartialEq)]
pub struct Vectors {
    pub dimension: usize,
    /// `[listings, dimension]`.
    pub codes: Vec<i8>,
    /// `[listings]`; 0 where the listing has no such lane.
    pub scales: Vec<f32>,
}

impl Vectors {
    /// The quantised vector of a listing and its scale, or `None` where it has none.
    pub fn row(&self, listing: usize) -> Option<(&[i8], f32)> {
        let scale = self.scales[listing];
        (scale > 0.0).then(|| (&self.codes[listing * self.dimension..][..self.dimension], scale))
    }
}

/// One listing on its way into a shard, or out of one to be used again.
#[derive(Clone)]
pub struct Row {
    pub listing: Listing,
    /// For each encoder int8 codes and a scale, where the listing has that lane.
    pub vectors: Vec<Option<(Vec<i8>, f32)>>,
    pub hash: Option<PerceptualHash>,
    pub colour_histogram: Option<ColourHistogram>,
    /// A WebP file; empty where there is none.
    pub thumbnail: Vec<u8>,
}

impl Row {
    /// A vector as shards store it.
    pub fn quantise(vector: &[f32]) -> (Vec<i8>, f32) {
        let rows = int8_rows(vector, vector.len());
        (rows.codes, rows.scales[0])
    }
}

impl Shard {
    /// The file of a run of rows.
    pub fn write(rows: &[Row], manifest: &Manifest) -> Result<Vec<u8>> {
        let failed = |e: String| Error::shard("rows that can be written", e, "memory");
        let count = rows.len();
        let header = Header { version: VERSION, fingerprints: manifest.fingerprints() };
        let header = serde_json::to_string(&header).map_err(|e| failed(e.to_string()))?;
        let listings: Vec<&Listing> = rows.iter().map(|r| &r.listing).collect();
        let listings = serde_json::to_vec(&listings).map_err(|e| failed(e.to_string()))?;
        let mut buffers: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = Vec::new();
        for (i, encoder) in manifest.encoders.iter().enumerate() {
            let dimension = manifest.dimension(i);
            let (mut codes, mut scales) = (Vec::with_capacity(count * dimension), Vec::with_capacity(count * 4));
            for row in rows {
                let start = codes.len();
                let scale = row.vectors[i].as_ref().map_or(0.0, |(c, scale)| {
                    codes.extend(c.iter().map(|c| *c as u8));
                    *scale
                });
                codes.resize(start + dimension, 0);
                scales.extend(scale.to_le_bytes());
            }
            buffers.push((format!("vectors.{}.q8", encoder.name), Dtype::I8, vec![count, dimension], codes));
            buffers.push((format!("vectors.{}.scale", encoder.name), Dtype::F32, vec![count], scales));
        }
        let hashes = rows.iter().flat_map(|r| r.hash.map_or(0, |h| h.0).to_le_bytes()).collect();
        buffers.push(("phash".into(), Dtype::U64, vec![count], hashes));
        let colour_histograms =
            rows.iter().flat_map(|r| r.colour_histogram.map_or([0; ColourHistogram::LEN], |p| p.0)).collect();
        buffers.push(("colour_histogram".into(), Dtype::U8, vec![count, ColourHistogram::LEN], colour_histograms));
        let has_photo = rows.iter().map(|r| u8::from(r.hash.is_some())).collect();
        buffers.push(("has_photo".into(), Dtype::U8, vec![count], has_photo));
        let thumbnails: Vec<u8> = rows.iter().flat_map(|r| &r.thumbnail).copied().collect();
        let ends = rows.iter().scan(0u32, |end, r| {
            *end += r.thumbnail.len() as u32;
            Some(end.to_le_bytes())
        });
        buffers.push(("thumbnail_ends".into(), Dtype::U32, vec![count], ends.flatten().collect()));
        buffers.push(("thumbnails".into(), Dtype::U8, vec![thumbnails.len()], thumbnails));
        buffers.push(("listings".into(), Dtype::U8, vec![listings.len()], listings));
        let views = buffers
            .iter()
            .map(|(name, dtype, shape, data)| Ok((name.as_str(), TensorView::new(*dtype, shape.clone(), data)?)))
            .collect::<std::result::Result<Vec<_>, safetensors::SafeTensorError>>()
            .map_err(|e| failed(e.to_string()))?;
        safetensors::serialize(views, Some(HashMap::from([(METADATA_KEY.to_string(), header)])))
            .map_err(|e| failed(e.to_string()))
    }

    /// Reads a shard that must be the one the manifest's entry describes, made by the manifest's packs.
    pub fn read(bytes: &[u8], entry: &ShardEntry, manifest: &Manifest, place: &str) -> Result<Self> {
        let found = sha256_hex(bytes);
        if found != entry.sha256 {
            let expected = format!("{} bytes with SHA-256 {}", entry.bytes, entry.sha256);
            return Err(Error::shard(expected, format!("{} bytes with SHA-256 {found}", bytes.len()), place));
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
                let found = format!("{:?} of {:?}", tensor.shape(), tensor.dtype());
                return Err(Error::shard(format!("tensor {name}, {shape:?} of {dtype:?}"), found, place));
            }
            Ok(tensor.data().to_vec())
        };
        let count = entry.listings as usize;
        let listings: Vec<Listing> = serde_json::from_slice(&get("listings", Dtype::U8, None)?)
            .map_err(|e| Error::shard("listings in JSON", e.to_string(), place))?;
        if listings.len() != count {
            return Err(Error::shard(format!("{count} listings"), listings.len().to_string(), place));
        }
        let mut vectors = Vec::new();
        for (i, encoder) in manifest.encoders.iter().enumerate() {
            let dimension = manifest.dimension(i);
            let codes = get(&format!("vectors.{}.q8", encoder.name), Dtype::I8, Some(&[count, dimension]))?;
            let scales = get(&format!("vectors.{}.scale", encoder.name), Dtype::F32, Some(&[count]))?;
            vectors.push(Vectors {
                dimension,
                codes: bytemuck::cast_vec(codes),
                scales: scales.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect(),
            });
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
        let thumbnail_ends: Vec<u32> =
            ends.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        if !thumbnail_ends.is_sorted() || thumbnail_ends.last().is_some_and(|end| *end as usize != thumbnails.len()) {
            return Err(Error::shard("thumbnails that end where they say", "others", place));
        }
        Ok(Shard { listings, vectors, hashes, colour_histograms, thumbnails, thumbnail_ends })
    }

    /// A listing's thumbnail, a WebP file.
    pub fn thumbnail(&self, listing: usize) -> Option<&[u8]> {
        let end = self.thumbnail_ends[listing] as usize;
        let start = listing.checked_sub(1).map_or(0, |i| self.thumbnail_ends[i] as usize);
        (end > start).then(|| &self.thumbnails[start..end])
    }

    /// A listing as it went in.
    pub fn row(&self, listing: usize) -> Row {
        Row {
            listing: self.listings[listing].clone(),
            vectors: self
                .vectors
                .iter()
                .map(|v| v.row(listing).map(|(codes, scale)| (codes.to_vec(), scale)))
                .collect(),
            hash: self.hashes[listing],
            colour_histogram: self.colour_histograms[listing],
            thumbnail: self.thumbnail(listing).unwrap_or_default().to_vec(),
        }
    }
}
