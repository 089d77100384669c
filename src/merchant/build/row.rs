//! One listing: from a record and its photo to what a shard holds of it.

use std::collections::HashMap;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::Result;
use crate::catalogue::{Listing, Projection, Row, stored_vector};
use crate::encoder::Encoder;
use crate::merchant::listings::Record;
use crate::photo::{ColourHistogram, PerceptualHash, Photo, decode_with_notes};
use crate::title::{self, NormalTitle};

/// Longest side of a thumbnail in pixels.
const THUMBNAIL_SIDE: u32 = 192;
/// Quality of a thumbnail's lossy WebP, 0 to 100.
const THUMBNAIL_QUALITY: f32 = 72.0;

/// The problem of a row that nothing is known of.
pub(crate) const NEITHER: &str = "listing: expected a photo or a title, found neither that can be read";

/// The numbers of the label groups that more than one record has, in the order in which they come first.
pub fn groups(records: &[Record]) -> HashMap<&str, u32> {
    let labels = || records.iter().filter_map(|record| record.label_group.as_deref());
    let mut counts: HashMap<&str, usize> = HashMap::new();
    labels().for_each(|label| *counts.entry(label).or_default() += 1);
    let mut numbers = HashMap::new();
    for label in labels().filter(|label| counts[label] > 1) {
        let next = numbers.len() as u32;
        numbers.entry(label).or_insert(next);
    }
    numbers
}

/// What came of a record.
pub struct Built {
    pub row: Row,
    /// Of the title and the photo's bytes.
    pub digest: String,
    /// Whether the row is the one of the catalogue before.
    pub reused: bool,
    /// What the listing lost.
    pub problems: Vec<String>,
}

/// Makes rows of records.
pub struct Rows<'a> {
    /// Folder below which the records' images lie.
    pub images: &'a Path,
    /// Numbers of label groups.
    pub groups: HashMap<&'a str, u32>,
    /// For each encoder.
    pub projections: &'a [Option<Projection>],
    /// By id: rows to take over, each with the digest of what it was built of.
    pub before: &'a HashMap<String, (Row, String)>,
}

impl Rows<'_> {
    /// The row of a record; `encoders` are the catalogue's. What cannot be read is a problem of the row and no error.
    pub fn build(&self, record: &Record, encoders: &mut [Encoder]) -> Result<Built> {
        let mut problems = Vec::new();
        let bytes = record.read_image(self.images).unwrap_or_else(|e| {
            problems.push(e.to_string());
            None
        });
        let digest = Sha256::new()
            .chain_update(&record.title)
            .chain_update([0])
            .chain_update(bytes.as_deref().unwrap_or_default());
        let digest = crate::digest::hex(&digest.finalize());
        if let Err(e) = record.parsed_gtin() {
            problems.push(e.to_string());
        }
        let mut listing = Listing {
            id: record.id.clone(),
            title: record.title.clone(),
            price: record.price,
            url: record.url.clone(),
            category: record.category.clone(),
            gtin: record.gtin.clone(),
            in_stock: record.stock.map(|pieces| pieces > 0),
            group: record.label_group.as_deref().and_then(|label| self.groups.get(label)).copied(),
        };
        // What could not be read is tried again, so that an update reports it again.
        let whole = |old: &Row| {
            (bytes.is_none() || old.hash.is_some()) && (record.title.is_empty() || !old.listing.title.is_empty())
        };
        if let Some((old, old_digest)) = self.before.get(&record.id)
            && *old_digest == digest
            && whole(old)
        {
            listing.title = old.listing.title.clone();
            return Ok(Built { row: Row { listing, ..old.clone() }, digest, reused: true, problems });
        }
        let decoded = bytes.map(|bytes| decode_with_notes(&bytes)).transpose().unwrap_or_else(|e| {
            problems.push(e.to_string());
            None
        });
        let (photo, notes) = decoded.unzip();
        problems.extend(notes.into_iter().flatten().map(|note| format!("image: {}", note.message)));
        listing.title = if record.title.is_empty() {
            String::new()
        } else {
            NormalTitle::of(&record.title)
                .map(|_| title::shown(&record.title))
                .map_err(|e| problems.push(e.to_string()))
                .unwrap_or_default()
        };
        let normal = NormalTitle::of_listing(&listing.title);
        let mut vectors = Vec::with_capacity(encoders.len());
        for (encoder, projection) in encoders.iter_mut().zip(self.projections) {
            let views = match (encoder, &photo) {
                (Encoder::Image(encoder), Some(photo)) => pollster::block_on(encoder.embed_views(photo))?.to_vec(),
                (Encoder::Text(encoder), _) if !normal.is_empty() && encoder.unread(&normal)?.is_empty() => {
                    vec![pollster::block_on(encoder.embed(&normal))?]
                }
                _ => Vec::new(),
            };
            vectors.push((!views.is_empty()).then(|| Row::quantise(&stored_vector(projection.as_ref(), &views))));
        }
        if photo.is_none() && listing.title.is_empty() {
            problems.push(NEITHER.into());
        }
        let hash = photo.as_ref().map(PerceptualHash::of).transpose()?;
        let colour_histogram = photo.as_ref().map(ColourHistogram::of).transpose()?;
        let thumbnail = photo.as_ref().map(thumbnail).transpose()?.unwrap_or_default();
        let row = Row { listing, vectors, hash, colour_histogram, thumbnail };
        Ok(Built { row, digest, reused: false, problems })
    }
}

/// A small WebP file with the photo's proportions.
pub(crate) fn thumbnail(photo: &Photo) -> Result<Vec<u8>> {
    let Photo { width, height, rgb } = photo.within(THUMBNAIL_SIDE)?;
    Ok(webp::Encoder::from_rgb(&rgb, width, height).encode(THUMBNAIL_QUALITY).to_vec())
}
