//! One row, read: its cells as values.

use super::clean::{self, GtinCell};
use super::columns::{Field, Mapping};
use super::images;
use super::price::{self, ColumnMark, Mark, Price};
use super::report::Problem;
use super::table::{Row, Table, VALUES};

/// What a row says of a product or one of its variants.
#[derive(Debug, Clone, Default)]
pub struct Item {
    pub line: u64,
    pub id: String,
    pub title: String,
    pub images: Vec<String>,
    pub price: Option<Price>,
    pub url: Option<String>,
    pub category: Option<String>,
    pub gtins: Vec<String>,
    /// The first is that of the row, by which others name it.
    pub skus: Vec<String>,
    pub stock: Option<(bool, Option<i64>)>,
    /// A value that all rows of one product have in common.
    pub group: Option<String>,
    /// Id or SKU of the row of the product that this is a variant of.
    pub parent: Option<String>,
    /// SKUs of the rows that are its variants.
    pub children: Vec<String>,
    /// Values of its options: `M`, `Black`.
    pub options: Vec<String>,
    pub is_unpublished: bool,
    pub label_group: Option<String>,
    pub role: Option<String>,
}

/// How the cells of a table are read.
pub struct Reader<'a> {
    mapping: &'a Mapping,
    /// Decimal mark of each column of prices.
    marks: Vec<(usize, ColumnMark)>,
    /// Where a price states none, or a sign that several currencies share.
    currency: Option<&'a str>,
}

impl<'a> Reader<'a> {
    /// Decides the decimal mark of each column of prices, unless it is stated, and notes it.
    pub fn new(
        table: &Table,
        mapping: &'a Mapping,
        stated: Option<Mark>,
        currency: Option<&'a str>,
        notes: &mut Vec<String>,
    ) -> Self {
        let columns = [Field::SalePrice, Field::Price].iter().flat_map(|field| mapping.columns(*field));
        let mut marks: Vec<(usize, ColumnMark)> = Vec::new();
        for column in columns {
            let texts = || table.rows.iter().filter_map(|row| row.cells.get(*column)).map(String::as_str);
            let found = || price::mark_of(texts()).map_or(ColumnMark::Unknown, ColumnMark::Found);
            let mark = stated.map_or_else(found, ColumnMark::Stated);
            marks.push((*column, mark));
            let header = table.headers.get(*column).map_or("", String::as_str);
            match mark {
                ColumnMark::Found(Mark::Dot) => {
                    notes.push(format!("column {header:?}: a dot stands before the decimals"))
                }
                ColumnMark::Found(Mark::Comma) => {
                    notes.push(format!("column {header:?}: a comma stands before the decimals"))
                }
                ColumnMark::Unknown | ColumnMark::Stated(_) => {}
            }
        }
        Reader { mapping, marks, currency }
    }

    /// Reads a row; what cannot be read of it is a problem.
    pub fn item(&self, row: &Row, problems: &mut Vec<Problem>) -> Item {
        let own = |field: Field| self.mapping.first(row, field).map(str::to_string);
        let id = own(Field::Id).unwrap_or_default();
        let mut problem = |field: Field, expected: &str, found: String| {
            problems.push(Problem::new(row.line, id.as_str(), field.name(), expected, found));
        };
        let title = own(Field::Title).unwrap_or_default();
        if let Some(repaired) = clean::mojibake(&title) {
            problem(Field::Title, "text in its own encoding", format!("{title:?}, which may have been {repaired:?}"));
        } else if title.contains(char::REPLACEMENT_CHARACTER) {
            problem(Field::Title, "text in one encoding", format!("{title:?}, with letters that could not be decoded"));
        }
        let mut gtins = Vec::new();
        let mut unreadable = None;
        for cell in self.mapping.all(row, Field::Gtin) {
            let mut own = Vec::new();
            for value in clean::gtins(cell) {
                match value {
                    GtinCell::Gtin(found) => own.push(found),
                    GtinCell::Nothing => {}
                    GtinCell::Unreadable(expected) => unreadable = unreadable.or(Some((expected, cell))),
                }
            }
            if gtins.is_empty() {
                gtins = own;
            }
        }
        // A shop's own bar code is still its number of the product.
        let mut skus: Vec<String> = self.mapping.first(row, Field::Sku).into_iter().map(clean::own_number).collect();
        if let (true, Some((expected, cell))) = (gtins.is_empty(), unreadable) {
            problem(Field::Gtin, expected, format!("{cell:?}"));
            skus.extend(Some(clean::own_number(cell)).filter(|number| !number.is_empty() && !skus.contains(number)));
        }
        let mut stock = None;
        for field in [Field::Stock, Field::Availability] {
            let Some(cell) = self.mapping.first(row, field) else { continue };
            match clean::stock(cell) {
                Some((is_in_stock, pieces)) => {
                    // `In stock? 1` is no count.
                    let pieces = pieces.filter(|_| field == Field::Stock);
                    stock = stock.or(Some((is_in_stock, pieces)));
                }
                None => problem(field, "a whole number, \"in stock\" or \"out of stock\"", format!("{cell:?}")),
            }
        }
        let price = self.price(row, &mut problem);
        let images = self.mapping.all(row, Field::Image).flat_map(images::names).collect();
        let children = self.mapping.all(row, Field::Configurable).flat_map(children).collect();
        let options = self.mapping.all(row, Field::Option).filter(|value| *value != "Default Title");
        Item {
            line: row.line,
            title,
            images,
            price,
            url: own(Field::Url),
            category: own(Field::Category),
            gtins,
            skus,
            stock,
            group: own(Field::Group),
            parent: own(Field::Parent).map(|parent| parent.trim_start_matches("id:").to_string()),
            children,
            options: options.map(str::to_string).collect(),
            is_unpublished: self.mapping.all(row, Field::Published).any(clean::is_unpublished)
                || self.mapping.all(row, Field::Visibility).any(clean::is_hidden),
            label_group: own(Field::LabelGroup),
            role: own(Field::Role),
            id,
        }
    }

    /// The price that a shopper pays: the reduced one where it is stated without dates between which it holds.
    fn price(&self, row: &Row, problem: &mut dyn FnMut(Field, &str, String)) -> Option<Price> {
        let is_dated = self.mapping.first(row, Field::SaleDates).is_some();
        let fields = if is_dated { &[Field::Price, Field::SalePrice][..] } else { &[Field::SalePrice, Field::Price] };
        for field in fields {
            for column in self.mapping.columns(*field) {
                let Some(cell) = row.cells.get(*column).and_then(|cell| cell.split(VALUES).find(|v| !v.is_empty()))
                else {
                    continue;
                };
                let mark = self.marks.iter().find(|(c, _)| c == column).map_or(ColumnMark::Unknown, |(_, mark)| *mark);
                match price::read(cell, mark) {
                    Ok(mut price) => {
                        let stated = self.mapping.currency(*column).map(str::to_string);
                        let stated = stated.or_else(|| price::currency(self.mapping.first(row, Field::Currency)?));
                        let stated = stated.or_else(|| self.currency.map(str::to_string));
                        let is_code = |currency: &String| currency.len() == 3 && currency.is_ascii();
                        price.currency = price.currency.take().filter(is_code).or(stated).or(price.currency);
                        return Some(price);
                    }
                    Err((expected, found)) => problem(*field, &expected, found),
                }
            }
        }
        None
    }
}

/// SKUs of `sku=a,size=S|sku=b,size=M`.
fn children(cell: &str) -> Vec<String> {
    let skus = cell.split('|').flat_map(|variant| variant.split(','));
    skus.filter_map(|pair| pair.trim().strip_prefix("sku=")).map(str::to_string).collect()
}
