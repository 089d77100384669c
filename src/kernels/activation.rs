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
}

/// [`Activation::code`] of a ReLU6.
pub(crate) const RELU6: u32 = 1;
/// [`Activation::code`] of a GELU.
pub(crate) const GELU: u32 = 2;

impl Activation {
    /// The activation as parameters and constants of a kernel state it.
    pub fn code(self) -> u32 {
        match self {
            Activation::None => 0,
            Activation::Relu6 => RELU6,
            Activation::Gelu => GELU,
        }
    }
}

/// The activation with that [code](Activation::code) of one value.
pub(crate) fn activate(x: f32, activation: u32) -> f32 {
    match activation {
        RELU6 => x.clamp(0.0, 6.0),
        GELU => 0.5 * x * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2)),
        _ => x,
    }
}

/// The error function, Abramowitz and Stegun 7.1.26, |error| ≤ 1.5e-7.
fn erf(x: f32) -> f32 {
    let t = 1.0 / (1.0 + 0.3275911 * x.abs());
    let p = ((((1.061_405_4 * t - 1.453_152) * t + 1.421_413_8) * t - 0.284_496_74) * t + 0.254_829_6) * t;
    x.signum() * (1.0 - p * (-x * x).exp())
}
