//! The largest or the mean value of each channel over windows of pixels.

pub mod adaptive_pool;
pub mod average_pool;
mod cases;
pub mod max_pool;
mod twin;

use super::{
    Bindings, Buffers, Case, Cost, Kernel, Numbers, Shader, Shape, Tensors, Variants, Window, parameters, wgsl,
};
use crate::Result;
pub use twin::twin;

parameters! {
    /// `a` `[in_height, in_width, channels]` f32, `y` `[out_height, out_width, channels]` f32; `channels` is a multiple of 4.
    pub struct Params {
        pub in_height: u32,
        pub in_width: u32,
        pub channels: u32,
        pub out_height: u32,
        pub out_width: u32,
        /// [`MAX`], [`MEAN`], [`MEAN_OF_ALL`] or [`MAX_OF_ALL`].
        pub kind: u32,
        /// Side of the windows; 0 for adaptive ones, which divide the input evenly.
        pub size: u32,
        pub stride: u32,
        pub pad_before: u32,
    }
}

/// The largest value of a window; padding does not count.
pub const MAX: u32 = 0;
/// The mean of a window's values; padding does not count.
pub const MEAN: u32 = 1;
/// The mean of a window's values and of its padding, which is zero.
pub const MEAN_OF_ALL: u32 = 2;
/// The largest value of a window and of its padding, which is zero.
pub const MAX_OF_ALL: u32 = 3;

impl Params {
    /// For windows as a convolution has them.
    fn windowed(tensors: &dyn Tensors, output: &str, input: Shape, window: &Window, kind: u32) -> Result<Self> {
        let (out_height, out_width) = tensors.windowed(output, window, input)?;
        let Window { size, stride, pad_before, .. } = *window;
        Params { size, stride, pad_before, ..Params::adaptive(input, out_height, out_width, kind) }
            .checked(tensors, output)
    }

    /// For windows that divide the input evenly.
    fn adaptive(input: Shape, out_height: u32, out_width: u32, kind: u32) -> Self {
        let Shape { height: in_height, width: in_width, channels, .. } = input;
        let (size, stride, pad_before) = (0, 0, 0);
        Params { in_height, in_width, channels, out_height, out_width, kind, size, stride, pad_before }
    }

    fn is_largest(&self) -> bool {
        matches!(self.kind, MAX | MAX_OF_ALL)
    }

    fn checked(self, tensors: &dyn Tensors, output: &str) -> Result<Self> {
        tensors.multiple(&format!("channels of {output}"), self.channels, 4)?;
        Ok(self)
    }

    fn output(&self) -> Shape {
        Shape { height: self.out_height, width: self.out_width, channels: self.channels, per_token: false }
    }
}

impl Kernel for Params {
    fn name(&self) -> &'static str {
        "pool"
    }

    fn shader(&self, _: Variants) -> Shader {
        Shader {
            name: self.name(),
            parameters: Params::WGSL,
            buffers: Buffers { weights: None, a: "x: array<vec4<f32>>", b: None, y: "y: array<vec4<f32>>" },
            constants: vec![
                ("LARGEST", u32::from(self.is_largest())),
                ("MEAN", u32::from(!self.is_largest())),
                ("PADDED", u32::from(matches!(self.kind, MEAN_OF_ALL | MAX_OF_ALL))),
                ("ADAPTIVE", u32::from(self.size == 0)),
                ("WINDOWED", u32::from(self.size != 0)),
            ],
            files: &[wgsl!("pool.wgsl")],
        }
    }

    /// A thread makes four values.
    fn threads(&self, _: Variants) -> u32 {
        self.out_height * self.out_width * (self.channels / 4)
    }

    fn twin(&self, bindings: Bindings, y: &mut [f32]) {
        twin(self, bindings, y);
    }

    fn cost(&self) -> Cost {
        let channels = u64::from(self.channels);
        let input = u64::from(self.in_height) * u64::from(self.in_width) * channels;
        let output = u64::from(self.out_height) * u64::from(self.out_width) * channels;
        // Adaptive windows have every pixel about once.
        let taps = if self.size == 0 { input } else { output * u64::from(self.size * self.size) };
        Cost::new(taps, 0, input, output)
    }

    fn shape(&self) -> String {
        let input = format!("{}×{}×{}", self.in_height, self.in_width, self.channels);
        let output = format!("{}×{}", self.out_height, self.out_width);
        match self.size {
            0 => format!("{input} → {output}"),
            size => format!("{input} → {output}, {size}×{size}/{}", self.stride),
        }
    }

    fn cases(numbers: &mut Numbers) -> Vec<Case> {
        cases::all(numbers)
    }

    fn like(&self, numbers: &mut Numbers) -> Case {
        cases::case(numbers, self.kind, self.size)
    }
}
