//! Reading a merchant's CSV.
#![deny(clippy::indexing_slicing, reason = "listings are strangers' bytes")]

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::catalogue::Listing;
use crate::photo::check_name;
use crate::title::Gtin;
use crate::{Error, Result};

impl Error {
    pub(crate) fn listings(expected: impl Into<String>, found: impl Into<String>, place: impl Into<String>) -> Self {
        Error::Listings { expected: expected.into(), found: found.into(), place: place.into() }
    }
}

/// One row as the merchant wrote it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Record {
    /// Line of the file on which the row begins.
    pub line: u64,
    pub id: String,
    pub title: String,
    /// File name below the folder of images; empty where there is none.
    pub image: String,
    pub price: Option<f64>,
    pub url: Option<String>,
    pub category: Option<String>,
    pub gtin: Option<String>,
    pub stock: Option<i64>,
    pub label_group: Option<String>,
    /// `catalogue`, `query`, `train` … in evaluation data.
    pub role: Option<String>,
}

/// Columns and the headers by which they go.
const COLUMNS: [(&str, &[&str]); 10] = [
    ("posting_id", &["posting_id", "id", "sku"]),
    ("image", &["image", "image_url", "image_file"]),
    ("title", &["title", "name"]),
    ("price", &["price"]),
    ("url", &["url", "link"]),
    ("category", &["category"]),
    ("gtin", &["gtin", "ean", "upc"]),
    ("stock", &["stock"]),
    ("label_group", &["label_group"]),
    ("role", &["role"]),
];

/// Reads a file of listings, as [`parse`] does.
pub fn read(path: &Path) -> Result<Vec<Record>> {
    let place = path.display().to_string();
    let bytes =
        std::fs::read(path).map_err(|e| Error::io("reading listings", "a file that can be read", e, place.clone()))?;
    parse(&bytes, &place)
}

/// All rows of a CSV in UTF-8; an error names the line, and `place` is the path for its message. Needs an id column and
/// a title or an image column; every id once.
pub fn parse(bytes: &[u8], place: &str) -> Result<Vec<Record>> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::Headers).from_reader(bytes);
    let line = |position: Option<&csv::Position>| position.map_or(1, |p| first_line(bytes, p));
    let failed = |e: csv::Error| {
        let found = match e.kind() {
            csv::ErrorKind::Utf8 { err, .. } => format!("bytes that are not UTF-8 ({err})"),
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                format!("{len} fields under {expected_len} headers")
            }
            _ => e.to_string(),
        };
        let place = format!("{place}, line {}", line(e.position()));
        Error::listings("a CSV file in UTF-8 with as many fields as headers in each row", found, place)
    };
    let headers = reader.headers().map_err(failed)?.clone();
    let header = |h: &str| h.trim_start_matches('\u{feff}').to_ascii_lowercase();
    let column = |name: &str| {
        let (_, aliases) = COLUMNS.iter().find(|c| c.0 == name)?;
        aliases.iter().find_map(|alias| headers.iter().position(|h| header(h) == *alias))
    };
    let missing = |expected: &str| {
        let found = match headers.len() {
            0 => "no columns".into(),
            _ => format!("columns {}", headers.iter().collect::<Vec<_>>().join(", ")),
        };
        Error::listings(format!("a column {expected}"), found, place)
    };
    let id = column("posting_id").ok_or_else(|| missing("posting_id (or id, sku)"))?;
    let places: HashMap<&str, usize> = COLUMNS.iter().filter_map(|c| Some((c.0, column(c.0)?))).collect();
    if !places.contains_key("title") && !places.contains_key("image") {
        return Err(missing("title (or name) or image (or image_url)"));
    }
    let mut lines: HashMap<String, u64> = HashMap::new();
    let mut records = Vec::new();
    for row in reader.records() {
        let row = row.map_err(failed)?;
        let line = line(row.position());
        let at = || format!("{place}, line {line}");
        let text = |name: &str| places.get(name).and_then(|i| row.get(*i)).map(str::trim).filter(|t| !t.is_empty());
        let own = |name: &str| text(name).map(str::to_string);
        let record = Record {
            line,
            id: row.get(id).unwrap_or_default().trim().to_string(),
            title: own("title").unwrap_or_default(),
            image: own("image").unwrap_or_default(),
            price: number(text("price"), "a price such as 12.50", at, |price: &f64| price.is_finite())?,
            url: own("url"),
            category: own("category"),
            gtin: own("gtin"),
            stock: number(text("stock"), "a whole number in stock", at, |_| true)?,
            label_group: own("label_group"),
            role: own("role"),
        };
        if record.id.is_empty() {
            return Err(Error::listings("an id in every row", "an empty one", at()));
        }
        if let Some(first) = lines.insert(record.id.clone(), line) {
            return Err(Error::listings("every id once", format!("{:?} on line {first} and again", record.id), at()));
        }
        records.push(record);
    }
    if records.is_empty() {
        return Err(Error::listings("at least one row", "none", place));
    }
    Ok(records)
}

/// The file of a listing's photo, for [`super::learn::learn`].
pub fn photos<'a>(records: &'a [Record], images: &'a Path) -> impl Fn(&Listing) -> Option<Vec<u8>> + Sync + 'a {
    let by_id: HashMap<&str, &Record> = records.iter().map(|r| (r.id.as_str(), r)).collect();
    move |listing| by_id.get(listing.id.as_str())?.read_image(images).ok()?
}

/// Fewest queries with photos of which some are spared for the look of the shop.
const MANY_QUERIES: usize = 128;

/// Cuts real queries in two: those that decisions are learnt from and, where there are many, every other one with a photo, from
/// which the look of the shop is learnt. What a space was fitted to looks better in it than what comes later; decisions learnt from
/// that would be too sure.
pub fn apart<T>(queries: Vec<T>, has_photo: impl Fn(&T) -> bool) -> (Vec<T>, Vec<T>) {
    if queries.iter().filter(|query| has_photo(query)).count() < MANY_QUERIES {
        return (queries, Vec::new());
    }
    let (mut decisions, mut look) = (Vec::new(), Vec::new());
    for query in queries {
        let spared = has_photo(&query) && look.len() <= decisions.len();
        if spared { look.push(query) } else { decisions.push(query) }
    }
    (decisions, look)
}

/// Line on which a row begins: the reader's position is that before the line breaks that end the row above.
fn first_line(bytes: &[u8], position: &csv::Position) -> u64 {
    let rest = bytes.get(position.byte() as usize..).unwrap_or_default();
    let breaks = rest.iter().take_while(|b| matches!(b, b'\r' | b'\n'));
    position.line() + breaks.filter(|b| **b == b'\n').count() as u64
}

fn number<T: std::str::FromStr>(
    text: Option<&str>,
    expected: &str,
    at: impl Fn() -> String,
    accept: impl Fn(&T) -> bool,
) -> Result<Option<T>> {
    let parse = |text: &str| {
        text.parse().ok().filter(&accept).ok_or_else(|| Error::listings(expected, format!("{text:?}"), at()))
    };
    text.map(parse).transpose()
}

impl Record {
    /// Where the row's image lies; an error where the name leaves the folder.
    pub fn image_path(&self, images: &Path) -> Result<PathBuf> {
        let name = Path::new(&self.image);
        let inside =
            name.components().all(|c| matches!(c, std::path::Component::Normal(_) | std::path::Component::CurDir));
        if !inside {
            return Err(Error::photo("a file below the folder of images", format!("{:?}", self.image)));
        }
        Ok(images.join(name))
    }

    /// The bytes of the row's image, or `None` where it names none; an error where they cannot be read.
    pub fn read_image(&self, images: &Path) -> Result<Option<Vec<u8>>> {
        if self.image.is_empty() {
            return Ok(None);
        }
        let path = self.image_path(images)?;
        let bytes = std::fs::read(&path)
            .map_err(|e| Error::io("reading an image", "a file that can be read", e, path.display().to_string()))?;
        check_name(&path, &bytes)?;
        Ok(Some(bytes))
    }

    /// The row's GTIN, or `None` where it states none; an error where what it states is no GTIN.
    pub fn parsed_gtin(&self) -> Result<Option<Gtin>> {
        self.gtin.as_deref().map(str::parse).transpose()
    }
}
