//! Bias correction without calibration data: the mean error of the quantised weights is subtracted from the bias (Nagel et al.
//! 2019, "Data-Free Quantization", section 4.2).
//!
//! Batch norm gives the distribution of a channel before its activation: mean β, standard deviation |γ|. From it follow the
//! mean input of the next layer and the mean error of its output.

use std::f64::consts::PI;

use crate::pack::quantise::Int8Rows;

/// Mean of ReLU6, `min(max(x, 0), 6)`, of a normally distributed x.
pub fn relu6_mean(mean: f64, deviation: f64) -> f64 {
    let deviation = deviation.max(1e-9);
    let density = |z: f64| (-z * z / 2.0).exp() / (2.0 * PI).sqrt();
    let below = |z: f64| 0.5 * libm::erfc(-z / std::f64::consts::SQRT_2);
    let (low, high) = (-mean / deviation, (6.0 - mean) / deviation);
    deviation * (density(low) - density(high)) + mean * (below(high) - below(low)) + 6.0 * (1.0 - below(high))
}

/// The mean error of each output, Σ (rounded − exact) · mean input, for rows `[outputs, width]`; `mean_input` takes the row and
/// the column.
pub fn mean_errors(
    exact: &[f32],
    rounded: &Int8Rows,
    width: usize,
    mean_input: impl Fn(usize, usize) -> f64,
) -> Vec<f64> {
    let error = |i: usize| f64::from(rounded.codes[i]) * f64::from(rounded.scales[i / width]) - f64::from(exact[i]);
    let row = |r: usize| (0..width).map(|c| error(r * width + c) * mean_input(r, c)).sum();
    (0..rounded.scales.len()).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::quantise::int8_rows;

    #[test]
    fn the_clipped_mean_is_that_of_numerical_integration() {
        for (mean, deviation) in [(0.0, 1.0), (2.5, 0.7), (-1.0, 2.0), (5.5, 1.5)] {
            let steps = 20_000;
            let weight = |z: f64| (-z * z / 2.0).exp();
            let z = |i: usize| -8.0 + 16.0 * i as f64 / steps as f64;
            let total: f64 = (0..steps).map(|i| weight(z(i))).sum();
            let sum: f64 = (0..steps).map(|i| weight(z(i)) * (mean + deviation * z(i)).clamp(0.0, 6.0)).sum();
            assert!((relu6_mean(mean, deviation) - sum / total).abs() < 1e-3, "mean {mean}, deviation {deviation}");
        }
    }

    #[test]
    fn the_mean_error_is_the_difference_of_the_mean_outputs() {
        let exact = [0.11, -0.52, 0.93, 0.27, 0.6, -0.05];
        let rounded = int8_rows(&exact, 3);
        let errors = mean_errors(&exact, &rounded, 3, |_, c| c as f64 + 1.0);
        let output = |weights: &dyn Fn(usize) -> f64, r: usize| {
            (0..3).map(|c| weights(r * 3 + c) * (c as f64 + 1.0)).sum::<f64>()
        };
        for (r, error) in errors.into_iter().enumerate() {
            let rounded = output(&|i| f64::from(rounded.codes[i]) * f64::from(rounded.scales[i / 3]), r);
            assert!((rounded - output(&|i| f64::from(exact[i]), r) - error).abs() < 1e-9);
        }
    }
}
