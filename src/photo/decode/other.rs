//! Formats that the `image` library decodes as a whole.

use std::borrow::Cow;
use std::io::Cursor;

use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{AnimationDecoder, ColorType, Frames, ImageDecoder, ImageError, Limits};

use super::icc::Profile;
use super::picture::Picture;
use super::{MAX_WHOLE_PIXELS, Note, Photo, check_whole_size, colour, first_frame, padded};
use crate::{Error, Result};

/// Decodes a WebP, of an animated one the first frame.
pub(super) fn webp(bytes: &[u8], notes: &mut Vec<Note>) -> Result<Photo> {
    let whole = |bytes: &[u8]| {
        let mended = without_absent_metadata(bytes);
        let decoder = WebPDecoder::new(Cursor::new(&*mended)).map_err(|e| broken(&e, "WebP", bytes))?;
        decoded(decoder, "WebP", bytes)
    };
    let picture = or_most(bytes, "WebP", |filling| filled_webp(bytes, filling), whole, notes)?;
    let is_animated = |decoder: WebPDecoder<_>| decoder.has_animation() && has_two(decoder.into_frames());
    if WebPDecoder::new(Cursor::new(&*without_absent_metadata(bytes))).is_ok_and(is_animated) {
        notes.push(first_frame("WebP"));
    }
    Ok(picture)
}

/// The whole picture, or most of one that ends early.
pub(super) fn or_most(
    bytes: &[u8],
    name: &str,
    filled: impl Fn(u8) -> Option<Vec<u8>>,
    whole: impl Fn(&[u8]) -> Result<Photo>,
    notes: &mut Vec<Note>,
) -> Result<Photo> {
    whole(bytes).or_else(|error| {
        let (picture, note) = padded::decode(bytes, name, filled, whole).ok_or(error)??;
        notes.push(note);
        Ok(picture)
    })
}

/// A lossy WebP with twice the data that its picture is said to have: other fillings are longer when they are decoded.
fn filled_webp(webp: &[u8], filling: u8) -> Option<Vec<u8>> {
    let (at, _) = chunks(webp).find(|(_, name)| *name == b"VP8 ")?;
    let stated = u32::from_le_bytes(*webp.get(at + 4..)?.first_chunk()?);
    let end = (at + 8).checked_add(stated as usize)?;
    if webp.len() >= end {
        return None;
    }
    let twice = stated.checked_mul(2)?;
    let mut filled = padded::lengthened(webp, end, filling)?;
    filled.resize(end + stated as usize, filling);
    let length = u32::try_from(filled.len() - 8).ok()?;
    for (place, number) in [(4, length), (at + 4, twice)] {
        filled.get_mut(place..place + 4)?.copy_from_slice(&number.to_le_bytes());
    }
    Some(filled)
}

/// The picture upright and in sRGB.
pub(super) fn decoded(decoder: impl ImageDecoder, name: &str, bytes: &[u8]) -> Result<Photo> {
    decoded_and(decoder, |picture| picture, name, bytes)
}

/// The same, with `mended` applied to what the decoder gives.
pub(super) fn decoded_and(
    mut decoder: impl ImageDecoder,
    mended: impl Fn(Picture) -> Picture,
    name: &str,
    bytes: &[u8],
) -> Result<Photo> {
    let broken = |e: ImageError| broken(&e, name, bytes);
    let (width, height) = decoder.dimensions();
    check_whole_size(width, height)?;
    decoder.set_limits(limits()).map_err(broken)?;
    // Where the file announces metadata that are not there, or that cannot be read, browsers show the picture without.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().ok().flatten().and_then(|icc| Profile::parse(&icc));
    let mut picture = mended(picture(decoder, name, bytes)?);
    if let Some(profile) = profile {
        picture = colour::to_srgb(picture, &profile);
    }
    Ok(picture.over_white().oriented(orientation))
}

/// What the decoder gives, with 8 bits a channel; in the browser no decoder gives others.
fn picture(decoder: impl ImageDecoder, name: &str, bytes: &[u8]) -> Result<Picture> {
    let (width, height) = decoder.dimensions();
    let colour = decoder.color_type();
    if !matches!(colour, ColorType::L8 | ColorType::La8 | ColorType::Rgb8 | ColorType::Rgba8) {
        return of_other_depth(decoder, name, bytes);
    }
    let mut values = vec![0; decoder.total_bytes() as usize];
    decoder.read_image(&mut values).map_err(|e| broken(&e, name, bytes))?;
    let picture = Picture::new(width, height, usize::from(colour.channel_count()), values);
    picture.ok_or_else(|| Error::photo(format!("a whole {name}"), "too few pixels"))
}

#[cfg(not(target_arch = "wasm32"))]
fn of_other_depth(decoder: impl ImageDecoder, name: &str, bytes: &[u8]) -> Result<Picture> {
    let picture = image::DynamicImage::from_decoder(decoder).map_err(|e| broken(&e, name, bytes))?.into_rgba8();
    let (width, height) = picture.dimensions();
    Ok(Picture { width, height, channels: 4, values: picture.into_raw() })
}

#[cfg(target_arch = "wasm32")]
fn of_other_depth(decoder: impl ImageDecoder, name: &str, _: &[u8]) -> Result<Picture> {
    Err(Error::photo("8 bits a channel", format!("a {name} of {:?}", decoder.color_type())))
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

fn has_two(frames: Frames<'_>) -> bool {
    // Behind the first frame the file may end.
    frames.take(2).filter(|frame| frame.is_ok()).count() == 2
}

/// The file without the flags of metadata that it does not have: the decoder wants all that are announced.
fn without_absent_metadata(webp: &[u8]) -> Cow<'_, [u8]> {
    const FLAGS: usize = 20;
    const ANNOUNCED: [(u8, &[u8]); 3] = [(0x20, b"ICCP"), (0x08, b"EXIF"), (0x04, b"XMP ")];
    if webp.get(12..16) != Some(b"VP8X") {
        return webp.into();
    }
    let has = |wanted: &[u8]| chunks(webp).any(|(_, name)| name == wanted);
    let absent = ANNOUNCED.iter().filter(|(_, name)| !has(name)).fold(0, |flags, (flag, _)| flags | flag);
    let mut mended = webp.to_vec();
    if let Some(flags) = mended.get_mut(FLAGS).filter(|flags| **flags & absent != 0) {
        *flags &= !absent;
        return mended.into();
    }
    webp.into()
}

/// Where a RIFF file's chunks stand, and their names.
fn chunks(riff: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut next = 12usize;
    std::iter::from_fn(move || {
        let at = next;
        let (name, length) = (riff.get(at..at + 4)?, riff.get(at + 4..at + 8)?);
        let length = u32::from_le_bytes(length.try_into().ok()?) as usize;
        next = at.checked_add(8)?.checked_add(length.checked_next_multiple_of(2)?)?;
        Some((at, name))
    })
}
