//! Rows of cells, whatever format they came in.

/// Separates the values of one cell that has several: those of a JSON array, or of an XML element that is repeated.
pub const VALUES: char = '\u{1f}';

/// One row, or one item of a JSON or XML feed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// Line of the file on which it begins, from 1.
    pub line: u64,
    /// As many as there are headers, white space at the ends removed.
    pub cells: Vec<String>,
}

/// A whole feed as it was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    pub headers: Vec<String>,
    /// Those with content.
    pub rows: Vec<Row>,
}

/// Collects items whose keys are not known before.
#[derive(Default)]
pub struct Collector {
    table: Table,
    columns: std::collections::HashMap<String, usize>,
}

impl Collector {
    /// Begins an item.
    pub fn item(&mut self, line: u64) {
        self.table.rows.push(Row { line, cells: Vec::new() });
    }

    /// Adds a value to the item that was begun last; a key that comes again has both values.
    pub fn value(&mut self, key: &str, value: &str) {
        let Some(row) = self.table.rows.last_mut() else { return };
        let next = self.table.headers.len();
        let column = *self.columns.entry(key.to_string()).or_insert(next);
        if column == next {
            self.table.headers.push(key.to_string());
        }
        if row.cells.len() <= column {
            row.cells.resize(column + 1, String::new());
        }
        if let Some(cell) = row.cells.get_mut(column) {
            if !cell.is_empty() {
                cell.push(VALUES);
            }
            cell.push_str(value.trim());
        }
    }

    /// The items, each with a cell for every key.
    pub fn table(self) -> Table {
        let Table { headers, mut rows } = self.table;
        rows.iter_mut().for_each(|row| row.cells.resize(headers.len(), String::new()));
        rows.retain(|row| row.cells.iter().any(|cell| !cell.is_empty()));
        Table { headers, rows }
    }
}
