//! Whole shops, each built, learnt and asked by title.

use std::path::Path;

use super::cousins::cousins;
use super::generated::generated_shops;
use super::identical::identical;
use super::kinds::kinds;
use super::profile_names::{COUSINS, GENERATED, IDENTICAL, KINDS, SHOP_PROFILES};
use super::shops_report::ShopsReport;
use crate::engine::Device;
use crate::merchant::models::{Models, nearest};
use crate::{Error, Result};

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
