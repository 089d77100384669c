//! PNG: decoded in rows unless it is interlaced, and what of a truncated one is there.

use std::io::Cursor;

use image::metadata::Orientation;
use png::{BitDepth, ColorType, Transformations};

use super::icc::Profile;
use super::picture::Picture;
use super::reduce::{Reducer, divisor};
use super::{MAX_WHOLE_PIXELS, Note, Photo, check_size, check_whole_size, colour, ends_early, first_frame};
use crate::{Error, Result};

/// Rows that are converted at a time.
const STRIP: usize = 64;

/// Decodes a PNG, of an animated one the first frame. Rows are reduced as they come, so that a large picture is never whole in
/// memory, unless it is interlaced.
pub(super) fn decode(bytes: &[u8], notes: &mut Vec<Note>) -> Result<Photo> {
    let broken = |e: String| Error::photo("a whole PNG", format!("{} bytes that are not ({e})", bytes.len()));
    let limits = png::Limits { bytes: MAX_WHOLE_PIXELS as usize * 8 };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(Transformations::EXPAND);
    decoder.set_ignore_text_chunk(true);
    let mut reader = decoder.read_info().map_err(|e| broken(e.to_string()))?;
    let info = reader.info();
    let (width, height) = info.size();
    check_size(width, height)?;
    let is_interlaced = info.interlaced;
    if info.animation_control.is_some_and(|animation| animation.num_frames > 1) {
        notes.push(first_frame("PNG"));
    }
    let orientation = info.exif_metadata.as_deref().and_then(Orientation::from_exif_chunk);
    let profile = profile(info);
    let kind = reader.output_color_type();
    let line = reader.output_line_size(width).ok_or_else(|| broken("too long a row".into()))?;
    let mut strips = Strips { reducer: Reducer::new(width, divisor(width, height)), width, kind, profile };
    let mut rows = height;
    if is_interlaced {
        check_whole_size(width, height)?;
        let mut pixels = vec![0; line * height as usize];
        reader.next_frame(&mut pixels).map_err(|e| broken(e.to_string()))?;
        pixels.chunks(line * STRIP).try_for_each(|strip| strips.push(strip))?;
    } else {
        let mut strip = Vec::with_capacity(line * STRIP);
        for row in 0..height {
            let Ok(Some(pixels)) = reader.next_row() else {
                rows = row;
                break;
            };
            strip.extend_from_slice(pixels.data());
            if strip.len() == line * STRIP {
                strips.push(&strip)?;
                strip.clear();
            }
        }
        strips.push(&strip)?;
    }
    if rows < height {
        notes.push(ends_early("PNG", rows, height, bytes)?);
    }
    Ok(strips.reducer.finish().oriented(orientation.unwrap_or(Orientation::NoTransforms)))
}

/// The embedded profile, or that of a picture that states its colours in another way: by the codes of video, or by an exponent.
fn profile(info: &png::Info<'_>) -> Option<Profile> {
    if let Some(icc) = &info.icc_profile {
        return Profile::parse(icc);
    }
    if let Some(codes) = &info.coding_independent_code_points {
        return colour::video(codes.color_primaries, codes.transfer_function);
    }
    let stated = info.gama_chunk.filter(|_| info.srgb.is_none())?;
    colour::gamma(stated.into_value())
}

/// Takes rows as they are in the file, and gives a reduced picture over white.
struct Strips {
    reducer: Reducer,
    width: u32,
    kind: (ColorType, BitDepth),
    profile: Option<Profile>,
}

impl Strips {
    fn push(&mut self, strip: &[u8]) -> Result<()> {
        if strip.is_empty() {
            return Ok(());
        }
        let (colour, depth) = self.kind;
        let bytes = if depth == BitDepth::Sixteen { to_8_bits(strip) } else { strip.to_vec() };
        let width = self.width;
        let height = (bytes.len() / colour.samples() / width as usize) as u32;
        let picture = Picture::new(width, height, colour.samples(), bytes);
        let mut picture = picture.ok_or_else(|| Error::photo("a whole PNG", "rows of another size"))?;
        if let Some(profile) = &self.profile {
            picture = colour::to_srgb(picture, profile);
        }
        picture.over_white().rgb.chunks(width as usize * 3).for_each(|row| self.reducer.push(row));
        Ok(())
    }
}

/// Rounded to the nearest.
fn to_8_bits(wide: &[u8]) -> Vec<u8> {
    let narrow = |value: u16| ((u32::from(value) * 255 + 32_767) / 65_535) as u8;
    wide.as_chunks().0.iter().map(|bytes| narrow(u16::from_be_bytes(*bytes))).collect()
}
