//! Joint rounding of the weights of a filter (after AdaRound, Nagel et al. 2020), without calibration data.
//!
//! For rounding errors δ of a filter's weights the error of its output has the second moment δᵀCδ, where C is that of its
//! inputs. Neighbouring pixels are strongly correlated, so that errors of the weights which do not cancel shift the output in
//! constant areas; rounding each weight to the nearest code ignores that. C is estimated without data: the published
//! covariance of colours in photos, and a correlation of neighbours that falls geometrically with their distance.

use crate::pack::quantise::{Int8Rows, by_row, code, largest};

/// Covariance of red, green and blue (0 to 1) in ImageNet's photos, from the eigenvalues and eigenvectors of the colour
/// augmentation of Krizhevsky et al. (2012), section 4.1.
const COLOURS: [[f64; 3]; 3] = [[0.0805, 0.0703, 0.0637], [0.0703, 0.0764, 0.0709], [0.0637, 0.0709, 0.0840]];
/// Correlation of adjacent pixels in a photo of a few hundred pixels a side.
const PIXELS: f64 = 0.95;
/// Correlation of adjacent values in a feature map.
const FEATURES: f64 = 0.5;
const SWEEPS: usize = 4;

/// Covariance of the inputs `[ky][kx][red, green, blue]` of a filter over pixels: `[side² · 3, side² · 3]`, row-major.
pub fn pixel_covariance(side: usize) -> Vec<f64> {
    let width = side * side * 3;
    let entry = |i: usize, j: usize| COLOURS[i % 3][j % 3] * PIXELS.powi(distance(i / 3, j / 3, side));
    (0..width * width).map(|at| entry(at / width, at % width)).collect()
}

/// Covariance of the inputs `[ky][kx]` of a depthwise filter, up to a factor: `[side², side²]`, row-major.
pub fn feature_covariance(side: usize) -> Vec<f64> {
    let width = side * side;
    (0..width * width).map(|at| FEATURES.powi(distance(at / width, at % width, side))).collect()
}

fn distance(a: usize, b: usize, side: usize) -> i32 {
    ((a / side).abs_diff(b / side) + (a % side).abs_diff(b % side)) as i32
}

/// Quantises `[rows, width]` to int8 with a scale a row: of a hundred scales the one, with the codes that coordinate descent
/// finds from the nearest ones, whose δᵀCδ is least; C is `covariance`, `[width, width]`.
pub fn int8_rows_adaptive(values: &[f32], width: usize, covariance: &[f64]) -> Int8Rows {
    by_row(values, width, |row| {
        let full = largest(row) / 127.0;
        let candidates = (0..100).map(|i| full * (1.0 - i as f32 * 0.005)).map(|scale| descend(row, scale, covariance));
        candidates
            .min_by(|a, b| a.error.total_cmp(&b.error))
            .map_or((Vec::new(), full), |best| (best.codes, best.scale))
    })
}

struct Rounded {
    codes: Vec<i8>,
    scale: f32,
    error: f64,
}

/// Coordinate descent: sets one code at a time to the minimum of the error, until none changes.
fn descend(row: &[f32], scale: f32, covariance: &[f64]) -> Rounded {
    let width = row.len();
    let mut codes: Vec<f64> = row.iter().map(|v| f64::from(code(*v, scale))).collect();
    let step = f64::from(scale);
    let errors = |codes: &[f64]| -> Vec<f64> { codes.iter().zip(row).map(|(c, v)| c * step - f64::from(*v)).collect() };
    let product = |errors: &[f64]| -> Vec<f64> {
        covariance.chunks(width).map(|c| c.iter().zip(errors).map(|(c, e)| c * e).sum()).collect()
    };
    let mut gradient = product(&errors(&codes));
    for _ in 0..if step > 0.0 { SWEEPS } else { 0 } {
        let mut moved = false;
        for i in 0..width {
            let target = codes[i] - (gradient[i] / (step * covariance[i * width + i])).round();
            let change = target.clamp(-127.0, 127.0) - codes[i];
            if change != 0.0 {
                moved = true;
                codes[i] += change;
                let column = &covariance[i * width..][..width];
                gradient.iter_mut().zip(column).for_each(|(g, c)| *g += c * change * step);
            }
        }
        if !moved {
            break;
        }
    }
    let errors = errors(&codes);
    let error = product(&errors).iter().zip(&errors).map(|(g, e)| g * e).sum();
    Rounded { codes: codes.iter().map(|c| *c as i8).collect(), scale, error }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::quantise::int8_rows_least_squares;

    fn filters(width: usize) -> Vec<f32> {
        (0..8 * width).map(|i| ((i * 37 % 101) as f32 * 0.7).sin()).collect()
    }

    fn error(values: &[f32], rows: &Int8Rows, width: usize, covariance: &[f64]) -> f64 {
        let error = |i: usize| f64::from(rows.codes[i]) * f64::from(rows.scales[i / width]) - f64::from(values[i]);
        let pairs = |r: usize| {
            (0..width * width).map(move |at| (r * width + at / width, r * width + at % width, covariance[at]))
        };
        (0..values.len() / width).flat_map(pairs).map(|(i, j, c)| error(i) * error(j) * c).sum()
    }

    #[test]
    fn the_error_is_less_than_that_of_rounding_to_the_nearest() {
        for (width, covariance) in [(27, pixel_covariance(3)), (9, feature_covariance(3)), (25, feature_covariance(5))]
        {
            let values = filters(width);
            let adaptive = error(&values, &int8_rows_adaptive(&values, width, &covariance), width, &covariance);
            let one_by_one = error(&values, &int8_rows_least_squares(&values, width), width, &covariance);
            assert!(adaptive < one_by_one, "width {width}: {adaptive} after {one_by_one}");
        }
    }

    #[test]
    fn uncorrelated_inputs_are_rounded_to_the_nearest() {
        let values = filters(9);
        let identity: Vec<f64> = (0..81).map(|at| if at / 9 == at % 9 { 1.0 } else { 0.0 }).collect();
        assert_eq!(int8_rows_adaptive(&values, 9, &identity), int8_rows_least_squares(&values, 9));
    }

    #[test]
    fn a_row_of_zeros_stays_zero() {
        let rows = int8_rows_adaptive(&[0.0; 9], 9, &feature_covariance(3));
        assert_eq!((rows.scales, rows.codes), (vec![0.0], vec![0; 9]));
    }
}
