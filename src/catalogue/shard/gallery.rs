//! Further pictures of a shard's listings.

use std::ops::Range;

use super::Vectors;
use crate::photo::{ColourHistogram, PerceptualHash};

/// One further picture on its way into a shard, or out of one to be used again.
#[derive(Clone)]
pub struct Picture {
    /// For each encoder int8 codes and a scale, `None` for those of titles.
    pub vectors: Vec<Option<(Vec<i8>, f32)>>,
    pub hash: PerceptualHash,
    pub colour_histogram: ColourHistogram,
    /// Whether it is shown: photos of customers are not.
    pub is_shown: bool,
    /// A WebP file, which goes into a file of [`Pictures`](crate::catalogue::Pictures); empty where it is not shown, and of a
    /// picture that was read from a shard.
    pub thumbnail: Vec<u8>,
}

/// The further pictures of a run of listings, those of one listing after those of the one before.
#[derive(Clone, Default)]
pub struct Gallery {
    /// In the manifest's order of encoders; of an encoder of titles no rows.
    pub vectors: Vec<Vectors>,
    pub hashes: Vec<PerceptualHash>,
    pub colour_histograms: Vec<ColourHistogram>,
    /// The listing of each picture.
    owners: Vec<u32>,
    /// Where each listing's pictures end.
    ends: Vec<u32>,
    /// Of each picture.
    is_shown: Vec<bool>,
}

impl Gallery {
    /// Of pictures that end at `ends`, which rise up to the number of pictures.
    pub(super) fn new(
        ends: Vec<u32>,
        vectors: Vec<Vectors>,
        hashes: Vec<PerceptualHash>,
        colour_histograms: Vec<ColourHistogram>,
        is_shown: Vec<bool>,
    ) -> Self {
        let starts = [0].into_iter().chain(ends.iter().copied());
        let owners = starts.zip(&ends).zip(0..).flat_map(|((start, end), listing)| (start..*end).map(move |_| listing));
        Gallery { owners: owners.collect(), ends, vectors, hashes, colour_histograms, is_shown }
    }

    /// The rows of a listing's pictures.
    pub fn of(&self, listing: usize) -> Range<usize> {
        let end = self.ends.get(listing).map_or(0, |end| *end as usize);
        let start = listing.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |start| *start as usize);
        start..end
    }

    /// The listing of each picture.
    pub fn owners(&self) -> &[u32] {
        &self.owners
    }

    /// Whether a picture is shown: photos of customers are not.
    pub fn is_shown(&self, picture: usize) -> bool {
        self.is_shown.get(picture).is_some_and(|is_shown| *is_shown)
    }

    /// A listing's pictures as they went in.
    pub(super) fn pictures(&self, listing: usize) -> Vec<Picture> {
        let vectors = |row: usize| {
            let vector = |vectors: &Vectors| vectors.row(row).map(|(codes, scale)| (codes.to_vec(), scale));
            self.vectors.iter().map(vector).collect()
        };
        self.of(listing)
            .map(|row| Picture {
                vectors: vectors(row),
                hash: self.hashes[row],
                colour_histogram: self.colour_histograms[row],
                is_shown: self.is_shown(row),
                thumbnail: Vec::new(),
            })
            .collect()
    }
}
