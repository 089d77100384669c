//! What the decoder reads: a file whose end was made to show whether the decoder needed more than there is.

use std::io::{Read, Result};

use super::segments::end;

/// Behind the last scan's data. The decoder reads at most 8 bytes ahead. Where its scan is over before the zeros are, it looks for
/// the next marker, passes over FF FF 00 and finds the end marker. Where it needs the zeros as data, and more, it comes upon
/// FF FF 00 within the scan, which is an error there.
const CHECKED_END: [u8; 14] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0xff, 0xd9];
/// The decoder fills what is missing.
const FILLED_END: [u8; 2] = [0xff, 0xd9];

/// A file up to its end marker, or without one, and another end.
pub(super) struct Stream<'a> {
    next: &'a [u8],
    last: &'a [u8],
}

impl<'a> Stream<'a> {
    /// Decoding fails where data of the last scan are missing.
    pub(super) fn checked(jpeg: &'a [u8]) -> Self {
        let end = end(jpeg).unwrap_or(jpeg.len());
        Stream { next: jpeg.get(..end).unwrap_or_default(), last: &CHECKED_END }
    }

    /// Missing data are filled.
    pub(super) fn filled(jpeg: &'a [u8]) -> Self {
        Stream { next: jpeg, last: &FILLED_END }
    }

    #[cold]
    fn go_on(&mut self) {
        self.next = std::mem::take(&mut self.last);
    }
}

impl Read for Stream<'_> {
    #[inline(always)]
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if self.next.is_empty() {
            self.go_on();
        }
        self.next.read(buffer)
    }

    /// The decoder takes most bytes one by one.
    #[inline(always)]
    fn read_exact(&mut self, buffer: &mut [u8]) -> Result<()> {
        if self.next.is_empty() {
            self.go_on();
        }
        if buffer.len() > self.next.len() && !self.last.is_empty() {
            let (first, rest) = buffer.split_at_mut(self.next.len());
            self.next.read_exact(first)?;
            self.go_on();
            return self.next.read_exact(rest);
        }
        self.next.read_exact(buffer)
    }
}
