//! Formats that are not read, by their names, and what to do about them.

use super::check_whole_size;
use crate::Result;

/// Formats of which some browsers have a decoder; of GIF and BMP all have, so that no other is downloaded.
const OF_BROWSERS: [&str; 5] = ["AVIF", "HEIC", "JPEG XL", "GIF", "BMP"];
const GIF: &str = "GIF that is not whole: save it as PNG";
const BMP: &str = "BMP that is not whole: save it as PNG";

/// The name of a file's format where it is one of those that browsers decode, all or some: AVIF, HEIC, JPEG XL, GIF or BMP.
/// The first 64 bytes are enough.
///
/// # Errors
/// For a GIF or BMP that is said to be larger than a photo may be.
pub fn only_browsers_read(bytes: &[u8]) -> Result<Option<&'static str>> {
    let found = named(bytes);
    if let Some((width, height)) = found.and_then(|name| stated_size(name, bytes)) {
        check_whole_size(width, height)?;
    }
    Ok(found.and_then(of_browsers))
}

fn of_browsers(found: &str) -> Option<&'static str> {
    OF_BROWSERS.into_iter().find(|name| found.starts_with(name))
}

/// What a file is and what its owner can do; `None` where its first bytes say nothing.
pub(super) fn named(bytes: &[u8]) -> Option<&'static str> {
    let begins = |magic: &[u8]| bytes.starts_with(magic);
    let container = bytes.get(4..12).filter(|kind| kind.starts_with(b"ftyp")).and_then(|kind| kind.get(4..));
    let found = match container {
        Some(b"avif" | b"avis") => AVIF,
        Some(b"mif1" | b"msf1") if is_compatible_with(bytes, b"avif") => AVIF,
        Some(b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1") => {
            "HEIC, as iPhones store it: choose Most Compatible in the camera's settings, or share it as JPEG"
        }
        Some(b"qt  ") => "a QuickTime film: take a picture of it",
        Some(_) => "MP4, a film: take a picture of it",
        None if begins(b"\xff\x0a") || begins(b"\0\0\0\x0cJXL ") => "JPEG XL: save it as JPEG, PNG or WebP",
        None if begins(b"GIF87a") || begins(b"GIF89a") => GIF,
        None if begins(b"BM") => BMP,
        None if begins(b"\0\0\x01\0") => "ICO, an icon: save it as PNG",
        None if begins(b"II*\0") || begins(b"MM\0*") || begins(b"II+\0") || begins(b"MM\0+") => {
            "TIFF, or a camera's raw file: save it as JPEG"
        }
        None if begins(b"\0\0\0\x0cjP  ") || begins(b"\xff\x4f\xff\x51") => "JPEG 2000: save it as JPEG",
        None if begins(b"8BPS") => "PSD, a Photoshop document: export it as JPEG or PNG",
        None if begins(b"%PDF") => "PDF, a document: save its picture as JPEG or PNG",
        None if begins(b"PK\x03\x04") => "ZIP, an archive: give the picture in it",
        None => return text(bytes),
    };
    Some(found)
}

/// Width and height as a GIF or BMP states them; of a BMP's oldest kind they have two bytes.
fn stated_size(name: &str, bytes: &[u8]) -> Option<(u32, u32)> {
    let short = |at: usize| Some(u32::from(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?)));
    let long = |at: usize| Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
    match name {
        GIF => Some((short(6)?, short(8)?)),
        BMP if long(14)? == 12 => Some((short(18)?, short(20)?)),
        BMP => Some((long(18)?, long(22)?.cast_signed().unsigned_abs())),
        _ => None,
    }
}

const AVIF: &str = "AVIF: save it as JPEG, PNG or WebP";

/// Whether a file in the container of ISO/IEC 14496-12 names a brand among those that it is compatible with.
fn is_compatible_with(bytes: &[u8], brand: &[u8; 4]) -> bool {
    let length = bytes.first_chunk().map_or(0, |length| u32::from_be_bytes(*length) as usize);
    let brands = bytes.get(16..length.min(bytes.len())).unwrap_or_default();
    brands.as_chunks().0.contains(brand)
}

/// Most bytes in which a document says what it is.
const MAX_START: usize = 512;

fn text(bytes: &[u8]) -> Option<&'static str> {
    let start = bytes.get(..bytes.len().min(MAX_START))?;
    let start = String::from_utf8_lossy(start).trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).to_lowercase();
    let is_markup = start.starts_with('<');
    match start {
        start if is_markup && start.contains("<svg") => Some("SVG, a drawing: save it as PNG"),
        start if start.starts_with("<!doctype html") || start.starts_with("<html") => {
            Some("HTML, a page: its address may be that of a page about the picture, not of the picture")
        }
        start if start.starts_with("data:image/") => Some("a data URI: give the picture that it encodes"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_known_by_their_first_bytes() {
        let is = |bytes: &[u8], name: &str| assert!(named(bytes).is_some_and(|found| found.contains(name)), "{name}");
        is(b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC");
        is(b"\0\0\0\x18ftypavif\0\0\0\0", "AVIF");
        is(b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", "AVIF");
        is(b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "HEIC");
        is(b"\0\0\0\x18ftypisom\0\0\0\0", "MP4");
        is(b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL");
        is(b"II*\0\x08\0\0\0", "TIFF");
        is(b"\xef\xbb\xbf\n<?xml version='1.0'?><svg xmlns=''>", "SVG");
        is(b"<!DOCTYPE html><title>404</title>", "HTML");
        let read = |bytes: &[u8]| only_browsers_read(bytes).unwrap();
        assert_eq!(read(b"\xff\x0a\0\0"), Some("JPEG XL"));
        assert_eq!(read(b"GIF89a\x40\0\x30\0"), Some("GIF"));
        assert_eq!(read(b"BM"), Some("BMP"));
        assert_eq!(read(b"%PDF-1.7"), None);
        only_browsers_read(b"GIF89a\x20\x4e\x20\x4e").unwrap_err();
        assert_eq!(named(b"any other text"), None);
        assert_eq!(named(b"\0\0"), None);
    }
}
