//! From a CSV and a folder of images to a catalogue.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::listings::Record;
use super::store::Store;
use super::{Catalogue, Listing, MANIFEST_FILE, Manifest, Row, Shard, VERSION};
use crate::encoder::{Encoder, Identity};
use crate::photo::{PerceptualHash, Photo, decode};
use crate::{Error, Result, title};

/// Listings of a shard: a few megabytes with two encoders, so that a download can be resumed and a change re-uses most.
pub const SHARD_LISTINGS: usize = 1024;
/// Longest side of a thumbnail in pixels.
const THUMBNAIL_SIDE: u32 = 192;
/// Quality of a thumbnail's lossy WebP, 0 to 100.
const THUMBNAIL_QUALITY: f32 = 72.0;

/// What a listing lost, and where.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Problem {
    /// Line of the CSV file.
    pub line: u64,
    pub id: String,
    pub message: String,
}

/// How a build went.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct Summary {
    pub listings: u64,
    /// Listings taken over unchanged from the catalogue before.
    pub reused: u64,
    pub with_photo: u64,
    pub with_title: u64,
    pub shards: u64,
    /// Of all shards.
    pub bytes: u64,
    pub problems: Vec<Problem>,
}

/// Builds the catalogue of `records` (images below `images`) in the folder `out`. With `update`, listings whose title and
/// photo are unchanged are taken over from the catalogue there. `progress` is called with listings done, from any thread.
///
/// A photo or title that cannot be read is a [`Problem`]; the listing keeps its other lanes. On an error the catalogue that
/// was in `out` stays as it was.
pub fn build(
    records: &[Record],
    images: &Path,
    out: &Path,
    identities: &[Identity],
    encoders: &mut [Encoder],
    update: bool,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Summary> {
    let before = if update { rows_before(out, identities)? } else { HashMap::new() };
    let mut store = Store::open(out)?;
    let mut summary = Summary::default();
    let mut shards = Vec::new();
    let done = AtomicU64::new(0);
    for (index, records) in records.chunks(SHARD_LISTINGS).enumerate() {
        let one = |encoders: &mut [Encoder], record: &Record| {
            let row = row(record, images, encoders, &before);
            progress(done.fetch_add(1, Ordering::Relaxed) + 1);
            row
        };
        let forks = || encoders.iter().map(Encoder::fork).collect::<Option<Vec<Encoder>>>();
        let built: Vec<Built> = if forks().is_some() {
            records
                .par_iter()
                .map_init(|| forks().unwrap_or_default(), |forks, record| one(forks, record))
                .collect::<Result<_>>()?
        } else {
            // A GPU has one queue: threads would only wait for each other.
            records.iter().map(|record| one(encoders, record)).collect::<Result<_>>()?
        };
        let mut rows = Vec::with_capacity(built.len());
        for (built, record) in built.into_iter().zip(records) {
            summary.reused += u64::from(built.reused);
            summary.with_photo += u64::from(built.row.hash.is_some());
            summary.with_title += u64::from(!built.row.listing.title.is_empty());
            let problem = |message| Problem { line: record.line, id: record.id.clone(), message };
            summary.problems.extend(built.problems.into_iter().map(problem));
            rows.push(built.row);
        }
        let entry = store.shard(index, &Shard::write(&rows, identities)?, rows.len())?;
        summary.bytes += entry.bytes;
        shards.push(entry);
    }
    summary.listings = records.len() as u64;
    summary.shards = shards.len() as u64;
    store.finish(&Manifest { version: VERSION, listings: summary.listings, encoders: identities.to_vec(), shards })?;
    Ok(summary)
}

struct Built {
    row: Row,
    reused: bool,
    problems: Vec<String>,
}

/// The rows of the catalogue in `out`, by id, where it was made by the same packs.
fn rows_before(out: &Path, identities: &[Identity]) -> Result<HashMap<String, Row>> {
    if !out.join(MANIFEST_FILE).exists() {
        return Ok(HashMap::new());
    }
    let catalogue = Catalogue::open(out)?;
    if catalogue.manifest.encoders != identities {
        return Ok(HashMap::new());
    }
    let rows = catalogue.shards.iter().flat_map(|s| (0..s.listings.len()).map(|i| s.row(i)));
    Ok(rows.map(|row| (row.listing.id.clone(), row)).collect())
}

fn row(record: &Record, images: &Path, encoders: &mut [Encoder], before: &HashMap<String, Row>) -> Result<Built> {
    let mut problems = Vec::new();
    let bytes = if record.image.is_empty() {
        None
    } else {
        let read = record.image_path(images).and_then(|path| {
            std::fs::read(&path)
                .map_err(|e| Error::io("reading an image", "a file that can be read", e, path.display().to_string()))
        });
        read.map_err(|e| problems.push(e.to_string())).ok()
    };
    let digest =
        Sha256::new().chain_update(&record.title).chain_update([0]).chain_update(bytes.as_deref().unwrap_or_default());
    let digest = crate::pack::hex(&digest.finalize());
    let mut listing = Listing {
        id: record.id.clone(),
        title: record.title.clone(),
        price: record.price,
        url: record.url.clone(),
        category: record.category.clone(),
        gtin: record.gtin.clone(),
        stock: record.stock,
        label_group: record.label_group.clone(),
        digest,
    };
    // What could not be read is tried again, so that an update reports it again.
    let whole = |old: &Row| {
        (bytes.is_none() || old.hash.is_some()) && (record.title.is_empty() || !old.listing.title.is_empty())
    };
    if let Some(old) = before.get(&record.id)
        && old.listing.digest == listing.digest
        && whole(old)
    {
        listing.title = old.listing.title.clone();
        return Ok(Built { row: Row { listing, ..old.clone() }, reused: true, problems });
    }
    let photo = bytes.and_then(|bytes| decode(&bytes).map_err(|e| problems.push(e.to_string())).ok());
    listing.title = if record.title.is_empty() {
        String::new()
    } else {
        title::normalise(&record.title).map_err(|e| problems.push(e.to_string())).unwrap_or_default()
    };
    let mut vectors = Vec::with_capacity(encoders.len());
    for encoder in encoders {
        let vector = match (encoder, &photo) {
            (Encoder::Image(encoder), Some(photo)) => Some(pollster::block_on(encoder.embed(photo))?),
            (Encoder::Text(encoder), _) if !listing.title.is_empty() => {
                Some(pollster::block_on(encoder.embed(&listing.title))?)
            }
            _ => None,
        };
        vectors.push(vector.map(|v| Row::quantise(&v)));
    }
    if photo.is_none() && listing.title.is_empty() {
        problems.push("listing: expected a photo or a title, found neither that can be read".into());
    }
    let hash = photo.as_ref().map(PerceptualHash::of).transpose()?;
    let thumbnail = photo.as_ref().map(thumbnail).transpose()?.unwrap_or_default();
    Ok(Built { row: Row { listing, vectors, hash, thumbnail }, reused: false, problems })
}

/// A small WebP file with the photo's proportions.
fn thumbnail(photo: &Photo) -> Result<Vec<u8>> {
    let scale = (f64::from(THUMBNAIL_SIDE) / f64::from(photo.width.max(photo.height))).min(1.0);
    let side = |side: u32| ((f64::from(side) * scale).round() as u32).max(1);
    let (width, height) = (side(photo.width), side(photo.height));
    let pixels = photo.resized(width, height)?;
    Ok(webp::Encoder::from_rgb(&pixels, width, height).encode(THUMBNAIL_QUALITY).to_vec())
}
