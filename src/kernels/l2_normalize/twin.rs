use super::Params;
use crate::kernels::Bindings;

/// The kernel in plain Rust; the CPU engine's too.
pub fn twin(params: &Params, bindings: Bindings, y: &mut [f32]) {
    let x = &bindings.a[..params.width as usize];
    let length = x.iter().map(|v| v * v).sum::<f32>().sqrt();
    let inverse = 1.0 / length.max(1e-12);
    for (y, v) in y.iter_mut().zip(x) {
        *y = v * inverse;
    }
}
