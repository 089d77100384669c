//! `twinlens eval barcode`: bar codes in phone pictures.

use super::Arguments;
use crate::merchant::evaluation::{BARCODE, barcodes};
use crate::merchant::models::nearest;
use crate::{Error, Result};

pub fn run(arguments: &Arguments, json: bool) -> Result<()> {
    let data = arguments.data.clone().or_else(|| nearest("shared/data", |folder| folder.is_dir()));
    let none = || Error::io("looking for data sets", "--data or a folder shared/data here or above", "none", ".");
    let found = barcodes(&data.ok_or_else(none)?.join(BARCODE))?;
    if json {
        crate::cli::print(&serde_json::json!({"profile": BARCODE, "barcodes": found}).to_string());
        return Ok(());
    }
    crate::cli::print(&format!("{} pictures: {} read, {} wrongly", found.pictures, found.right, found.wrong));
    for (image, codes) in &found.others {
        let read = if codes.is_empty() { "nothing".into() } else { codes.join(" and ") };
        crate::cli::print(&format!("{image}: read {read}"));
    }
    Ok(())
}
