use std::mem::MaybeUninit;

use super::{Format, Params};
use crate::kernels::simd::gelu;
use crate::kernels::vector::{InstructionSet, RELU6_TOP, Unit, Work};
use crate::kernels::words::{bytes, f16, f32s};
use crate::kernels::{GELU, RELU6};

/// Rows that are worked on together: their codes stay in the cache while the weights go by.
const BLOCK_ROWS: usize = 48;
/// Shortest row that gets a scale of its own; finding it takes longer than multiplying a short one, so short ones (pixels of
/// few channels, much alike) share that of their block.
const MIN_SCALED_ROW: usize = 256;
/// Longest inner sum that cannot overflow, for the widest codes.
const MAX_INNER: usize = 4096;

/// What a layer reads: f32, or codes of the instruction set as bytes, aligned for them.
#[derive(Clone, Copy)]
pub enum Activations<'a> {
    Floats(&'a [f32]),
    /// Of a ReLU6: from 0.
    Codes(&'a [u8]),
    /// Of any other scale.
    Scaled(&'a [u8], Scale),
}

/// What a layer writes.
pub enum Output<'a> {
    /// With a residual or none.
    Floats(&'a mut [f32], Option<&'a [f32]>),
    /// The bytes of codes, aligned for them.
    Codes(&'a mut [u8]),
}

/// What codes mean: a value is `(code − zero) · unit`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scale {
    pub unit: f32,
    /// The code of zero.
    pub zero: f32,
}

impl Scale {
    /// Of the codes that a ReLU6 writes.
    fn relu6<U: Unit>() -> Self {
        Scale { unit: RELU6_TOP / U::FIXED, zero: 0.0 }
    }

    /// For values from `least` ≤ 0 to `most` ≥ 0, and sums of `inner` products: codes of 8 bits use their whole range, those
    /// of more are as fine as such a sum allows.
    #[inline(always)]
    fn of<U: Unit>(least: f32, most: f32, inner: usize) -> Self {
        if size_of::<U::Code>() == 1 {
            let unit = (most - least) / U::FIXED;
            let zero = if unit > 0.0 { (-least / unit).round() } else { 0.0 };
            return Scale { unit, zero };
        }
        let largest = U::FIXED.min((i32::MAX as f32 / 128.0 / inner as f32).floor());
        Scale { unit: most.max(-least) / largest, zero: 0.0 }
    }
}

/// Memory that a run needs and the next one can use again.
#[derive(Default)]
pub struct Scratch {
    /// Codes of a block of rows.
    codes: Vec<u32>,
    scales: Vec<Scale>,
}

/// As a cache line: a vector load across two of them takes twice as long.
#[repr(C, align(64))]
#[derive(Clone, Copy, bytemuck::Zeroable, bytemuck::Pod)]
struct Line([i8; 64]);

/// Weights laid out for a vector unit, and the arithmetic of a layer: activations become whole numbers, each row or block of
/// rows with its own scale, products are summed exactly in i32.
pub struct Prepared {
    set: InstructionSet,
    inner: usize,
    outer: usize,
    activation: u32,
    codes_out: bool,
    /// int8, in panels of two vectors of outputs: `[panel][inner / GROUP][panel width][GROUP]`; the last panel may be of one.
    /// Where codes are written, the outputs of a panel of two are in the order of [`Unit::interleave`].
    weights: Vec<Line>,
    /// `[outer, padded to whole panels]` in the order of the weights, as the other two.
    scales: Vec<f32>,
    bias: Vec<f32>,
    /// The sum of an output's weights, scaled: what a code of zero other than 0 adds too much.
    sums: Vec<f32>,
}

impl Prepared {
    /// Takes the weights of `params` out of the pack's words; with `codes_out` the layer, which ends in a ReLU6, writes codes.
    pub fn new(params: &Params, format: Format, words: &[u32], set: InstructionSet, codes_out: bool) -> Self {
        let (inner, outer) = (params.inner as usize, params.outer as usize);
        let rows = match format {
            Format::Int8 => {
                let codes = &bytes(words)[params.weight as usize * 4..][..outer * inner];
                let scales = &f32s(words)[params.scale as usize..][..outer];
                Rows { codes: bytemuck::cast_slice(codes).to_vec(), scales: scales.to_vec() }
            }
            Format::Int4 => Rows::from_int4(params, words),
        };
        let bias = &f32s(words)[params.bias as usize..][..outer];
        set.run(Layout { inner, activation: params.activation, rows, bias, set, codes_out })
    }

    /// Whether the sums of a layer with that inner width over a ReLU6's codes stay in range.
    pub fn takes_codes(params: &Params) -> bool {
        params.inner as usize <= MAX_INNER
    }

    /// `x` `[rows, inner]`, `residual` and `y` `[rows, outer]`.
    pub fn run(&self, rows: usize, x: Activations, mut y: Output, scratch: &mut Scratch) {
        // The residual comes after a GELU, which is a pass of its own.
        let late = match &mut y {
            Output::Floats(_, residual) if self.activation == GELU => residual.take(),
            _ => None,
        };
        self.set.run(Product { prepared: self, rows, x, y: &mut y, scratch });
        if let (GELU, Output::Floats(y, _)) = (self.activation, y) {
            let y = &mut y[..rows * self.outer];
            gelu(y);
            y.iter_mut().zip(late.into_iter().flatten()).for_each(|(y, r)| *y += r);
        }
    }
}

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

struct Layout<'a> {
    inner: usize,
    activation: u32,
    rows: Rows,
    bias: &'a [f32],
    set: InstructionSet,
    codes_out: bool,
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
            weights: vec![Line([0; 64]); (outer.next_multiple_of(U::LANES) * inner).div_ceil(64)],
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

struct Product<'a, 'y> {
    prepared: &'a Prepared,
    rows: usize,
    x: Activations<'a>,
    y: &'a mut Output<'y>,
    scratch: &'a mut Scratch,
}

/// A block of rows as a tile sees it.
struct Block<U: Unit> {
    /// `[rows, inner]`.
    codes: *const U::Code,
    /// Of each row, or of all.
    scales: *const Scale,
    scaled_rows: bool,
    /// Where the block's first row is written: f32 or codes.
    floats: *mut f32,
    residual: *const f32,
    out_codes: *mut U::Code,
}

impl Work for Product<'_, '_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<U: Unit>(self) {
        let Product { prepared: p, rows, x, y, scratch } = self;
        let block_rows = BLOCK_ROWS.min(rows);
        scratch.scales.resize(block_rows, Scale::default());
        scratch.codes.resize((block_rows * p.inner * size_of::<U::Code>()).div_ceil(4), 0);
        let (given, all_codes): (Option<&[f32]>, &[U::Code]) = match x {
            Activations::Floats(x) => (Some(&x[..rows * p.inner]), &[]),
            Activations::Codes(codes) | Activations::Scaled(codes, _) => {
                (None, &bytemuck::cast_slice(codes)[..rows * p.inner])
            }
        };
        let (floats, residual, out_codes): (*mut f32, *const f32, *mut U::Code) = match y {
            Output::Floats(y, residual) => {
                let residual = residual.map_or(std::ptr::null(), |r| r[..rows * p.outer].as_ptr());
                (y[..rows * p.outer].as_mut_ptr(), residual, std::ptr::null_mut())
            }
            Output::Codes(codes) => {
                let codes: &mut [U::Code] = bytemuck::cast_slice_mut(codes);
                (std::ptr::null_mut(), std::ptr::null(), codes[..rows * p.outer].as_mut_ptr())
            }
        };
        assert_eq!(p.codes_out, floats.is_null(), "a layer writes what it was laid out for");
        match x {
            Activations::Floats(_) => {}
            Activations::Codes(_) => scratch.scales[0] = Scale::relu6::<U>(),
            Activations::Scaled(_, scale) => scratch.scales[0] = scale,
        }
        let scaled_rows = given.is_some() && p.inner >= MIN_SCALED_ROW;
        for first in (0..rows).step_by(BLOCK_ROWS) {
            let count = BLOCK_ROWS.min(rows - first);
            let codes = match given {
                Some(x) => {
                    let codes: &mut [U::Code] = bytemuck::cast_slice_mut(&mut scratch.codes);
                    let together = if scaled_rows { 1 } else { count };
                    let x = x[first * p.inner..][..count * p.inner].chunks_exact(together * p.inner);
                    let parts = x.zip(codes.chunks_exact_mut(together * p.inner)).zip(&mut scratch.scales);
                    for ((x, codes), scale) in parts {
                        // SAFETY: the processor has the unit.
                        *scale = unsafe { quantise::<U>(x, codes, p.inner) };
                    }
                    codes.as_ptr()
                }
                None => all_codes[first * p.inner..].as_ptr(),
            };
            // SAFETY: `first` is a row of the outputs, checked above to have `rows` of them; null stays null.
            let block = unsafe {
                let at = first * p.outer;
                Block::<U> {
                    codes,
                    scales: scratch.scales.as_ptr(),
                    scaled_rows,
                    floats: if floats.is_null() { floats } else { floats.add(at) },
                    residual: if residual.is_null() { residual } else { residual.add(at) },
                    out_codes: if out_codes.is_null() { out_codes } else { out_codes.add(at) },
                }
            };
            let mut column = 0;
            while column < p.outer {
                // SAFETY: as above; the panel that begins at `column` has that many vectors.
                unsafe {
                    if p.outer - column > U::LANES {
                        panel::<U, 2>(p, &block, column, count);
                    } else {
                        panel::<U, 1>(p, &block, column, count);
                    }
                }
                column += 2 * U::LANES;
            }
        }
    }
}

/// Values as codes, for sums of `inner` products.
///
/// # Safety
/// The processor has the unit.
#[inline(always)]
pub(crate) unsafe fn quantise<U: Unit>(x: &[f32], codes: &mut [U::Code], inner: usize) -> Scale {
    let pair = 2 * U::LANES;
    let whole = x.len() / pair * pair;
    assert_eq!(x.len(), codes.len());
    // SAFETY: all offsets are multiples of a pair below `whole`; the tail and the arrays at the end have room for a pair.
    unsafe {
        let load = |at: usize| U::floats(x.as_ptr().add(at));
        // Zeros beside what is left over: zero is always in range.
        let mut tail = [0.0; 32];
        tail[..x.len() - whole].copy_from_slice(&x[whole..]);
        let tail = [U::floats(tail.as_ptr()), U::floats(tail.as_ptr().add(U::LANES))];
        let mut bounds = [U::min(tail[0], tail[1]), U::max(tail[0], tail[1])];
        for at in (0..whole).step_by(U::LANES) {
            bounds = [U::min(bounds[0], load(at)), U::max(bounds[1], load(at))];
        }
        let mut lanes = [[0.0f32; 16]; 2];
        U::store(lanes[0].as_mut_ptr(), bounds[0]);
        U::store(lanes[1].as_mut_ptr(), bounds[1]);
        let least = lanes[0].iter().fold(0.0f32, |m, v| m.min(*v));
        let most = lanes[1].iter().fold(0.0f32, |m, v| m.max(*v));
        let scale = Scale::of::<U>(least, most, inner);
        let inverse = U::splat(if scale.unit > 0.0 { 1.0 / scale.unit } else { 0.0 });
        let zero = U::splat(scale.zero);
        for at in (0..whole).step_by(pair) {
            let low = U::mul_add(load(at), inverse, zero);
            let high = U::mul_add(load(at + U::LANES), inverse, zero);
            U::store_codes(codes.as_mut_ptr().add(at), low, high);
        }
        if whole < x.len() {
            let mut last = [bytemuck::Zeroable::zeroed(); 32];
            let [low, high] = tail.map(|values| U::mul_add(values, inverse, zero));
            U::store_codes(last.as_mut_ptr(), low, high);
            codes[whole..].copy_from_slice(&last[..x.len() - whole]);
        }
        scale
    }
}

/// All rows of a block times the panel of `VECTORS` vectors of outputs that begins at `column`.
///
/// # Safety
/// The processor has the unit; the block has `rows` rows.
#[inline(always)]
unsafe fn panel<U: Unit, const VECTORS: usize>(p: &Prepared, block: &Block<U>, column: usize, rows: usize) {
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
/// The processor has the unit; the block has `row + ROWS` rows.
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
            if p.activation == RELU6 {
                for value in &mut values {
                    *value = U::min(U::max(*value, U::splat(0.0)), U::splat(RELU6_TOP));
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
/// The processor has the unit; `to` has `wanted` codes, no more than `VECTORS` vectors of them.
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
