use super::Params;
use crate::kernels::linear::{self, Activations, Output, Scratch};
use crate::kernels::vector::{InstructionSet, Unit, Work, quantise};

/// The convolution as a matrix product over gathered patches (im2col, Chellapilla et al. 2006), a row of output at a time.
pub struct Prepared {
    params: Params,
    set: InstructionSet,
    product: linear::Prepared,
}

/// Memory that a run needs and the next one can use again.
#[derive(Default)]
pub struct Memory {
    /// Codes of the whole input, and of a row of patches.
    input: Vec<u32>,
    patches: Vec<u32>,
}

impl Prepared {
    /// Takes the filters of `params` out of the pack's words; `codes_out` as in [`linear::Prepared::new`].
    pub fn new(params: &Params, words: &[u32], set: InstructionSet, codes_out: bool) -> Self {
        let product = linear::Params {
            rows: params.out_width,
            inner: params.row_words * 4,
            outer: params.out_channels,
            activation: params.activation,
            weight: params.weight,
            scale: params.scale,
            bias: params.bias,
            residual: 0,
        };
        let product = linear::Prepared::new(&product, linear::Format::Int8, words, set, codes_out);
        Prepared { params: *params, set, product }
    }

    /// Inputs and output as in [`Params`].
    pub fn run(&self, x: &[f32], y: Output, memory: &mut Memory, scratch: &mut Scratch) {
        self.set.run(Convolution { prepared: self, x, y, memory, scratch });
    }
}

struct Convolution<'a, 'y> {
    prepared: &'a Prepared,
    x: &'a [f32],
    y: Output<'y>,
    memory: &'a mut Memory,
    scratch: &'a mut Scratch,
}

impl Work for Convolution<'_, '_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<U: Unit>(self) {
        let Convolution { prepared: Prepared { params: p, product, .. }, x, mut y, memory, scratch } = self;
        let (width, inner, channels) = (p.out_width as usize, p.row_words as usize * 4, p.in_channels as usize);
        let x = &x[..p.in_height as usize * p.in_width as usize * channels];
        let code = size_of::<U::Code>();
        memory.input.resize((x.len() * code).div_ceil(4), 0);
        memory.patches.resize((width * inner * code).div_ceil(4), 0);
        let input: &mut [U::Code] = &mut bytemuck::cast_slice_mut(&mut memory.input)[..x.len()];
        // SAFETY: the processor has the unit.
        let scale = unsafe { quantise::<U>(x, input, inner) };
        let row = width * p.out_channels as usize;
        for oy in 0..p.out_height as usize {
            let patches: &mut [U::Code] = &mut bytemuck::cast_slice_mut(&mut memory.patches)[..width * inner];
            patches.fill(U::Code::from(scale.zero as u8));
            for (ox, patch) in patches.chunks_exact_mut(inner).enumerate() {
                p.runs(oy, ox, |tap, offset, count| {
                    let (to, from) = (&mut patch[tap * channels..], &input[offset..]);
                    match count * channels {
                        // A filter of 3 × 3 over colours: known lengths are copied without a call.
                        9 => to[..9].copy_from_slice(&from[..9]),
                        len => to[..len].copy_from_slice(&from[..len]),
                    }
                });
            }
            let y = match &mut y {
                Output::Floats(y, _) => Output::Floats(&mut y[oy * row..][..row], None),
                Output::Codes(codes) => Output::Codes(&mut codes[oy * row * code..][..row * code]),
            };
            let patches = bytemuck::cast_slice(&memory.patches);
            product.run(width, Activations::Scaled(&patches[..width * inner * code], scale), y, scratch);
        }
    }
}
