use std::cmp::Ordering;

use super::super::score::EXCLUDED;
use super::{Params, RUN};
use crate::kernels::Bindings;

/// The kernel in plain Rust: sorts each run.
pub fn twin(params: &Params, bindings: Bindings, y: &mut [f32]) {
    let k = params.k as usize;
    let candidates: Vec<[f32; 2]> =
        bindings.a.chunks_exact(2).take(params.count as usize).map(|pair| [pair[0], pair[1]]).collect();
    for (run, best) in candidates.chunks(RUN as usize).zip(y.chunks_exact_mut(2 * k)) {
        let mut run = run.to_vec();
        // Stable, as the kernel is.
        run.sort_by(|a, b| {
            let by_score = b[0].partial_cmp(&a[0]).unwrap_or(Ordering::Equal);
            by_score.then(a[1].to_bits().cmp(&b[1].to_bits()))
        });
        run.resize(run.len().max(k), [EXCLUDED, f32::from_bits(u32::MAX)]);
        for (pair, candidate) in best.chunks_exact_mut(2).zip(run) {
            pair.copy_from_slice(&candidate);
        }
    }
}
