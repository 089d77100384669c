//! CSV, TSV and their like: the delimiter, the headers, and rows of as many cells.

use super::columns;
use super::report::Problem;
use super::rows::{RawRow, Rows};
use super::table::{Row, Table};
use crate::{Error, Result};

/// Delimiters, the likeliest first, and their names.
const DELIMITERS: [(char, &str); 4] = [(',', "comma"), (';', "semicolon"), ('\t', "tab"), ('|', "vertical bar")];
/// Rows among which the headers are looked for: some exports begin with a title, or with several rows of headers.
const FIRST_ROWS: usize = 12;
/// Most bytes that are looked at for the delimiter.
const FIRST_BYTES: usize = 1 << 16;

/// A file's rows, and how they were delimited.
pub struct Delimited {
    pub table: Table,
    /// Name of the delimiter.
    pub delimiter: &'static str,
    pub notes: Vec<String>,
    pub problems: Vec<Problem>,
}

/// Reads all rows; `place` is the file's path, for messages. A row with more cells than there are headers is left out, since
/// nobody knows which cell is which; the cells that a short row lacks are empty. Both are problems.
///
/// # Errors
/// A quote that opens a cell and does not end.
pub fn read(text: &str, place: &str) -> Result<Delimited> {
    let (stated, start) = stated_delimiter(text);
    let (delimiter, name) = stated.unwrap_or_else(|| likeliest_delimiter(text));
    let mut rows = Rows::from(text, start, delimiter);
    let unterminated = |line: u64| {
        let place = format!("{place}, line {line}");
        Error::listings(
            "every quote that opens a cell to end in its row (\"\" for a quote within)",
            "one that does not",
            place,
        )
    };
    let mut first = Vec::new();
    while first.len() < FIRST_ROWS
        && let Some(row) = rows.next_row()
    {
        first.push(row.map_err(unterminated)?);
    }
    let header = header_row(&first);
    let mut notes = Vec::new();
    if let Some(skipped) = header.checked_sub(1).and_then(|last| first.get(..=last)) {
        let line = first.get(header).map_or(1, |row| row.line);
        notes.push(format!("{} rows above the headers on line {line} were not read", skipped.len()));
    }
    let mut first = first.into_iter().skip(header);
    let mut headers = first.next().map(|row| row.cells).unwrap_or_default();
    while headers.last().is_some_and(String::is_empty) {
        headers.pop();
    }
    let mut delimited =
        Delimited { table: Table { headers, rows: Vec::new() }, delimiter: name, notes, problems: Vec::new() };
    first.for_each(|row| delimited.take(row, delimiter));
    while let Some(row) = rows.next_row() {
        delimited.take(row.map_err(unterminated)?, delimiter);
    }
    Ok(delimited)
}

impl Delimited {
    fn take(&mut self, mut row: RawRow, delimiter: char) {
        let headers = self.table.headers.len();
        while row.cells.len() > headers && row.cells.last().is_some_and(String::is_empty) {
            row.cells.pop();
        }
        if row.cells.iter().all(String::is_empty) {
            return;
        }
        let mut problem = |expected: String, found: String| {
            self.problems.push(Problem::new(row.line, "", "row", expected, found));
        };
        if row.cells.len() > headers {
            problem(
                format!("{headers} cells, as there are headers"),
                format!("{}; the row is left out", row.cells.len()),
            );
            return;
        }
        if row.cells.len() < headers {
            problem(
                format!("{headers} cells, as there are headers"),
                format!("{}; the others are empty", row.cells.len()),
            );
        }
        if let Some(cell) = row.stray.take() {
            problem("quotes only around a whole cell, doubled within".into(), format!("{cell:?}, read as it is"));
        }
        if let Some(line) = row.holds_rows(headers, delimiter) {
            let expected = "a quote to end in its row";
            problem(expected.into(), format!("one that ends on line {line}, with what looks like whole rows before"));
        }
        if row.cells.iter().any(|cell| cell.contains('\0')) {
            problem("text".into(), "NUL characters, left out".into());
            row.cells.iter_mut().for_each(|cell| cell.retain(|c| c != '\0'));
        }
        row.cells.resize(headers, String::new());
        self.table.rows.push(Row { line: row.line, cells: row.cells });
    }
}

/// The delimiter that a first line `sep=;` states, as Excel writes and reads it, and where the rows begin.
fn stated_delimiter(text: &str) -> (Option<(char, &'static str)>, usize) {
    let line = text.split(['\n', '\r']).next().unwrap_or_default();
    let stated = line.trim_matches('"').strip_prefix("sep=").and_then(|rest| rest.chars().next());
    let Some(known) = stated.and_then(|stated| DELIMITERS.into_iter().find(|(delimiter, _)| *delimiter == stated))
    else {
        return (None, 0);
    };
    let rest = text.get(line.len()..).unwrap_or_default();
    let break_length = if rest.starts_with("\r\n") { 2 } else { rest.len().min(1) };
    (Some(known), line.len() + break_length)
}

/// The delimiter under which most headers are known, and most rows have as many cells as headers.
fn likeliest_delimiter(text: &str) -> (char, &'static str) {
    let start = (0..=FIRST_BYTES.min(text.len())).rev().find_map(|end| text.get(..end)).unwrap_or_default();
    let score = |(delimiter, _): &(char, &str)| {
        let mut rows = Rows::from(start, 0, *delimiter);
        let first: Vec<RawRow> = std::iter::from_fn(|| rows.next_row()?.ok()).take(FIRST_ROWS).collect();
        let header = header_row(&first);
        let cells = first.get(header).map_or(0, |row| row.cells.len());
        let known = first.get(header).map_or(0, |row| columns::known(&row.cells));
        (known, if cells > 1 { first.iter().filter(|row| row.cells.len() == cells).count() } else { 0 })
    };
    // The first of equals.
    DELIMITERS.into_iter().rev().max_by_key(score).unwrap_or((',', "comma"))
}

/// Which of the first rows has the headers: the last in which nearly as many are known as in any; otherwise the first with
/// content.
fn header_row(first: &[RawRow]) -> usize {
    let known: Vec<usize> = first.iter().map(|row| columns::known(&row.cells)).collect();
    let most = known.iter().copied().max().unwrap_or(0);
    let content = || first.iter().position(|row| row.cells.iter().any(|cell| !cell.is_empty()));
    match most {
        0 => content(),
        1 => known.iter().position(|known| *known == 1),
        _ => known.iter().rposition(|known| *known >= 2 && known * 5 >= most * 4),
    }
    .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Vec<Vec<String>> {
        read(text, "test").unwrap().table.rows.into_iter().map(|row| row.cells).collect()
    }

    fn problems(text: &str) -> Vec<(u64, String)> {
        read(text, "test").unwrap().problems.into_iter().map(|p| (p.line, p.found)).collect()
    }

    #[test]
    fn inch_marks_stay_in_cells_that_are_quoted_and_in_cells_that_are_not() {
        assert_eq!(
            cells("id,title\na,12\" pan\nb,\"12\" pan\"\nc,\"12\"\" pan, red\"\nd,\"12\\\" pan, red\"\n"),
            [["a", "12\" pan"], ["b", "12\" pan"], ["c", "12\" pan, red"], ["d", "12\" pan, red"]]
        );
    }

    #[test]
    fn a_quote_in_the_middle_of_a_cell_takes_no_further_row() {
        let text = "id,title,price\na,\"Monitor 24\" black,1\nb,Tee,2\nc,\"Monitor 27\" white,3\n";
        assert_eq!(cells(text).len(), 3);
        assert_eq!(cells(text)[0], ["a", "\"Monitor 24\" black", "1"]);
        let found = problems(text);
        assert_eq!(found.iter().map(|p| p.0).collect::<Vec<_>>(), [2, 4]);
        assert!(found[0].1.contains("Monitor 24"), "{found:?}");
    }

    #[test]
    fn a_quote_that_does_not_end_is_an_error_with_its_line() {
        for rows in ["b,\"Pan\nc,Cup\n", "b,\"Pan\nc,\"Cup\"\n", "b,\"Pan\nc,\"Cup, red\"\nd,Pen\n", "b,\"Pan"] {
            let error = read(&format!("id,title\na,Tea\n{rows}"), "test").err().unwrap().to_string();
            assert!(error.contains("line 3"), "{error}");
        }
    }

    #[test]
    fn a_quote_that_ends_rows_later_is_a_problem() {
        let found = problems("id,price,title\na,1,Tea\nb,2,\"Pan 12\nc,3,Pan 13\"\nd,4,Cup\n");
        assert_eq!(found.len(), 1);
        assert!(found[0].0 == 3 && found[0].1.contains("line 4"), "{found:?}");
    }

    #[test]
    fn line_breaks_of_all_kinds_end_rows_and_stay_within_quotes() {
        for end in ["\n", "\r\n", "\r"] {
            let table = read(&["id,title", "a,\"Tea", "leaves\"", "", "b,Cup"].join(end), "test").unwrap().table;
            let lines: Vec<u64> = table.rows.iter().map(|row| row.line).collect();
            assert_eq!(lines, [2, 5], "{end:?}");
            assert_eq!(table.rows[0].cells[1].split_whitespace().collect::<Vec<_>>(), ["Tea", "leaves"]);
        }
    }

    #[test]
    fn the_delimiter_is_the_one_that_gives_known_headers() {
        for (delimiter, name) in DELIMITERS {
            let text = format!("id{delimiter}title{delimiter}price\na{delimiter}Tea{delimiter}\"1,5;0|0\"\n");
            let read = read(&text, "test").unwrap();
            assert_eq!((read.delimiter, read.table.headers.len()), (name, 3));
        }
        assert_eq!(cells("sep=;\nid;x\na;1,5\n"), [["a", "1,5"]]);
        assert_eq!(cells("\"id\", \"title\"\na, \"Tea, green\"\n"), [["a", "Tea, green"]]);
    }

    #[test]
    fn rows_above_the_headers_are_skipped_and_said() {
        let read = read("Export of today,,\n,,\nid,title,price\na,Tea,1\n", "test").unwrap();
        assert_eq!(read.table.headers, ["id", "title", "price"]);
        assert!(read.notes[0].contains("line 3"), "{:?}", read.notes);
    }

    #[test]
    fn rows_of_another_length_are_problems_unless_only_empty_cells_differ() {
        assert_eq!(problems("id,title\na,Tea,,\n\n,\n"), []);
        let text = "id,title\na,Tea,green\nb\nc,Cup\n";
        assert_eq!(problems(text).iter().map(|p| p.0).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(cells(text), [["b", ""], ["c", "Cup"]]);
    }

    #[test]
    fn a_nul_is_left_out_and_reported() {
        assert_eq!(cells("id,title\na,T\0ea\n"), [["a", "Tea"]]);
        assert_eq!(problems("id,title\na,T\0ea\n").len(), 1);
    }

    proptest::proptest! {
        #[test]
        fn what_the_csv_crate_writes_is_read_as_it_was(
            rows in proptest::collection::vec(proptest::collection::vec("[a-c,;\"\n \\\\]{0,6}", 3), 1..6),
        ) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(["id", "title", "price"]).unwrap();
            rows.iter().for_each(|row| writer.write_record(row).unwrap());
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            // A backslash before a quote is taken as its escape; that is not what this crate writes.
            proptest::prop_assume!(!text.contains("\\\""));
            let expected: Vec<Vec<String>> = rows
                .iter()
                .map(|row| row.iter().map(|cell| cell.trim().to_string()).collect::<Vec<_>>())
                .filter(|row| row.iter().any(|cell| !cell.is_empty()))
                .collect();
            proptest::prop_assert_eq!(cells(&text), expected);
        }

        #[test]
        fn no_text_makes_it_panic_or_lose_a_row_in_silence(text in "(id,title\n)?[a\",; \n\r\\\\|\t\0é]{0,60}") {
            let _ = read(&text, "test");
        }
    }
}
