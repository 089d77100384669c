//! A transposed convolution over pixels, as PyTorch's `ConvTranspose2d` has it: every input pixel adds its multiple of each filter
//! to the output, `stride` pixels further for each pixel.

mod cases;
mod fast;
mod node;
mod twin;

use super::{Bindings, Buffers, Case, Cost, Form, Kernel, Layer, Numbers, Shader, Variants, linear, parameters, wgsl};
pub use fast::Prepared;
pub use node::Node;
pub use twin::twin;

parameters! {
    /// `a` `[in_height, in_width, in_channels]` f32, `y` `[out_height, out_width, out_channels]` f32; filters
    /// `[out_channels, size, size, in_channels]` int8, a scale (f32) an output channel. Both numbers of channels are multiples
    /// of 4.
    pub struct Params {
        pub in_height: u32,
        pub in_width: u32,
        pub in_channels: u32,
        pub out_height: u32,
        pub out_width: u32,
        pub out_channels: u32,
        pub size: u32,
        pub stride: u32,
        /// Rows and columns that are cut from the output above and left.
        pub pad_before: u32,
        pub activation: u32,
        pub weight: u32,
        pub scale: u32,
        pub bias: u32,
    }
}

impl Kernel for Params {
    fn name(&self) -> &'static str {
        "conv_transpose"
    }

    fn shader(&self, _: Variants) -> Shader {
        Shader {
            name: self.name(),
            parameters: Params::WGSL,
            buffers: Buffers {
                weights: Some("weights: array<u32>"),
                a: "x: array<vec4<f32>>",
                b: None,
                y: "y: array<vec4<f32>>",
            },
            constants: vec![("ACTIVATION", self.activation)],
            files: &[wgsl!("conv_transpose.wgsl")],
        }
    }

    /// A thread makes four channels of a pixel.
    fn threads(&self, _: Variants) -> u32 {
        self.out_height * self.out_width * (self.out_channels / 4)
    }

    fn twin(&self, bindings: Bindings, y: &mut [f32]) {
        twin(self, bindings, y);
    }

    fn cost(&self) -> Cost {
        let pixels = u64::from(self.in_height) * u64::from(self.in_width);
        let output = u64::from(self.out_height) * u64::from(self.out_width) * u64::from(self.out_channels);
        let filters = u64::from(self.rows()) * u64::from(self.in_channels);
        let input = pixels * u64::from(self.in_channels);
        Cost::new(2 * pixels * filters, filters + 8 * u64::from(self.out_channels), input, output)
    }

    fn shape(&self) -> String {
        let (size, stride) = (self.size, self.stride);
        let input = format!("{}×{}×{}", self.in_height, self.in_width, self.in_channels);
        format!("{input} → {}×{}×{}, {size}×{size}/{stride}", self.out_height, self.out_width, self.out_channels)
    }

    fn cases(numbers: &mut Numbers) -> Vec<Case> {
        [(2, 2, 0), (3, 2, 1), (4, 2, 1), (3, 1, 1)]
            .map(|(size, stride, pad_before)| cases::case(numbers, size, stride, pad_before, 3))
            .into()
    }

    fn like(&self, numbers: &mut Numbers) -> Case {
        cases::case(numbers, 3, 2, 1, self.activation)
    }

    /// The filters, and what a run keeps: the products of a row of the input.
    fn layer_bytes(&self) -> u64 {
        let products = 4 * u64::from(self.in_width) * u64::from(self.rows());
        linear::Prepared::bytes(self.in_channels, self.rows()) + 4 * u64::from(self.out_channels) + products
    }

    fn layer(&self, words: &[u32], form: Form) -> Option<Box<dyn Layer>> {
        Some(Box::new(Prepared::new(self, words, form.set)))
    }
}

impl Params {
    /// Products that an input pixel makes: one a tap of each filter.
    fn rows(&self) -> u32 {
        self.out_channels * self.size * self.size
    }
}
