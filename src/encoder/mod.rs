//! Encoders: what stands before and after a plan.

mod image;
mod text;
mod tokenizer;

pub use image::{ImageEncoder, MIDDLE, normalised};
pub use text::TextEncoder;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use tokenizer::Tokenizer;

use crate::engine::Device;
use crate::pack::{Header, Pack, Preprocessing};
use crate::{Error, Result};

/// The encoders whose packs come with Twinlens, by name.
pub const KNOWN: [&str; 6] =
    ["efficientnet-lite0", "efficientnet-lite2", "e5-table", "e5-small-latin", "e5-small", "minilm"];

/// The table of token vectors that stands in for another text encoder, by name.
pub const TABLE: &str = "e5-table";

/// A pack ready to encode photos or titles.
pub enum Encoder {
    Image(ImageEncoder),
    Text(TextEncoder),
}

/// What identifies an encoder in a catalogue and in reports.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Identity {
    pub name: String,
    pub kind: Kind,
    /// Length of its vectors.
    pub dimension: u32,
    /// Size of the pack's file.
    pub bytes: u64,
    /// SHA-256 of the pack's file, in hex.
    pub fingerprint: String,
    /// Size of the tokenizer's file; 0 of an encoder that reads photos.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub tokenizer_bytes: u64,
    /// Whether it stands in for the catalogue's other text encoders until one of them is there: small, and less exact.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub preliminary: bool,
    /// Of a text encoder whose vectors are compared with those of pictures: the name of the encoder that makes these, with
    /// which it was trained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pictures: Option<String>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference; only native targets are warned of it")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// What an encoder reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Image,
    Text,
}

impl Kind {
    /// What the pack of that header reads.
    pub fn of(header: &Header) -> Self {
        match header.preprocessing {
            Preprocessing::Image { .. } => Kind::Image,
            Preprocessing::Text { .. } => Kind::Text,
        }
    }
}

impl std::fmt::Display for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Identity { name, kind, dimension, bytes, fingerprint, tokenizer_bytes, preliminary, pictures } = self;
        let reads = match kind {
            Kind::Image => "photos",
            Kind::Text => "titles",
        };
        let compares = pictures.as_ref().map_or(String::new(), |by| format!(", compares pictures by {by}"));
        let preliminary = if *preliminary { "preliminary, " } else { "" };
        let tokenizer =
            if *tokenizer_bytes > 0 { format!(", tokenizer of {tokenizer_bytes} bytes") } else { String::new() };
        write!(
            f,
            "{name} ({preliminary}reads {reads}{compares}, dimension {dimension}, {bytes} bytes{tokenizer}, SHA-256 {fingerprint})"
        )
    }
}

impl Identity {
    /// The identity of a pack and its tokenizer's file; that a catalogue has it as a preliminary one, or compares it with
    /// pictures, is the catalogue's to say.
    pub fn of(pack: &Pack, tokenizer: Option<&[u8]>) -> Self {
        Identity {
            name: pack.header.name.clone(),
            kind: Kind::of(&pack.header),
            dimension: pack.header.dimension,
            bytes: pack.bytes,
            fingerprint: pack.fingerprint.clone(),
            tokenizer_bytes: tokenizer.map_or(0, |file| file.len() as u64),
            preliminary: false,
            pictures: None,
        }
    }

    /// Whether it reads titles and compares them with those of listings.
    pub fn compares_titles(&self) -> bool {
        self.kind == Kind::Text && self.pictures.is_none()
    }

    /// Whether a catalogue holds a vector of each picture for it.
    pub fn compares_pictures(&self) -> bool {
        !self.compares_titles()
    }

    /// Bytes of all its files.
    pub fn all_bytes(&self) -> u64 {
        self.bytes + self.tokenizer_bytes
    }

    /// What is loaded for its sake is called, as a code.
    pub fn stage(&self) -> &'static str {
        match self.kind {
            Kind::Image => "photo",
            Kind::Text => "words",
        }
    }
}

impl Encoder {
    /// Lays a pack out on a device; `tokenizer` is the file that the header of a text pack names.
    pub async fn new(device: &Device, pack: &Pack, tokenizer: Option<&[u8]>) -> Result<Self> {
        match (Kind::of(&pack.header), tokenizer) {
            (Kind::Image, _) => Ok(Encoder::Image(ImageEncoder::new(device, pack).await?)),
            (Kind::Text, Some(tokenizer)) => Ok(Encoder::Text(TextEncoder::new(device, pack, tokenizer).await?)),
            (Kind::Text, None) => Err(Error::argument("tokenizer", format!("that of {}", pack.header.name), "none")),
        }
    }

    /// Whether its weights lie on a GPU.
    pub fn is_on_gpu(&self) -> bool {
        match self {
            Encoder::Image(encoder) => encoder.is_on_gpu(),
            Encoder::Text(encoder) => encoder.is_on_gpu(),
        }
    }

    /// Another encoder over the same weights, for another thread; `None` where the device cannot.
    pub fn fork(&self) -> Option<Self> {
        match self {
            Encoder::Image(encoder) => encoder.fork().map(Encoder::Image),
            Encoder::Text(encoder) => encoder.fork().map(Encoder::Text),
        }
    }
}
