use super::super::score::EXCLUDED;
use super::{BLOCK, Params};
use crate::kernels::Bindings;

/// The kernel in plain Rust.
pub fn twin(params: &Params, bindings: Bindings, y: &mut [f32]) {
    let scores = &bindings.b[..params.count as usize];
    let chosen = bindings.a.chunks_exact(2).take(params.blocks as usize);
    for (chosen, gathered) in chosen.zip(y.chunks_exact_mut(2 * BLOCK as usize)) {
        let first = chosen[1].to_bits() / BLOCK * BLOCK;
        for (i, pair) in gathered.chunks_exact_mut(2).enumerate() {
            let index = first as usize + i;
            let found = scores.get(index).map(|score| [*score, f32::from_bits(index as u32)]);
            pair.copy_from_slice(&found.unwrap_or([EXCLUDED, f32::from_bits(u32::MAX)]));
        }
    }
}
