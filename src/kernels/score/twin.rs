use super::{EXCLUDED, Params};
use crate::kernels::Bindings;
use crate::kernels::words::bytes;

/// The kernel in plain Rust: the reference of the GPU's and of the fast one.
pub fn twin(params: &Params, bindings: Bindings, y: &mut [f32]) {
    let (count, width) = (params.count as usize, params.width as usize);
    let query: &[u8] = bytemuck::cast_slice(bindings.a);
    let (scales, mask) = bindings.b.split_at(count);
    for (i, vector) in bytes(bindings.weights).chunks_exact(width).take(count).enumerate() {
        let dot: i32 = vector.iter().zip(query).map(|(v, q)| i32::from(*v as i8) * i32::from(*q as i8)).sum();
        let allowed = mask[i / 32].to_bits() >> (i % 32) & 1 == 1;
        y[i] = if allowed { dot as f32 * scales[i] } else { EXCLUDED };
    }
}
