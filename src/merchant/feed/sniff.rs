//! What a file is: compressed or not, its encoding, its format.

use std::io::Read;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::{Error, Result};

/// Most bytes of a feed, decompressed.
const MAX_BYTES: u64 = 1 << 30;
/// What every message about a format expects.
const EXPECTED: &str = "an export as CSV, TSV, JSON, JSON Lines, RSS or Atom, gzipped or not";
/// First bytes of formats that are no feeds, their names, and what to do.
const OTHERS: &[(&[u8], &str)] = &[
    (b"PK\x03\x04", "a ZIP file or an Excel workbook (.xlsx): save the sheet as \"CSV UTF-8\", or unpack the file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls): save the sheet as \"CSV UTF-8\""),
    (b"PAR1", "a Parquet file: export it as CSV or JSON Lines"),
    (b"%PDF", "a PDF file: ask the platform for a CSV export"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"Rar!", "a RAR archive: unpack it"),
    (b"7z\xbc\xaf", "a 7z archive: unpack it"),
    (b"BZh", "a bzip2 file: unpack it"),
    (b"\xfd7zXZ", "an xz file: unpack it"),
    (b"\x28\xb5\x2f\xfd", "a zstd file: unpack it"),
    (b"SQLite format 3", "an SQLite database: export the table of products as CSV"),
];

/// How a feed's text is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    Delimited,
    Json,
    Xml,
}

/// A feed's text and what it was decoded from.
#[derive(Debug)]
pub struct Text {
    pub text: String,
    pub layout: Layout,
    /// Name of the encoding as the Encoding Standard has it.
    pub encoding: &'static str,
    pub gzipped: bool,
}

/// Decodes a file; `place` is its path, for messages.
pub fn decode(bytes: &[u8], place: &str) -> Result<Text> {
    let refused = |found: &str| Error::listings(EXPECTED, found, place);
    let unpacked = bytes.starts_with(&[0x1f, 0x8b]).then(|| unpack(bytes, place)).transpose()?;
    let gzipped = unpacked.is_some();
    let bytes = unpacked.as_deref().unwrap_or(bytes);
    if let Some((_, found)) = OTHERS.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(refused(found));
    }
    let encoding = encoding(bytes);
    let (text, encoding, _) = encoding.decode(bytes);
    let text = text.into_owned();
    let start = text.trim_start().get(..512).unwrap_or(text.trim_start()).to_ascii_lowercase();
    if start.starts_with("<!doctype html") || start.starts_with("<html") {
        return Err(refused("an HTML page: is this a login or an error page that was saved in place of the export?"));
    }
    let controls = text.chars().take(4096).filter(|c| c.is_control() && !c.is_whitespace() && *c != '\0').count();
    if controls > 40 {
        return Err(refused("bytes that are no text"));
    }
    let layout = match text.trim_start().as_bytes().first() {
        Some(b'{') | Some(b'[') => Layout::Json,
        Some(b'<') => Layout::Xml,
        _ => Layout::Delimited,
    };
    Ok(Text { text, layout, encoding: encoding.name(), gzipped })
}

fn unpack(bytes: &[u8], place: &str) -> Result<Vec<u8>> {
    let failed = |e: std::io::Error| Error::listings("a whole gzip file", e.to_string(), place);
    let mut unpacked = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes).take(MAX_BYTES + 1).read_to_end(&mut unpacked).map_err(failed)?;
    if unpacked.len() as u64 > MAX_BYTES {
        return Err(Error::listings(format!("at most {MAX_BYTES} bytes when unpacked"), "more", place));
    }
    Ok(unpacked)
}

/// The encoding: by its byte order mark; UTF-16 without one by its NULs; UTF-8 where that is what most of the bytes beyond ASCII
/// are; otherwise what `chardetng` takes it for.
fn encoding(bytes: &[u8]) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return encoding;
    }
    let start = bytes.get(..bytes.len().min(2048)).unwrap_or_default();
    let zeros = |parity: usize| start.iter().skip(parity).step_by(2).filter(|b| **b == 0).count();
    if start.len() >= 16 && zeros(0).max(zeros(1)) * 4 > start.len() {
        return if zeros(1) > zeros(0) { UTF_16LE } else { UTF_16BE };
    }
    let (mut valid, mut invalid) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        valid += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        invalid += usize::from(!chunk.invalid().is_empty());
    }
    if invalid == 0 || valid > invalid * 4 {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    detector.guess(None, Utf8Detection::Allow)
}
