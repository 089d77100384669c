//! A photo's bytes → upright pixels of one size, and a perceptual hash.

#[cfg(not(target_arch = "wasm32"))]
pub mod augment;
mod background;
mod decode;
mod hash;
mod palette;
mod resize;

pub use decode::{MAX_PIXELS, MAX_SIDE, Photo, decode};
pub use hash::PerceptualHash;
pub use palette::Palette;
