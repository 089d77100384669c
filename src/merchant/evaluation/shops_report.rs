//! What the queries of several shops got.

use serde::Serialize;

use super::shop::ShopReport;
use super::tally::{Shares, Tally};

/// What the queries of several shops got.
#[derive(Debug, Clone, Serialize)]
pub struct ShopsReport {
    pub profile: String,
    pub shops: Vec<ShopReport>,
    /// Over the shops that count together.
    pub counts: Tally,
    pub pooled: Shares,
    /// Why a shop was left out.
    pub skipped: Vec<String>,
}

impl ShopsReport {
    /// `is_pooled` says which shops count together.
    pub(super) fn of(profile: &str, shops: Vec<ShopReport>, is_pooled: impl Fn(&ShopReport) -> bool) -> Self {
        let mut counts = Tally::default();
        shops.iter().filter(|shop| is_pooled(shop)).for_each(|shop| counts += shop.counts);
        ShopsReport { profile: profile.into(), shops, counts, pooled: counts.shares(), skipped: Vec::new() }
    }
}
