//! TIFF, as scanners and studios give it; not in the browser, whose download it would enlarge.

use std::io::Cursor;
use std::path::Path;

use image::codecs::tiff::TiffDecoder;

use super::other::decoded;
use super::{EXPECTED, Note, Photo};
use crate::{Error, Result};

/// Tags of TIFF 6.0, and of DNG 1.7, whose first directory may be that of a small preview.
const NEW_SUBFILE_TYPE: u16 = 254;
const DNG_VERSION: u16 = 50_706;

/// Endings of cameras' raw files that are TIFFs: as such they show a preview, whatever their tags say.
const RAW: [&str; 8] = ["dng", "nef", "nrw", "cr2", "arw", "pef", "srw", "3fr"];

/// Refuses a camera's raw file by its name.
///
/// # Errors
/// [`Error::Photo`] for a TIFF whose name ends as those of raw files do.
pub fn check_name(path: &Path, bytes: &[u8]) -> Result<()> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_lowercase();
    let is_tiff = matches!(bytes.first_chunk(), Some(b"II*\0" | b"MM\0*"));
    if is_tiff && RAW.contains(&ending.as_str()) {
        return Err(raw());
    }
    Ok(())
}

fn raw() -> Error {
    Error::photo(EXPECTED, "a camera's raw file in a TIFF: save it as JPEG")
}

/// Decodes a TIFF's first page.
pub(super) fn decode(bytes: &[u8], notes: &mut Vec<Note>) -> Result<Photo> {
    let unread = |e: &str| Error::photo(EXPECTED, format!("a TIFF that is not read ({e}): save it as JPEG"));
    let directory = Directory::first(bytes).ok_or_else(|| unread("no directory"))?;
    if directory.has(DNG_VERSION) || directory.value(NEW_SUBFILE_TYPE).is_some_and(|kind| kind & 1 == 1) {
        return Err(raw());
    }
    let decoder = TiffDecoder::new(Cursor::new(bytes)).map_err(|e| unread(&e.to_string()))?;
    let picture = decoded(decoder, "TIFF", bytes)?;
    if directory.is_followed {
        notes.push(Note { code: "first-frame", message: "a TIFF of several pages: its first one was read".into() });
    }
    Ok(picture)
}

/// The first list of tags.
struct Directory<'a> {
    /// Twelve bytes each.
    entries: &'a [[u8; 12]],
    is_big_endian: bool,
    is_followed: bool,
}

impl<'a> Directory<'a> {
    fn first(tiff: &'a [u8]) -> Option<Self> {
        let is_big_endian = tiff.starts_with(b"MM");
        let at = number(is_big_endian, tiff.get(4..8)?) as usize;
        let count = number(is_big_endian, tiff.get(at..at.checked_add(2)?)?) as usize;
        let (start, end) = (at + 2, at + 2 + 12 * count);
        let entries = tiff.get(start..end)?.as_chunks().0;
        let is_followed = number(is_big_endian, tiff.get(end..end + 4)?) != 0;
        Some(Directory { entries, is_big_endian, is_followed })
    }

    fn has(&self, tag: u16) -> bool {
        self.value(tag).is_some()
    }

    /// The first number of a tag, where it is in the entry itself.
    fn value(&self, tag: u16) -> Option<u32> {
        let number = |bytes: &[u8]| number(self.is_big_endian, bytes);
        let is_tag = |entry: &&[u8; 12]| entry.first_chunk::<2>().is_some_and(|name| number(name) == u32::from(tag));
        let entry = self.entries.iter().find(is_tag)?;
        // Kind 3 is of 16 bits.
        let length = if number(entry.get(2..4)?) == 3 { 2 } else { 4 };
        entry.get(8..8 + length).map(number)
    }
}

fn number(is_big_endian: bool, bytes: &[u8]) -> u32 {
    let add = |sum: u32, byte: &u8| sum << 8 | u32::from(*byte);
    if is_big_endian { bytes.iter().fold(0, add) } else { bytes.iter().rev().fold(0, add) }
}
