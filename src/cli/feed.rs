//! How commands read an export of products, and how they tell what they read.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::merchant::feed::{self, Feed, Field, Mark, Options, Problem, Report, Variants};
use crate::merchant::listings::Record;
use crate::{Error, Result};

/// How an export is read
#[derive(Debug, Clone, clap::Args)]
#[group(id = "feed")]
pub struct Arguments {
    /// Folder that holds the images; without one a listing has its title alone
    #[arg(long)]
    pub images: Option<PathBuf>,
    /// Whether the variants of a product become one listing
    #[arg(long, value_enum, default_value_t = Variants::Together)]
    variants: Variants,
    /// Column of a field, in place of the one that its header would name; may be given again
    #[arg(long = "map", value_name = "FIELD=HEADER", value_parser = field_and_header)]
    map: Vec<(Field, String)>,
    /// Mark before the decimals of prices, where a column alone does not tell
    #[arg(long, value_parser = ["dot", "comma"])]
    decimal_mark: Option<String>,
    /// Currency of prices that state none (ISO 4217 code)
    #[arg(long, value_name = "CODE", value_parser = currency)]
    currency: Option<String>,
    /// End with an error where any row has a problem
    #[arg(long)]
    pub strict: bool,
}

fn field_and_header(text: &str) -> std::result::Result<(Field, String), String> {
    let (field, header) = text.split_once('=').ok_or("expected FIELD=HEADER, as in price=\"Regular price\"")?;
    let field = Field::from_str(field, false).map_err(|_| {
        let fields = Field::value_variants().iter().map(|field| field.name());
        format!("expected a field of {}, found {field:?}", fields.collect::<Vec<_>>().join(", "))
    })?;
    Ok((field, header.trim_matches('"').to_string()))
}

fn currency(text: &str) -> std::result::Result<String, String> {
    let is_code = text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase());
    is_code.then(|| text.to_string()).ok_or_else(|| "expected a code such as EUR".into())
}

impl Arguments {
    /// Reads an export; with `--strict` a problem is an error. Without a folder of images the listings have none.
    pub fn read(&self, listings: &Path) -> Result<Feed> {
        let images = self.images.as_deref();
        images.map(super::is_folder).transpose()?;
        let options = Options {
            map: self.map.clone(),
            variants: self.variants,
            decimal_mark: self.decimal_mark.as_deref().map(|mark| if mark == "dot" { Mark::Dot } else { Mark::Comma }),
            currency: self.currency.clone(),
        };
        let mut feed = feed::read(listings, images, &options)?;
        refuse_problems(self.strict, &feed.report.problems, listings)?;
        if images.is_none() {
            feed.records.iter_mut().for_each(|record| record.images.clear());
        }
        Ok(feed)
    }

    /// The folder of images, or one in which nothing lies.
    pub fn folder(&self) -> &Path {
        self.images.as_deref().unwrap_or(Path::new(""))
    }
}

/// With `--strict` an error where there are problems.
pub fn refuse_problems(strict: bool, problems: &[Problem], listings: &Path) -> Result<()> {
    match problems.first().filter(|_| strict) {
        Some(first) => {
            let found = format!("{}, the first: {first}", problems.len());
            Err(Error::listings("no problems", found, listings.display().to_string()))
        }
        None => Ok(()),
    }
}

/// Reads the rows of an export one by one, as lists that are compared: variants stay apart. Problems go to stderr.
pub fn rows(listings: &Path, images: Option<&Path>) -> Result<Vec<Record>> {
    let options = Options { variants: Variants::Separate, ..Options::default() };
    let feed = feed::read(listings, images, &options)?;
    tell_problems(&feed.report.problems);
    Ok(feed.records)
}

pub fn tell_problems(problems: &[Problem]) {
    problems.iter().for_each(|problem| eprintln!("{problem}"));
}

/// A report in words: the format, the columns, the notes.
pub fn tell(report: &Report) {
    let mut lines = vec![format!("{}: {} listings from {} rows", report.format, report.listings, report.rows)];
    let used = report.columns.used.iter().map(|(field, headers)| format!("{field}: {}", headers.join(", ")));
    lines.push(format!("  columns: {}", used.collect::<Vec<_>>().join(" · ")));
    if !report.columns.ignored.is_empty() {
        lines.push(format!("  not used: {}", report.columns.ignored.join(", ")));
    }
    lines.extend(report.notes.iter().map(|note| format!("  note: {note}")));
    super::print(&lines.join("\n"));
}
