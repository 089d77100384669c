use fearless_simd::{dispatch, prelude::*};

use super::Params;
use crate::kernels::simd::{exp, level};

/// The kernel with vectors; `scratch` holds a head's keys turned over (`[head_width, padded rows]`) and a row of scores.
pub fn run(params: &Params, qkv: &[f32], y: &mut [f32], scratch: &mut Vec<f32>) {
    dispatch!(level(), simd => run_simd(simd, params, qkv, y, scratch));
}

#[inline(always)]
fn run_simd<S: Simd>(simd: S, params: &Params, qkv: &[f32], y: &mut [f32], scratch: &mut Vec<f32>) {
    let (rows, heads, head) = (params.rows as usize, params.heads as usize, params.head_width as usize);
    let lanes = S::f32s::LEN;
    let width = heads * head;
    let padded = rows.next_multiple_of(lanes);
    let scale = 1.0 / (head as f32).sqrt();
    scratch.clear();
    scratch.resize((head + 1) * padded, 0.0);
    let (keys, scores) = scratch.split_at_mut(head * padded);
    for h in 0..heads {
        for row in 0..rows {
            for i in 0..head {
                keys[i * padded + row] = qkv[row * 3 * width + width + h * head + i];
            }
        }
        for row in 0..rows {
            let query = &qkv[row * 3 * width + h * head..][..head];
            let mut largest = f32::NEG_INFINITY;
            for at in (0..padded).step_by(lanes) {
                let mut sum = S::f32s::splat(simd, 0.0);
                for (i, q) in query.iter().enumerate() {
                    let keys = S::f32s::from_slice(simd, &keys[i * padded + at..][..lanes]);
                    sum = S::f32s::splat(simd, *q).mul_add(keys, sum);
                }
                (sum * S::f32s::splat(simd, scale)).store_slice(&mut scores[at..at + lanes]);
            }
            for score in &mut scores[rows..] {
                *score = f32::NEG_INFINITY;
            }
            for score in &scores[..rows] {
                largest = largest.max(*score);
            }
            for at in (0..padded).step_by(lanes) {
                let score = S::f32s::from_slice(simd, &scores[at..at + lanes]);
                exp(simd, score - S::f32s::splat(simd, largest)).store_slice(&mut scores[at..at + lanes]);
            }
            let inverse = 1.0 / scores[..rows].iter().sum::<f32>();
            let out = &mut y[row * width + h * head..][..head];
            out.fill(0.0);
            for (key, score) in scores[..rows].iter().enumerate() {
                let values = &qkv[key * 3 * width + 2 * width + h * head..][..head];
                for (out, value) in out.iter_mut().zip(values) {
                    *out += score * inverse * value;
                }
            }
        }
    }
}
