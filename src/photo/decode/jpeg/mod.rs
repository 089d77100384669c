//! JPEG: baseline, progressive, grey, CMYK and YCCK, reduced while it is decoded, and what of a damaged one is there.

mod extent;
mod huffman;
mod segments;
mod stream;

use image::metadata::Orientation;
use jpeg_decoder::{ColorTransform, Decoder, PixelFormat};

use self::extent::Extent;
use self::segments::{Frame, Process, adobe_transform, exif, is_jfif, unusual};
use self::stream::Stream;
use super::icc::Profile;
use super::picture::Picture;
use super::reduce::divisor;
use super::{EXPECTED, MAX_PIXELS, Note, Photo, check_size, colour, ends_early};
use crate::{Error, Result};

/// Most bytes of a progressive picture's coefficients, all of which are in memory at once.
const MAX_COEFFICIENT_BYTES: u64 = 200_000_000;

/// Decodes by `jpeg-decoder`, whose chroma upsampling rounds to the nearest like libjpeg's, with which the encoders' training
/// photos were decoded; the decoder of `image` rounds up twice, which shifts the hue of every photo. A large picture is decoded
/// at 1/2, 1/4 or 1/8 of its size, from the lower frequencies alone.
pub(super) fn decode(bytes: &[u8], notes: &mut Vec<Note>) -> Result<Photo> {
    if let Some(found) = unusual(bytes) {
        return Err(Error::photo(EXPECTED, found));
    }
    let broken = |found: &str| Error::photo("a whole JPEG", format!("{} bytes that {found}", bytes.len()));
    let frame = Frame::of(bytes).ok_or_else(|| broken("are not one"))?;
    check_size(frame.width, frame.height)?;
    if frame.process == Process::Lossless {
        return Err(Error::photo(EXPECTED, "a lossless JPEG: save it as an ordinary one, or as PNG"));
    }
    let coefficients = frame.coefficient_bytes();
    if frame.process == Process::Progressive && coefficients > MAX_COEFFICIENT_BYTES {
        let (expected, size) = (MAX_COEFFICIENT_BYTES / 1_000_000, coefficients / 1_000_000);
        let found = format!("a progressive one of {size} MB: save it as a baseline JPEG, or smaller");
        return Err(Error::photo(format!("a JPEG whose coefficients take at most {expected} MB"), found));
    }
    let photo = match pixels(Stream::checked(bytes), bytes, &frame) {
        Ok(photo) => photo,
        Err(error) => {
            let extent = extent::of(bytes, &frame).filter(|extent| extent.explains_failure(&frame)).ok_or(error)?;
            cropped(pixels(Stream::filled(&mended(bytes, &extent)), bytes, &frame)?, &extent, &frame, bytes, notes)?
        }
    };
    let orientation = exif(bytes).and_then(Orientation::from_exif_chunk);
    Ok(photo.oriented(orientation.unwrap_or(Orientation::NoTransforms)))
}

/// The picture as it lies, in sRGB.
fn pixels(stream: Stream<'_>, bytes: &[u8], frame: &Frame) -> Result<Photo> {
    let broken = |e: String| Error::photo("a whole JPEG", format!("{} bytes that are not ({e})", bytes.len()));
    let mut decoder = Decoder::new(stream);
    decoder.set_max_decoding_buffer_size(MAX_PIXELS as usize * 4);
    let adobe = adobe_transform(bytes);
    // The decoder believes the components' numbers before Adobe's marker.
    if adobe == Some(0) && frame.components.len() == 3 && !is_jfif(bytes) {
        decoder.set_color_transform(ColorTransform::RGB);
    }
    decoder.read_info().map_err(|e| broken(e.to_string()))?;
    let divisor = divisor(frame.width, frame.height);
    if divisor > 1 {
        let side = |side: u32| side.div_ceil(divisor) as u16;
        decoder.scale(side(frame.width), side(frame.height)).map_err(|e| broken(e.to_string()))?;
    }
    let mut pixels = decoder.decode().map_err(|e| broken(e.to_string()))?;
    let profile = decoder.icc_profile().and_then(|icc| Profile::parse(&icc));
    let info = decoder.info().ok_or_else(|| broken("no header".into()))?;
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    let channels = match info.pixel_format {
        PixelFormat::L8 => 1,
        PixelFormat::RGB24 => 3,
        PixelFormat::CMYK32 => {
            // The decoder expects inverted values, as Adobe writes them.
            if adobe.is_none() {
                pixels.iter_mut().for_each(|value| *value = 255 - *value);
            }
            pixels = colour::cmyk_to_rgb(&pixels);
            3
        }
        PixelFormat::L16 => return Err(Error::photo("8 bits a channel", "a JPEG of 16")),
    };
    let picture = Picture::new(width, height, channels, pixels).ok_or_else(|| broken("too few pixels".into()))?;
    let picture = match profile {
        Some(profile) => colour::to_srgb(picture, &profile),
        None => picture,
    };
    Ok(picture.over_white())
}

/// The file without stray bytes, up to where it can be decoded.
fn mended(jpeg: &[u8], extent: &Extent) -> Vec<u8> {
    let mut mended = Vec::with_capacity(jpeg.len());
    let mut from = 0;
    for stray in extent.stray.iter().filter(|stray| stray.end <= extent.end) {
        mended.extend_from_slice(jpeg.get(from..stray.start).unwrap_or_default());
        from = stray.end;
    }
    mended.extend_from_slice(jpeg.get(from..extent.end).unwrap_or_default());
    mended
}

/// The rows that are there, where they are most.
fn cropped(photo: Photo, extent: &Extent, frame: &Frame, bytes: &[u8], notes: &mut Vec<Note>) -> Result<Photo> {
    if extent.rows == frame.height {
        if extent.lacks_details {
            let message = "a JPEG that ends early: its finest details are missing".into();
            notes.push(Note { code: super::ENDS_EARLY, message });
        }
        return Ok(photo);
    }
    notes.push(ends_early("JPEG", extent.rows, frame.height, bytes)?);
    let rows = (extent.rows / divisor(frame.width, frame.height)).max(1);
    Ok(photo.rows(0..rows))
}
