//! Listings without a query: what is like one of them, and what a category has.

use serde::Serialize;
use web_time::Instant;

use super::answer::Timings;
use super::lanes::{Lanes, Shown};
use super::matcher::milliseconds;
use super::probe::Probe;
use super::query::{MAX_LIMIT, check_limit};
use super::ranker::Candidate;
use super::retrieve::Retrieved;
use super::why::why;
use super::{Filter, Matcher};
use crate::catalogue::{Listing, Position};
use crate::search::Mask;
use crate::sort::sorted_by;
use crate::{Error, Result};

/// What titles of the same letters count in standard deviations of a cosine, where no encoder reads them.
const SAME_LETTERS: f32 = 5.0;

/// Some listings of the shop.
#[derive(Debug, Clone, Serialize)]
pub struct Listings {
    pub hits: Vec<Listed>,
    /// How many there are without a limit: the listings that pass, or those that were compared with one. Of a large shop these are
    /// the nearest [`MAX_LIMIT`] by each kind of evidence, not all others.
    pub total: usize,
    /// `webgpu` or `gpu`, or `cpu`.
    pub device: String,
    pub timings: Timings,
}

/// One of them.
#[derive(Debug, Clone, Serialize)]
pub struct Listed {
    pub id: String,
    pub title: String,
    pub price: Option<f64>,
    /// Of the price: an ISO 4217 code, or the sign as the merchant writes it.
    pub currency: Option<String>,
    pub url: Option<String>,
    pub category: Option<String>,
    /// `None` where it is not known.
    pub in_stock: Option<bool>,
    /// Listings with the same number are the same product.
    pub group: Option<u32>,
    /// How alike it is to the one that was asked for; nothing in a category.
    pub lanes: Shown,
    /// Sentences a shopper can read; none in a category.
    pub why: Vec<String>,
    /// Where its first picture stands among the files of pictures: the file's index in the manifest and the row in it.
    pub picture_place: Option<[usize; 2]>,
}

impl Matcher {
    /// The listings that are most like one of them by its own vectors, of those that pass the filter, best first, without itself.
    /// The vectors are the catalogue's: no encoder is needed.
    ///
    /// # Errors
    /// [`Error::Argument`] for a limit outside its range, for an id that no listing has, and as [`Filter::mask`].
    pub fn similar(&self, id: &str, filter: &Filter, limit: usize) -> Result<Listings> {
        check_limit(limit)?;
        let start = Instant::now();
        let catalogue = &self.ranker.catalogue;
        let asked = catalogue.positions().find(|position| catalogue.listing(*position).id == id);
        let asked =
            asked.ok_or_else(|| Error::argument("id", "that of a listing of the catalogue", format!("{id:?}")))?;
        let probe = Probe::of_listing(catalogue, asked);
        let passing = filter.mask(catalogue)?;
        let passes = |position: Position| passing.as_ref().is_none_or(|mask| mask.contains(catalogue.number(position)));
        let others: Mask = catalogue.positions().map(|position| position != asked && passes(position)).collect();
        // As many whatever the limit, so that the hits of a lower limit are the first ones of a higher one.
        let pool = Retrieved::scan_many(&self.ranker, &probe, Some(&others), MAX_LIMIT);
        let candidates = self.ranker.candidates(&probe, pool.lexical.as_ref(), pool.positions);
        let of_id = |candidate: &Candidate| &catalogue.listing(candidate.position).id;
        let nearest = sorted_by(candidates, |a, b| {
            likeness(&b.lanes).total_cmp(&likeness(&a.lanes)).then_with(|| of_id(a).cmp(of_id(b)))
        });
        let total = nearest.len();
        let listed = |candidate: Candidate| {
            let (lanes, why) = (candidate.lanes.shown(), why(&candidate.lanes, &[]));
            Listed { lanes, why, ..self.listed(candidate.position) }
        };
        Ok(self.listings(nearest.into_iter().take(limit).map(listed).collect(), total, start))
    }

    /// The listings that pass a filter, in the shop's order: those of a category, say.
    ///
    /// # Errors
    /// [`Error::Argument`] for a limit outside its range, and as [`Filter::mask`].
    pub fn browse(&self, filter: &Filter, limit: usize, offset: usize) -> Result<Listings> {
        check_limit(limit)?;
        let start = Instant::now();
        let catalogue = &self.ranker.catalogue;
        let mask = filter.mask(catalogue)?;
        let is_in = |position: &Position| mask.as_ref().is_none_or(|mask| mask.contains(catalogue.number(*position)));
        let all = || catalogue.positions().filter(is_in);
        let hits = all().skip(offset).take(limit).map(|position| self.listed(position)).collect();
        Ok(self.listings(hits, all().count(), start))
    }

    /// Where that picture of a listing stands among the files of pictures; `None` where it is not shown, or not there.
    pub fn picture_place(&self, id: &str, picture: usize) -> Option<[usize; 2]> {
        let catalogue = &self.ranker.catalogue;
        let position = catalogue.positions().find(|position| catalogue.listing(*position).id == id)?;
        catalogue.picture_place(position, picture)
    }

    fn listings(&self, hits: Vec<Listed>, total: usize, start: Instant) -> Listings {
        let timings = Timings { total: milliseconds(start), ..Timings::default() };
        Listings { hits, total, device: self.device_name().into(), timings }
    }

    fn listed(&self, position: Position) -> Listed {
        let catalogue = &self.ranker.catalogue;
        let Listing { id, title, price, url, currency, category, in_stock, group, .. } =
            catalogue.listing(position).clone();
        Listed {
            id,
            title,
            price,
            currency,
            url,
            category,
            in_stock,
            group,
            lanes: Shown::default(),
            why: Vec::new(),
            picture_place: catalogue.picture_place(position, 0),
        }
    }
}

/// How alike two listings are, in standard deviations from what chance gives: of their pictures and of their titles.
fn likeness(lanes: &Lanes) -> f32 {
    let letters = || lanes.tf_idf.map(|tf_idf| tf_idf * SAME_LETTERS);
    let text = lanes.text.map(|text| text.standardised).or_else(letters);
    lanes.image.map_or(0.0, |image| image.standardised) + text.unwrap_or_default()
}
