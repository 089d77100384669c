//! Weights as a vector unit reads them.

use super::Params;
use super::prepared::{Line, Prepared};
use bytemuck::Zeroable;

use crate::kernels::vector::{InstructionSet, RELU6_TOP, Unit, Work};
use crate::kernels::words::{bytes, f16, f32s};

/// int8 weights, a scale a row.
struct Rows {
    codes: Vec<i8>,
    scales: Vec<f32>,
}

impl Rows {
    /// int4 blocks of 32 as int8 rows: one of 255 steps is far finer than one of the 16 it replaces.
    fn from_int4(params: &Params, words: &[u32]) -> Self {
        let (inner, outer) = (params.inner as usize, params.outer as usize);
        let stored = &bytes(words)[params.weight as usize * 4..][..outer * inner / 2];
        let mut rows = Rows { codes: Vec::with_capacity(outer * inner), scales: Vec::with_capacity(outer) };
        let mut values = vec![0.0f32; inner];
        for n in 0..outer {
            for (block, values) in values.chunks_exact_mut(32).enumerate() {
                let index = n * (inner / 32) + block;
                let scale = f16(words, params.scale as usize, index);
                for (i, byte) in stored[index * 16..][..16].iter().enumerate() {
                    values[i] = (f32::from(byte & 15) - 8.0) * scale;
                    values[i + 16] = (f32::from(byte >> 4) - 8.0) * scale;
                }
            }
            let largest = values.iter().fold(0.0f32, |m, v| m.max(v.abs()));
            let inverse = if largest > 0.0 { 127.0 / largest } else { 0.0 };
            rows.codes.extend(values.iter().map(|v| (v * inverse).round() as i8));
            rows.scales.push(largest / 127.0);
        }
        rows
    }
}

/// A layer's weights on their way out of a pack.
pub(super) struct Layout<'a> {
    inner: usize,
    activation: u32,
    rows: Rows,
    bias: &'a [f32],
    set: InstructionSet,
    codes_out: bool,
}

impl<'a> Layout<'a> {
    /// As [`Prepared::new`].
    pub fn new(params: &Params, words: &'a [u32], set: InstructionSet, codes_out: bool) -> Self {
        let (inner, outer) = (params.inner as usize, params.outer as usize);
        let rows = match params.is_int4 {
            1 => Rows::from_int4(params, words),
            _ => {
                let codes = &bytes(words)[params.weight as usize * 4..][..outer * inner];
                let scales = &f32s(words)[params.scale as usize..][..outer];
                Rows { codes: bytemuck::cast_slice(codes).to_vec(), scales: scales.to_vec() }
            }
        };
        let bias = &f32s(words)[params.bias as usize..][..outer];
        Layout { inner, activation: params.activation, rows, bias, set, codes_out }
    }
}

impl Work for Layout<'_> {
    type Output = Prepared;

    #[inline(always)]
    unsafe fn run<U: Unit>(self) -> Prepared {
        let Layout { inner, activation, rows, bias, set, codes_out } = self;
        let outer = bias.len();
        let padded = outer.next_multiple_of(2 * U::LANES);
        // Codes divide 0 to 6; the unit of a layer that writes them is a code.
        let unit = if codes_out { U::FIXED / RELU6_TOP } else { 1.0 };
        let mut layout = Prepared {
            set,
            inner,
            outer,
            activation,
            codes_out,
            weights: vec![Line::zeroed(); (outer.next_multiple_of(U::LANES) * inner).div_ceil(64)],
            scales: vec![0.0; padded],
            bias: vec![0.0; padded],
            sums: vec![0.0; padded],
        };
        let weights: &mut [i8] = bytemuck::cast_slice_mut(&mut layout.weights);
        for first in (0..outer).step_by(2 * U::LANES) {
            let width = (2 * U::LANES).min(outer.next_multiple_of(U::LANES) - first);
            for place in 0..width {
                let interleaved = codes_out && width == 2 * U::LANES;
                let n = first + if interleaved { U::interleaved(place / U::LANES, place % U::LANES) } else { place };
                if n >= outer {
                    continue;
                }
                let row = &rows.codes[n * inner..][..inner];
                layout.scales[first + place] = rows.scales[n] * unit;
                layout.bias[first + place] = bias[n] * unit;
                let sum: i32 = row.iter().map(|c| i32::from(*c)).sum();
                layout.sums[first + place] = sum as f32 * rows.scales[n] * unit;
                for (k, code) in row.iter().enumerate() {
                    let at = ((k / U::GROUP) * width + place) * U::GROUP + k % U::GROUP;
                    weights[first * inner + at] = *code;
                }
            }
        }
        layout
    }
}
