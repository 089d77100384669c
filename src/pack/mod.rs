//! Packs: one encoder in one `.safetensors` file, whose metadata holds everything needed to run it.

mod header;
#[cfg(feature = "import")]
pub mod import;
pub mod quantise;
mod read;
#[cfg(feature = "import")]
mod write;

pub use header::{Header, Preprocessing, Source, VERSION};
pub use read::{MAX_HEADER, Pack};
#[cfg(feature = "import")]
pub use write::PackWriter;
