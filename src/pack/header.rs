//! What the metadata of a pack says.

use serde::{Deserialize, Serialize};

use crate::kernels::Node;

/// The version of the pack format that this library reads and writes.
pub const VERSION: u32 = 1;

/// The metadata of a pack, as JSON under the key `twinlens.pack`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Format version, [`VERSION`].
    pub version: u32,
    /// Name of the encoder, as the catalogue and the CLI use it.
    pub name: String,
    /// Length of the embedding.
    pub dimension: u32,
    /// How the weights are stored, for people.
    pub quantisation: String,
    pub preprocessing: Preprocessing,
    pub graph: Vec<Node>,
    pub source: Source,
    /// SPDX expression of the weights' licence.
    pub licence: String,
    /// SHA-256 of the whole file with these 64 digits as zeros, in hex: a pack can be checked without a manifest.
    pub self_sha256: String,
}

impl Header {
    /// Most tokens of a title; `None` of an encoder that reads photos.
    pub fn max_tokens(&self) -> Option<u32> {
        match self.preprocessing {
            Preprocessing::Text { max_tokens, .. } => Some(max_tokens),
            Preprocessing::Image { .. } => None,
        }
    }
}

/// From the shopper's input to the graph's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Preprocessing {
    /// The whole photo squashed to `width × height` pixels with a bicubic filter, then `(value / 255 − mean) / deviation`
    /// for each of red, green and blue.
    Image { width: u32, height: u32, mean: [f32; 3], deviation: [f32; 3] },
    /// `prefix` and the title through the tokenizer, at most `max_tokens` tokens.
    Text {
        /// File beside the pack, in the format of the `tokenizers` library.
        tokenizer: String,
        tokenizer_sha256: String,
        prefix: String,
        max_tokens: u32,
    },
}

/// Where the weights come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// Package and version in its registry.
    pub package: String,
    /// File in the package.
    pub file: String,
    /// SHA-256 of that file, in hex.
    pub sha256: String,
}
