use super::Params;
use crate::kernels::words::{bytes, f32s};
use crate::kernels::{Bindings, activate};

/// The kernel in plain Rust: the reference of the GPU's and of the fast one.
pub fn twin(params: &Params, bindings: Bindings, y: &mut [f32]) {
    let channels = params.channels as usize;
    let (scales, filters) = (f32s(bindings.weights), &bytes(bindings.weights)[params.weight as usize * 4..]);
    for oy in 0..params.out_height as usize {
        for ox in 0..params.out_width as usize {
            for c in 0..channels {
                let mut sum = 0.0;
                params.taps(oy, ox, |tap, offset| {
                    sum += bindings.a[offset + c] * f32::from(filters[tap * channels + c] as i8);
                });
                let value = sum * scales[params.scale as usize + c] + scales[params.bias as usize + c];
                y[(oy * params.out_width as usize + ox) * channels + c] = activate(value, params.activation);
            }
        }
    }
}
