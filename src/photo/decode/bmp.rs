//! BMP; the browser's own decoder reads it there, and need not be downloaded.

use std::io::Cursor;

use image::codecs::bmp::BmpDecoder;

use super::other::{broken, decoded_and, or_most};
use super::picture::Picture;
use super::{Note, Photo, padded};
use crate::Result;

const BMP: &str = "BMP";

pub(super) fn decode(bytes: &[u8], notes: &mut Vec<Note>) -> Result<Photo> {
    let whole = |bytes: &[u8]| {
        let decoder = BmpDecoder::new(Cursor::new(bytes)).map_err(|e| broken(&e, BMP, bytes))?;
        decoded_and(decoder, opaque_unless_used, BMP, bytes)
    };
    let filled = |filling| padded::lengthened(bytes, length(bytes)?, filling);
    or_most(bytes, BMP, filled, whole, notes)
}

/// Bytes that a file without compression has, of the headers that have 40 bytes or more.
fn length(bytes: &[u8]) -> Option<usize> {
    let number = |at: usize| Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
    let (pixels, header, width, compression) = (number(10)?, number(14)?, number(18)?, number(30)?);
    let (height, bits) = (number(22)?.cast_signed().unsigned_abs(), number(26)? >> 16);
    // Of the kinds of compression, 0 is none, 3 and 6 state the bits of each channel.
    if header < 40 || !matches!(compression, 0 | 3 | 6) {
        return None;
    }
    let line = u64::from(width).checked_mul(bits.into())?.div_ceil(32) * 4;
    usize::try_from(line.checked_mul(height.into())?.checked_add(pixels.into())?).ok()
}

/// Without its alpha channel where that is 0 throughout: the fourth byte of many writers of BMP is unused.
fn opaque_unless_used(mut picture: Picture) -> Picture {
    if picture.channels == 4 && picture.values.as_chunks::<4>().0.iter().all(|pixel| pixel[3] == 0) {
        picture.values.as_chunks_mut::<4>().0.iter_mut().for_each(|pixel| pixel[3] = u8::MAX);
    }
    picture
}
