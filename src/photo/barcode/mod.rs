//! One-dimensional bar codes of retail products in a photo: EAN-13, EAN-8, UPC-A and UPC-E, in any direction.
//!
//! Scan lines in twelve directions over the photo, coarse sizes first: each is cut into bars and spaces with sub-pixel
//! edges ([`line`]), which are read as a symbol ([`symbol`]). A symbol counts where several lines agree on it and no
//! other is read at the same place ([`vote`]).
#![deny(clippy::indexing_slicing, reason = "photos are strangers' bytes")]

mod grey;
mod line;
mod scan;
mod symbol;
mod vote;

use serde::Serialize;

use self::grey::Grey;
use super::Photo;
use crate::title::Gtin;

/// How digits are drawn as bars (ISO/IEC 15420).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum Format {
    #[serde(rename = "EAN-13")]
    Ean13,
    #[serde(rename = "EAN-8")]
    Ean8,
    #[serde(rename = "UPC-A")]
    UpcA,
    #[serde(rename = "UPC-E")]
    UpcE,
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Format::Ean13 => "EAN-13",
            Format::Ean8 => "EAN-8",
            Format::UpcA => "UPC-A",
            Format::UpcE => "UPC-E",
        })
    }
}

/// A bar code that was read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Barcode {
    pub format: Format,
    /// All its digits, the check digit among them: 13, 8, 12 or 8.
    pub text: String,
}

impl Barcode {
    /// The trade item's number. `None` for an EAN-8 or UPC-E whose digits are all 0.
    pub fn gtin(&self) -> Option<Gtin> {
        match self.format {
            Format::UpcE => Gtin::parse(&symbol::expanded(&self.text)?),
            _ => Gtin::parse(&self.text),
        }
    }
}

/// The bar codes in a photo, the one that most scan lines read first; each once, and none that is in doubt.
///
/// A line's reading needs valid guard bars, quiet zones, parities and check digit; a code at least three lines' reading.
/// Where lines at one place read different codes, only one that far outnumbers the others counts.
///
/// Sizes are tried from at most 1,000 pixels a side to the photo's own, and the first at which there is a code is the
/// last: larger ones find smaller codes only.
pub fn read(photo: &Photo) -> Vec<Barcode> {
    let sizes = Grey::of(photo).pyramid();
    for size in sizes.iter().rev() {
        let found = scan::read_all(size).counted();
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}
