use super::Params;
use crate::kernels::Bindings;
use crate::kernels::words::f32s;

/// The kernel in plain Rust; the CPU engine runs it too, the compiler makes it vectors.
#[inline(always)]
pub fn twin(params: &Params, bindings: Bindings, y: &mut [f32]) {
    let width = params.width as usize;
    let gain = &f32s(bindings.weights)[params.gain as usize..][..width];
    let bias = &f32s(bindings.weights)[params.bias as usize..][..width];
    for row in 0..params.rows as usize {
        let x = &bindings.a[row * width..][..width];
        let y = &mut y[row * width..][..width];
        let mean = sum(x, |v| v) / width as f32;
        let variance = sum(x, |v| (v - mean) * (v - mean)) / width as f32;
        let factor = 1.0 / (variance + params.epsilon).sqrt();
        for i in 0..width {
            y[i] = (x[i] - mean) * factor * gain[i] + bias[i];
        }
    }
}

/// A sum in sixteen strands, so that it can be made of vectors in any order-preserving compiler.
#[inline(always)]
fn sum(x: &[f32], f: impl Fn(f32) -> f32) -> f32 {
    let mut strands = [0.0f32; 16];
    let chunks = x.chunks_exact(16);
    let rest: f32 = chunks.remainder().iter().map(|v| f(*v)).sum();
    for chunk in chunks {
        for (strand, v) in strands.iter_mut().zip(chunk) {
            *strand += f(*v);
        }
    }
    strands.iter().sum::<f32>() + rest
}
