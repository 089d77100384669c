//! GIF: the first frame, also of an animation, and of a file that ends early where most rows are there. The browser's own
//! decoder reads it there, and need not be downloaded.

use std::io::Cursor;

use super::picture::Picture;
use super::{MAX_WHOLE_PIXELS, Note, Photo, check_whole_size, ends_early, first_frame};
use crate::{Error, Result};

/// Decodes the first frame, on a canvas of the stated size.
pub(super) fn decode(bytes: &[u8], notes: &mut Vec<Note>) -> Result<Photo> {
    let broken =
        |e: gif::DecodingError| Error::photo("a whole GIF", format!("{} bytes that are not ({e})", bytes.len()));
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    options.set_memory_limit(gif::MemoryLimit::Bytes(MAX_BYTES));
    let mut decoder = options.read_info(Cursor::new(bytes)).map_err(broken)?;
    let (width, height) = (u32::from(decoder.width()), u32::from(decoder.height()));
    check_whole_size(width, height)?;
    let frame = decoder.next_frame_info().map_err(broken)?;
    let frame = frame.ok_or_else(|| Error::photo("a whole GIF", format!("{} bytes without a frame", bytes.len())))?;
    let (left, top, interlaced) = (u32::from(frame.left), u32::from(frame.top), frame.interlaced);
    let (frame_width, frame_height) = (u32::from(frame.width), u32::from(frame.height));
    check_whole_size(frame_width, frame_height)?;
    let mut pixels = vec![0; frame_width as usize * frame_height as usize * 4];
    let mut rows = frame_height;
    if interlaced {
        decoder.read_into_buffer(&mut pixels).map_err(broken)?;
    } else {
        let mut is_whole = |row: &mut [u8]| matches!(decoder.fill_buffer(row), Ok(true));
        rows =
            pixels.chunks_mut(frame_width as usize * 4).position(|row| !is_whole(row)).map_or(rows, |row| row as u32);
    }
    let mut canvas = vec![0; width as usize * height as usize * 4];
    // What of the frame is outside the canvas is not seen.
    let seen = frame_width.min(width.saturating_sub(left)) as usize * 4;
    let lines = canvas.chunks_mut(width as usize * 4).skip(top as usize);
    for (line, row) in lines.zip(pixels.chunks(frame_width as usize * 4)) {
        let place = line.get_mut(left as usize * 4..).and_then(|line| line.get_mut(..seen));
        if let (Some(place), Some(row)) = (place, row.get(..seen)) {
            place.copy_from_slice(row);
        }
    }
    let picture = Picture::new(width, height, 4, canvas);
    let mut photo = picture.ok_or_else(|| Error::photo("a whole GIF", "too few pixels"))?.over_white();
    if rows < frame_height {
        let there = (top + rows).min(height);
        notes.push(ends_early("GIF", there, height, bytes)?);
        photo = photo.rows(0..there);
    } else if has_another(&mut decoder) {
        notes.push(first_frame("GIF"));
    }
    Ok(photo)
}

/// Most bytes of a frame.
const MAX_BYTES: std::num::NonZeroU64 = std::num::NonZeroU64::new(MAX_WHOLE_PIXELS * 4).unwrap();

/// Behind the first frame the file may end without its trailer.
fn has_another(decoder: &mut gif::Decoder<Cursor<&[u8]>>) -> bool {
    matches!(decoder.next_frame_info(), Ok(Some(_)))
}
