use fearless_simd::{dispatch, prelude::*};

use crate::kernels::simd::level;

/// `scores[i]` = `vectors[i]` · `query` · `scales[i]`, for vectors `[scores.len(), query.len()]` int8.
pub fn scores(vectors: &[i8], scales: &[f32], query: &[i8], scores: &mut [f32]) {
    dispatch!(level(), simd => scores_simd(simd, vectors, scales, query, scores));
}

#[inline(always)]
fn scores_simd<S: Simd>(simd: S, vectors: &[i8], scales: &[f32], query: &[i8], scores: &mut [f32]) {
    for ((vector, scale), score) in vectors.chunks_exact(query.len()).zip(scales).zip(scores) {
        *score = dot(simd, vector, query) as f32 * scale;
    }
}

#[inline(always)]
fn dot<S: Simd>(_: S, a: &[i8], b: &[i8]) -> i32 {
    a.iter().zip(b).map(|(a, b)| i32::from(i16::from(*a) * i16::from(*b))).sum()
}
