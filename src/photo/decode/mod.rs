//! Encoded bytes → upright RGB pixels; every limit is checked before any pixel is decoded.
#![deny(clippy::indexing_slicing, reason = "photos are strangers' bytes")]

#[cfg(not(target_arch = "wasm32"))]
mod bmp;
mod colour;
mod formats;
#[cfg(not(target_arch = "wasm32"))]
mod gif;
mod icc;
mod jpeg;
mod other;
mod padded;
mod picture;
mod png;
mod reduce;
#[cfg(not(target_arch = "wasm32"))]
mod tiff;

use image::ImageFormat;

pub use self::formats::only_browsers_read;
pub use self::reduce::divisor;
#[cfg(not(target_arch = "wasm32"))]
pub use self::tiff::check_name;
use crate::{Error, Result};

/// Longest side in pixels.
pub const MAX_SIDE: u32 = 16_384;
/// Most pixels of a JPEG or a PNG that is not interlaced, of which less than the whole is in memory: phones' cameras have 200
/// million.
pub const MAX_PIXELS: u64 = 210_000_000;
/// Most pixels of other pictures: fewer than fill the memory of a browser tab.
const MAX_WHOLE_PIXELS: u64 = 100_000_000;
/// Share of the rows, in quarters, of a picture that ends early and is read.
const MOST: (u32, u32) = (3, 4);
const ENDS_EARLY: &str = "ends-early";
const EXPECTED: &str = if cfg!(target_arch = "wasm32") {
    "a JPEG, PNG, WebP, GIF or BMP picture"
} else {
    "a JPEG, PNG, WebP, GIF or BMP picture, or a TIFF"
};

/// An upright photo without transparency.
#[derive(Clone)]
pub struct Photo {
    pub width: u32,
    pub height: u32,
    /// `[height, width, 3]`, red, green, blue.
    pub rgb: Vec<u8>,
}

/// Shortest side, in pixels, of a picture in which a product can be told.
const LEAST_SIDE: u32 = 16;
/// Steps between the darkest and the brightest value of each channel in a picture of one colour, compressed.
const ONE_COLOUR: u8 = 12;

impl Photo {
    /// Of opaque pixels, four bytes each, in rows of `width`.
    ///
    /// # Errors
    /// Where the bytes are not whole rows, or none.
    pub fn of_rgba(width: u32, rgba: &[u8]) -> Result<Photo> {
        let height = (rgba.len() / 4).checked_div(width as usize).unwrap_or_default();
        if height == 0 || height * width as usize * 4 != rgba.len() {
            let found = format!("{} bytes", rgba.len());
            return Err(Error::argument("pixels", format!("rows of {width} × 4 bytes"), found));
        }
        let rgb = rgba.as_chunks().0.iter().flat_map(|[r, g, b, _]| [*r, *g, *b]).collect();
        Ok(Photo { width, height: height as u32, rgb })
    }

    /// Whether there is too little in it to tell a product by: a strip, or one colour.
    pub fn shows_little(&self) -> bool {
        if self.width.min(self.height) < LEAST_SIDE {
            return true;
        }
        let (mut least, mut most) = ([u8::MAX; 3], [0; 3]);
        for pixel in self.rgb.as_chunks::<3>().0 {
            for ((least, most), value) in least.iter_mut().zip(&mut most).zip(pixel) {
                (*least, *most) = ((*least).min(*value), (*most).max(*value));
            }
        }
        most.iter().zip(least).all(|(most, least)| most.saturating_sub(least) <= ONE_COLOUR)
    }
}

/// What was done to a picture that its owner may not expect.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Note {
    pub code: &'static str,
    pub message: String,
}

/// As [`decode_with_notes`], without the notes.
pub fn decode(bytes: &[u8]) -> Result<Photo> {
    decode_with_notes(bytes).map(|(photo, _)| photo)
}

/// Decodes JPEG, PNG and WebP, and natively GIF, BMP and TIFF, of an animation the first frame, which a note says; converts embedded
/// colour profiles to sRGB, applies the EXIF orientation and composites transparency over white. Of a picture that ends early
/// the rows that are there are read, with a note, if they are three quarters; a large one is reduced as [`divisor`] says.
///
/// # Errors
/// [`Error::Photo`] for bytes of another format, which it names, or a truncated or damaged file, and for one that is too large:
/// past [`MAX_SIDE`] or [`MAX_PIXELS`], or past 100 million pixels in a format that is decoded as a whole.
pub fn decode_with_notes(bytes: &[u8]) -> Result<(Photo, Vec<Note>)> {
    if bytes.is_empty() {
        return Err(Error::photo(EXPECTED, "0 bytes"));
    }
    let mut notes = Vec::new();
    let photo = match image::guess_format(bytes) {
        Ok(ImageFormat::Jpeg) => jpeg::decode(bytes, &mut notes)?,
        Ok(ImageFormat::Png) => png::decode(bytes, &mut notes)?,
        Ok(ImageFormat::WebP) => reduced(other::webp(bytes, &mut notes)?),
        #[cfg(not(target_arch = "wasm32"))]
        Ok(ImageFormat::Gif) => reduced(gif::decode(bytes, &mut notes)?),
        #[cfg(not(target_arch = "wasm32"))]
        Ok(ImageFormat::Bmp) => reduced(bmp::decode(bytes, &mut notes)?),
        #[cfg(not(target_arch = "wasm32"))]
        Ok(ImageFormat::Tiff) => reduced(tiff::decode(bytes, &mut notes)?),
        _ => {
            let found =
                formats::named(bytes).map_or_else(|| format!("{} bytes of something else", bytes.len()), String::from);
            return Err(Error::photo(EXPECTED, found));
        }
    };
    Ok((photo, notes))
}

/// As [`divisor`] says.
fn reduced(photo: Photo) -> Photo {
    match divisor(photo.width, photo.height) {
        1 => photo,
        divisor => photo.divided(divisor),
    }
}

fn first_frame(format: &str) -> Note {
    Note { code: "first-frame", message: format!("an animated {format}: its first frame was read") }
}

/// What to say of a picture of which not all rows are there; an error where it is not most of them.
fn ends_early(format: &str, rows: u32, height: u32, bytes: &[u8]) -> Result<Note> {
    let (most, of) = MOST;
    if u64::from(rows) * u64::from(of) < u64::from(height) * u64::from(most) {
        let found = format!("{} bytes that end early, with {rows} of its {height} rows", bytes.len());
        return Err(Error::photo(format!("a whole {format}"), found));
    }
    Ok(Note { code: ENDS_EARLY, message: format!("a {format} that ends early: {rows} of its {height} rows were read") })
}

/// Whether a picture may have that size in pixels.
///
/// # Errors
/// [`Error::Photo`] beyond [`MAX_SIDE`] or [`MAX_PIXELS`], and where either side is 0.
pub fn check_size(width: u32, height: u32) -> Result<()> {
    check_pixels(width, height, MAX_PIXELS)
}

/// Whether a picture that is decoded as a whole may have that size.
fn check_whole_size(width: u32, height: u32) -> Result<()> {
    check_pixels(width, height, MAX_WHOLE_PIXELS)
}

fn check_pixels(width: u32, height: u32, most: u64) -> Result<()> {
    if width == 0 || height == 0 {
        return Err(Error::photo("a picture of at least 1 × 1 pixels", format!("{width} × {height}")));
    }
    if width.max(height) > MAX_SIDE || u64::from(width) * u64::from(height) > most {
        let expected = format!("a picture of at most {most} pixels and {MAX_SIDE} a side");
        return Err(Error::photo(expected, format!("{width} × {height}")));
    }
    Ok(())
}
