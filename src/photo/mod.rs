//! A photo's bytes → upright RGB pixels, resized for the encoders; its perceptual hash and its colour histogram.

pub(crate) mod background;
pub mod barcode;
mod colour_histogram;
mod decode;
mod hash;
mod region;
mod resize;
mod source;

pub use colour_histogram::{ColourHistogram, hellinger_similarity};
#[cfg(not(target_arch = "wasm32"))]
pub use decode::check_name;
pub use decode::{
    MAX_PIXELS, MAX_SIDE, Note, Photo, check_size, decode, decode_with_notes, divisor, only_browsers_read,
};
pub use hash::PerceptualHash;
pub use region::Region;
pub use source::Source;
