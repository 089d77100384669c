use super::Params;
use crate::kernels::words::{bytes, f32s};
use crate::kernels::{Bindings, activate};

/// The kernel in plain Rust: the reference of the GPU's and of the fast one.
pub fn twin(params: &Params, bindings: Bindings, y: &mut [f32]) {
    let channels = params.out_channels as usize;
    let (scales, filters) = (f32s(bindings.weights), bytes(bindings.weights));
    for oy in 0..params.out_height as usize {
        for ox in 0..params.out_width as usize {
            for n in 0..channels {
                let filter = &filters[(params.weight as usize + n * params.row_words as usize) * 4..];
                let mut sum = 0.0;
                params.taps(oy, ox, |tap, offset| {
                    for c in 0..params.in_channels as usize {
                        sum += bindings.a[offset + c] * f32::from(filter[tap * params.in_channels as usize + c] as i8);
                    }
                });
                let value = sum * scales[params.scale as usize + n] + scales[params.bias as usize + n];
                y[(oy * params.out_width as usize + ox) * channels + n] = activate(value, params.activation);
            }
        }
    }
}
