//! One listing: from a record and its photo to what a shard holds of it.

use std::collections::HashMap;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::catalogue::{Listing, Projection, Row, stored_vector};
use crate::encoder::Encoder;
use crate::merchant::feed::Problem;
use crate::merchant::listings::Record;
use crate::photo::{ColourHistogram, Note, PerceptualHash, Photo, decode_with_notes};
use crate::title::{self, NormalTitle};
use crate::{Error, Result};

/// Longest side of a thumbnail in pixels.
const THUMBNAIL_SIDE: u32 = 192;
/// Quality of a thumbnail's lossy WebP, 0 to 100.
const THUMBNAIL_QUALITY: f32 = 72.0;

/// The problem of a row that nothing is known of.
pub(crate) fn neither(record: &Record) -> Problem {
    Problem::new(record.line, record.id.as_str(), "row", "a photo or a title", "neither that can be read")
}

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
    pub problems: Vec<Problem>,
}

/// What a build would lose of a record: its photo and its title are read, and nothing is made of them.
pub fn unreadable(record: &Record, images: &Path) -> Vec<Problem> {
    let mut problems = Vec::new();
    let read = record.read_image(images).and_then(|bytes| bytes.map(|bytes| decode_with_notes(&bytes)).transpose());
    let notes = read.map(|decoded| decoded.map(|(_, notes)| notes).unwrap_or_default());
    problems.extend(match notes {
        Ok(notes) => notes.into_iter().map(|note| noted(record, &note)).collect(),
        Err(e) => vec![undecoded(record, &e)],
    });
    if !record.title.is_empty()
        && let Err(e) = NormalTitle::of(&record.title)
    {
        problems.push(Problem::of(record, "title", &e));
    }
    problems
}

/// The problem of a picture that cannot be decoded, with its name.
fn undecoded(record: &Record, error: &Error) -> Problem {
    let mut problem = Problem::of(record, "image", error);
    if !matches!(error, Error::Io { .. }) {
        problem.found = format!("{} in {}", problem.found, record.image().unwrap_or_default());
    }
    problem
}

/// The problem of a picture that was read with a remark.
fn noted(record: &Record, note: &Note) -> Problem {
    let found = format!("{}: {}", record.image().unwrap_or_default(), note.message);
    Problem::new(record.line, record.id.as_str(), "image", "one still picture", found)
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
            problems.push(Problem::of(record, "image", &e));
            None
        });
        let digest = Sha256::new()
            .chain_update(&record.title)
            .chain_update([0])
            .chain_update(bytes.as_deref().unwrap_or_default());
        let digest = crate::digest::hex(&digest.finalize());
        let mut listing = Listing {
            id: record.id.clone(),
            title: record.title.clone(),
            price: record.price,
            url: record.url.clone(),
            category: record.category.clone(),
            currency: record.currency.clone(),
            gtins: record.gtins.clone(),
            skus: record.skus.clone(),
            in_stock: record.in_stock,
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
            problems.push(undecoded(record, &e));
            None
        });
        let (photo, notes) = decoded.unzip();
        problems.extend(notes.into_iter().flatten().map(|note| noted(record, &note)));
        listing.title = if record.title.is_empty() {
            String::new()
        } else {
            NormalTitle::of(&record.title)
                .map(|_| title::shown(&record.title))
                .map_err(|e| problems.push(Problem::of(record, "title", &e)))
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
            problems.push(neither(record));
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
