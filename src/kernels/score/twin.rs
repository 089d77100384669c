use super::Params;
use crate::kernels::Bindings;
use crate::kernels::words::bytes;

/// The kernel in plain Rust: the reference of the GPU's and of the fast one.
pub fn twin(params: &Params, bindings: Bindings, y: &mut [f32]) {
    let width = params.width as usize;
    let query: &[u8] = bytemuck::cast_slice(bindings.a);
    for (i, vector) in bytes(bindings.weights).chunks_exact(width).take(params.count as usize).enumerate() {
        let dot: i32 = vector.iter().zip(query).map(|(v, q)| i32::from(*v as i8) * i32::from(*q as i8)).sum();
        y[i] = dot as f32 * bindings.b[i] * params.query_scale;
    }
}
