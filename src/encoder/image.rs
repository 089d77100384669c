use crate::engine::{Device, Input, Runner};
use crate::pack::{Pack, Preprocessing};
use crate::photo::Photo;
use crate::{Error, Result};

/// Share of the width and of the height that the nearer view shows.
pub const MIDDLE: f32 = 0.7;

/// Photo → vector.
pub struct ImageEncoder {
    runner: Runner,
    width: u32,
    height: u32,
    mean: [f32; 3],
    deviation: [f32; 3],
}

impl ImageEncoder {
    pub(super) async fn new(device: &Device, pack: &Pack) -> Result<Self> {
        let Preprocessing::Image { width, height, mean, deviation } = pack.header.preprocessing else {
            return Err(pack.error("an image encoder", "another"));
        };
        Ok(ImageEncoder { runner: Runner::new(device, pack).await?, width, height, mean, deviation })
    }

    /// The photo's vector, of length 1.
    pub async fn embed(&mut self, photo: &Photo) -> Result<Vec<f32>> {
        let pixels = photo.resized(self.width, self.height)?;
        self.embed_pixels(&pixels).await
    }

    /// The photo's vectors from near and far, each of length 1: of the whole and of the middle.
    pub async fn embed_views(&mut self, photo: &Photo) -> Result<[Vec<f32>; 2]> {
        let whole = self.embed(photo).await?;
        Ok([whole, self.embed(&photo.centre(MIDDLE)).await?])
    }

    /// The vector of pixels that already have the encoder's size: `[height, width, 3]` u8.
    pub async fn embed_pixels(&mut self, pixels: &[u8]) -> Result<Vec<f32>> {
        let expected = self.width as usize * self.height as usize * 3;
        if pixels.len() != expected {
            return Err(Error::argument("pixels", format!("{expected} bytes"), pixels.len().to_string()));
        }
        self.runner.run(Input::Pixels(&normalised(pixels, self.mean, self.deviation))).await
    }

    pub(super) fn is_on_gpu(&self) -> bool {
        matches!(self.runner, Runner::Gpu(_))
    }

    /// Another encoder over the same weights, for another thread; `None` where the device cannot.
    pub fn fork(&self) -> Option<Self> {
        let Runner::Cpu(runner) = &self.runner else { return None };
        Some(ImageEncoder { runner: Runner::Cpu(runner.fork()), ..*self })
    }
}

/// `(value / 255 − mean) / deviation` of each channel of pixels `[height, width, 3]`.
pub fn normalised(pixels: &[u8], mean: [f32; 3], deviation: [f32; 3]) -> Vec<f32> {
    // One table a channel: the arithmetic is done 768 times and not once a pixel.
    let table: [[f32; 256]; 3] =
        std::array::from_fn(|c| std::array::from_fn(|v| (v as f32 / 255.0 - mean[c]) / deviation[c]));
    pixels.iter().enumerate().map(|(i, v)| table[i % 3][usize::from(*v)]).collect()
}
