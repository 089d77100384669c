//! What a feed was read as, and what of it was not.

use std::collections::BTreeMap;
use std::fmt;

use crate::Error;
use crate::merchant::listings::Record;

/// What could not be read of one row, or of one picture of it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    /// Line of the file on which the row begins; 0 of what is in no file of rows.
    pub line: u64,
    /// Of the listing; empty where the row has none.
    pub id: String,
    /// What of the row: `price`, `gtin`, `image`, `row` …
    pub field: String,
    pub expected: String,
    pub found: String,
}

impl Problem {
    pub fn new(
        line: u64,
        id: impl Into<String>,
        field: impl Into<String>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        Problem { line, id: id.into(), field: field.into(), expected: expected.into(), found: found.into() }
    }
}

impl Problem {
    /// What an error says of a field of a listing.
    pub fn of(record: &Record, field: &str, error: &Error) -> Self {
        let (expected, found) = match error {
            Error::Photo { expected, found }
            | Error::Title { expected, found }
            | Error::Argument { expected, found, .. }
            | Error::Device { expected, found }
            | Error::Gpu { expected, found } => (expected.clone(), found.clone()),
            Error::Pack { expected, found, place }
            | Error::Shard { expected, found, place }
            | Error::Manifest { expected, found, place }
            | Error::Listings { expected, found, place }
            | Error::Recipe { expected, found, place }
            | Error::Training { expected, found, place }
            | Error::Io { expected, found, place, .. } => (expected.clone(), format!("{found} in {place}")),
            Error::NotReady { expected } => (expected.clone(), "that it is still to be loaded".into()),
            Error::EmptyQuery => ("a photo or a title".into(), "neither".into()),
        };
        Problem::new(record.line, record.id.as_str(), field, expected, found)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem { line, id, field, expected, found } = self;
        if *line > 0 {
            write!(f, "line {line}")?;
        }
        if !id.is_empty() {
            write!(f, ", {id}")?;
        }
        if *line > 0 || !id.is_empty() {
            write!(f, ": ")?;
        }
        write!(f, "{field}: expected {expected}, found {found}")
    }
}

/// Which columns were used for what.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Columns {
    /// By field: the headers of its columns as they are written, the preferred first.
    pub used: BTreeMap<String, Vec<String>>,
    /// Headers of columns with content that nothing was read from, in their order.
    pub ignored: Vec<String>,
}

/// How a feed was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    /// Platform where it is known, format, encoding and delimiter: `Shopify CSV (UTF-8, comma)`.
    pub format: String,
    pub columns: Columns,
    /// Rows with content below the headers, or items.
    pub rows: u64,
    pub listings: u64,
    /// Listings that name a picture which is there, or any picture where no folder of them was given.
    pub with_photo: u64,
    pub with_title: u64,
    pub with_price: u64,
    /// What was decided for the whole file and a merchant should know: decimal marks, columns found by their content or left
    /// out though they look useful, products that are not published.
    pub notes: Vec<String>,
    pub problems: Vec<Problem>,
}
