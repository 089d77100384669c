//! Encoded bytes → upright RGB pixels; every limit is checked before any pixel is decoded.
#![deny(clippy::indexing_slicing, reason = "photos are strangers' bytes")]

mod colour;
mod formats;
mod icc;
mod jpeg;

use std::borrow::Cow;
use std::io::Cursor;

use image::codecs::{gif::GifDecoder, png::PngDecoder, webp::WebPDecoder};
use image::metadata::Orientation;
use image::{AnimationDecoder, DynamicImage, Frames, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, Rgba};

use self::icc::Profile;
use crate::{Error, Result};

/// Longest side in pixels.
pub const MAX_SIDE: u32 = 16_384;
/// Most pixels: more than a phone's camera has, and fewer than fill the memory of a browser tab.
pub const MAX_PIXELS: u64 = 100_000_000;

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

/// Decodes JPEG, PNG, WebP, GIF or BMP, of an animation the first frame, which a note says; converts embedded colour profiles to sRGB, applies the EXIF orientation and composites
/// transparency over white.
///
/// # Errors
/// [`Error::Photo`] for bytes of another format, which it names, or a truncated or damaged file, and for one past [`MAX_SIDE`] or [`MAX_PIXELS`].
pub fn decode_with_notes(bytes: &[u8]) -> Result<(Photo, Vec<Note>)> {
    let expected = "a JPEG, PNG, WebP, GIF or BMP picture";
    if bytes.is_empty() {
        return Err(Error::photo(expected, "0 bytes"));
    }
    let mut notes = Vec::new();
    let picture = match image::guess_format(bytes) {
        Ok(ImageFormat::Jpeg) => jpeg::decode(bytes)?,
        Ok(ImageFormat::WebP) => by_image(&without_absent_metadata(bytes), ImageFormat::WebP, &mut notes)?,
        Ok(format) if format.reading_enabled() => by_image(bytes, format, &mut notes)?,
        _ => {
            let found =
                formats::named(bytes).map_or_else(|| format!("{} bytes of something else", bytes.len()), String::from);
            return Err(Error::photo(expected, found));
        }
    };
    Ok((Photo { width: picture.width(), height: picture.height(), rgb: over_white(picture) }, notes))
}

/// Decodes all formats but JPEG, by the `image` library.
fn by_image(bytes: &[u8], format: ImageFormat, notes: &mut Vec<Note>) -> Result<DynamicImage> {
    let name = name(format);
    let broken = |e: ImageError| match e {
        ImageError::Limits(_) => {
            Error::photo(format!("a picture of at most {MAX_PIXELS} pixels"), format!("a larger {name}"))
        }
        e => Error::photo(format!("a whole {name}"), format!("{} bytes that are not ({e})", bytes.len())),
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits());
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    check_size(width, height)?;
    if is_animated(bytes, format).map_err(broken)? {
        let message = format!("an animated {name}: its first frame was read");
        notes.push(Note { code: "first-frame", message });
    }
    // Where the file announces metadata that are not there, or that cannot be read, browsers show the picture without.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile =
        decoder.icc_profile().ok().flatten().map_or_else(|| stated_in_png(bytes, format), |icc| Profile::parse(&icc));
    let mut picture = DynamicImage::from_decoder(decoder).map_err(broken)?;
    if format == ImageFormat::Bmp {
        picture = opaque_unless_used(picture);
    }
    if let Some(profile) = profile {
        picture = colour::to_srgb(picture, &profile);
    }
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// The profile of a PNG that states its colours in another way: by the codes of video, or by an exponent.
fn stated_in_png(bytes: &[u8], format: ImageFormat) -> Option<Profile> {
    let reader = || png::Decoder::new(Cursor::new(bytes)).read_info().ok();
    let reader = (format == ImageFormat::Png).then(reader).flatten()?;
    let info = reader.info();
    if let Some(codes) = &info.coding_independent_code_points {
        return colour::video(codes.color_primaries, codes.transfer_function);
    }
    let stated = info.gama_chunk.filter(|_| info.srgb.is_none())?;
    colour::gamma(stated.into_value())
}

/// The file without the flags of metadata that it does not have: the decoder wants all that are announced.
fn without_absent_metadata(webp: &[u8]) -> Cow<'_, [u8]> {
    const FLAGS: usize = 20;
    const ANNOUNCED: [(u8, &[u8]); 3] = [(0x20, b"ICCP"), (0x08, b"EXIF"), (0x04, b"XMP ")];
    if webp.get(12..16) != Some(b"VP8X") {
        return webp.into();
    }
    let has = |name: &[u8]| chunks(webp).any(|chunk| chunk == name);
    let absent = ANNOUNCED.iter().filter(|(_, name)| !has(name)).fold(0, |flags, (flag, _)| flags | flag);
    let mut mended = webp.to_vec();
    if let Some(flags) = mended.get_mut(FLAGS).filter(|flags| **flags & absent != 0) {
        *flags &= !absent;
        return mended.into();
    }
    webp.into()
}

/// The names of a RIFF file's chunks.
fn chunks(riff: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut at = 12usize;
    std::iter::from_fn(move || {
        let (name, length) = (riff.get(at..at + 4)?, riff.get(at + 4..at + 8)?);
        let length = u32::from_le_bytes(length.try_into().ok()?) as usize;
        at = at.checked_add(8)?.checked_add(length.checked_next_multiple_of(2)?)?;
        Some(name)
    })
}

/// A BMP without its alpha channel where that is 0 throughout: the fourth byte of many writers is unused.
fn opaque_unless_used(picture: DynamicImage) -> DynamicImage {
    match picture {
        DynamicImage::ImageRgba8(pixels) if pixels.pixels().all(|pixel| pixel.0[3] == 0) => {
            DynamicImage::ImageRgb8(DynamicImage::ImageRgba8(pixels).into_rgb8())
        }
        picture => picture,
    }
}

fn check_size(width: u32, height: u32) -> Result<()> {
    if width == 0 || height == 0 {
        return Err(Error::photo("a picture of at least 1 × 1 pixels", format!("{width} × {height}")));
    }
    if width.max(height) > MAX_SIDE || u64::from(width) * u64::from(height) > MAX_PIXELS {
        let expected = format!("a picture of at most {MAX_PIXELS} pixels and {MAX_SIDE} a side");
        return Err(Error::photo(expected, format!("{width} × {height}")));
    }
    Ok(())
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_PIXELS * 8);
    limits
}

fn name(format: ImageFormat) -> &'static str {
    match format {
        ImageFormat::Png => "PNG",
        ImageFormat::WebP => "WebP",
        ImageFormat::Gif => "GIF",
        _ => "BMP",
    }
}

fn is_animated(bytes: &[u8], format: ImageFormat) -> image::ImageResult<bool> {
    let reader = Cursor::new(bytes);
    match format {
        ImageFormat::Png => PngDecoder::with_limits(reader, limits())?.is_apng(),
        ImageFormat::WebP => {
            let decoder = WebPDecoder::new(reader)?;
            Ok(decoder.has_animation() && has_two(decoder.into_frames())?)
        }
        ImageFormat::Gif => {
            let mut decoder = GifDecoder::new(reader)?;
            decoder.set_limits(limits())?;
            has_two(decoder.into_frames())
        }
        _ => Ok(false),
    }
}

fn has_two(mut frames: Frames) -> image::ImageResult<bool> {
    frames.next().transpose()?;
    // Behind the first frame the file may end without its trailer.
    Ok(frames.next().is_some_and(|frame| frame.is_ok()))
}

/// `[height, width, 3]`, composited over white.
fn over_white(picture: DynamicImage) -> Vec<u8> {
    if !picture.color().has_alpha() {
        return picture.into_rgb8().into_raw();
    }
    let blend = |value: u8, alpha: u8| {
        let (value, alpha) = (u32::from(value), u32::from(alpha));
        ((value * alpha + 255 * (255 - alpha) + 127) / 255) as u8
    };
    let over_white =
        |Rgba([red, green, blue, alpha]): &Rgba<u8>| [*red, *green, *blue].map(|value| blend(value, *alpha));
    picture.into_rgba8().pixels().flat_map(over_white).collect()
}
