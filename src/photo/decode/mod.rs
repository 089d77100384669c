//! Encoded bytes → upright RGB pixels; every limit is checked before any pixel is decoded.
#![deny(clippy::indexing_slicing, reason = "photos are strangers' bytes")]

mod jpeg;

use std::io::Cursor;

use image::codecs::{gif::GifDecoder, png::PngDecoder, webp::WebPDecoder};
use image::{AnimationDecoder, DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, Rgba};

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

/// Decodes JPEG, PNG, WebP, GIF or BMP, applies the EXIF orientation and composites transparency over white.
///
/// # Errors
/// [`Error::Photo`] for bytes of another format or a truncated or damaged file, for an animation or a CMYK picture, and for
/// one past [`MAX_SIDE`] or [`MAX_PIXELS`].
pub fn decode(bytes: &[u8]) -> Result<Photo> {
    let expected = "a JPEG, PNG, WebP, GIF or BMP picture";
    if bytes.is_empty() {
        return Err(Error::photo(expected, "0 bytes"));
    }
    let picture = match image::guess_format(bytes) {
        Ok(ImageFormat::Jpeg) => jpeg::decode(bytes)?,
        Ok(format) if format.reading_enabled() => by_image(bytes, format)?,
        _ => return Err(Error::photo(expected, format!("{} bytes of something else", bytes.len()))),
    };
    Ok(Photo { width: picture.width(), height: picture.height(), rgb: over_white(picture) })
}

/// Decodes all formats but JPEG, by the `image` library.
fn by_image(bytes: &[u8], format: ImageFormat) -> Result<DynamicImage> {
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
        return Err(Error::photo("one still picture", format!("an animated {name}")));
    }
    let orientation = decoder.orientation().map_err(broken)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(broken)?;
    picture.apply_orientation(orientation);
    Ok(picture)
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
        ImageFormat::WebP => Ok(WebPDecoder::new(reader)?.has_animation()),
        ImageFormat::Gif => {
            let mut decoder = GifDecoder::new(reader)?;
            decoder.set_limits(limits())?;
            for frame in decoder.into_frames().take(2).enumerate() {
                let (i, frame) = frame;
                frame?;
                if i == 1 {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        _ => Ok(false),
    }
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
