use fearless_simd::{dispatch, prelude::*};

use super::{Format, Params};
use crate::kernels::GELU;
use crate::kernels::simd::{bounds, gelu, level};
use crate::kernels::words::{bytes, f16, f32s};

/// Rows of a register tile: with two vectors of outputs, 12 sums, 2 weights and 1 input fit 16 registers.
const TILE_ROWS: usize = 6;

/// Weights laid out for the CPU: panels of two vectors of outputs, `[panel][inner][panel width]` int8.
pub struct Prepared {
    inner: usize,
    outer: usize,
    activation: u32,
    panel_width: usize,
    codes: Vec<i8>,
    /// int8: `[panel][panel width]`; int4: `[panel][inner / 32][panel width]`.
    scales: Vec<f32>,
    /// `[panel][panel width]`.
    bias: Vec<f32>,
    format: Format,
}

impl Prepared {
    /// Takes the weights of `params` out of the pack's words.
    pub fn new(params: &Params, format: Format, words: &[u32]) -> Self {
        let (inner, outer) = (params.inner as usize, params.outer as usize);
        let panel_width = dispatch!(level(), simd => width_of(simd)) * 2;
        let panels = outer.div_ceil(panel_width);
        let blocks = if format == Format::Int4 { inner / 32 } else { 1 };
        let stored = &bytes(words)[params.weight as usize * 4..];
        let mut prepared = Prepared {
            inner,
            outer,
            activation: params.activation,
            panel_width,
            codes: vec![0; panels * inner * panel_width],
            scales: vec![0.0; panels * blocks * panel_width],
            bias: vec![0.0; panels * panel_width],
            format,
        };
        for n in 0..outer {
            let (panel, j) = (n / panel_width, n % panel_width);
            prepared.bias[n] = f32s(words)[params.bias as usize + n];
            for block in 0..blocks {
                prepared.scales[(panel * blocks + block) * panel_width + j] = match format {
                    Format::Int8 => f32s(words)[params.scale as usize + n],
                    Format::Int4 => f16(words, params.scale as usize, n * blocks + block),
                };
            }
            for k in 0..inner {
                prepared.codes[(panel * inner + k) * panel_width + j] = match format {
                    Format::Int8 => stored[n * inner + k] as i8,
                    Format::Int4 => {
                        let byte = stored[(n * blocks + k / 32) * 16 + k % 16];
                        (if k % 32 < 16 { byte & 15 } else { byte >> 4 }) as i8 - 8
                    }
                };
            }
        }
        prepared
    }

    /// `x` `[rows, inner]`, `residual` `[rows, outer]` or none, `y` `[rows, outer]`; `panel` is scratch.
    pub fn run(&self, rows: usize, x: &[f32], residual: Option<&[f32]>, y: &mut [f32], panel: &mut Vec<f32>) {
        panel.resize(self.inner * self.panel_width, 0.0);
        let y = &mut y[..rows * self.outer];
        if self.activation == GELU {
            // A pass of its own, and the residual comes after it.
            dispatch!(level(), simd => self.run_simd(simd, rows, x, None, y, panel));
            gelu(y);
            y.iter_mut().zip(residual.into_iter().flatten()).for_each(|(y, r)| *y += r);
        } else {
            dispatch!(level(), simd => self.run_simd(simd, rows, x, residual, y, panel));
        }
    }

    #[inline(always)]
    fn run_simd<S: Simd>(
        &self,
        simd: S,
        rows: usize,
        x: &[f32],
        residual: Option<&[f32]>,
        y: &mut [f32],
        panel: &mut [f32],
    ) {
        for index in 0..self.outer.div_ceil(self.panel_width) {
            self.dequantise(index, panel);
            let mut row = 0;
            while row < rows {
                let x = &x[row * self.inner..];
                let taken = match rows - row {
                    1 => self.tile::<S, 1>(simd, index, row, x, panel, residual, y),
                    2 => self.tile::<S, 2>(simd, index, row, x, panel, residual, y),
                    3 => self.tile::<S, 3>(simd, index, row, x, panel, residual, y),
                    4 => self.tile::<S, 4>(simd, index, row, x, panel, residual, y),
                    5 => self.tile::<S, 5>(simd, index, row, x, panel, residual, y),
                    _ => self.tile::<S, TILE_ROWS>(simd, index, row, x, panel, residual, y),
                };
                row += taken;
            }
        }
    }

    /// Writes a panel's weights as f32; int8 scales wait for the end of the sum.
    #[inline(always)]
    fn dequantise(&self, index: usize, panel: &mut [f32]) {
        let codes = &self.codes[index * panel.len()..][..panel.len()];
        match self.format {
            Format::Int8 => {
                for (value, code) in panel.iter_mut().zip(codes) {
                    *value = f32::from(*code);
                }
            }
            Format::Int4 => {
                let width = self.panel_width;
                let blocks = self.inner / 32;
                let scales = &self.scales[index * blocks * width..][..blocks * width];
                for ((values, codes), scales) in panel
                    .chunks_exact_mut(32 * width)
                    .zip(codes.chunks_exact(32 * width))
                    .zip(scales.chunks_exact(width))
                {
                    for (values, codes) in values.chunks_exact_mut(width).zip(codes.chunks_exact(width)) {
                        for ((value, code), scale) in values.iter_mut().zip(codes).zip(scales) {
                            *value = f32::from(*code) * scale;
                        }
                    }
                }
            }
        }
    }

    #[inline(always)]
    #[expect(clippy::too_many_arguments, reason = "the innermost call; a struct would only name its fields again")]
    fn tile<S: Simd, const ROWS: usize>(
        &self,
        simd: S,
        index: usize,
        row: usize,
        x: &[f32],
        panel: &[f32],
        residual: Option<&[f32]>,
        y: &mut [f32],
    ) -> usize {
        let lanes = S::f32s::LEN;
        let zero = S::f32s::splat(simd, 0.0);
        let mut sums = [[zero; 2]; ROWS];
        let rows: [&[f32]; ROWS] = std::array::from_fn(|r| &x[r * self.inner..][..self.inner]);
        for (k, weights) in panel.chunks_exact(2 * lanes).enumerate() {
            let low = S::f32s::from_slice(simd, &weights[..lanes]);
            let high = S::f32s::from_slice(simd, &weights[lanes..2 * lanes]);
            for r in 0..ROWS {
                let value = S::f32s::splat(simd, rows[r][k]);
                sums[r][0] = value.mul_add(low, sums[r][0]);
                sums[r][1] = value.mul_add(high, sums[r][1]);
            }
        }
        let first = index * self.panel_width;
        let (low, high) = bounds(self.activation);
        let (low, high) = (S::f32s::splat(simd, low), S::f32s::splat(simd, high));
        for half in 0..2 {
            let column = first + half * lanes;
            let wanted = self.outer.saturating_sub(column).min(lanes);
            if wanted == 0 {
                continue;
            }
            let bias = S::f32s::from_slice(simd, &self.bias[column..column + lanes]);
            for (r, sums) in sums.iter().enumerate() {
                let sum = match self.format {
                    Format::Int8 => {
                        sums[half].mul_add(S::f32s::from_slice(simd, &self.scales[column..column + lanes]), bias)
                    }
                    Format::Int4 => sums[half] + bias,
                };
                let mut value = sum.max(low).min(high);
                let at = (row + r) * self.outer + column;
                if wanted == lanes {
                    if let Some(residual) = residual {
                        value += S::f32s::from_slice(simd, &residual[at..at + lanes]);
                    }
                    value.store_slice(&mut y[at..at + lanes]);
                } else {
                    for (i, v) in value.as_slice()[..wanted].iter().enumerate() {
                        y[at + i] = v + residual.map_or(0.0, |residual| residual[at + i]);
                    }
                }
            }
        }
        ROWS
    }
}

#[inline(always)]
fn width_of<S: Simd>(_: S) -> usize {
    S::f32s::LEN
}
