use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, RgbImage};
use jpeg_decoder::{ColorTransform, Decoder, PixelFormat};

use super::icc::Profile;
use super::{MAX_PIXELS, check_size, colour};
use crate::{Error, Result};

/// Decodes by `jpeg-decoder`, whose chroma upsampling rounds to the nearest like libjpeg's, with which the encoders' training
/// photos were decoded; the decoder of `image` rounds up twice, which shifts the hue of every photo.
pub(super) fn decode(bytes: &[u8]) -> Result<DynamicImage> {
    let broken = |e: String| Error::photo("a whole JPEG", format!("{} bytes that are not ({e})", bytes.len()));
    if let Some(found) = unusual(bytes) {
        return Err(Error::photo("a JPEG, PNG, WebP, GIF or BMP picture", found));
    }
    if !ends_with_its_picture(bytes) {
        return Err(Error::photo("a whole JPEG", format!("{} bytes that end before the picture does", bytes.len())));
    }
    let mut decoder = Decoder::new(bytes);
    decoder.set_max_decoding_buffer_size(MAX_PIXELS as usize * 4);
    let adobe = adobe_transform(bytes);
    // The decoder believes the components' numbers before Adobe's marker.
    if adobe == Some(0) && components(bytes) == Some(3) && !segments(bytes).any(|(marker, _)| marker == JFIF) {
        decoder.set_color_transform(ColorTransform::RGB);
    }
    decoder.read_info().map_err(|e| broken(e.to_string()))?;
    let info = decoder.info().ok_or_else(|| broken("no header".into()))?;
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    check_size(width, height)?;
    let mut pixels = decoder.decode().map_err(|e| broken(e.to_string()))?;
    let profile = decoder.icc_profile().and_then(|icc| Profile::parse(&icc));
    let picture = match info.pixel_format {
        PixelFormat::L8 => GrayImage::from_raw(width, height, pixels).map(DynamicImage::ImageLuma8),
        PixelFormat::RGB24 => RgbImage::from_raw(width, height, pixels).map(DynamicImage::ImageRgb8),
        PixelFormat::CMYK32 => {
            // The decoder expects inverted values, as Adobe writes them.
            if adobe.is_none() {
                pixels.iter_mut().for_each(|value| *value = 255 - *value);
            }
            let rgb = colour::cmyk_to_rgb(&pixels);
            RgbImage::from_raw(width, height, rgb).map(DynamicImage::ImageRgb8)
        }
        PixelFormat::L16 => return Err(Error::photo("8 bits a channel", "a JPEG of 16")),
    };
    let mut picture = picture.ok_or_else(|| broken("too few pixels".into()))?;
    if let Some(profile) = profile {
        picture = colour::to_srgb(picture, &profile);
    }
    let orientation = exif(bytes).and_then(Orientation::from_exif_chunk);
    picture.apply_orientation(orientation.unwrap_or(Orientation::NoTransforms));
    Ok(picture)
}

const SCAN: u8 = 0xda;
const JFIF: u8 = 0xe0;
const APP1: u8 = 0xe1;
const ADOBE: u8 = 0xee;

/// A segment's data behind an identifier.
fn data<'a>(jpeg: &'a [u8], at: usize, identifier: &[u8]) -> Option<&'a [u8]> {
    let length = usize::from(u16::from_be_bytes([*jpeg.get(at + 2)?, *jpeg.get(at + 3)?]));
    jpeg.get(at + 4..at + 2 + length)?.strip_prefix(identifier)
}

/// The first EXIF block: a second one is that of an editor which forgot it.
fn exif(jpeg: &[u8]) -> Option<&[u8]> {
    segments(jpeg).filter(|(marker, _)| *marker == APP1).find_map(|(_, at)| data(jpeg, at, b"Exif\0\0"))
}

/// What Adobe's marker says of the colours: 0 for RGB or CMYK, 1 for YCbCr, 2 for YCCK.
fn adobe_transform(jpeg: &[u8]) -> Option<u8> {
    let found = segments(jpeg).filter(|(marker, _)| *marker == ADOBE).find_map(|(_, at)| data(jpeg, at, b"Adobe"))?;
    found.get(6).copied()
}

/// What makes a JPEG one that is not read.
pub(super) fn unusual(jpeg: &[u8]) -> Option<&'static str> {
    let (marker, at) = segments(jpeg).find(|(marker, _)| is_frame(*marker))?;
    match (marker, jpeg.get(at + 4)?) {
        (0xc9..=0xcf, _) => Some("a JPEG with arithmetic coding: save it anew, with Huffman coding"),
        (_, 12) => Some("a JPEG of 12 bits a channel: save it with 8"),
        _ => None,
    }
}

/// Whether an end-of-image marker follows the first scan: of a truncated file the decoder fills the rest with grey and reports
/// no error.
fn ends_with_its_picture(jpeg: &[u8]) -> bool {
    let scan = segments(jpeg).find(|(marker, _)| *marker == SCAN).and_then(|(_, at)| jpeg.get(at..));
    scan.is_some_and(|scan| scan.windows(2).any(|w| w == [0xff, 0xd9]))
}

/// Number of components in the frame header.
fn components(jpeg: &[u8]) -> Option<u8> {
    let (_, at) = segments(jpeg).find(|(marker, _)| is_frame(*marker))?;
    jpeg.get(at + 9).copied()
}

/// Of these markers C4, C8 and CC are no frame headers (ITU-T T.81, table B.1).
fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc)
}

/// Markers up to the first scan, each with its byte offset.
fn segments(jpeg: &[u8]) -> impl Iterator<Item = (u8, usize)> {
    let mut next = 2;
    let mut is_over = false;
    std::iter::from_fn(move || {
        loop {
            // Behind the scan there may be further pictures, whose metadata are not this one's.
            if is_over {
                return None;
            }
            let at = next;
            let [0xff, marker] = *jpeg.get(at..at + 2)? else {
                // Stray bytes between segments are skipped, as the decoder does.
                next += 1;
                continue;
            };
            next += match marker {
                0xff => 1,
                0xd0..=0xd9 | 0x01 => 2,
                _ => 2 + usize::from(u16::from_be_bytes([*jpeg.get(at + 2)?, *jpeg.get(at + 3)?])),
            };
            is_over = marker == SCAN;
            if marker != 0xff {
                return Some((marker, at));
            }
        }
    })
}
