use std::io::Cursor;

use image::{DynamicImage, Rgba, RgbaImage};

use super::{MAX_WHOLE_PIXELS, Note, check_whole_size, ends_early, first_frame};
use crate::{Error, Result};

/// Decodes the first frame, on a canvas of the stated size.
pub(super) fn decode(bytes: &[u8], notes: &mut Vec<Note>) -> Result<DynamicImage> {
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
    let (left, top, interlaced) = (i64::from(frame.left), i64::from(frame.top), frame.interlaced);
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
    let mut canvas = RgbaImage::from_pixel(width, height, Rgba([0; 4]));
    if let Some(frame) = RgbaImage::from_raw(frame_width, frame_height, pixels) {
        image::imageops::replace(&mut canvas, &frame, left, top);
    }
    let mut picture = DynamicImage::ImageRgba8(canvas);
    if rows < frame_height {
        let there = (top as u32 + rows).min(height);
        notes.push(ends_early("GIF", there, height, bytes)?);
        picture = picture.crop_imm(0, 0, width, there);
    } else if has_another(&mut decoder) {
        notes.push(first_frame("GIF"));
    }
    Ok(picture)
}

/// Most bytes of a frame.
const MAX_BYTES: std::num::NonZeroU64 = std::num::NonZeroU64::new(MAX_WHOLE_PIXELS * 4).unwrap();

/// Behind the first frame the file may end without its trailer.
fn has_another(decoder: &mut gif::Decoder<Cursor<&[u8]>>) -> bool {
    matches!(decoder.next_frame_info(), Ok(Some(_)))
}
