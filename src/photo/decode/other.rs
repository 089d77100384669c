//! Formats that the `image` library decodes as a whole.

use std::borrow::Cow;
use std::io::Cursor;

use image::codecs::{bmp::BmpDecoder, webp::WebPDecoder};
use image::metadata::Orientation;
use image::{AnimationDecoder, DynamicImage, Frames, ImageDecoder, ImageError, ImageResult, Limits};

use super::icc::Profile;
use super::{MAX_WHOLE_PIXELS, Note, check_whole_size, colour, first_frame};
use crate::{Error, Result};

/// Decodes a WebP, of an animated one the first frame.
pub(super) fn webp(bytes: &[u8], notes: &mut Vec<Note>) -> Result<DynamicImage> {
    let mended = without_absent_metadata(bytes);
    let decoder = || WebPDecoder::new(Cursor::new(&*mended)).map_err(|e| broken(&e, "WebP", bytes));
    let picture = decoded(decoder()?, "WebP", bytes)?;
    let animated = decoder()?;
    if animated.has_animation() && has_two(animated.into_frames()).map_err(|e| broken(&e, "WebP", bytes))? {
        notes.push(first_frame("WebP"));
    }
    Ok(picture)
}

pub(super) fn bmp(bytes: &[u8]) -> Result<DynamicImage> {
    let decoder = BmpDecoder::new(Cursor::new(bytes)).map_err(|e| broken(&e, "BMP", bytes))?;
    decoded(decoder, "BMP", bytes).map(opaque_unless_used)
}

/// The picture upright and in sRGB.
pub(super) fn decoded(mut decoder: impl ImageDecoder, name: &str, bytes: &[u8]) -> Result<DynamicImage> {
    let broken = |e: ImageError| broken(&e, name, bytes);
    let (width, height) = decoder.dimensions();
    check_whole_size(width, height)?;
    decoder.set_limits(limits()).map_err(broken)?;
    // Where the file announces metadata that are not there, or that cannot be read, browsers show the picture without.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().ok().flatten().and_then(|icc| Profile::parse(&icc));
    let mut picture = DynamicImage::from_decoder(decoder).map_err(broken)?;
    if let Some(profile) = profile {
        picture = colour::to_srgb(picture, &profile);
    }
    picture.apply_orientation(orientation);
    Ok(picture)
}

pub(super) fn broken(error: &ImageError, name: &str, bytes: &[u8]) -> Error {
    match error {
        ImageError::Limits(_) => {
            Error::photo(format!("a picture of at most {MAX_WHOLE_PIXELS} pixels"), format!("a larger {name}"))
        }
        e => Error::photo(format!("a whole {name}"), format!("{} bytes that are not ({e})", bytes.len())),
    }
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_WHOLE_PIXELS * 8);
    limits
}

fn has_two(mut frames: Frames<'_>) -> ImageResult<bool> {
    frames.next().transpose()?;
    // Behind the first frame the file may end.
    Ok(frames.next().is_some_and(|frame| frame.is_ok()))
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
