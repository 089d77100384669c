use super::Params;
use crate::kernels::vector::{InstructionSet, RELU6_TOP, Unit, Work};
use crate::kernels::words::{bytes, f32s};
use crate::kernels::{Layer, Scratch};

/// Neighbouring output pixels that share a load of the weights.
const TILE: usize = 4;
/// Side of the largest filter.
const MAX_SIZE: u32 = 7;
/// Taps of the largest filter, made even.
const MAX_TAPS: usize = ((MAX_SIZE * MAX_SIZE) as usize).next_multiple_of(2);

/// The convolution from a ReLU6's codes to a ReLU6's codes: taps are multiplied in pairs and summed exactly in i32.
pub struct PreparedCodes {
    params: Params,
    set: InstructionSet,
    /// First channels of the blocks of two vectors; the last block may overlap the one before.
    blocks: Vec<usize>,
    /// `[block][pair of taps][2 vectors]`, the two taps' weights by turns.
    weights: Vec<i16>,
    /// `[block][2 vectors]`, in the order of [`Unit::interleave`], in units of a code.
    scales: Vec<f32>,
    bias: Vec<f32>,
    /// Codes of a pixel beside the input.
    zeros: Vec<u32>,
}

impl PreparedCodes {
    /// Whether the set can do it: the channels fill two vectors, and the filter is no larger than 7 × 7.
    pub fn fits(params: &Params, set: InstructionSet) -> bool {
        params.channels as usize >= 2 * set.lanes() && params.size <= MAX_SIZE
    }

    /// Takes the filters of `params`, which fit, out of the pack's words.
    pub fn new(params: &Params, words: &[u32], set: InstructionSet) -> Self {
        assert!(Self::fits(params, set), "expected channels and a filter that fit, found {params:?} for {set:?}");
        set.run(Layout { params, words, set })
    }

    fn tap_count(&self) -> usize {
        (self.params.size * self.params.size) as usize
    }
}

impl Layer for PreparedCodes {
    fn run(&self, _: usize, x: &[f32], _: Option<&[f32]>, y: &mut [f32], _: &mut Scratch) {
        let (x, y) = (bytemuck::cast_slice(x), bytemuck::cast_slice_mut(y));
        self.set.run(Convolution { codes: self, x, y });
    }
}

struct Layout<'a> {
    params: &'a Params,
    words: &'a [u32],
    set: InstructionSet,
}

impl Work for Layout<'_> {
    type Output = PreparedCodes;

    #[inline(always)]
    unsafe fn run<U: Unit>(self) -> PreparedCodes {
        let Layout { params, words, set } = self;
        let (channels, taps, width) = (params.channels as usize, (params.size * params.size) as usize, 2 * U::LANES);
        let stored = &bytes(words)[params.weight as usize * 4..][..taps * channels];
        let (scale, bias) =
            (&f32s(words)[params.scale as usize..][..channels], &f32s(words)[params.bias as usize..][..channels]);
        let mut codes = PreparedCodes {
            params: *params,
            set,
            blocks: (0..channels).step_by(width).map(|c| c.min(channels - width)).collect(),
            weights: Vec::new(),
            scales: Vec::new(),
            bias: Vec::new(),
            zeros: vec![0; (channels * size_of::<U::Code>()).div_ceil(4)],
        };
        for first in &codes.blocks {
            for pair in 0..taps.div_ceil(2) {
                for result in 0..2 {
                    for lane in 0..U::LANES {
                        let channel = first + U::interleaved(result, lane);
                        for tap in [2 * pair, 2 * pair + 1] {
                            let weight = if tap < taps { stored[tap * channels + channel] as i8 } else { 0 };
                            codes.weights.push(weight.into());
                        }
                    }
                }
            }
            for result in 0..2 {
                for lane in 0..U::LANES {
                    let channel = first + U::interleaved(result, lane);
                    // An input code is 6 / FIXED and an output code too.
                    codes.scales.push(scale[channel]);
                    codes.bias.push(bias[channel] * U::FIXED / RELU6_TOP);
                }
            }
        }
        codes
    }
}

struct Convolution<'a> {
    codes: &'a PreparedCodes,
    x: &'a [u8],
    y: &'a mut [u8],
}

/// Where a tap reads for the first pixel of a tile, and how far on for each further one.
#[derive(Clone, Copy)]
struct Tap<C> {
    from: *const C,
    step: usize,
}

impl Work for Convolution<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<U: Unit>(self) {
        let Convolution { codes, x, y } = self;
        let p = &codes.params;
        let (width, stride, size, pad) =
            (p.out_width as usize, p.stride as usize, p.size as usize, p.pad_before as usize);
        let channels = p.channels as usize;
        let x: &[U::Code] = &bytemuck::cast_slice(x)[..p.in_height as usize * p.in_width as usize * channels];
        let y: &mut [U::Code] = &mut bytemuck::cast_slice_mut(y)[..p.out_height as usize * width * channels];
        let outside = Tap { from: bytemuck::cast_slice::<u32, U::Code>(&codes.zeros).as_ptr(), step: 0 };
        // Output columns whose whole window lies on the input.
        let first = pad.div_ceil(stride);
        let last = ((p.in_width as usize + pad).saturating_sub(size) / stride + 1).min(width);
        let mut taps = [outside; MAX_TAPS];
        for oy in 0..p.out_height as usize {
            let mut ox = 0;
            while ox < width {
                let whole = ox >= first && ox + TILE <= last;
                let count = if whole { TILE } else { 1 };
                taps[..codes.tap_count().next_multiple_of(2)].fill(outside);
                p.taps(oy, ox, |tap, offset| {
                    let reach = (count - 1) * stride * channels + channels;
                    taps[tap] = Tap { from: x[offset..offset + reach].as_ptr(), step: stride * channels };
                });
                let out = &mut y[(oy * width + ox) * channels..][..count * channels];
                // SAFETY: a tap is `channels` codes of zeros, or as many of each pixel of the tile, checked by the slice.
                unsafe {
                    if whole {
                        pixels::<U, TILE>(codes, &taps, out);
                    } else {
                        pixels::<U, 1>(codes, &taps, out);
                    }
                }
                ox += count;
            }
        }
    }
}

/// `COUNT` neighbouring pixels.
///
/// # Safety
/// The unit was detected; every tap has `channels` codes for each pixel, `y` has `COUNT` pixels.
#[inline(always)]
unsafe fn pixels<U: Unit, const COUNT: usize>(codes: &PreparedCodes, taps: &[Tap<U::Code>], y: &mut [U::Code]) {
    let channels = codes.params.channels as usize;
    let pairs = codes.tap_count().div_ceil(2);
    // SAFETY: a block ends at `channels` at most; weights, scales and bias have two vectors a block and pair.
    unsafe {
        let zeros = [0i32; 16];
        let mut weights = codes.weights.as_ptr();
        for (index, first) in codes.blocks.iter().enumerate() {
            let mut sums = [[U::ints(zeros.as_ptr()); 2]; COUNT];
            for pair in taps[..2 * pairs].chunks_exact(2) {
                let w = [U::pairs(weights), U::pairs(weights.add(2 * U::LANES))];
                weights = weights.add(4 * U::LANES);
                for (i, sums) in sums.iter_mut().enumerate() {
                    let a = U::halves(pair[0].from.add(i * pair[0].step + first));
                    let b = U::halves(pair[1].from.add(i * pair[1].step + first));
                    let x = U::interleave(a, b);
                    sums[0] = U::dot_pairs(sums[0], x[0], w[0]);
                    sums[1] = U::dot_pairs(sums[1], x[1], w[1]);
                }
            }
            let at = index * 2 * U::LANES;
            for (i, sums) in sums.iter().enumerate() {
                let mut values = [U::splat(0.0); 2];
                for v in 0..2 {
                    let scale = U::floats(codes.scales.as_ptr().add(at + v * U::LANES));
                    let bias = U::floats(codes.bias.as_ptr().add(at + v * U::LANES));
                    values[v] = U::mul_add(U::to_floats(sums[v]), scale, bias);
                }
                // Storing clamps, as ReLU6 does.
                U::store_interleaved(y.as_mut_ptr().add(i * channels + first), values);
            }
        }
    }
}
