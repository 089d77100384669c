//! A shard: a run of listings with their vectors and hashes in one `.safetensors` file.
//!
//! Tensors for n listings:
//!
//! | tensor | type and shape | what it holds |
//! |---|---|---|
//! | `vectors.<encoder>.q8` | I8 `[n, dimension]` | quantised vectors; `dimension` as the manifest has it |
//! | `vectors.<encoder>.scale` | F32 `[n]` | a scale a row, 0 where the listing has no such vector |
//! | `phash` | U64 `[n]` | perceptual hashes |
//! | `colour_histogram` | U8 `[n, 256]` | colour histograms |
//! | `has_photo` | U8 `[n]` | 0 where the two above mean nothing |
//! | `listings` | U8 `[bytes]` | a JSON array of n [`Listing`]s |
//! | `gallery_ends` | U32 `[n]` | where each listing's further pictures end among the g of all listings |
//! | `gallery.<encoder>.q8`, `.scale` | I8 `[g, dimension]`, F32 `[g]` | their vectors, by the encoders that compare pictures |
//! | `gallery_phash`, `gallery_colour_histogram` | U64 `[g]`, U8 `[g, 256]` | as above |
//! | `gallery_shown` | U8 `[g]` | 0 for photos of customers, of which nothing is shown |
//!
//! The metadata's `twinlens.shard` is JSON: `version`, that of the catalogue format, and `fingerprints`, those of the packs
//! that made the vectors, in the manifest's order.

mod gallery;
mod listings;
mod read;
mod write;

use serde::{Deserialize, Serialize};

use super::Listing;
pub use gallery::{Gallery, Picture};

use crate::pack::quantise::int8_rows;
use crate::photo::{ColourHistogram, PerceptualHash};

const METADATA_KEY: &str = "twinlens.shard";

/// Bytes of a listing's tensors, its JSON aside, where its vectors have those dimensions.
pub(super) fn bytes_at_least(dimensions: impl Iterator<Item = usize>) -> u64 {
    let (phash, has_photo, ends, scale) = (8, 1, 4, 4);
    let vectors: u64 = dimensions.map(|dimension| dimension as u64 + scale).sum();
    vectors + phash + ColourHistogram::LEN as u64 + has_photo + ends
}

#[derive(Serialize, Deserialize)]
struct Header {
    version: u32,
    /// Of the packs, in the manifest's order.
    fingerprints: Vec<String>,
}

/// A run of listings in memory.
#[derive(Clone)]
pub struct Shard {
    pub listings: Vec<Listing>,
    /// In the manifest's order of encoders.
    pub vectors: Vec<Vectors>,
    /// `None` where the listing has no photo.
    pub hashes: Vec<Option<PerceptualHash>>,
    /// Likewise.
    pub colour_histograms: Vec<Option<ColourHistogram>>,
    /// Pictures beyond each listing's first.
    pub gallery: Gallery,
}

/// One encoder's vectors, quantised to int8.
#[derive(Debug, Clone, PartialEq)]
pub struct Vectors {
    pub dimension: usize,
    /// `[rows, dimension]`: a row a listing, or a picture of a gallery.
    pub codes: Vec<i8>,
    /// `[rows]`; 0 where the listing has no such lane.
    pub scales: Vec<f32>,
}

impl Vectors {
    /// The quantised vector of a row and its scale, or `None` where it has none.
    pub fn row(&self, row: usize) -> Option<(&[i8], f32)> {
        let scale = *self.scales.get(row)?;
        (scale > 0.0).then(|| (&self.codes[row * self.dimension..][..self.dimension], scale))
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
    /// A WebP file, which goes into a file of [`Pictures`](super::Pictures); empty where there is none, and of a row that was
    /// read from a shard.
    pub thumbnail: Vec<u8>,
    /// Pictures beyond the first.
    pub further: Vec<Picture>,
}

impl Row {
    /// A vector as shards store it.
    pub fn quantise(vector: &[f32]) -> (Vec<i8>, f32) {
        let rows = int8_rows(vector, vector.len());
        (rows.codes, rows.scales[0])
    }
}

impl Shard {
    /// How many rows the file of its pictures has.
    pub fn pictures(&self) -> usize {
        self.listings.len() + self.gallery.owners().len()
    }

    /// In which row of the file of its pictures that one of a listing stands, counted from 0.
    pub fn picture_row(&self, listing: usize, picture: usize) -> usize {
        listing + self.gallery.of(listing).start + picture
    }

    /// Whether that picture of a listing, counted from 0, is there and shown.
    pub fn is_shown(&self, listing: usize, picture: usize) -> bool {
        let rows = self.gallery.of(listing);
        match picture.checked_sub(1) {
            None => self.hashes.get(listing).is_some_and(Option::is_some),
            Some(further) => further < rows.len() && self.gallery.is_shown(rows.start + further),
        }
    }

    /// A listing's vectors by an encoder with their scales, of its title or of its pictures, each with the picture's place from 0.
    pub fn vectors_of(&self, encoder: usize, listing: usize) -> impl Iterator<Item = (usize, (&[i8], f32))> {
        let further = self.gallery.of(listing).map(move |row| self.gallery.vectors[encoder].row(row));
        let all = std::iter::once(self.vectors[encoder].row(listing)).chain(further).enumerate();
        all.filter_map(|(place, row)| Some((place, row?)))
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
            thumbnail: Vec::new(),
            further: self.gallery.pictures(listing),
        }
    }
}
