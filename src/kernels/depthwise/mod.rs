//! A convolution of each channel with its own filter.

mod fast;
mod integer;
mod twin;

use bytemuck::{Pod, Zeroable};

pub use fast::Prepared;
pub use integer::Codes;
pub use twin::twin;

use super::{Shader, conv};

/// `a` `[in_height, in_width, channels]` f32, `y` `[out_height, out_width, channels]` f32; filters `[size, size, channels]`
/// int8, a scale (f32) a channel. `channels` is a multiple of 4.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
pub struct Params {
    pub in_height: u32,
    pub in_width: u32,
    pub channels: u32,
    pub out_height: u32,
    pub out_width: u32,
    pub size: u32,
    pub stride: u32,
    /// Zeros above and left of the input; what is missing below and right is zero too.
    pub pad_before: u32,
    pub activation: u32,
    pub weight: u32,
    pub scale: u32,
    pub bias: u32,
}

/// Pixels beside each other of which a thread of the GPU kernel makes four channels.
const TILE: u32 = 4;

impl Params {
    /// Threads of the GPU kernel.
    pub fn threads(&self) -> u32 {
        self.out_height * self.out_width.div_ceil(TILE) * (self.channels / 4)
    }

    /// The GPU kernel.
    pub fn shader(&self) -> Shader {
        let constants = vec![
            ("ACTIVATION", self.activation),
            ("SIZE", self.size),
            ("STRIDE", self.stride),
            ("TILE", TILE),
            ("INPUTS", (TILE - 1) * self.stride + self.size),
        ];
        Shader { name: "depthwise", constants, files: &[include_str!("depthwise.wgsl")] }
    }

    /// The taps of an output pixel, as for a full convolution.
    #[inline(always)]
    fn taps(&self, oy: usize, ox: usize, visit: impl FnMut(usize, usize)) {
        let window = conv::Params {
            in_height: self.in_height,
            in_width: self.in_width,
            in_channels: self.channels,
            size: self.size,
            stride: self.stride,
            pad_before: self.pad_before,
            ..bytemuck::Zeroable::zeroed()
        };
        window.taps(oy, ox, visit);
    }
}
