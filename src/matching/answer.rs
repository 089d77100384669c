//! What a match gives back. Names are in snake_case, as in JSON; JavaScript's face makes camelCase of them.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::decide::{Fits, Prefers};
use super::lanes::Shown;
use crate::fusion::{Decision, Lane};
use crate::photo::Note;

/// The answer to one query.
#[derive(Debug, Clone, Serialize)]
pub struct Answer {
    /// Match where the best hit is the product, No-Match where the shop does not have it, else Unsure.
    pub decision: Decision,
    /// That the best hit is the product, 0 to 1.
    pub probability: f64,
    /// That the shop has the product, 0 to 1, whichever listing it is: not below `probability`.
    pub presence: f64,
    /// Whether every encoder that the query asks for was there: an answer that is not complete is Unsure, but where a GTIN decides or,
    /// unless a photo is still to be looked at, the whole title.
    pub complete: bool,
    /// What was not: `photo`, `words`.
    pub waiting: Vec<&'static str>,
    /// How many listings the query fits, and what would tell them apart.
    pub fits: Fits,
    /// Where the photo and the title point at different listings.
    pub prefers: Option<Prefers>,
    /// Words of the query's title that no text encoder of the catalogue can read: of their meaning nothing is known, and the
    /// title is compared by its letters and attributes alone.
    pub unread: Vec<String>,
    /// What was done to the photo that the shopper may not expect: of an animation the first frame was read, for example.
    pub notes: Vec<Note>,
    /// The candidates, best first; should more hits be wanted than there are candidates, further listings follow, again best
    /// first. How many are wanted changes no probability, and the hits of a lower limit are the first ones of a higher one.
    pub hits: Vec<Hit>,
    /// `webgpu` or `gpu`, or `cpu`.
    pub device: String,
    pub timings: Timings,
}

/// One listing that may be the product.
#[derive(Debug, Clone, Serialize)]
pub struct Hit {
    pub id: String,
    pub title: String,
    /// Calibrated, 0 to 1: of a hundred hits at 0.9 some ninety are the product.
    pub probability: f64,
    pub decision: Decision,
    pub lanes: Shown,
    /// The logarithm of the odds of `probability`: the sum of the contributions.
    pub log_odds: f64,
    pub contributions: Contributions,
    /// Sentences a shopper can read.
    pub why: Vec<String>,
    pub price: Option<f64>,
    /// Of the price: an ISO 4217 code, or the sign as the merchant writes it.
    pub currency: Option<String>,
    pub url: Option<String>,
    pub category: Option<String>,
    /// `None` where it is not known.
    pub in_stock: Option<bool>,
    /// Listings with the same number are the same product. The number means nothing outside this catalogue.
    pub group: Option<u32>,
    /// Which of the listing's pictures is nearest to the query's, from 0; none for a query without a photo, or where that is one
    /// of a customer's.
    pub picture: Option<u32>,
    /// Where that picture, or the listing's first, stands among the files of pictures: the file's index in the manifest and the
    /// row in it.
    pub picture_place: Option<[usize; 2]>,
}

/// What each lane adds to the log-odds; an object in JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct Contributions(pub Vec<(Lane, f64)>);

impl Serialize for Contributions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (lane, share) in &self.0 {
            map.serialize_entry(lane, share)?;
        }
        map.end()
    }
}

/// Milliseconds; 0 for a step that was not needed.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Timings {
    /// The photo's pixels, perceptual hash, colour histogram and bar codes.
    pub decode: f64,
    /// The photo's vectors by all image encoders.
    pub embed_photo: f64,
    /// The title's vectors by all text encoders, and its attributes.
    pub embed_title: f64,
    /// Retrieval: the nearest vectors, the lexical index, perceptual hashes and GTINs.
    pub search: f64,
    /// Of `search`, the nearest vectors alone.
    pub scan: f64,
    /// Lanes of the candidates, fusion and reasons.
    pub fuse: f64,
    /// All steps, and the filter.
    pub total: f64,
}
