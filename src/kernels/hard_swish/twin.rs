use super::Params;
use crate::kernels::{Bindings, RELU6, activate};

/// The kernel in plain Rust; the CPU engine runs it too, the compiler makes it vectors.
#[inline(always)]
pub fn twin(params: &Params, bindings: Bindings, y: &mut [f32]) {
    let len = params.rows as usize * params.width as usize;
    for (y, v) in y[..len].iter_mut().zip(&bindings.a[..len]) {
        *y = v * activate(v + 3.0, RELU6) / 6.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hard_swish_is_0_up_to_minus_3_the_identity_from_3_on_and_a_parabola_between() {
        let x = [-4.0, -3.0, -1.5, 0.0, 1.0, 1.5, 3.0, 5.0];
        let mut y = [f32::NAN; 8];
        twin(&Params { rows: 2, width: 4 }, Bindings { weights: &[], a: &x, b: &[] }, &mut y);
        assert_eq!(y, [0.0, 0.0, -0.375, 0.0, 2.0 / 3.0, 1.125, 3.0, 5.0]);
    }
}
