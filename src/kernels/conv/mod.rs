//! A full convolution over pixels; in the encoders here, the first layer.

mod fast;
mod twin;

use bytemuck::{Pod, Zeroable};

use super::Shader;

pub use fast::{Memory, Prepared};
pub use twin::twin;

/// `a` `[in_height, in_width, in_channels]` f32, `y` `[out_height, out_width, out_channels]` f32; filters
/// `[out_channels, size, size, in_channels]` int8, each padded to `row_words` words, a scale (f32) a filter.
/// `out_channels` is a multiple of 4.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
pub struct Params {
    pub in_height: u32,
    pub in_width: u32,
    pub in_channels: u32,
    pub out_height: u32,
    pub out_width: u32,
    pub out_channels: u32,
    pub size: u32,
    pub stride: u32,
    /// Zeros above and left of the input; what is missing below and right is zero too.
    pub pad_before: u32,
    pub activation: u32,
    pub weight: u32,
    pub scale: u32,
    pub bias: u32,
    pub row_words: u32,
    pub padding: [u32; 2],
}

/// Pixels beside each other, and groups of 4 channels of each, that a thread of the GPU kernel makes.
const TILE: u32 = 4;
const GROUPS: u32 = 2;

impl Params {
    /// Threads of the GPU kernel.
    pub fn threads(&self) -> u32 {
        self.out_height * self.out_width.div_ceil(TILE) * (self.out_channels / 4).div_ceil(GROUPS)
    }

    /// The GPU kernel.
    pub fn shader(&self) -> Shader {
        let constants = vec![("ACTIVATION", self.activation), ("TILE", TILE), ("GROUPS", GROUPS)];
        Shader { name: "conv", constants, files: &[include_str!("conv.wgsl")] }
    }

    /// Calls `visit(tap, offset)` for the filter taps of an output pixel that lie on the input: `tap` counts along a filter's
    /// rows and columns, `offset` is the pixel's first value in the input.
    #[inline(always)]
    pub(super) fn taps(&self, oy: usize, ox: usize, mut visit: impl FnMut(usize, usize)) {
        self.runs(oy, ox, |tap, offset, count| {
            for i in 0..count {
                visit(tap + i, offset + i * self.in_channels as usize);
            }
        });
    }

    /// Calls `visit(tap, offset, count)` for each row of the filter: its first tap on the input, the first value of that pixel
    /// in the input, and how many neighbouring taps lie there.
    #[inline(always)]
    pub(super) fn runs(&self, oy: usize, ox: usize, mut visit: impl FnMut(usize, usize, usize)) {
        let (size, stride, pad) = (self.size as usize, self.stride as usize, self.pad_before as usize);
        let (height, width) = (self.in_height as usize, self.in_width as usize);
        let first = pad.saturating_sub(ox * stride);
        let last = size.min((width + pad).saturating_sub(ox * stride));
        if first >= last {
            return;
        }
        for ky in pad.saturating_sub(oy * stride)..size.min((height + pad).saturating_sub(oy * stride)) {
            let (iy, ix) = (oy * stride + ky - pad, ox * stride + first - pad);
            visit(ky * size + first, (iy * width + ix) * self.in_channels as usize, last - first);
        }
    }
}
