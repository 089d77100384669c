//! `twinlens eval photos`: picture files of the kinds that people bring.

use super::Arguments;
use crate::merchant::evaluation::{PHOTOS, WrongPhoto, photo_cases};
use crate::merchant::models::{Models, nearest};
use crate::{Error, Result};

const ENCODER: &str = "efficientnet-lite0";
const LIST: &str = "cases.json";

pub fn run(arguments: &Arguments, json: bool) -> Result<()> {
    let is_there = |folder: &std::path::Path| folder.join(LIST).is_file();
    let folder = arguments.data.clone().or_else(|| nearest("shared/cases/photos", is_there));
    let none = || Error::io("looking for cases of photos", "--data or shared/cases/photos here or above", "none", ".");
    let folder = folder.ok_or_else(none)?;
    let models = Models::find(arguments.models.as_deref())?;
    let device = crate::cli::open(&arguments.device)?;
    let name = arguments.encoders.first().map_or(ENCODER, String::as_str);
    let found = photo_cases(&folder, models.encoder(name, &device)?.1)?;
    if json {
        crate::cli::print(&serde_json::json!({"profile": PHOTOS, "photos": found}).to_string());
        return Ok(());
    }
    crate::cli::print(&format!("{} files, {:.1} % as wanted", found.cases, found.read * 100.0));
    for WrongPhoto { file, kind, expected, found } in &found.wrong {
        crate::cli::print(&format!("{file} ({kind}): expected {expected}, found {found}"));
    }
    Ok(())
}
