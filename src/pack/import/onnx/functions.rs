//! Tells which operation of a pack an expression is.

use super::expression::Expression;
use crate::kernels::{Activation, Numbers};

/// An operation on one value that a pack has.
#[derive(Debug, Clone, PartialEq)]
pub enum Function {
    /// `gain · x + bias`, the same for all channels.
    Affine {
        gain: f32,
        bias: f32,
    },
    Activation(Activation),
    /// Without gain and bias.
    LayerNorm {
        epsilon: f32,
    },
    RmsNorm {
        epsilon: f32,
    },
    L2Normalize,
}

/// The activations that a chain of operators can be.
const ACTIVATIONS: [Activation; 10] = [
    Activation::Relu,
    Activation::Relu6,
    Activation::Gelu,
    Activation::GeluTanh,
    Activation::QuickGelu,
    Activation::HardSwish,
    Activation::HardSigmoid,
    Activation::Silu,
    Activation::Sigmoid,
    Activation::Tanh,
];

/// An activation in f64, after its definition.
pub fn activation(activation: Activation, x: f64) -> f64 {
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    match activation {
        Activation::None => x,
        Activation::Relu => x.max(0.0),
        Activation::Relu6 => x.clamp(0.0, 6.0),
        Activation::Gelu => 0.5 * x * (1.0 + libm::erf(x * std::f64::consts::FRAC_1_SQRT_2)),
        Activation::GeluTanh => {
            0.5 * x * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x * x * x)).tanh())
        }
        Activation::QuickGelu => x * sigmoid(1.702 * x),
        Activation::HardSwish => x * (x + 3.0).clamp(0.0, 6.0) / 6.0,
        Activation::HardSigmoid => (x + 3.0).clamp(0.0, 6.0) / 6.0,
        Activation::Silu => x * sigmoid(x),
        Activation::Sigmoid => sigmoid(x),
        Activation::Tanh => x.tanh(),
    }
}

/// What the expression is over rows of so many channels; `None` where it is no single operation of a pack.
pub fn recognised(expression: &Expression, channels: usize) -> Option<Function> {
    if expression.has_sums { norm(expression, channels) } else { scalar(expression) }
}

/// Inputs from −12 to 12, none of them a bend of a known function.
fn samples() -> impl Iterator<Item = f64> {
    (0..193).map(|i| -12.0 + f64::from(i) * 0.124_983)
}

/// As near as constants in f16 allow (√2 and 1.702 are off by 1e-4 of themselves); GELU and its tanh form differ by 5e-4.
fn is_close(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= 1e-4 * expected.abs().max(1.0)
}

fn scalar(expression: &Expression) -> Option<Function> {
    let is = |f: &dyn Fn(f64) -> f64| samples().all(|x| is_close(expression.at(x), f(x)));
    if let Some(activation) = ACTIVATIONS.into_iter().find(|a| is(&|x| activation(*a, x))) {
        return Some(Function::Activation(activation));
    }
    let bias = expression.at(0.0);
    let gain = (expression.at(8.0) - expression.at(-8.0)) / 16.0;
    let is_affine = bias.is_finite() && gain.is_finite() && is(&|x| gain * x + bias);
    is_affine.then_some(Function::Affine { gain: gain as f32, bias: bias as f32 })
}

/// Rows to tell a norm by: of several sizes, off centre, so that a mean that is not subtracted shows, and small enough that ε does.
fn rows(channels: usize) -> Vec<Vec<f64>> {
    let mut numbers = Numbers::default();
    let mut row = |size: f64| (0..channels).map(|_| size * (f64::from(numbers.f32()) + 0.3)).collect::<Vec<_>>();
    [1e-6, 1e-3, 0.03, 1.0, 20.0].into_iter().map(&mut row).collect()
}

/// Most channels of a norm that is looked for.
const MAX_NORM: usize = 1 << 16;

fn norm(expression: &Expression, channels: usize) -> Option<Function> {
    if channels > MAX_NORM {
        return None;
    }
    let rows = rows(channels);
    let found: Vec<_> = rows.iter().map(|row| expression.values(row)).collect();
    let is = |f: &dyn Fn(&[f64]) -> Vec<f64>| {
        rows.iter().zip(&found).all(|(row, found)| {
            let expected = f(row);
            expected.len() == found.len()
                && expected.iter().zip(found).all(|(e, f)| (e - f).abs() <= 1e-4 * e.abs().max(1e-2))
        })
    };
    let n = channels as f64;
    let mut epsilons = Vec::new();
    expression.constants(&mut epsilons);
    epsilons.retain(|e| (0.0..0.1).contains(e));
    epsilons.push(0.0);
    for epsilon in epsilons {
        let e = f64::from(epsilon);
        let layer_norm = |row: &[f64]| {
            let mean = row.iter().sum::<f64>() / n;
            let variance = row.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
            row.iter().map(|v| (v - mean) / (variance + e).sqrt()).collect()
        };
        if is(&layer_norm) {
            return Some(Function::LayerNorm { epsilon });
        }
        let rms_norm = |row: &[f64]| {
            let square = row.iter().map(|v| v * v).sum::<f64>() / n;
            row.iter().map(|v| v / (square + e).sqrt()).collect()
        };
        if is(&rms_norm) {
            return Some(Function::RmsNorm { epsilon });
        }
    }
    // Where ε is shows only near zero, where no embedding is: these rows are left out.
    let is_unit = rows.iter().zip(&found).skip(2).all(|(row, found)| {
        let length = row.iter().map(|v| v * v).sum::<f64>().sqrt();
        found.len() == row.len() && found.iter().zip(row).all(|(f, v)| (f - v / length).abs() <= 1e-4)
    });
    is_unit.then_some(Function::L2Normalize)
}
