//! Bytes → upright RGB pixels, with every limit checked before any pixel is decoded.

use std::io::Cursor;

use image::codecs::{gif::GifDecoder, png::PngDecoder, webp::WebPDecoder};
use image::{
    AnimationDecoder, DynamicImage, GrayImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbImage,
};

use jpeg_decoder::PixelFormat;

use crate::{Error, Result};

/// Longest side in pixels.
pub const MAX_SIDE: u32 = 16_384;
/// Most pixels: more than any phone's camera gives, and less than a browser tab can hold.
pub const MAX_PIXELS: u64 = 100_000_000;

/// An upright photo without transparency.
#[derive(Clone)]
pub struct Photo {
    pub width: u32,
    pub height: u32,
    /// `[height, width, 3]`, red, green, blue.
    pub rgb: Vec<u8>,
}

/// Decodes JPEG, PNG, WebP, GIF or BMP; turns it upright (EXIF); lays transparency over white.
///
/// One still picture in RGB or grey: an animation or a CMYK picture is an error, as is one past [`MAX_SIDE`] or
/// [`MAX_PIXELS`].
pub fn decode(bytes: &[u8]) -> Result<Photo> {
    let expected = "a JPEG, PNG, WebP, GIF or BMP picture";
    if bytes.is_empty() {
        return Err(Error::photo(expected, "0 bytes"));
    }
    let format = image::guess_format(bytes).ok().filter(ImageFormat::reading_enabled);
    let Some(format) = format else {
        return Err(Error::photo(expected, format!("{} bytes of something else", bytes.len())));
    };
    let name = name(format);
    let broken = |e: ImageError| match e {
        ImageError::Limits(_) => {
            Error::photo(format!("a picture of at most {MAX_PIXELS} pixels"), format!("a larger {name}"))
        }
        e => Error::photo(format!("a whole {name}"), format!("{} bytes that are not ({e})", bytes.len())),
    };
    if format == ImageFormat::Jpeg && !ends_with_its_picture(bytes) {
        return Err(Error::photo("a whole JPEG", format!("{} bytes that end before the picture does", bytes.len())));
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits());
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(Error::photo("a picture of at least 1 × 1 pixels", format!("{width} × {height}")));
    }
    if width.max(height) > MAX_SIDE || u64::from(width) * u64::from(height) > MAX_PIXELS {
        let expected = format!("a picture of at most {MAX_PIXELS} pixels and {MAX_SIDE} a side");
        return Err(Error::photo(expected, format!("{width} × {height}")));
    }
    if is_animated(bytes, format).map_err(broken)? {
        return Err(Error::photo("one still picture", format!("an animated {name}")));
    }
    if format == ImageFormat::Jpeg && components(bytes) == Some(4) {
        return Err(Error::photo("a picture in RGB or grey", format!("a {name} in CMYK")));
    }
    let orientation = decoder.orientation().map_err(broken)?;
    let mut picture = match format {
        ImageFormat::Jpeg => jpeg(bytes)?,
        _ => DynamicImage::from_decoder(decoder).map_err(broken)?,
    };
    picture.apply_orientation(orientation);
    Ok(Photo { width: picture.width(), height: picture.height(), rgb: over_white(picture) })
}

/// JPEG by `jpeg-decoder`, whose chroma upsampling rounds to the nearest like libjpeg's, on which the encoders' weights were
/// trained; the decoder inside `image` rounds up twice, which tints every photo.
fn jpeg(bytes: &[u8]) -> Result<DynamicImage> {
    let broken = |e: String| Error::photo("a whole JPEG", format!("{} bytes that are not ({e})", bytes.len()));
    let mut decoder = jpeg_decoder::Decoder::new(bytes);
    decoder.set_max_decoding_buffer_size(MAX_PIXELS as usize * 3);
    let pixels = decoder.decode().map_err(|e| broken(e.to_string()))?;
    let info = decoder.info().ok_or_else(|| broken("no header".into()))?;
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    let picture = match info.pixel_format {
        PixelFormat::L8 => GrayImage::from_raw(width, height, pixels).map(DynamicImage::ImageLuma8),
        PixelFormat::RGB24 => RgbImage::from_raw(width, height, pixels).map(DynamicImage::ImageRgb8),
        other => {
            return Err(Error::photo("a picture in RGB or grey, 8 bits a channel", format!("a JPEG in {other:?}")));
        }
    };
    picture.ok_or_else(|| broken("too few pixels".into()))
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_PIXELS * 8);
    limits
}

fn name(format: ImageFormat) -> &'static str {
    match format {
        ImageFormat::Jpeg => "JPEG",
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

/// Whether an end-of-image marker follows the first scan: the decoder paints what is missing grey without a word.
fn ends_with_its_picture(jpeg: &[u8]) -> bool {
    let scan = segments(jpeg).find(|(marker, _)| *marker == 0xda);
    scan.is_some_and(|(_, at)| jpeg[at..].windows(2).any(|w| w == [0xff, 0xd9]))
}

/// How many components the frame header names; the decoder makes RGB of four, and does not say so.
fn components(jpeg: &[u8]) -> Option<u8> {
    // Of these codes C4, C8 and CC are no frame headers (ITU-T T.81, table B.1).
    let frame = |marker: u8| matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc);
    let (_, at) = segments(jpeg).find(|(marker, _)| frame(*marker))?;
    jpeg.get(at + 9).copied()
}

/// Markers up to the first scan, each with where it lies.
fn segments(jpeg: &[u8]) -> impl Iterator<Item = (u8, usize)> {
    let mut next = 2;
    std::iter::from_fn(move || {
        loop {
            let at = next;
            let [0xff, marker] = *jpeg.get(at..at + 2)? else { return None };
            next += match marker {
                0xff => 1,
                0xd0..=0xd9 | 0x01 => 2,
                _ => 2 + usize::from(u16::from_be_bytes([*jpeg.get(at + 2)?, *jpeg.get(at + 3)?])),
            };
            if marker != 0xff {
                return Some((marker, at));
            }
        }
    })
}

fn over_white(picture: DynamicImage) -> Vec<u8> {
    if !picture.color().has_alpha() {
        return picture.into_rgb8().into_raw();
    }
    let blend = |value: u8, alpha: u8| {
        let (value, alpha) = (u32::from(value), u32::from(alpha));
        ((value * alpha + 255 * (255 - alpha) + 127) / 255) as u8
    };
    picture.into_rgba8().pixels().flat_map(|p| [0, 1, 2].map(|c| blend(p[c], p[3]))).collect()
}
