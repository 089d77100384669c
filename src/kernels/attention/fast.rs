use fearless_simd::{dispatch, prelude::*};

use super::Params;
use crate::kernels::simd::{exp, level};

/// Rows that are worked on together: what is loaded of a key or a value serves all of them, and their sums do not wait for
/// one another.
const ROWS: usize = 4;

/// The kernel with vectors; `scratch` is memory that the next run can use again.
pub fn run(params: &Params, qkv: &[f32], y: &mut [f32], scratch: &mut Vec<f32>) {
    dispatch!(level(), simd => run_simd(simd, params, qkv, y, scratch));
}

#[inline(always)]
fn run_simd<S: Simd>(simd: S, params: &Params, qkv: &[f32], y: &mut [f32], scratch: &mut Vec<f32>) {
    let (rows, heads, head) = (params.rows as usize, params.heads as usize, params.head_width as usize);
    let lanes = S::f32s::LEN;
    let width = heads * head;
    let padded_rows = rows.next_multiple_of(lanes);
    let padded_head = head.next_multiple_of(lanes);
    scratch.clear();
    scratch.resize((head + ROWS) * padded_rows + (rows + ROWS) * padded_head, 0.0);
    // A head's keys transposed, `[head, padded_rows]`; its values, `[rows, padded_head]`; scores `[ROWS, padded_rows]` and
    // what they make of the values, `[ROWS, padded_head]`.
    let (keys, rest) = scratch.split_at_mut(head * padded_rows);
    let (values, rest) = rest.split_at_mut(rows * padded_head);
    let (scores, mixed) = rest.split_at_mut(ROWS * padded_rows);
    let scale = 1.0 / (head as f32).sqrt();
    for h in 0..heads {
        let part = |row: usize, part: usize| &qkv[(row * 3 + part) * width + h * head..][..head];
        for row in 0..rows {
            for (i, key) in part(row, 1).iter().enumerate() {
                keys[i * padded_rows + row] = *key;
            }
            values[row * padded_head..][..head].copy_from_slice(part(row, 2));
        }
        for first in (0..rows).step_by(ROWS) {
            // Where fewer are left, the last one fills up.
            let queries: [&[f32]; ROWS] = std::array::from_fn(|r| part((first + r).min(rows - 1), 0));
            product(simd, queries, keys, scores);
            let mut totals = [0.0; ROWS];
            for (r, (total, scores)) in totals.iter_mut().zip(scores.chunks_exact_mut(padded_rows)).enumerate() {
                let keys = if params.causal == 1 { rows.min(first + r + 1) } else { rows };
                *total = exponentiate(simd, scores, keys, scale);
            }
            let shares = std::array::from_fn(|r| &scores[r * padded_rows..][..rows]);
            product(simd, shares, values, mixed);
            for (r, mixed) in mixed.chunks_exact(padded_head).enumerate().take(rows - first) {
                let inverse = 1.0 / totals[r];
                let y = &mut y[(first + r) * width + h * head..][..head];
                y.iter_mut().zip(mixed).for_each(|(y, mixed)| *y = mixed * inverse);
            }
        }
    }
}

/// `y` `[ROWS, width]` = `left` `[ROWS, inner]` · `right` `[inner, width]`; `width` is a multiple of a vector's length.
#[inline(always)]
fn product<S: Simd>(simd: S, left: [&[f32]; ROWS], right: &[f32], y: &mut [f32]) {
    let lanes = S::f32s::LEN;
    let width = y.len() / ROWS;
    let mut at = 0;
    while at < width {
        if width - at > lanes {
            tile::<S, 2>(simd, left, right, at, y);
            at += 2 * lanes;
        } else {
            tile::<S, 1>(simd, left, right, at, y);
            at += lanes;
        }
    }
}

/// The part of a product whose sums fit the registers: `VECTORS` vectors of columns from `at` on.
#[inline(always)]
fn tile<S: Simd, const VECTORS: usize>(simd: S, left: [&[f32]; ROWS], right: &[f32], at: usize, y: &mut [f32]) {
    let lanes = S::f32s::LEN;
    let width = y.len() / ROWS;
    let inner = left[0].len();
    let left = left.map(|row| &row[..inner]);
    let mut sums = [[S::f32s::splat(simd, 0.0); VECTORS]; ROWS];
    for i in 0..inner {
        let right = &right[i * width + at..][..VECTORS * lanes];
        for v in 0..VECTORS {
            let right = S::f32s::from_slice(simd, &right[v * lanes..][..lanes]);
            for r in 0..ROWS {
                sums[r][v] = S::f32s::splat(simd, left[r][i]).mul_add(right, sums[r][v]);
            }
        }
    }
    for r in 0..ROWS {
        let y = &mut y[r * width + at..][..VECTORS * lanes];
        for v in 0..VECTORS {
            sums[r][v].store_slice(&mut y[v * lanes..][..lanes]);
        }
    }
}

/// From scores, of which the first `keys` count, to the exponentials of `scale` times them, the largest made 1; gives their
/// sum.
#[inline(always)]
fn exponentiate<S: Simd>(simd: S, scores: &mut [f32], keys: usize, scale: f32) -> f32 {
    let lanes = S::f32s::LEN;
    scores[keys..].fill(f32::NEG_INFINITY);
    let mut largest = S::f32s::splat(simd, f32::NEG_INFINITY);
    for scores in scores.chunks_exact(lanes) {
        largest = largest.max(S::f32s::from_slice(simd, scores));
    }
    let largest = S::f32s::splat(simd, across(largest, |a, b| if a > b { a } else { b }));
    // What fills up adds e⁻⁸⁷ each.
    let mut total = S::f32s::splat(simd, 0.0);
    for scores in scores.chunks_exact_mut(lanes) {
        let exps = exp(simd, (S::f32s::from_slice(simd, scores) - largest) * S::f32s::splat(simd, scale));
        exps.store_slice(scores);
        total += exps;
    }
    across(total, |a, b| a + b)
}

/// The lanes of a vector made one.
#[inline(always)]
fn across<S: Simd, V: SimdBase<S, Element = f32>>(vector: V, join: impl Fn(f32, f32) -> f32) -> f32 {
    let mut lanes = [0.0; 16];
    vector.store_slice(&mut lanes[..V::LEN]);
    let (first, rest) = lanes[..V::LEN].split_first().unwrap_or((&0.0, &[]));
    rest.iter().fold(*first, |joined, lane| join(joined, *lane))
}
