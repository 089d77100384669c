//! Which column holds what: by the headers that platforms write, by content where no header tells, or as the merchant says.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use clap::ValueEnum;
use unicode_normalization::UnicodeNormalization;

use super::price;
use super::report::Columns;
use super::table::{Row, Table, VALUES};
use crate::title::Gtin;
use crate::{Error, Result};

/// Field and header in its normal form, a line each, the preferred headers of a field first.
const ALIASES: &str = include_str!("data/columns.tsv");
/// Values by which a column of kinds is told from one of categories: what WooCommerce, Magento and Amazon call a row.
const KINDS: [&str; 12] = [
    "simple",
    "variable",
    "variation",
    "grouped",
    "external",
    "configurable",
    "bundle",
    "virtual",
    "downloadable",
    "parent",
    "child",
    "simple, virtual",
];
/// Extensions of names of pictures.
const EXTENSIONS: [&str; 10] = ["jpg", "jpeg", "png", "webp", "gif", "bmp", "avif", "heic", "tif", "tiff"];
/// Rows by whose content a column is recognised.
const SAMPLE: usize = 200;

/// What a column can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Field {
    Id,
    Title,
    Image,
    Price,
    SalePrice,
    SaleDates,
    Currency,
    Url,
    Category,
    Gtin,
    Sku,
    Stock,
    Availability,
    Group,
    Parent,
    Kind,
    Option,
    Published,
    Visibility,
    LabelGroup,
    Role,
    StoreView,
    Configurable,
}

impl Field {
    /// As reports and `--map` name it.
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_string()).unwrap_or_default()
    }
}

/// How many of the cells are headers of a known field.
pub fn known(cells: &[String]) -> usize {
    cells.iter().filter(|cell| !fields_of(&Header::of(cell)).is_empty()).count()
}

/// A header in its normal form.
#[derive(Debug, PartialEq, Eq)]
struct Header {
    /// Lower case, words apart by single spaces, without namespace, remark in brackets and marks.
    name: String,
    /// Number at its end, as of `image 2`; 0 where there is none.
    ordinal: u32,
    /// Currency code in brackets or at its end.
    currency: Option<String>,
}

impl Header {
    fn of(text: &str) -> Self {
        let text: String = text.nfkc().collect();
        let (before, inside) = match text.split_once(['(', '[']) {
            Some((before, inside)) => (before, inside.trim_end_matches([')', ']', ' ', '*'])),
            None => (text.as_str(), ""),
        };
        let before = if before.trim().is_empty() { inside } else { before };
        // `g:price` is `price`; `Meta: _price` is none.
        let local = before.split_once(':').filter(|(space, rest)| space.len() <= 2 && !rest.starts_with(' '));
        let before = local.map_or(before, |(_, rest)| rest);
        let mut name = String::with_capacity(before.len());
        let mut last = ' ';
        for c in before.chars() {
            if c.is_uppercase() && last.is_lowercase() {
                name.push(' ');
            }
            last = c;
            if c.is_alphanumeric() || c == ',' { name.extend(c.to_lowercase()) } else { name.push(' ') }
        }
        let mut words: Vec<&str> = name.split_whitespace().collect();
        let mut code = currency_code(inside);
        if code.is_none() && words.len() > 1 {
            code = words
                .last()
                .and_then(|word| currency_code(&word.to_uppercase()).filter(|code| price::is_known_code(code)));
            words.truncate(words.len() - usize::from(code.is_some()));
        }
        let name = words.join(" ");
        let base = name.trim_end_matches(|c: char| c.is_ascii_digit());
        let ordinal = name[base.len()..].parse().unwrap_or(0);
        Header { name, ordinal, currency: code }
    }

    /// Without the number at its end.
    fn base(&self) -> &str {
        self.name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end()
    }
}

fn currency_code(text: &str) -> Option<String> {
    let text = text.trim();
    (text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase())).then(|| text.to_string())
}

/// By alias its fields, each with the alias's place in the list.
static FIELDS: LazyLock<HashMap<&str, Vec<(Field, usize)>>> = LazyLock::new(|| {
    let mut fields: HashMap<&str, Vec<(Field, usize)>> = HashMap::new();
    for (place, line) in ALIASES.lines().enumerate() {
        if let Some((field, alias)) = line.split_once('\t')
            && let Ok(field) = Field::from_str(field, false)
        {
            fields.entry(alias).or_default().push((field, place));
        }
    }
    fields
});

/// The fields that a header names, each with the place of its alias. A number at the end only tells pictures apart.
fn fields_of(header: &Header) -> Vec<(Field, usize)> {
    let named = |name: &str| FIELDS.get(name).cloned().unwrap_or_default();
    let own = named(&header.name);
    if !own.is_empty() || header.ordinal == 0 {
        return own;
    }
    named(header.base()).into_iter().filter(|(field, _)| *field == Field::Image).collect()
}

/// Which columns hold what.
#[derive(Debug, Default)]
pub struct Mapping {
    /// By field, the preferred first.
    columns: BTreeMap<Field, Vec<usize>>,
    /// Currencies that headers state, by column.
    currencies: BTreeMap<usize, String>,
}

impl Mapping {
    /// Maps a table's columns; `stated` are the merchant's own words, each of which replaces what would be found. Notes say what
    /// was found by content, and what looks useful and is not used.
    pub fn of(table: &Table, stated: &[(Field, String)], notes: &mut Vec<String>) -> Result<Self> {
        let headers: Vec<Header> = table.headers.iter().map(|header| Header::of(header)).collect();
        let mut found: Vec<(Field, usize, u32, usize)> = Vec::new();
        for (column, header) in headers.iter().enumerate() {
            found.extend(fields_of(header).into_iter().map(|(field, place)| (field, place, header.ordinal, column)));
        }
        found.sort();
        let mut mapping = Mapping::default();
        for (field, _, _, column) in found {
            let field = if field == Field::Category && holds_kinds(table, column) { Field::Kind } else { field };
            mapping.columns.entry(field).or_default().push(column);
        }
        let currencies =
            headers.into_iter().enumerate().filter_map(|(column, header)| Some((column, header.currency?)));
        mapping.currencies = currencies.collect();
        mapping.by_content(table, stated, notes);
        let mut replaced = Vec::new();
        for (field, header) in stated {
            let wanted = Header::of(header).name;
            let exact = table.headers.iter().position(|h| h == header);
            let column = exact.or_else(|| table.headers.iter().position(|h| Header::of(h).name == wanted));
            let column = column.ok_or_else(|| {
                Error::argument("map", format!("a column of {}", table.headers.join(", ")), format!("{header:?}"))
            })?;
            let columns = mapping.columns.entry(*field).or_default();
            if !replaced.contains(field) {
                replaced.push(*field);
                columns.clear();
            }
            columns.push(column);
        }
        mapping.prices(table, notes);
        Ok(mapping)
    }

    /// Finds pictures and GTINs by what their columns hold, where no header names them.
    fn by_content(&mut self, table: &Table, stated: &[(Field, String)], notes: &mut Vec<String>) {
        let wanted = |field: Field| stated.iter().all(|(other, _)| *other != field);
        let is_gtin = |cell: &str| cell.trim().len() >= 12 && Gtin::parse(cell).is_some();
        for field in [Field::Image, Field::Gtin] {
            let is_one: &dyn Fn(&str) -> bool = if field == Field::Image { &names_picture } else { &is_gtin };
            if self.columns.contains_key(&field) || !wanted(field) {
                continue;
            }
            let used: Vec<usize> = self.columns.values().flatten().copied().collect();
            let holds = |column: &usize| !used.contains(column) && mostly(table, *column, is_one);
            if let Some(column) = (0..table.headers.len()).find(holds) {
                self.columns.insert(field, vec![column]);
                let header = table.headers.get(column).map_or("", String::as_str);
                notes.push(format!("column {header:?} is read as {} by what it holds", field.name()));
            }
        }
    }

    /// Names columns that look like prices where none is used.
    fn prices(&self, table: &Table, notes: &mut Vec<String>) {
        if self.has(Field::Price) || self.has(Field::SalePrice) {
            return;
        }
        let used: Vec<usize> = self.columns.values().flatten().copied().collect();
        for (column, header) in table.headers.iter().enumerate() {
            if !used.contains(&column) && mostly(table, column, &price::looks_like_one) {
                notes.push(format!(
                    "column {header:?} looks like a price and is not used: --map price={header:?} to use it"
                ));
            }
        }
    }

    pub fn has(&self, field: Field) -> bool {
        self.columns.contains_key(&field)
    }

    /// The columns of a field, the preferred first.
    pub fn columns(&self, field: Field) -> &[usize] {
        self.columns.get(&field).map_or(&[], Vec::as_slice)
    }

    /// A row's cells of a field that are not empty, the preferred first.
    pub fn all<'a>(&self, row: &'a Row, field: Field) -> impl Iterator<Item = &'a str> {
        let cells = self.columns(field).iter().filter_map(|column| row.cells.get(*column)).collect::<Vec<_>>();
        cells.into_iter().map(String::as_str).filter(|cell| !cell.is_empty())
    }

    /// A row's preferred value of a field: the first of its cells that is not empty, and the first of its values.
    pub fn first<'a>(&self, row: &'a Row, field: Field) -> Option<&'a str> {
        self.all(row, field).next().and_then(|cell| cell.split(VALUES).find(|value| !value.is_empty()))
    }

    /// The currency that a column's header states.
    pub fn currency(&self, column: usize) -> Option<&str> {
        self.currencies.get(&column).map(String::as_str)
    }

    /// For the report.
    pub fn report(&self, table: &Table) -> Columns {
        let name = |column: &usize| table.headers.get(*column).cloned().unwrap_or_default();
        let used = self.columns.iter().map(|(field, columns)| (field.name(), columns.iter().map(name).collect()));
        let is_used = |column: &usize| self.columns.values().any(|columns| columns.contains(column));
        let has_content =
            |column: &usize| table.rows.iter().any(|row| row.cells.get(*column).is_some_and(|c| !c.is_empty()));
        let ignored = (0..table.headers.len()).filter(|column| !is_used(column) && has_content(column));
        Columns { used: used.collect(), ignored: ignored.map(|column| name(&column)).collect() }
    }
}

/// Whether a text is the name or the address of a picture.
pub fn names_picture(cell: &str) -> bool {
    let path = cell.split(['?', '#']).next().unwrap_or_default();
    let extension = path.rsplit_once('.').map(|(_, extension)| extension.trim().to_ascii_lowercase());
    extension.is_some_and(|extension| EXTENSIONS.contains(&extension.as_str()))
}

fn sample(table: &Table, column: usize) -> impl Iterator<Item = &str> {
    let cells = table.rows.iter().filter_map(move |row| row.cells.get(column));
    cells.map(String::as_str).filter(|cell| !cell.is_empty()).take(SAMPLE)
}

/// Whether four of five of a column's cells, and at least one, are of a kind.
fn mostly(table: &Table, column: usize, is_one: &dyn Fn(&str) -> bool) -> bool {
    let (all, right) =
        sample(table, column).fold((0, 0), |(all, right), cell| (all + 1, right + usize::from(is_one(cell))));
    all > 0 && right * 5 >= all * 4
}

fn holds_kinds(table: &Table, column: usize) -> bool {
    mostly(table, column, &|cell| KINDS.contains(&cell.to_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_known_however_they_are_spelt() {
        for (header, field) in [
            ("Product ID", Field::Id),
            ("\u{a0}title", Field::Title),
            ("Name *", Field::Title),
            ("name(en-gb)", Field::Title),
            ("g:image_link", Field::Image),
            ("imageUrl", Field::Image),
            ("Image URLs (x,y,z...)", Field::Image),
            ("Bild 3", Field::Image),
            ("PRICE", Field::Price),
            ("Price (EUR)", Field::Price),
            ("price_usd", Field::Price),
            ("EAN13", Field::Gtin),
            ("Variant Inventory Qty", Field::Stock),
            ("In stock?", Field::Availability),
        ] {
            let fields = fields_of(&Header::of(header));
            assert!(fields.iter().any(|(found, _)| *found == field), "{header:?} is {fields:?}");
        }
        for header in ["Description", "Body (HTML)", "Image Alt Text", "Meta: price", "title 2", "Shipping price"] {
            assert_eq!(fields_of(&Header::of(header)), [], "{header:?}");
        }
    }

    #[test]
    fn every_alias_is_in_its_normal_form_and_of_a_known_field() {
        for line in ALIASES.lines() {
            let (field, alias) = line.split_once('\t').unwrap();
            assert!(Field::from_str(field, false).is_ok(), "{line}");
            assert_eq!(Header::of(alias).name, alias, "{line}");
        }
    }

    #[test]
    fn a_currency_in_a_header_is_kept() {
        assert_eq!(Header::of("Price (EUR)").currency.as_deref(), Some("EUR"));
        assert_eq!(Header::of("price_usd").currency.as_deref(), Some("USD"));
        assert_eq!(Header::of("Image URL").currency, None);
    }
}
