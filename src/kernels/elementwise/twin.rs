use super::{ADD, MULTIPLY, Params};
use crate::kernels::words::f32s;
use crate::kernels::{Bindings, activate_all};

/// The kernel in plain Rust; the CPU engine runs it too, the compiler makes it vectors.
pub fn twin(params: &Params, bindings: Bindings, y: &mut [f32]) {
    let (rows, width) = (params.rows as usize, params.width as usize);
    let weights = |place: u32| &f32s(bindings.weights)[place as usize..][..width];
    for row in 0..rows {
        let y = &mut y[row * width..][..width];
        y.copy_from_slice(&bindings.a[row * width..][..width]);
        if params.scaled == 1 {
            y.iter_mut().zip(weights(params.gain)).for_each(|(y, gain)| *y *= gain);
        }
        if params.biased == 1 {
            y.iter_mut().zip(weights(params.bias)).for_each(|(y, bias)| *y += bias);
        }
        let other = if params.broadcast == 1 { 0 } else { row * width };
        match params.second {
            ADD => y.iter_mut().zip(&bindings.b[other..][..width]).for_each(|(y, other)| *y += other),
            MULTIPLY => y.iter_mut().zip(&bindings.b[other..][..width]).for_each(|(y, other)| *y *= other),
            _ => {}
        }
        activate_all(y, params.activation);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Activation;

    fn run(params: Params, weights: &[f32], a: &[f32], b: &[f32]) -> Vec<f32> {
        let weights: Vec<u32> = weights.iter().map(|w| w.to_bits()).collect();
        let mut y = vec![f32::NAN; a.len()];
        twin(&params, Bindings { weights: &weights, a, b }, &mut y);
        y
    }

    const X: [f32; 8] = [-4.0, -1.0, 0.0, 0.5, 1.0, 2.0, 7.0, -2.0];
    /// For each row of X.
    const ROW: [f32; 4] = [2.0, -1.0, 0.5, 3.0];

    fn with(activation: Activation) -> Params {
        Params::new(2, 4, activation.code())
    }

    #[test]
    fn an_activation_alone() {
        assert_eq!(run(with(Activation::Relu), &[], &X, &[]), [0.0, 0.0, 0.0, 0.5, 1.0, 2.0, 7.0, 0.0]);
        assert_eq!(run(with(Activation::Relu6), &[], &X, &[]), [0.0, 0.0, 0.0, 0.5, 1.0, 2.0, 6.0, 0.0]);
    }

    #[test]
    fn gain_and_bias_of_each_channel_come_before_the_activation() {
        let weights = [ROW, [1.0, 1.0, -1.0, -2.0]].concat();
        let params = Params { scaled: 1, gain: 0, biased: 1, bias: 4, ..with(Activation::Relu) };
        assert_eq!(run(params, &weights, &X, &[]), [0.0, 2.0, 0.0, 0.0, 3.0, 0.0, 2.5, 0.0]);
        let unbiased = Params { biased: 0, ..params };
        assert_eq!(run(unbiased, &weights, &X, &[]), [0.0, 1.0, 0.0, 1.5, 2.0, 0.0, 3.5, 0.0]);
    }

    #[test]
    fn a_second_input_is_added_before_the_activation() {
        let other = [1.0, 2.0, 3.0, 4.0, 5.0, -6.0, -7.0, 1.0];
        let params = Params { second: ADD, ..with(Activation::Relu) };
        assert_eq!(run(params, &[], &X, &other), [0.0, 1.0, 3.0, 4.5, 6.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn a_second_input_is_multiplied_value_by_value_or_as_one_row_for_all() {
        let other = [1.0, 2.0, 3.0, 4.0, 5.0, -6.0, -7.0, 1.0];
        let params = Params { second: MULTIPLY, ..with(Activation::None) };
        assert_eq!(run(params, &[], &X, &other), [-4.0, -2.0, 0.0, 2.0, 5.0, -12.0, -49.0, -2.0]);
        let broadcast = Params { broadcast: 1, ..params };
        assert_eq!(run(broadcast, &[], &X, &ROW), [-8.0, 1.0, 0.0, 1.5, 2.0, -2.0, 3.5, -6.0]);
    }
}
