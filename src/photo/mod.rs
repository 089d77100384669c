//! A photo's bytes → upright pixels of one size, and a perceptual hash.

pub(crate) mod background;
mod colour_histogram;
mod decode;
mod hash;
mod resize;

pub use colour_histogram::ColourHistogram;
pub use decode::{MAX_PIXELS, MAX_SIDE, Photo, decode};
pub use hash::PerceptualHash;
