//! What the fuzz targets share: the seeds that a corpus begins with.

use std::path::Path;

/// The folder that a target writes its seeds to before it reads its corpus.
const SEEDS: &str = "TWINLENS_FUZZ_SEEDS";

/// Writes the seeds where `cargo xtask fuzz` asks for them. They are made by the library's own writers, so they have the
/// formats of today.
///
/// # Panics
/// Where a seed is refused by `read`, which would leave the target without a valid input to start from, and where a seed
/// cannot be written.
pub fn plant<T>(seeds: &[Vec<u8>], read: impl Fn(&[u8]) -> twinlens::Result<T>) {
    let Some(folder) = std::env::var_os(SEEDS) else { return };
    for (i, seed) in seeds.iter().enumerate() {
        if let Err(error) = read(seed) {
            panic!("seed {i}: {error}");
        }
        let path = Path::new(&folder).join(format!("seed-{i}"));
        if let Err(error) = std::fs::write(&path, seed) {
            panic!("{}: {error}", path.display());
        }
    }
}
