//! Bar codes in phone pictures.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::photo::barcode::{self, Barcode};
use crate::photo::decode;
use crate::title::Gtin;
use crate::{Error, Result};

#[derive(Deserialize)]
struct Label {
    image: String,
    gtin: String,
}

/// What was read in pictures whose bar code is known.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Barcodes {
    pub pictures: usize,
    /// Pictures whose code is among those that are read; a book's back may show another one.
    pub right: usize,
    /// Pictures in which only other codes are read.
    pub wrong: usize,
    /// Names of the files that are not right, with what was read.
    pub others: Vec<(String, Vec<String>)>,
}

/// Reads the pictures that `labels.csv` of a folder names: `image,gtin`.
///
/// # Errors
/// Where the list or a picture cannot be read, or a label is no GTIN.
pub fn barcodes(folder: &Path) -> Result<Barcodes> {
    let place = folder.join("labels.csv");
    let unread = |found: String| {
        Error::io("reading labels of bar codes", "a CSV of image and gtin", found, place.display().to_string())
    };
    let mut labels = csv::Reader::from_path(&place).map_err(|e| unread(e.to_string()))?;
    let mut found = Barcodes::default();
    for label in labels.deserialize::<Label>() {
        let Label { image, gtin } = label.map_err(|e| unread(e.to_string()))?;
        let gtin = Gtin::parse(&gtin).ok_or_else(|| unread(format!("{gtin:?}")))?;
        let path = folder.join(&image);
        let bytes = std::fs::read(&path)
            .map_err(|e| Error::io("reading a photo", "a file that can be read", e, path.display().to_string()))?;
        let codes = barcode::read(&decode(&bytes)?);
        let is_right = codes.iter().filter_map(Barcode::gtin).any(|read| read == gtin);
        found.pictures += 1;
        if is_right {
            found.right += 1;
        } else {
            found.wrong += usize::from(!codes.is_empty());
            found.others.push((image, codes.into_iter().map(|code| code.text).collect()));
        }
    }
    Ok(found)
}
