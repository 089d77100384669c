//! A merchant's export of products, as the platform wrote it, to listings: what the file is ([`sniff`]), which column holds what
//! ([`columns`]), which rows are one product ([`group`]), what their cells say ([`item`], [`price`], [`clean`], [`images`]).
//! Whatever cannot be read is in the [`Report`].
#![deny(clippy::indexing_slicing, reason = "feeds are strangers' bytes")]

mod clean;
mod columns;
mod delimited;
mod group;
mod images;
mod item;
mod json;
mod placeholders;
mod platform;
mod price;
mod report;
mod rows;
mod sniff;
mod table;
mod xml;

use std::path::Path;

pub use columns::Field;
pub use group::Variants;
pub use price::Mark;
pub use report::{Columns, Problem, Report};

use super::listings::Record;
use crate::{Error, Result};
use columns::Mapping;
use images::Images;
use item::{Item, Reader};
use sniff::{Layout, Text};
use table::Table;

/// What a merchant says of a feed beyond what is in it.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Fields and the headers of their columns.
    pub map: Vec<(Field, String)>,
    pub variants: Variants,
    /// The mark before decimals in all columns of prices.
    pub decimal_mark: Option<Mark>,
    /// Where prices state none, or a sign that several currencies share: ISO 4217 code.
    pub currency: Option<String>,
}

/// Listings, and how they were read.
#[derive(Debug, Clone, Default)]
pub struct Feed {
    pub records: Vec<Record>,
    pub report: Report,
}

/// Reads a feed as [`parse`] does.
pub fn read(path: &Path, images: Option<&Path>, options: &Options) -> Result<Feed> {
    let place = path.display().to_string();
    let bytes =
        std::fs::read(path).map_err(|e| Error::io("reading listings", "a file that can be read", e, place.clone()))?;
    parse(&bytes, &place, images, options)
}

/// Reads a feed; `place` is its path, for messages. Names of pictures become paths of files below the folder of `images` where
/// one is given. What cannot be read of a row is a problem in the report, and the rest of the row is read.
///
/// # Errors
/// A file that is no feed; one without a column of ids, or with neither titles nor pictures; a quote that does not end; rows of
/// one id that contradict one another; no listing at all.
pub fn parse(bytes: &[u8], place: &str, images: Option<&Path>, options: &Options) -> Result<Feed> {
    let text = sniff::decode(bytes, place)?;
    let mut notes = Vec::new();
    let mut problems = Vec::new();
    let (table, delimiter) = match text.layout {
        Layout::Json => (json::read(&text.text, place)?, None),
        Layout::Xml => (xml::read(&text.text, place)?, None),
        Layout::Delimited => {
            let read = delimited::read(&text.text, place)?;
            notes.extend(read.notes);
            problems.extend(read.problems);
            (read.table, Some(read.delimiter))
        }
    };
    let mapping = Mapping::of(&table, &options.map, &mut notes)?;
    require(&table, &mapping, place)?;
    let reader = Reader::new(&table, &mapping, options.decimal_mark, options.currency.as_deref(), &mut notes);
    let items = items(&table, &mapping, &reader, &mut notes, &mut problems);
    let grouped = group::listings(&items, options.variants, place)?;
    note_groups(&grouped, options.variants, &mut notes);
    let mut records = grouped.records;
    if records.is_empty() {
        let left_out = problems.first().map_or("none".into(), |problem| format!("none ({problem})"));
        return Err(Error::listings("at least one row that is a published product", left_out, place));
    }
    match images {
        Some(folder) => {
            find_images(&mut records, folder, &mut problems)?;
            if !mapping.has(Field::Image) {
                let headers = table.headers.join(", ");
                notes.push(format!("no column of pictures among {headers}: --map image=HEADER names one"));
            }
        }
        None if mapping.has(Field::Image) => {
            notes.push("pictures were not looked for: --images names the folder that they are in".into());
        }
        None => {}
    }
    placeholders::remove(&mut records, images, &mut problems);
    problems.sort_by_key(|problem| problem.line);
    let count = |has: fn(&Record) -> bool| records.iter().filter(|record| has(record)).count() as u64;
    let report = Report {
        format: format_name(&table, &text, delimiter, bytes),
        columns: mapping.report(&table),
        rows: table.rows.len() as u64,
        listings: records.len() as u64,
        with_photo: count(|record| !record.images.is_empty()),
        with_title: count(|record| !record.title.is_empty()),
        with_price: count(|record| record.price.is_some()),
        notes,
        problems,
    };
    Ok(Feed { records, report })
}

/// Refuses a table without the columns that a listing needs.
fn require(table: &Table, mapping: &Mapping, place: &str) -> Result<()> {
    let missing = |expected: &str| {
        let found = match table.headers.len() {
            0 => "no columns".into(),
            _ => format!("columns {}", table.headers.join(", ")),
        };
        Err(Error::listings(format!("a column {expected}, or one that --map names"), found, place))
    };
    if !mapping.has(Field::Id) {
        return missing("posting_id (or id, sku, handle)");
    }
    if !mapping.has(Field::Title) && !mapping.has(Field::Image) {
        return missing("title (or name) or image (or image_url)");
    }
    if table.rows.is_empty() {
        return Err(Error::listings("at least one row", "none", place));
    }
    Ok(())
}

/// Reads all rows that are products or variants.
fn items(
    table: &Table,
    mapping: &Mapping,
    reader: &Reader<'_>,
    notes: &mut Vec<String>,
    problems: &mut Vec<Problem>,
) -> Vec<Item> {
    // Shops that give few of their products an id, as Etsy lets them, have none that could be relied on.
    let with_id = table.rows.iter().filter(|row| mapping.first(row, Field::Id).is_some()).count();
    let from_title = with_id * 2 < table.rows.len();
    let (mut views, mut named) = (0, 0);
    let mut items = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        if mapping.first(row, Field::StoreView).is_some() {
            views += 1;
            continue;
        }
        let mut own = Vec::new();
        let mut item = reader.item(row, &mut own);
        if item.id.is_empty() && from_title && !item.title.is_empty() {
            item.id = slug(&item.title);
            named += 1;
        }
        if item.id.is_empty() {
            problems.push(Problem::new(row.line, "", "id", "an id in every row", "an empty one; the row is left out"));
            continue;
        }
        problems.extend(own);
        items.push(item);
    }
    if views > 0 {
        notes.push(format!("{views} rows that repeat products for a store view were not read"));
    }
    if named > 0 {
        notes.push(format!("{named} rows have no id: their titles name them"));
    }
    items
}

/// A title as an id.
fn slug(title: &str) -> String {
    let lower = title.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

fn note_groups(grouped: &group::Grouped, variants: Variants, notes: &mut Vec<String>) {
    if grouped.of_several > 0 {
        let became = match variants {
            Variants::Together => "one listing each (--variants separate for a listing a variant)",
            Variants::Separate => "a listing a variant",
        };
        notes.push(format!("{} products of several rows became {became}", grouped.of_several));
    }
    if let Some(first) = grouped.unpublished.first() {
        let count = grouped.unpublished.len();
        notes.push(format!(
            "{count} products or variants are not published and were left out, the first on line {first}"
        ));
    }
}

/// Puts the paths of files in the place of the names of pictures; those that are not found are problems.
fn find_images(records: &mut [Record], folder: &Path, problems: &mut Vec<Problem>) -> Result<()> {
    let images = Images::of(folder)?;
    for record in records {
        let mut found: Vec<String> = Vec::new();
        for name in &record.images {
            match images.find(name) {
                Ok(path) => {
                    let path = path.to_string_lossy().into_owned();
                    if !found.contains(&path) {
                        found.push(path);
                    }
                }
                Err((expected, what)) => {
                    problems.push(Problem::new(record.line, record.id.as_str(), Field::Image.name(), expected, what));
                }
            }
        }
        record.images = found;
    }
    Ok(())
}

/// `Shopify CSV (UTF-8, comma)`.
fn format_name(table: &Table, text: &Text, delimiter: Option<&str>, bytes: &[u8]) -> String {
    let layout = match (text.layout, delimiter) {
        (Layout::Json, _) if text.text.trim_start().starts_with('[') => "JSON",
        (Layout::Json, _) if text.text.trim().contains("}\n{") || text.text.trim().contains("}\r\n{") => "JSON Lines",
        (Layout::Json, _) => "JSON",
        (Layout::Xml, _) if text.text.contains("<rss") => "RSS",
        (Layout::Xml, _) if text.text.contains("<feed") => "Atom",
        (Layout::Xml, _) => "XML",
        (Layout::Delimited, Some("tab")) => "TSV",
        (Layout::Delimited, _) => "CSV",
    };
    let platform = platform::of(&table.headers).map_or(String::new(), |platform| format!("{platform} "));
    let mut details = vec![text.encoding.to_string()];
    if bytes.starts_with(b"\xef\xbb\xbf") {
        details.push("byte order mark".into());
    }
    details.extend(delimiter.map(str::to_string));
    if text.gzipped {
        details.push("gzip".into());
    }
    format!("{platform}{layout} ({})", details.join(", "))
}
