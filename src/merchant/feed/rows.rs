//! Rows of cells in quotes and without (RFC 4180), with what programs and hands do to quotes: a quote that is none never takes
//! the rows below it into its cell.

/// One row as it was written.
pub struct RawRow {
    /// On which it begins, from 1.
    pub line: u64,
    /// White space at the ends removed.
    pub cells: Vec<String>,
    /// A cell with quotes in other places than RFC 4180 has them, and no way to tell what they are.
    pub stray: Option<String>,
    /// Quoted cells with line breaks: column and last line.
    spans: Vec<(usize, u64)>,
}

impl RawRow {
    /// The last line of a quoted cell of which a line within has as many delimiters as a row.
    pub fn holds_rows(&self, headers: usize, delimiter: char) -> Option<u64> {
        let is_row = |line: &str| headers > 2 && line.matches(delimiter).count() + 1 == headers;
        let holds = |cell: &String| cell.split(['\n', '\r']).skip(1).any(is_row);
        self.spans.iter().find(|(column, _)| self.cells.get(*column).is_some_and(holds)).map(|(_, line)| *line)
    }
}

/// How a cell ended.
#[derive(PartialEq)]
enum End {
    Delimiter,
    Row,
}

/// Reads rows one after another.
pub struct Rows<'a> {
    text: &'a str,
    at: usize,
    line: u64,
    delimiter: char,
    /// Whether rows end in CR alone, as old Macintosh programs wrote them.
    lone_cr: bool,
}

impl<'a> Rows<'a> {
    /// The rows of a text from byte `start` on, which is 0 or behind the first line.
    pub fn from(text: &'a str, start: usize, delimiter: char) -> Self {
        Rows { text, at: start, line: if start > 0 { 2 } else { 1 }, delimiter, lone_cr: !text.contains('\n') }
    }

    /// The next row, blank ones too; an error is the line of a quote that does not end.
    pub fn next_row(&mut self) -> Option<std::result::Result<RawRow, u64>> {
        if self.at >= self.text.len() {
            return None;
        }
        let mut row = RawRow { line: self.line, cells: Vec::new(), stray: None, spans: Vec::new() };
        loop {
            match self.cell(&mut row) {
                Err(line) => return Some(Err(line)),
                Ok(End::Row) => return Some(Ok(row)),
                Ok(End::Delimiter) => {}
            }
        }
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn is_break(&self, c: char) -> bool {
        c == '\n' || (c == '\r' && self.lone_cr)
    }

    /// How a cell that is followed by this text ends there, if it does, and how many bytes that takes.
    fn end(&self, rest: &str) -> Option<(End, usize)> {
        let blank = |c: char| matches!(c, ' ' | '\t' | '\r') && c != self.delimiter && !self.is_break(c);
        let trimmed = rest.trim_start_matches(blank);
        let skipped = rest.len() - trimmed.len();
        match trimmed.chars().next() {
            None => Some((End::Row, skipped)),
            Some(c) if c == self.delimiter => Some((End::Delimiter, skipped + c.len_utf8())),
            Some(c) if self.is_break(c) => Some((End::Row, skipped + 1)),
            Some(_) => None,
        }
    }

    /// Reads one cell into the row.
    fn cell(&mut self, row: &mut RawRow) -> std::result::Result<End, u64> {
        let rest = self.rest();
        let spaces = rest.len() - rest.trim_start_matches(' ').len();
        if rest[spaces..].starts_with('"') {
            return self.quoted(row, spaces + 1);
        }
        Ok(self.unquoted(row))
    }

    /// Reads up to the next delimiter or line break, whatever quotes there are.
    fn unquoted(&mut self, row: &mut RawRow) -> End {
        let rest = self.rest();
        let stop = rest.find(|c: char| c == self.delimiter || self.is_break(c)).unwrap_or(rest.len());
        let (cell, after) = rest.split_at(stop);
        let cell = cell.trim().to_string();
        let (end, length) = self.end(after).unwrap_or((End::Row, 0));
        self.advance(stop + length);
        row.cells.push(cell);
        end
    }

    /// Reads a cell whose text begins `start` bytes on, after its quote.
    fn quoted(&mut self, row: &mut RawRow, start: usize) -> std::result::Result<End, u64> {
        let rest = self.rest();
        let mut cell = String::new();
        let mut at = start;
        let mut breaks = false;
        let mut stray = false;
        while let Some(c) = rest[at..].chars().next() {
            let next = at + c.len_utf8();
            if c != '"' {
                if self.is_break(c) {
                    if stray {
                        break;
                    }
                    breaks = true;
                }
                // After a quote within, one that opens the next cell means that this one was not quoted.
                if stray && c == self.delimiter && rest[next..].trim_start_matches(' ').starts_with('"') {
                    break;
                }
                cell.push(c);
                at = next;
                continue;
            }
            if let Some((end, length)) = self.end(&rest[next..]) {
                let line = self.line;
                self.advance(next + length);
                if breaks {
                    row.spans.push((row.cells.len(), self.line.saturating_sub(u64::from(end == End::Row)).max(line)));
                }
                row.cells.push(cell.trim().to_string());
                return Ok(end);
            }
            if rest[next..].starts_with('"') {
                cell.push('"');
                at = next + 1;
                continue;
            }
            if cell.ends_with('\\') {
                cell.pop();
            } else if breaks {
                return Err(self.line);
            } else {
                stray = true;
            }
            cell.push('"');
            at = next;
        }
        if !stray {
            return Err(self.line);
        }
        let end = self.unquoted(row);
        row.stray = row.cells.last().cloned();
        Ok(end)
    }

    fn advance(&mut self, bytes: usize) {
        let passed = self.text.get(self.at..self.at + bytes).unwrap_or_default();
        self.line += passed.chars().filter(|c| self.is_break(*c)).count() as u64;
        self.at += bytes;
    }
}
