use super::Params;
use crate::kernels::linear;
use crate::kernels::vector::{InstructionSet, Unit, Work, quantise};
use crate::kernels::{Activations, Layer, Output, Scratch};

/// The convolution as a matrix product over gathered patches (im2col, Chellapilla et al. 2006), a block of pixels at a time.
pub struct Prepared {
    params: Params,
    set: InstructionSet,
    codes_out: bool,
    product: linear::Prepared,
}

impl Prepared {
    /// Takes the filters of `params` out of the pack's words; `codes_out` as in [`linear::Prepared::new`].
    pub fn new(params: &Params, words: &[u32], set: InstructionSet, codes_out: bool) -> Self {
        let product = linear::Params {
            rows: params.out_width,
            inner: params.row_words * 4,
            outer: params.out_channels,
            is_int4: 0,
            activation: params.activation,
            weight: params.weight,
            scale: params.scale,
            bias: params.bias,
            residual: 0,
        };
        let product = linear::Prepared::new(&product, words, set, codes_out);
        Prepared { params: *params, set, codes_out, product }
    }
}

impl Layer for Prepared {
    fn run(&self, _: usize, x: &[f32], _: Option<&[f32]>, y: &mut [f32], scratch: &mut Scratch) {
        let y = if self.codes_out { Output::Codes(bytemuck::cast_slice_mut(y)) } else { Output::Floats(y, None) };
        // The product below has the rest of the scratch memory for itself.
        let mut input = std::mem::take(&mut scratch.input);
        let mut patches = std::mem::take(&mut scratch.patches);
        let (input_words, patch_words) = (&mut input, &mut patches);
        self.set.run(Convolution { prepared: self, x, y, input_words, patch_words, scratch });
        (scratch.input, scratch.patches) = (input, patches);
    }
}

struct Convolution<'a, 'y> {
    prepared: &'a Prepared,
    x: &'a [f32],
    y: Output<'y>,
    /// Codes of the whole input, and of a block of patches.
    input_words: &'a mut Vec<u32>,
    patch_words: &'a mut Vec<u32>,
    scratch: &'a mut Scratch,
}

impl Work for Convolution<'_, '_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<U: Unit>(self) {
        let Convolution { prepared: Prepared { params: p, product, .. }, x, mut y, input_words, patch_words, scratch } =
            self;
        let (width, inner, channels) = (p.out_width as usize, p.row_words as usize * 4, p.in_channels as usize);
        let (pixels, out_channels) = (p.out_height as usize * width, p.out_channels as usize);
        let x = &x[..p.in_height as usize * p.in_width as usize * channels];
        let code = size_of::<U::Code>();
        input_words.resize((x.len() * code).div_ceil(4), 0);
        patch_words.resize((linear::BLOCK_ROWS * inner * code).div_ceil(4), 0);
        let input: &mut [U::Code] = &mut bytemuck::cast_slice_mut(input_words)[..x.len()];
        // SAFETY: the caller has detected the unit.
        let scale = unsafe { quantise::<U>(x, input, inner) };
        for first in (0..pixels).step_by(linear::BLOCK_ROWS) {
            let count = linear::BLOCK_ROWS.min(pixels - first);
            let patches: &mut [U::Code] = &mut bytemuck::cast_slice_mut(patch_words)[..count * inner];
            patches.fill(U::Code::from(scale.zero as u8));
            for (pixel, patch) in (first..).zip(patches.chunks_exact_mut(inner)) {
                p.runs(pixel / width, pixel % width, |tap, offset, count| {
                    let (to, from) = (&mut patch[tap * channels..], &input[offset..]);
                    match count * channels {
                        // A filter of 3 × 3 over colours: known lengths are copied without a call.
                        9 => to[..9].copy_from_slice(&from[..9]),
                        len => to[..len].copy_from_slice(&from[..len]),
                    }
                });
            }
            let (at, len) = (first * out_channels, count * out_channels);
            let y = match &mut y {
                Output::Floats(y, _) => Output::Floats(&mut y[at..][..len], None),
                Output::Codes(codes) => Output::Codes(&mut codes[at * code..][..len * code]),
            };
            let patches = bytemuck::cast_slice(patch_words);
            product.run(count, Activations::Scaled(&patches[..count * inner * code], scale), y, scratch);
        }
    }
}
