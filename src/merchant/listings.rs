//! Listings as a merchant has them, and their pictures.
#![deny(clippy::indexing_slicing, reason = "listings are strangers' bytes")]

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::catalogue::Listing;
use crate::photo::check_name;
use crate::{Error, Result};

impl Error {
    pub(crate) fn listings(expected: impl Into<String>, found: impl Into<String>, place: impl Into<String>) -> Self {
        Error::Listings { expected: expected.into(), found: found.into(), place: place.into() }
    }
}

/// One listing as the merchant's export has it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Record {
    /// Line of the file on which its first row begins.
    pub line: u64,
    pub id: String,
    pub title: String,
    /// Paths below the folder of images, the first the one that is shown; names as they are written where no folder was given.
    pub images: Vec<String>,
    pub price: Option<f64>,
    /// ISO 4217 code, or the sign as it is written where several currencies share it.
    pub currency: Option<String>,
    pub url: Option<String>,
    pub category: Option<String>,
    /// Of all variants: digits with a right check digit.
    pub gtins: Vec<String>,
    /// Of all variants.
    pub skus: Vec<String>,
    /// Pieces of all variants together.
    pub stock: Option<i64>,
    pub in_stock: Option<bool>,
    pub label_group: Option<String>,
    /// `catalogue`, `query`, `train` … in evaluation data.
    pub role: Option<String>,
}

/// The file of a listing's photo, for [`super::learn::learn`].
pub fn photos<'a>(records: &'a [Record], images: &'a Path) -> impl Fn(&Listing) -> Option<Vec<u8>> + Sync + 'a {
    let by_id: HashMap<&str, &Record> = records.iter().map(|r| (r.id.as_str(), r)).collect();
    move |listing| by_id.get(listing.id.as_str())?.read_image(images).ok()?
}

impl Record {
    /// The first of its pictures.
    pub fn image(&self) -> Option<&str> {
        self.images.first().map(String::as_str)
    }

    /// Where the first of the listing's pictures lies; `None` where it has none, an error where the name leaves the folder.
    pub fn image_path(&self, images: &Path) -> Result<Option<PathBuf>> {
        self.image().map(|name| path_below(images, name)).transpose()
    }

    /// The bytes of the first of the listing's pictures, or `None` where it has none; an error where they cannot be read.
    pub fn read_image(&self, images: &Path) -> Result<Option<Vec<u8>>> {
        self.image().map(|name| read_below(images, name)).transpose()
    }
}

/// Where a picture lies below the folder of images; an error where the name leaves it.
pub fn path_below(images: &Path, name: &str) -> Result<PathBuf> {
    let path = Path::new(name);
    let inside = path.components().all(|c| matches!(c, std::path::Component::Normal(_) | std::path::Component::CurDir));
    if !inside {
        return Err(Error::photo("a file below the folder of images", format!("{name:?}")));
    }
    Ok(images.join(path))
}

/// The bytes of a picture below the folder of images.
pub fn read_below(images: &Path, name: &str) -> Result<Vec<u8>> {
    let path = path_below(images, name)?;
    let bytes = std::fs::read(&path)
        .map_err(|e| Error::io("reading an image", "a file that can be read", e, path.display().to_string()))?;
    check_name(&path, &bytes)?;
    Ok(bytes)
}
