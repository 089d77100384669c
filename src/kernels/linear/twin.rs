use super::Params;
use crate::kernels::words::{bytes, f16, f32s};
use crate::kernels::{Bindings, activate};

/// The kernel in plain Rust: the reference of the GPU's and of the fast one.
pub fn twin(params: &Params, bindings: Bindings, y: &mut [f32]) {
    let (inner, outer) = (params.inner as usize, params.outer as usize);
    let codes = &bytes(bindings.weights)[params.weight as usize * 4..];
    let bias = &f32s(bindings.weights)[params.bias as usize..][..outer];
    let weight = |n: usize, k: usize| match params.is_int4 {
        1 => {
            let block = n * (inner / 32) + k / 32;
            let byte = codes[block * 16 + k % 16];
            let code = if k % 32 < 16 { byte & 15 } else { byte >> 4 };
            (f32::from(code) - 8.0) * f16(bindings.weights, params.scale as usize, block)
        }
        _ => f32::from(codes[n * inner + k] as i8) * f32s(bindings.weights)[params.scale as usize + n],
    };
    for row in 0..params.rows as usize {
        for n in 0..outer {
            let sum: f32 = (0..inner).map(|k| bindings.a[row * inner + k] * weight(n, k)).sum();
            let residual = if params.residual != 0 { bindings.b[row * outer + n] } else { 0.0 };
            y[row * outer + n] = activate(sum + bias[n], params.activation) + residual;
        }
    }
}
