use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, RgbImage};
use jpeg_decoder::{Decoder, PixelFormat};

use super::{MAX_PIXELS, check_size};
use crate::{Error, Result};

/// Decodes by `jpeg-decoder`, whose chroma upsampling rounds to the nearest like libjpeg's, with which the encoders' training
/// photos were decoded; the decoder of `image` rounds up twice, which shifts the hue of every photo.
pub(super) fn decode(bytes: &[u8]) -> Result<DynamicImage> {
    let broken = |e: String| Error::photo("a whole JPEG", format!("{} bytes that are not ({e})", bytes.len()));
    if !ends_with_its_picture(bytes) {
        return Err(Error::photo("a whole JPEG", format!("{} bytes that end before the picture does", bytes.len())));
    }
    let mut decoder = Decoder::new(bytes);
    decoder.set_max_decoding_buffer_size(MAX_PIXELS as usize * 3);
    decoder.read_info().map_err(|e| broken(e.to_string()))?;
    let info = decoder.info().ok_or_else(|| broken("no header".into()))?;
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    check_size(width, height)?;
    if components(bytes) == Some(4) {
        return Err(Error::photo("a picture in RGB or grey", "a JPEG in CMYK"));
    }
    let pixels = decoder.decode().map_err(|e| broken(e.to_string()))?;
    let picture = match info.pixel_format {
        PixelFormat::L8 => GrayImage::from_raw(width, height, pixels).map(DynamicImage::ImageLuma8),
        PixelFormat::RGB24 => RgbImage::from_raw(width, height, pixels).map(DynamicImage::ImageRgb8),
        other => {
            return Err(Error::photo("a picture in RGB or grey, 8 bits a channel", format!("a JPEG in {other:?}")));
        }
    };
    let mut picture = picture.ok_or_else(|| broken("too few pixels".into()))?;
    let orientation = decoder.exif_data().and_then(Orientation::from_exif_chunk);
    picture.apply_orientation(orientation.unwrap_or(Orientation::NoTransforms));
    Ok(picture)
}

/// Whether an end-of-image marker follows the first scan: of a truncated file the decoder fills the rest with grey and reports
/// no error.
fn ends_with_its_picture(jpeg: &[u8]) -> bool {
    let scan = segments(jpeg).find(|(marker, _)| *marker == 0xda).and_then(|(_, at)| jpeg.get(at..));
    scan.is_some_and(|scan| scan.windows(2).any(|w| w == [0xff, 0xd9]))
}

/// Number of components in the frame header: the decoder converts four to RGB without reporting it.
fn components(jpeg: &[u8]) -> Option<u8> {
    // Of these markers C4, C8 and CC are no frame headers (ITU-T T.81, table B.1).
    let frame = |marker: u8| matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc);
    let (_, at) = segments(jpeg).find(|(marker, _)| frame(*marker))?;
    jpeg.get(at + 9).copied()
}

/// Markers up to the first scan, each with its byte offset.
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
