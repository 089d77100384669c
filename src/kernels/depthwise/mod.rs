//! A convolution of each channel with its own filter.

mod cases;
mod fast;
mod integer;
mod node;
mod twin;

use super::vector::InstructionSet;
use super::{
    Bindings, Buffers, Case, Codes, Cost, Form, Kernel, Layer, Numbers, RELU6, Reads, Shader, Variants, conv,
    parameters, wgsl,
};
pub use fast::Prepared;
pub use integer::PreparedCodes;
pub use node::Node;
pub use twin::twin;

parameters! {
    /// `a` `[in_height, in_width, channels]` f32, `y` `[out_height, out_width, channels]` f32; filters
    /// `[size, size, channels]` int8, a scale (f32) a channel. `channels` is a multiple of 4.
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
}

/// Pixels beside each other of which a thread of the GPU kernel makes four channels.
const TILE: u32 = 4;

impl Kernel for Params {
    fn name(&self) -> &'static str {
        "depthwise"
    }

    fn shader(&self, _: Variants) -> Shader {
        let constants = vec![
            ("ACTIVATION", self.activation),
            ("SIZE", self.size),
            ("STRIDE", self.stride),
            ("TILE", TILE),
            ("INPUTS", (TILE - 1) * self.stride + self.size),
        ];
        let buffers = Buffers {
            weights: Some("weights: array<u32>"),
            a: "x: array<vec4<f32>>",
            b: None,
            y: "y: array<vec4<f32>>",
        };
        let files = &[wgsl!("depthwise.wgsl")];
        Shader { name: self.name(), parameters: Params::WGSL, buffers, constants, files }
    }

    fn threads(&self, _: Variants) -> u32 {
        self.out_height * self.out_width.div_ceil(TILE) * (self.channels / 4)
    }

    fn twin(&self, bindings: Bindings, y: &mut [f32]) {
        twin(self, bindings, y);
    }

    fn cost(&self) -> Cost {
        let (pixels, channels) = (u64::from(self.out_height) * u64::from(self.out_width), u64::from(self.channels));
        let taps = u64::from(self.size * self.size);
        let input = u64::from(self.in_height) * u64::from(self.in_width) * channels;
        Cost::new(2 * pixels * channels * taps, channels * (taps + 8), input, pixels * channels)
    }

    fn shape(&self) -> String {
        let (size, stride) = (self.size, self.stride);
        let input = format!("{}×{}×{}", self.in_height, self.in_width, self.channels);
        format!("{input} → {}×{}, {size}×{size}/{stride}", self.out_height, self.out_width)
    }

    fn cases(numbers: &mut Numbers) -> Vec<Case> {
        let shapes = [(13, 20, 3, 1), (14, 36, 5, 2), (9, 4, 3, 2), (3, 8, 5, 1)];
        shapes.map(|(side, channels, size, stride)| cases::case(numbers, side, channels, size, stride, RELU6)).into()
    }

    fn like(&self, numbers: &mut Numbers) -> Case {
        cases::case(numbers, 13, 20, self.size, self.stride, self.activation)
    }

    fn layer_bytes(&self) -> u64 {
        // f32, or codes of 16 bits in blocks that may overlap.
        4 * u64::from(self.channels) * (u64::from(self.size * self.size) + 8)
    }

    fn layer(&self, words: &[u32], form: Form) -> Option<Box<dyn Layer>> {
        if form.codes_out {
            return Some(Box::new(PreparedCodes::new(self, words, form.set)));
        }
        Some(Box::new(Prepared::new(self, words)))
    }

    fn codes(&self, set: InstructionSet) -> Codes {
        let writes = self.activation == RELU6 && PreparedCodes::fits(self, set);
        Codes { reads: Reads::AsWritten, writes }
    }
}

impl Params {
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
