//! Whole shops, each built, learnt and asked by title.

use std::path::Path;

use serde::Serialize;

use super::cousins::cousins;
use super::generated::generated_shops;
use super::identical::identical;
use super::kinds::kinds;
use super::shop::ShopReport;
use super::tally::{Shares, Tally};
use crate::engine::Device;
use crate::merchant::models::{Models, nearest};
use crate::{Error, Result};

pub(super) const COUSINS: &str = "cousins";
pub(super) const GENERATED: &str = "generated";
pub(super) const KINDS: &str = "kinds";
pub(super) const IDENTICAL: &str = "identical";

/// The profiles of whole shops.
pub const SHOP_PROFILES: [&str; 4] = [COUSINS, GENERATED, KINDS, IDENTICAL];

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

/// Builds and asks the shops of a profile. `data` is the folder of their files; without one, the nearest folder `shared/data`, for
/// `cousins` `shared/cases/titles`.
///
/// Errors are those of reading data and packs, building and matching.
pub fn shops_report(profile: &str, data: Option<&Path>, models: &Models, device: &Device) -> Result<ShopsReport> {
    let folder = |name: &str| {
        let found = data.map(Path::to_path_buf).or_else(|| nearest(name, |folder| folder.is_dir()));
        let none = || Error::io("looking for shops", format!("--data or a folder {name} here or above"), "none", ".");
        found.ok_or_else(none)
    };
    match profile {
        COUSINS => cousins(&folder("shared/cases/titles")?, models, device),
        GENERATED => generated_shops(models, device),
        KINDS => kinds(&folder("shared/data")?, models, device),
        IDENTICAL => identical(&folder("shared/data")?, models, device),
        other => Err(Error::argument("profile", SHOP_PROFILES.join(", "), format!("{other:?}"))),
    }
}
