use super::Params;
use crate::kernels::Bindings;
use crate::kernels::words::f32s;

/// The kernel in plain Rust; the CPU engine runs it too, the compiler makes it vectors.
#[inline(always)]
pub fn twin(params: &Params, bindings: Bindings, y: &mut [f32]) {
    let width = params.width as usize;
    let gain = &f32s(bindings.weights)[params.gain as usize..][..width];
    let centred = params.centred == 1;
    let bias = if centred { &f32s(bindings.weights)[params.bias as usize..][..width] } else { &[][..] };
    for row in 0..params.rows as usize {
        let x = &bindings.a[row * width..][..width];
        let y = &mut y[row * width..][..width];
        let mean = if centred { sum(x, |v| v) / width as f32 } else { 0.0 };
        let variance = sum(x, |v| (v - mean) * (v - mean)) / width as f32;
        let factor = 1.0 / (variance + params.epsilon).sqrt();
        for i in 0..width {
            y[i] = (x[i] - mean) * factor * gain[i];
        }
        y.iter_mut().zip(bias).for_each(|(y, bias)| *y += bias);
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Of two rows: mean 2 and variance 1, mean 0 and variance 4.
    fn run(centred: u32) -> Vec<f32> {
        let weights: Vec<u32> = [1.0f32, 2.0, 3.0, 4.0, 0.5, 0.0, 0.0, -1.0].iter().map(|w| w.to_bits()).collect();
        let x = [1.0, 3.0, 1.0, 3.0, 2.0, -2.0, -2.0, 2.0];
        let mut y = vec![f32::NAN; 8];
        let params = Params { rows: 2, width: 4, gain: 0, bias: 4, epsilon: 0.0, centred };
        twin(&params, Bindings { weights: &weights, a: &x, b: &[] }, &mut y);
        y
    }

    #[test]
    fn a_layer_norm_has_mean_0_and_variance_1_before_gain_and_bias() {
        assert_eq!(run(1), [-0.5, 2.0, -3.0, 3.0, 1.5, -2.0, -3.0, 3.0]);
    }

    #[test]
    fn an_rms_norm_divides_by_the_root_of_the_mean_square() {
        let length = 5.0f32.sqrt();
        let expected = [1.0 / length, 6.0 / length, 3.0 / length, 12.0 / length, 1.0, -2.0, -3.0, 4.0];
        for (found, expected) in run(0).into_iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6, "expected {expected}, found {found}");
        }
    }
}
