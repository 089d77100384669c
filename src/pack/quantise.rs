//! From f32 to the stored forms, and back for the tests.

/// Rows of int8 with one scale each: `value ≈ code · scale`, codes in −127..=127, symmetric, round half to even.
#[derive(Debug, Clone, PartialEq)]
pub struct Int8Rows {
    /// `[rows, width]`, row-major.
    pub codes: Vec<i8>,
    /// `[rows]`.
    pub scales: Vec<f32>,
}

/// Quantises `[rows, width]` f32, row-major, a row at a time; the largest value gets code ±127. A row of zeros gets scale 0.
pub fn int8_rows(values: &[f32], width: usize) -> Int8Rows {
    by_row(values, width, |row| nearest(row, largest(row) / 127.0))
}

/// As [`int8_rows`], but with the scale out of a hundred that leaves the least squared error: weights are spread like a bell,
/// and clipping the outermost buys finer steps for the rest.
pub fn int8_rows_least_squares(values: &[f32], width: usize) -> Int8Rows {
    by_row(values, width, |row| {
        let full = largest(row) / 127.0;
        let error = |scale: f32| {
            row.iter()
                .map(|v| f64::from(code(*v, scale)) * f64::from(scale) - f64::from(*v))
                .map(|e| e * e)
                .sum::<f64>()
        };
        let candidates = (0..100).map(|i| full * (1.0 - i as f32 * 0.005));
        let scored = candidates.map(|scale| (error(scale), scale));
        nearest(row, scored.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(full, |best| best.1))
    })
}

pub(super) fn largest(row: &[f32]) -> f32 {
    row.iter().fold(0.0f32, |m, v| m.max(v.abs()))
}

pub(super) fn code(value: f32, scale: f32) -> f32 {
    let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
    (value * inverse).round_ties_even().clamp(-127.0, 127.0)
}

fn nearest(row: &[f32], scale: f32) -> (Vec<i8>, f32) {
    (row.iter().map(|v| code(*v, scale) as i8).collect(), scale)
}

/// Puts together what `quantise` makes of each row: its codes and its scale.
pub(super) fn by_row(values: &[f32], width: usize, quantise: impl Fn(&[f32]) -> (Vec<i8>, f32)) -> Int8Rows {
    let (codes, scales): (Vec<_>, _) = values.chunks(width).map(quantise).unzip();
    Int8Rows { codes: codes.concat(), scales }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantised_row_is_within_half_a_step_of_its_values() {
        let values: Vec<f32> = (0..64).map(|i| ((i * 37 % 64) as f32 - 31.0) / 7.0).collect();
        let rows = int8_rows(&values, 16);
        for (r, row) in values.chunks(16).enumerate() {
            for (i, v) in row.iter().enumerate() {
                let back = f32::from(rows.codes[r * 16 + i]) * rows.scales[r];
                assert!((back - v).abs() <= rows.scales[r] * 0.5001, "row {r}, column {i}: {v} came back as {back}");
            }
        }
    }

    #[test]
    fn least_squares_never_has_a_larger_error() {
        let values: Vec<f32> = (0..96).map(|i| ((i * 29 % 96) as f32 / 48.0 - 1.0).powi(5)).collect();
        let error = |rows: &Int8Rows| {
            let back = |i: usize| f32::from(rows.codes[i]) * rows.scales[i / 32];
            (0..values.len()).map(|i| f64::from(back(i) - values[i]).powi(2)).sum::<f64>()
        };
        assert!(error(&int8_rows_least_squares(&values, 32)) <= error(&int8_rows(&values, 32)));
    }

    #[test]
    fn a_row_of_zeros_stays_zero() {
        let rows = int8_rows(&[0.0; 8], 8);
        assert_eq!((rows.scales[0], rows.codes), (0.0, vec![0; 8]));
    }
}
