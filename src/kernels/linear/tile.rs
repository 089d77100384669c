//! The product of a block of rows and a panel of outputs, a tile that fits the registers at a time.

use std::mem::MaybeUninit;

use super::prepared::{Line, Prepared};
use crate::kernels::simd::bounds;
use crate::kernels::vector::{Scale, Unit, gelu};
use crate::kernels::{GELU, NONE, RELU, RELU6};

/// A block of rows as a tile sees it.
pub(super) struct Block<U: Unit> {
    /// `[rows, inner]`.
    pub codes: *const U::Code,
    /// Of each row, or of all.
    pub scales: *const Scale,
    pub scaled_rows: bool,
    /// Where the block's first row is written: f32 or codes.
    pub floats: *mut f32,
    pub residual: *const f32,
    pub out_codes: *mut U::Code,
}

/// Whether a tile applies the activation with that code; others are applied to its outputs, before a residual is added.
pub(super) fn applies(activation: u32) -> bool {
    matches!(activation, NONE | RELU | RELU6 | GELU)
}

/// All rows of a block times the panel of `VECTORS` vectors of outputs that begins at `column`.
///
/// # Safety
/// The unit was detected; the block has `rows` rows.
#[inline(always)]
pub(super) unsafe fn panel<U: Unit, const VECTORS: usize>(p: &Prepared, block: &Block<U>, column: usize, rows: usize) {
    let mut row = 0;
    while row < rows {
        let left = rows - row;
        // SAFETY: passed on; no tile has more rows than are left.
        unsafe {
            if U::ROWS >= 12 && left >= 12 {
                tile::<U, 12, VECTORS>(p, block, column, row);
                row += 12;
            } else if U::ROWS >= 12 && left >= 8 {
                tile::<U, 8, VECTORS>(p, block, column, row);
                row += 8;
            } else if left >= 4 {
                tile::<U, 4, VECTORS>(p, block, column, row);
                row += 4;
            } else if left >= 2 {
                tile::<U, 2, VECTORS>(p, block, column, row);
                row += 2;
            } else {
                tile::<U, 1, VECTORS>(p, block, column, row);
                row += 1;
            }
        }
    }
}

/// # Safety
/// The unit was detected; the block has `row + ROWS` rows.
#[inline(always)]
unsafe fn tile<U: Unit, const ROWS: usize, const VECTORS: usize>(
    p: &Prepared,
    block: &Block<U>,
    column: usize,
    row: usize,
) {
    // SAFETY: weights, scales, bias and sums are padded to whole vectors; codes and outputs have `row + ROWS` rows; a tile
    // has at most 12 rows of 2 vectors of 16.
    unsafe {
        let mut weights = p.weights.as_ptr().cast::<i8>().add(column * p.inner);
        let mut x = block.codes.add(row * p.inner);
        let zeros = [0i32; 16];
        let mut sums = [[U::ints(zeros.as_ptr()); VECTORS]; ROWS];
        // Not unrolled by hand: in one long run of instructions the compiler loads so far ahead that sums leave the registers.
        for _ in 0..p.inner / U::GROUP {
            let mut w = [U::weights(weights); VECTORS];
            for (v, w) in w.iter_mut().enumerate().skip(1) {
                *w = U::weights(weights.add(v * U::LANES * U::GROUP));
            }
            for (r, sums) in sums.iter_mut().enumerate() {
                let codes = U::broadcast(x.add(r * p.inner));
                for (sum, w) in sums.iter_mut().zip(w) {
                    *sum = U::dot(*sum, codes, w);
                }
            }
            x = x.add(U::GROUP);
            weights = weights.add(VECTORS * U::LANES * U::GROUP);
        }
        // Through memory: were the loop over rows in `finish` to read the registers' array, it would live there all along.
        let mut results = MaybeUninit::<[Line; 12 * 2]>::uninit();
        let results = results.as_mut_ptr().cast::<i32>();
        for (r, sums) in sums.into_iter().enumerate() {
            for (v, sum) in sums.into_iter().enumerate() {
                U::store_ints(results.add((r * VECTORS + v) * U::LANES), sum);
            }
        }
        finish::<U, ROWS, VECTORS>(p, block, column, row, results);
    }
}

/// From sums `[ROWS, VECTORS, LANES]` to outputs.
///
/// # Safety
/// As for [`tile`].
#[inline(always)]
unsafe fn finish<U: Unit, const ROWS: usize, const VECTORS: usize>(
    p: &Prepared,
    block: &Block<U>,
    column: usize,
    row: usize,
    sums: *const i32,
) {
    let wanted = (p.outer - column).min(VECTORS * U::LANES);
    // SAFETY: whole vectors are written only where the output has them, and the rest through arrays of two vectors.
    unsafe {
        let mut scale = block.scales.read();
        let mut factors = [U::splat(0.0); VECTORS];
        let mut base = factors;
        for r in 0..ROWS {
            if block.scaled_rows {
                scale = block.scales.add(row + r).read();
            }
            if block.scaled_rows || r == 0 {
                let (unit, surplus) = (U::splat(scale.unit), U::splat(-scale.unit * scale.zero));
                for v in 0..VECTORS {
                    let n = column + v * U::LANES;
                    factors[v] = U::mul(unit, U::floats(p.scales.as_ptr().add(n)));
                    base[v] = U::floats(p.bias.as_ptr().add(n));
                    // Codes of more than 8 bits have their zero at 0.
                    if size_of::<U::Code>() == 1 {
                        base[v] = U::mul_add(surplus, U::floats(p.sums.as_ptr().add(n)), base[v]);
                    }
                }
            }
            let mut values = [base[0]; 2];
            for v in 0..VECTORS {
                let sum = U::ints(sums.add((r * VECTORS + v) * U::LANES));
                values[v] = U::mul_add(U::to_floats(sum), factors[v], base[v]);
            }
            let at = (row + r) * p.outer + column;
            if p.codes_out {
                // Storing clamps, as ReLU6 does.
                let to = block.out_codes.add(at);
                if wanted == 2 * U::LANES {
                    U::store_interleaved(to, values);
                } else {
                    store_part::<U, VECTORS>(to, values, wanted);
                }
                continue;
            }
            if p.activation == RELU6 || p.activation == RELU {
                let (least, most) = bounds(p.activation);
                for value in &mut values {
                    *value = U::min(U::max(*value, U::splat(least)), U::splat(most));
                }
            }
            if p.activation == GELU {
                for value in values.iter_mut().take(VECTORS) {
                    *value = gelu::<U>(*value);
                }
            }
            let to = block.floats.add(at);
            for (v, value) in values.into_iter().take(VECTORS).enumerate() {
                let (first, to) = (v * U::LANES, to.add(v * U::LANES));
                if wanted >= first + U::LANES {
                    let residual = block.residual;
                    let value =
                        if residual.is_null() { value } else { U::add(value, U::floats(residual.add(at + first))) };
                    U::store(to, value);
                } else if wanted > first {
                    let mut lanes = [0.0; 16];
                    U::store(lanes.as_mut_ptr(), value);
                    for (i, value) in lanes[..wanted - first].iter().enumerate() {
                        let residual =
                            if block.residual.is_null() { 0.0 } else { block.residual.add(at + first + i).read() };
                        to.add(i).write(value + residual);
                    }
                }
            }
        }
    }
}

/// Fewer codes than two vectors have.
///
/// # Safety
/// The unit was detected; `to` has `wanted` codes, no more than `VECTORS` vectors of them.
#[inline(always)]
unsafe fn store_part<U: Unit, const VECTORS: usize>(to: *mut U::Code, values: [U::Floats; 2], wanted: usize) {
    let mut codes: [U::Code; 32] = bytemuck::Zeroable::zeroed();
    // SAFETY: the array has room for two vectors of codes, and `wanted` are no more.
    unsafe {
        if VECTORS == 2 {
            U::store_interleaved(codes.as_mut_ptr(), values);
        } else {
            // One vector is in plain order.
            let (low, high) = (U::splat(0.0), U::splat(U::FIXED));
            U::store_codes(codes.as_mut_ptr(), U::min(U::max(values[0], low), high), low);
        }
        std::ptr::copy_nonoverlapping(codes.as_ptr(), to, wanted);
    }
}
