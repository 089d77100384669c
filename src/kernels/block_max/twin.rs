use super::{BLOCK, Params};
use crate::kernels::Bindings;

/// The kernel in plain Rust.
pub fn twin(params: &Params, bindings: Bindings, y: &mut [f32]) {
    let scores = &bindings.a[..params.count as usize];
    for (block, pair) in y.chunks_exact_mut(2).enumerate().take(params.blocks() as usize) {
        let first = block * BLOCK as usize;
        let end = (first + BLOCK as usize).min(scores.len());
        let largest = (first + 1..end).fold(first, |best, i| if scores[i] > scores[best] { i } else { best });
        pair.copy_from_slice(&[scores[largest], f32::from_bits(largest as u32)]);
    }
}
