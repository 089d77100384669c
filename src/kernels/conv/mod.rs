//! A full convolution over pixels; in the encoders here, the first layer.

mod cases;
mod fast;
mod node;
mod twin;

use super::vector::InstructionSet;
use super::{
    Bindings, Buffers, Case, Codes, Cost, Form, Kernel, Layer, Numbers, RELU6, Reads, Shader, Variants, linear,
    parameters, wgsl,
};
pub use fast::Prepared;
pub use node::Node;
pub use twin::twin;

parameters! {
    /// `a` `[in_height, in_width, in_channels]` f32, `y` `[out_height, out_width, out_channels]` f32; filters
    /// `[out_channels, size, size, in_channels]` int8, each padded to `row_words` words, a scale (f32) a filter.
    /// `out_channels` is a multiple of 4.
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
    }
}

/// Pixels beside each other, and groups of 4 channels of each, that a thread of the GPU kernel makes.
const TILE: u32 = 4;
const GROUPS: u32 = 2;

impl Kernel for Params {
    fn name(&self) -> &'static str {
        "conv"
    }

    fn shader(&self, _: Variants) -> Shader {
        let quads = self.has_quads();
        Shader {
            name: self.name(),
            parameters: Params::WGSL,
            buffers: Buffers {
                weights: Some("weights: array<u32>"),
                a: if quads { "x: array<vec4<f32>>" } else { "x: array<f32>" },
                b: None,
                y: "y: array<vec4<f32>>",
            },
            constants: vec![
                ("ACTIVATION", self.activation),
                ("TILE", TILE),
                ("GROUPS", GROUPS),
                ("STEP", if quads { 4 } else { 1 }),
                ("QUADS", quads.into()),
                ("SINGLES", (!quads).into()),
            ],
            files: &[wgsl!("conv.wgsl")],
        }
    }

    fn threads(&self, _: Variants) -> u32 {
        self.out_height * self.out_width.div_ceil(TILE) * (self.out_channels / 4).div_ceil(GROUPS)
    }

    fn twin(&self, bindings: Bindings, y: &mut [f32]) {
        twin(self, bindings, y);
    }

    fn cost(&self) -> Cost {
        let (pixels, taps) =
            (u64::from(self.out_height) * u64::from(self.out_width), self.size * self.size * self.in_channels);
        let channels = u64::from(self.out_channels);
        let input = u64::from(self.in_height) * u64::from(self.in_width) * u64::from(self.in_channels);
        let weights = channels * (4 * u64::from(self.row_words) + 8);
        Cost::new(2 * pixels * channels * u64::from(taps), weights, input, pixels * channels)
    }

    fn shape(&self) -> String {
        let (size, stride) = (self.size, self.stride);
        let input = format!("{}×{}×{}", self.in_height, self.in_width, self.in_channels);
        format!("{input} → {}×{}×{}, {size}×{size}/{stride}", self.out_height, self.out_width, self.out_channels)
    }

    fn cases(numbers: &mut Numbers) -> Vec<Case> {
        let shapes = [
            (13, 3, 8, 3, 2),
            (10, 5, 12, 3, 1),
            (9, 3, 4, 1, 1),
            (10, 8, 12, 3, 1),
            (19, 3, 8, 7, 2),
            (20, 4, 8, 8, 8),
        ];
        shapes
            .map(|(side, channels, out, size, stride)| cases::case(numbers, side, channels, out, size, stride, RELU6))
            .into()
    }

    fn like(&self, numbers: &mut Numbers) -> Case {
        let channels = if self.has_quads() { 8 } else { self.in_channels };
        cases::case(numbers, 13, channels, 12, self.size, self.stride, self.activation)
    }

    /// The filters, and what a run keeps: the codes of the input and of a block of patches.
    fn layer_bytes(&self) -> u64 {
        let input = u64::from(self.in_height) * u64::from(self.in_width) * u64::from(self.in_channels);
        let inner = 4 * u64::from(self.row_words);
        let codes = 4 * (input + linear::BLOCK_ROWS as u64 * inner);
        linear::Prepared::bytes(4 * self.row_words, self.out_channels) + codes
    }

    fn layer(&self, words: &[u32], form: Form) -> Option<Box<dyn Layer>> {
        Some(Box::new(Prepared::new(self, words, form.set, form.codes_out)))
    }

    fn codes(&self, _: InstructionSet) -> Codes {
        Codes { reads: Reads::Floats, writes: self.activation == RELU6 }
    }
}

impl Params {
    /// Whether the GPU kernel reads four channels of the input at a time.
    fn has_quads(&self) -> bool {
        self.in_channels.is_multiple_of(4)
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
