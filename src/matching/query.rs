//! What the shopper gives.

use super::Filter;
use super::filter::check_price;
use crate::photo::{Region, Source};
use crate::title::Gtin;
use crate::{Error, Result};

/// Most hits of an answer.
pub const MAX_LIMIT: usize = 1_000;

/// What the shopper gives.
#[derive(Default)]
pub struct Query<'a> {
    pub photo: Option<Source<'a>>,
    /// Which part of the photo is meant.
    pub region: Option<Region>,
    pub title: Option<&'a str>,
    /// In the shop's currency, where it is known; 0 or more.
    pub price: Option<f64>,
    /// The digits under a bar code; one in the title is found there, and, where neither is, a bar code in the photo.
    pub gtin: Option<Gtin>,
    /// Most hits wanted, 1 to [`MAX_LIMIT`].
    pub limit: usize,
    pub filter: Filter,
}

impl Query<'_> {
    /// Refuses numbers outside their ranges, and a region of no photo.
    pub(super) fn check(&self) -> Result<()> {
        check_limit(self.limit)?;
        check_price("price", "a price", self.price)?;
        let Some(region) = &self.region else { return Ok(()) };
        if self.photo.is_none() {
            return Err(Error::argument("region", "a photo of which it is a part", "none"));
        }
        region.check()
    }
}

/// Refuses a number of hits that no answer has.
pub(super) fn check_limit(limit: usize) -> Result<()> {
    match limit {
        1..=MAX_LIMIT => Ok(()),
        _ => Err(Error::argument("limit", format!("1 to {MAX_LIMIT}"), limit.to_string())),
    }
}
