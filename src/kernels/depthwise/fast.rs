use fearless_simd::{dispatch, prelude::*};

use super::Params;
use crate::kernels::simd::{bounds, level};
use crate::kernels::vector::{Gelu, InstructionSet};
use crate::kernels::words::{bytes, f32s};
use crate::kernels::{GELU, Layer, NONE, RELU, RELU6, Scratch, activate_all};

/// Neighbouring output pixels that share a load of the weights.
const TILE: usize = 4;

/// Filters as f32, scaled, with channels padded to whole vectors.
pub struct Prepared {
    params: Params,
    /// `[taps][channels]`.
    filters: Vec<f32>,
    bias: Vec<f32>,
}

impl Layer for Prepared {
    fn run(&self, _: usize, x: &[f32], _: Option<&[f32]>, y: &mut [f32], _: &mut Scratch) {
        dispatch!(level(), simd => self.run_simd(simd, x, y));
        let len = self.params.out_height * self.params.out_width * self.params.channels;
        let y = &mut y[..len as usize];
        match self.params.activation {
            // Bounds, which are applied already.
            NONE | RELU | RELU6 => {}
            GELU => InstructionSet::best().run(Gelu(y)),
            activation => activate_all(y, activation),
        }
    }
}

impl Prepared {
    /// Takes the filters of `params` out of the pack's words.
    pub fn new(params: &Params, words: &[u32]) -> Self {
        let (channels, taps) = (params.channels as usize, (params.size * params.size) as usize);
        let codes = &bytes(words)[params.weight as usize * 4..][..taps * channels];
        let scales = &f32s(words)[params.scale as usize..][..channels];
        let filters = codes.iter().enumerate().map(|(i, c)| f32::from(*c as i8) * scales[i % channels]).collect();
        let bias = f32s(words)[params.bias as usize..][..channels].to_vec();
        Prepared { params: *params, filters, bias }
    }

    #[inline(always)]
    fn run_simd<S: Simd>(&self, simd: S, x: &[f32], y: &mut [f32]) {
        let p = &self.params;
        let (width, stride, size, pad) =
            (p.out_width as usize, p.stride as usize, p.size as usize, p.pad_before as usize);
        // Output columns whose whole window lies on the input.
        let first = pad.div_ceil(stride);
        let last = ((p.in_width as usize + pad).saturating_sub(size) / stride + 1).min(width);
        for oy in 0..p.out_height as usize {
            let mut ox = 0;
            while ox < width {
                if ox >= first && ox + TILE <= last {
                    self.pixels::<S, TILE>(simd, oy, ox, x, y);
                    ox += TILE;
                } else {
                    self.pixels::<S, 1>(simd, oy, ox, x, y);
                    ox += 1;
                }
            }
        }
    }

    /// `COUNT` neighbouring pixels that have the same taps on the input.
    #[inline(always)]
    fn pixels<S: Simd, const COUNT: usize>(&self, simd: S, oy: usize, ox: usize, x: &[f32], y: &mut [f32]) {
        let p = &self.params;
        let (channels, lanes) = (p.channels as usize, S::f32s::LEN);
        let step = p.stride as usize * channels;
        let (least, most) = bounds(p.activation);
        let (low, high) = (S::f32s::splat(simd, least), S::f32s::splat(simd, most));
        let out = (oy * p.out_width as usize + ox) * channels;
        let whole = channels / lanes * lanes;
        for c in (0..whole).step_by(lanes) {
            let mut sums = [S::f32s::from_slice(simd, &self.bias[c..c + lanes]); COUNT];
            p.taps(oy, ox, |tap, offset| {
                let weight = S::f32s::from_slice(simd, &self.filters[tap * channels + c..][..lanes]);
                for (i, sum) in sums.iter_mut().enumerate() {
                    *sum = S::f32s::from_slice(simd, &x[offset + i * step + c..][..lanes]).mul_add(weight, *sum);
                }
            });
            for (i, sum) in sums.into_iter().enumerate() {
                sum.max(low).min(high).store_slice(&mut y[out + i * channels + c..][..lanes]);
            }
        }
        for c in whole..channels {
            let mut sums = [self.bias[c]; COUNT];
            p.taps(oy, ox, |tap, offset| {
                for (i, sum) in sums.iter_mut().enumerate() {
                    *sum += x[offset + i * step + c] * self.filters[tap * channels + c];
                }
            });
            for (i, sum) in sums.into_iter().enumerate() {
                y[out + i * channels + c] = sum.clamp(least, most);
            }
        }
    }
}
