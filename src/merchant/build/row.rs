//! One listing: from a record and its photo to what a shard holds of it.

use std::collections::HashMap;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::journal::FinishedRows;
use super::pictures::{self, PictureFile};

use crate::Result;
use crate::catalogue::{Listing, Picture, Projection, Row, stored_vector};
use crate::encoder::{Encoder, Identity};
use crate::merchant::feed::Problem;
use crate::merchant::listings::Record;
use crate::photo::{ColourHistogram, PerceptualHash, Photo};
use crate::title::{self, NormalTitle};

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
    /// Of the title and the pictures' bytes; empty where anything was lost, so that the next build tries it, and tells it, again.
    pub digest: String,
    /// Whether the row is the one of the catalogue before.
    pub reused: bool,
    /// What the listing lost.
    pub problems: Vec<Problem>,
}

/// What a build would read of a record.
pub struct Readable {
    pub has_photo: bool,
    pub has_title: bool,
    pub problems: Vec<Problem>,
}

/// Reads a record's pictures and its title as a build does, and makes nothing of them.
pub fn readable(record: &Record, images: &Path) -> Readable {
    let mut problems = Vec::new();
    let files = pictures::read(record, images, &[], &mut problems);
    let decoded = files.into_iter().filter_map(|file| pictures::decode(record, file, &mut problems)).count();
    let title = (!record.title.is_empty()).then(|| NormalTitle::of(&record.title));
    let has_title = matches!(title, Some(Ok(_)));
    if let Some(Err(e)) = title {
        problems.push(Problem::of(record, "title", &e));
    }
    Readable { has_photo: decoded > 0, has_title, problems }
}

/// Makes rows of records.
pub struct Rows<'a> {
    /// Folder below which the records' images lie.
    pub images: &'a Path,
    /// Customers' photos, by the ids of the records that they show.
    pub customers: HashMap<&'a str, Vec<&'a Path>>,
    /// Numbers of label groups.
    pub groups: HashMap<&'a str, u32>,
    /// For each encoder.
    pub identities: &'a [Identity],
    /// Likewise.
    pub projections: &'a [Option<Projection>],
    /// To take over.
    pub before: &'a FinishedRows,
    /// Longest side of the pictures that are shown, in pixels; 0 for none.
    pub pictures_side: u32,
}

impl Rows<'_> {
    /// The row of a record; `encoders` are the catalogue's. What cannot be read is a problem of the row and no error.
    pub fn build(&self, record: &Record, encoders: &mut [Encoder]) -> Result<Built> {
        let mut problems = Vec::new();
        let customers = self.customers.get(record.id.as_str()).map_or(&[][..], Vec::as_slice);
        let files = pictures::read(record, self.images, customers, &mut problems);
        let mut digest = Sha256::new().chain_update(&record.title);
        for file in &files {
            digest = digest.chain_update([0, u8::from(file.is_shown)]).chain_update(file.bytes.len().to_le_bytes());
            digest = digest.chain_update(&file.bytes);
        }
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
        if let Some((old, old_digest)) = self.before.get(&record.id)
            && *old_digest == digest
        {
            listing.title = old.listing.title.clone();
            let mut row = Row { listing, ..old.clone() };
            if self.pictures_side > 0 && row.hash.is_some() && row.thumbnail.is_empty() {
                self.add_pictures(&mut row, record, files)?;
            }
            return Ok(Built { row, digest, reused: true, problems });
        }
        let read = |file: PictureFile| {
            let is_shown = file.is_shown;
            Some((pictures::decode(record, file, &mut problems)?, is_shown))
        };
        let photos: Vec<(Photo, bool)> = files.into_iter().filter_map(read).collect();
        listing.title = if record.title.is_empty() {
            String::new()
        } else {
            NormalTitle::of(&record.title)
                .map(|_| title::shown(&record.title))
                .map_err(|e| problems.push(Problem::of(record, "title", &e)))
                .unwrap_or_default()
        };
        let normal = NormalTitle::of_listing(&listing.title);
        let mut pictures = photos.iter().map(|(photo, is_shown)| self.picture(photo, *is_shown, encoders));
        let first = pictures.next().transpose()?;
        let further = pictures.collect::<Result<Vec<_>>>()?;
        let (mut vectors, hash, colour_histogram, thumbnail) = match first {
            Some(first) => (first.vectors, Some(first.hash), Some(first.colour_histogram), first.thumbnail),
            None => (vec![None; encoders.len()], None, None, Vec::new()),
        };
        let of_titles = encoders.iter_mut().zip(self.identities).zip(self.projections).zip(&mut vectors);
        for (((encoder, identity), projection), vector) in of_titles {
            if let Encoder::Text(encoder) = encoder
                && identity.compares_titles()
                && !normal.is_empty()
                && encoder.unread(&normal)?.is_empty()
            {
                let embedded = pollster::block_on(encoder.embed(&normal))?;
                *vector = Some(Row::quantise(&stored_vector(projection.as_ref(), &[embedded])));
            }
        }
        if photos.is_empty() && listing.title.is_empty() {
            problems.push(neither(record));
        }
        let row = Row { listing, vectors, hash, colour_histogram, thumbnail, further };
        let digest = if problems.is_empty() { digest } else { String::new() };
        Ok(Built { row, digest, reused: false, problems })
    }

    /// A picture with its vectors, of joint encoders those by the encoder of their pictures; those of titles are left out.
    fn picture(&self, photo: &Photo, is_shown: bool, encoders: &mut [Encoder]) -> Result<Picture> {
        let views = |encoder: &mut Encoder| match encoder {
            Encoder::Image(encoder) => pollster::block_on(encoder.embed_views(photo)).map(Some),
            Encoder::Text(_) => Ok(None),
        };
        let views: Vec<_> = encoders.iter_mut().map(views).collect::<Result<_>>()?;
        let vector = |(i, identity): (usize, &Identity)| {
            let made_by = match &identity.pictures {
                Some(name) => self.identities.iter().position(|other| other.name == *name)?,
                None => i,
            };
            let views = views.get(made_by)?.as_ref()?;
            Some(Row::quantise(&stored_vector(self.projections[i].as_ref(), views)))
        };
        Ok(Picture {
            vectors: self.identities.iter().enumerate().map(vector).collect(),
            hash: PerceptualHash::of(photo)?,
            colour_histogram: ColourHistogram::of(photo)?,
            is_shown,
            thumbnail: if is_shown { thumbnail(photo, self.pictures_side)? } else { Vec::new() },
        })
    }

    /// Adds the pictures that are shown to a row that was taken over without them; all its files can be read.
    fn add_pictures(&self, row: &mut Row, record: &Record, files: Vec<PictureFile>) -> Result<()> {
        let mut further = row.further.iter_mut().map(|picture| &mut picture.thumbnail);
        let mut places = std::iter::once(&mut row.thumbnail).chain(&mut further);
        for file in files {
            let is_shown = file.is_shown;
            let (Some(photo), Some(place)) = (pictures::decode(record, file, &mut Vec::new()), places.next()) else {
                continue;
            };
            if is_shown {
                *place = thumbnail(&photo, self.pictures_side)?;
            }
        }
        Ok(())
    }
}

/// A small WebP file with the photo's proportions and no side longer than `side` pixels; no bytes for a side of 0.
pub(crate) fn thumbnail(photo: &Photo, side: u32) -> Result<Vec<u8>> {
    if side == 0 {
        return Ok(Vec::new());
    }
    let Photo { width, height, rgb } = photo.within(side)?;
    Ok(webp::Encoder::from_rgb(&rgb, width, height).encode(THUMBNAIL_QUALITY).to_vec())
}
