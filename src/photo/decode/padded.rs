//! Of a picture that ends early, in a format whose decoder gives all rows or none: those that do not depend on what is missing.

use std::ops::Range;

use super::{Note, Photo, ends_early};
use crate::Result;

/// Decodes a file with what is missing filled in two ways, and keeps the rows that are the same with both. `None` where it cannot
/// be filled.
pub(super) fn decode(
    bytes: &[u8],
    name: &str,
    filled: impl Fn(u8) -> Option<Vec<u8>>,
    decoded: impl Fn(&[u8]) -> Result<Photo>,
) -> Option<Result<(Photo, Note)>> {
    let decoded = |filling| decoded(&filled(filling)?).ok();
    let (picture, other) = (decoded(0)?, decoded(0x55)?);
    let rows = same_rows(&picture, &other);
    let note = ends_early(name, rows.end - rows.start, picture.height, bytes);
    Some(note.map(|note| (picture.rows(rows), note)))
}

/// With that many bytes; `None` where more than half of them are missing, or none.
pub(super) fn lengthened(bytes: &[u8], length: usize, filling: u8) -> Option<Vec<u8>> {
    if length <= bytes.len() || length / 2 > bytes.len() {
        return None;
    }
    let mut whole = bytes.to_vec();
    whole.resize(length, filling);
    Some(whole)
}

/// The rows that are the same from the top, or from the bottom, where some formats begin.
fn same_rows(picture: &Photo, other: &Photo) -> Range<u32> {
    let line = picture.width as usize * 3;
    let pairs = || picture.rgb.chunks(line).zip(other.rgb.chunks(line));
    let above = pairs().take_while(|(a, b)| a == b).count() as u32;
    let below = pairs().rev().take_while(|(a, b)| a == b).count() as u32;
    if above >= below { 0..above } else { picture.height - below..picture.height }
}
