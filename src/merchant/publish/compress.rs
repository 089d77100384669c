//! The compressed forms that lie beside a file: servers hand them out as they are.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::{Error, Result};

/// Endings of what has them. Packs and shards are left out: they are nearly random, and a download of one that broke off is
/// resumed in the bytes of the file itself.
const COMPRESSIBLE: [&str; 7] = ["css", "html", "js", "json", "svg", "wasm", "webmanifest"];
/// A smaller file gains nothing.
const LEAST_BYTES: usize = 256;
/// Brotli's highest level, and its window of 4 MB, which every browser takes.
const BROTLI: (u32, u32) = (11, 22);
/// A file larger than this is compressed at a lower level: at the highest, a megabyte takes seconds.
const BROTLI_LARGE: (usize, u32) = (8 << 20, 9);

/// Whether compressed forms of the file are published.
pub fn is_compressible(path: &str, bytes: &[u8]) -> bool {
    let is_known = path.rsplit_once('.').is_some_and(|(_, ending)| COMPRESSIBLE.contains(&ending));
    is_known && bytes.len() >= LEAST_BYTES
}

/// As `gzip -9`, without a name or time: the same bytes give the same file.
pub fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).map_err(failed)
}

/// As `brotli -q 11`.
pub fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let quality = if bytes.len() > BROTLI_LARGE.0 { BROTLI_LARGE.1 } else { BROTLI.0 };
    let mut encoder = brotli::CompressorWriter::new(Vec::new(), 1 << 16, quality, BROTLI.1);
    encoder.write_all(bytes).and_then(|()| encoder.flush()).map_err(failed)?;
    Ok(encoder.into_inner())
}

fn failed(error: std::io::Error) -> Error {
    Error::io("compressing a file", "memory for it", error, "memory")
}
