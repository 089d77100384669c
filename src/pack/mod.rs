//! Packs: one encoder in one `.safetensors` file, whose metadata holds everything needed to run it.

mod header;
#[cfg(feature = "import")]
pub mod import;
pub mod quantise;
mod read;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) mod token_table;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) mod unigram;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) mod vocabulary;
#[cfg(feature = "import")]
mod write;

pub use header::{Header, Preprocessing, Source, VERSION};
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use read::METADATA_KEY;
pub use read::{MAX_HEADER, Pack};
#[cfg(feature = "import")]
pub use write::PackWriter;

/// Most bytes of a pack that a catalogue may name: twice what WebGPU binds as one buffer by default.
pub const MAX_PACK_BYTES: u64 = 256 << 20;
/// Most bytes of a tokenizer's file.
pub const MAX_TOKENIZER_BYTES: u64 = 64 << 20;
