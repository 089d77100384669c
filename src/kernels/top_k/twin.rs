use super::{NOTHING, Params, RUN};
use crate::kernels::Bindings;

/// The kernel in plain Rust: sorts each run.
pub fn twin(params: &Params, bindings: Bindings, y: &mut [f32]) {
    let k = params.k as usize;
    for (run, scores) in bindings.a[..params.count as usize].chunks(RUN as usize).enumerate() {
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
        for i in 0..k {
            let at = (run * k + i) * 2;
            let best = order.get(i);
            y[at] = best.map_or(NOTHING, |i| scores[*i]);
            y[at + 1] = f32::from_bits(best.map_or(u32::MAX, |i| run as u32 * RUN + *i as u32));
        }
    }
}
