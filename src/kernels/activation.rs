//! What follows a linear operation or a convolution.

use serde::{Deserialize, Serialize};

/// Applied to every value of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    #[default]
    None,
    /// `min(max(x, 0), 6)`.
    Relu6,
    /// `x · Φ(x)` with the error function (Hendrycks and Gimpel 2016, eq. 1), not its tanh approximation.
    Gelu,
    /// `max(x, 0)`.
    Relu,
    /// `x · ReLU6(x + 3) / 6` (Howard et al. 2019, section 5.2).
    HardSwish,
    /// `ReLU6(x + 3) / 6`.
    HardSigmoid,
    /// `x · σ(1.702 · x)` (Hendrycks and Gimpel 2016, section 2), the GELU of CLIP.
    QuickGelu,
    /// The tanh approximation of GELU (Hendrycks and Gimpel 2016, section 2).
    GeluTanh,
    /// `x · σ(x)`, also called swish (Ramachandran et al. 2017).
    Silu,
    /// `σ(x) = 1 / (1 + e⁻ˣ)`.
    Sigmoid,
    Tanh,
}

/// [`Activation::code`] of the identity.
pub(crate) const NONE: u32 = 0;
pub(crate) const RELU6: u32 = 1;
pub(crate) const GELU: u32 = 2;
pub(crate) const RELU: u32 = 3;
pub(crate) const HARD_SWISH: u32 = 4;
pub(crate) const HARD_SIGMOID: u32 = 5;
pub(crate) const QUICK_GELU: u32 = 6;
pub(crate) const GELU_TANH: u32 = 7;
pub(crate) const SILU: u32 = 8;
pub(crate) const SIGMOID: u32 = 9;
pub(crate) const TANH: u32 = 10;

impl Activation {
    pub const ALL: [Activation; 11] = [
        Activation::None,
        Activation::Relu6,
        Activation::Gelu,
        Activation::Relu,
        Activation::HardSwish,
        Activation::HardSigmoid,
        Activation::QuickGelu,
        Activation::GeluTanh,
        Activation::Silu,
        Activation::Sigmoid,
        Activation::Tanh,
    ];

    /// The activation as parameters and constants of a kernel state it: its place in [`Activation::ALL`].
    pub fn code(self) -> u32 {
        self as u32
    }
}

/// The activation with that [code](Activation::code) of one value.
pub(crate) fn activate(x: f32, activation: u32) -> f32 {
    let mut value = [x];
    activate_all(&mut value, activation);
    value[0]
}

/// The activation with that [code](Activation::code) of all values, in place: the compiler makes it vectors.
#[inline(never)]
pub(crate) fn activate_all(values: &mut [f32], activation: u32) {
    match activation {
        RELU => clamp(values, f32::INFINITY),
        RELU6 => clamp(values, 6.0),
        GELU => values.iter_mut().for_each(|x| *x = 0.5 * *x * (1.0 + erf(*x * std::f32::consts::FRAC_1_SQRT_2))),
        HARD_SWISH => hard_sigmoid(values, 1.0, 0.0),
        HARD_SIGMOID => hard_sigmoid(values, 0.0, 1.0),
        QUICK_GELU => sigmoid(values, [1.702, 0.0], [1.0, 0.0], 0.0),
        // 0.5 · (1 + tanh(z)) is σ(2z), and z is √(2/π) · (x + 0.044715 · x³).
        GELU_TANH => sigmoid(values, [1.595_769, 0.071_354_814], [1.0, 0.0], 0.0),
        SILU => sigmoid(values, [1.0, 0.0], [1.0, 0.0], 0.0),
        SIGMOID => sigmoid(values, [1.0, 0.0], [0.0, 1.0], 0.0),
        // tanh(x) is 2 · σ(2x) − 1.
        TANH => sigmoid(values, [2.0, 0.0], [0.0, 2.0], -1.0),
        _ => {}
    }
}

/// The activation with that [code](Activation::code) as an expression of `x: vec4<f32>` in WGSL, over the functions of prelude.wgsl.
pub(crate) fn wgsl(activation: u32) -> &'static str {
    match activation {
        RELU => "max(x, vec4<f32>(0.0))",
        RELU6 => "clamp(x, vec4<f32>(0.0), vec4<f32>(6.0))",
        GELU => "0.5 * x * (1.0 + erf(x * 0.70710678))",
        HARD_SWISH => "x * hard_sigmoid(x)",
        HARD_SIGMOID => "hard_sigmoid(x)",
        QUICK_GELU => "x * sigmoid(1.702 * x)",
        GELU_TANH => "x * sigmoid(x * (1.5957691 + 0.071354814 * x * x))",
        SILU => "x * sigmoid(x)",
        SIGMOID => "sigmoid(x)",
        TANH => "2.0 * sigmoid(2.0 * x) - 1.0",
        _ => "x",
    }
}

/// From 0 to `top`.
fn clamp(values: &mut [f32], top: f32) {
    values.iter_mut().for_each(|x| *x = x.clamp(0.0, top));
}

/// `(factor · x + term) · ReLU6(x + 3) / 6`.
fn hard_sigmoid(values: &mut [f32], factor: f32, term: f32) {
    values.iter_mut().for_each(|x| *x = (factor * *x + term) * (*x + 3.0).clamp(0.0, 6.0) / 6.0);
}

/// `(factor · x + term) · σ(a · x + b · x³) + offset`. The sigmoid's argument is kept within ±80, so that nothing overflows or
/// becomes subnormal.
fn sigmoid(values: &mut [f32], [a, b]: [f32; 2], [factor, term]: [f32; 2], offset: f32) {
    for x in values {
        let z = (*x * (a + b * *x * *x)).clamp(-80.0, 80.0);
        *x = (factor * *x + term) / (1.0 + exp(-z)) + offset;
    }
}

/// The error function, Abramowitz and Stegun 7.1.26, |error| ≤ 1.5e-7.
#[inline(always)]
fn erf(x: f32) -> f32 {
    let t = 1.0 / (1.0 + 0.3275911 * x.abs());
    let p = ((((1.061_405_4 * t - 1.453_152) * t + 1.421_413_8) * t - 0.284_496_74) * t + 0.254_829_6) * t;
    x.signum() * (1.0 - p * exp((-x * x).max(-80.0)))
}

/// eˣ with a relative error below 2e-7 for −87 ≤ x ≤ 88 (Cephes `expf`), without a call or a branch, so that loops over it become
/// vectors.
#[inline(always)]
fn exp(x: f32) -> f32 {
    // Adding it rounds to a whole number, which is then in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = x - n * 0.693_359_4 + n * 2.121_944_4e-4;
    let mut p = 1.987_569_1e-4;
    for c in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 0.166_666_66, 0.5] {
        p = p * r + c;
    }
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23));
    (p * r * r + r + 1.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected(x: f64, activation: Activation) -> f64 {
        let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
        match activation {
            Activation::None => x,
            Activation::Relu6 => x.clamp(0.0, 6.0),
            // The integral of the normal distribution, by Simpson's rule.
            Activation::Gelu => {
                let (n, density) = (2000, |t: f64| (-t * t / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt());
                let h = x / f64::from(n);
                let inner = |i: u32| f64::from(if i % 2 == 1 { 4 } else { 2 }) * density(f64::from(i) * h);
                let sum = density(0.0) + density(x) + (1..n).map(inner).sum::<f64>();
                x * (0.5 + sum * h / 3.0)
            }
            Activation::Relu => x.max(0.0),
            Activation::HardSwish => x * (x + 3.0).clamp(0.0, 6.0) / 6.0,
            Activation::HardSigmoid => (x + 3.0).clamp(0.0, 6.0) / 6.0,
            Activation::QuickGelu => x * sigmoid(1.702 * x),
            Activation::GeluTanh => {
                0.5 * x * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3))).tanh())
            }
            Activation::Silu => x * sigmoid(x),
            Activation::Sigmoid => sigmoid(x),
            Activation::Tanh => x.tanh(),
        }
    }

    #[test]
    fn every_activation_is_within_1e_6_of_its_definition() {
        for (code, activation) in (0..).zip(Activation::ALL) {
            assert_eq!(activation.code(), code);
            let x: Vec<f32> = (-2001..=2001).map(|i| i as f32 * 0.005).chain([-300.0, 300.0]).collect();
            let mut y = x.clone();
            activate_all(&mut y, activation.code());
            for (x, found) in x.iter().zip(y) {
                let expected = expected((*x).into(), activation);
                let near = (f64::from(found) - expected).abs() <= 1e-6 * expected.abs().max(1.0);
                assert!(near, "{activation:?} at {x}: expected {expected}, found {found}");
                assert_eq!(activate(*x, activation.code()), found, "{activation:?} at {x}");
            }
        }
    }

    #[test]
    fn values_far_out_stay_finite() {
        for activation in Activation::ALL {
            for x in [-1e30, -1e5, 1e5, 1e30] {
                assert!(activate(x, activation.code()).is_finite(), "{activation:?} at {x}");
            }
        }
    }

    #[test]
    fn the_names_in_a_pack() {
        let names = serde_json::to_string(&Activation::ALL).unwrap();
        let expected = r#"["none","relu6","gelu","relu","hard_swish","hard_sigmoid","quick_gelu","gelu_tanh","silu","sigmoid","tanh"]"#;
        assert_eq!(names, expected);
    }
}
