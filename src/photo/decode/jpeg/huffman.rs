//! Huffman codes of JPEG (ITU-T T.81, annexes C and F), as far as their lengths go: what they stand for is not kept.

use std::ops::Range;

use super::segments::RESTARTS;

/// The codes of one table.
pub(super) struct Table {
    /// By the code's length less one: the first code that is longer, and where the codes' values are less the first code.
    lengths: [(u32, i64); 16],
    values: Vec<u8>,
}

impl Table {
    /// Of how many codes there are of each length, and of the values in the order of the codes.
    pub(super) fn new(counts: &[u8; 16], values: &[u8]) -> Self {
        let (mut code, mut value) = (0u32, 0i64);
        let lengths = counts.map(|count| {
            let offset = value - i64::from(code);
            code += u32::from(count);
            value += i64::from(count);
            let entry = (code, offset);
            code *= 2;
            entry
        });
        Table { lengths, values: values.to_vec() }
    }
}

/// Reads a scan's data bit by bit, so that it never reads beyond what is used.
pub(super) struct Bits<'a> {
    jpeg: &'a [u8],
    next: usize,
    byte: u8,
    left: u8,
}

/// Tables for the coefficients at 0 and for the others, which are `None` where a scan has none, and the count of blocks.
pub(super) type Blocks<'a> = (&'a Table, Option<&'a Table>, u32);

impl<'a> Bits<'a> {
    pub(super) fn new(jpeg: &'a [u8], start: usize) -> Self {
        Bits { jpeg, next: start, byte: 0, left: 0 }
    }

    /// Offset of the first byte of which nothing was read.
    pub(super) fn at(&self) -> usize {
        self.next
    }

    /// Passes over the blocks of one unit; `None` where the data end, or a code is none.
    pub(super) fn unit(&mut self, components: &[Blocks<'_>]) -> Option<()> {
        for (first, others, blocks) in components {
            for _ in 0..*blocks {
                let length = self.value(first)?;
                self.skip(length)?;
                if let Some(others) = others {
                    self.others(others)?;
                }
            }
        }
        Some(())
    }

    /// Passes over the 63 coefficients behind the first.
    fn others(&mut self, table: &Table) -> Option<()> {
        let mut place = 1;
        while place < 64 {
            let value = self.value(table)?;
            match (value >> 4, value & 15) {
                (15, 0) => place += 16,
                (_, 0) => break,
                (zeros, length) => {
                    self.skip(length)?;
                    place += zeros + 1;
                }
            }
        }
        Some(())
    }

    /// Goes behind the next restart marker, noting bytes before it; false where there is none.
    pub(super) fn restart(&mut self, stray: &mut Vec<Range<usize>>) -> bool {
        self.left = 0;
        let rest = self.jpeg.get(self.next..).unwrap_or_default();
        let is_marker = |pair: &[u8]| matches!(pair, [0xff, marker] if *marker != 0 && *marker != 0xff);
        let Some(found) = rest.windows(2).position(is_marker) else { return false };
        if !rest.get(found + 1).is_some_and(|marker| RESTARTS.contains(marker)) {
            return false;
        }
        let is_fill = rest.get(..found).is_some_and(|before| before.iter().all(|byte| *byte == 0xff));
        if !is_fill {
            stray.push(self.next..self.next + found);
        }
        self.next += found + 2;
        true
    }

    fn value(&mut self, table: &Table) -> Option<u8> {
        let mut code = 0;
        for (end, offset) in &table.lengths {
            code = 2 * code + u32::from(self.bit()?);
            if code < *end {
                return table.values.get(usize::try_from(i64::from(code) + offset).ok()?).copied();
            }
        }
        None
    }

    fn skip(&mut self, bits: u8) -> Option<()> {
        (0..bits).try_for_each(|_| self.bit().map(drop))
    }

    fn bit(&mut self) -> Option<u8> {
        if self.left == 0 {
            self.byte = *self.jpeg.get(self.next)?;
            // FF 00 stands for FF; FF before anything else is a marker.
            let is_escape = self.byte == 0xff;
            if is_escape && *self.jpeg.get(self.next + 1)? != 0 {
                return None;
            }
            self.next += 1 + usize::from(is_escape);
            self.left = 8;
        }
        self.left -= 1;
        Some(self.byte >> self.left & 1)
    }
}
