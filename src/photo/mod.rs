//! A photo's bytes → upright pixels of one size, and a perceptual hash.

mod decode;
mod hash;
mod resize;

pub use decode::{MAX_PIXELS, MAX_SIDE, Photo, decode};
pub use hash::PerceptualHash;
