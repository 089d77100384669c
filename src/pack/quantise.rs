//! From f32 to the stored forms, and back for the tests.

/// Rows of int8 with one scale each: `value ≈ code · scale`, codes in −127..=127, symmetric, round half to even.
#[derive(Debug, Clone, PartialEq)]
pub struct Int8Rows {
    /// `[rows, width]`, row-major.
    pub codes: Vec<i8>,
    /// `[rows]`.
    pub scales: Vec<f32>,
}

/// Quantises `[rows, width]` f32, row-major, a row at a time. A row of zeros gets scale 0.
pub fn int8_rows(values: &[f32], width: usize) -> Int8Rows {
    let mut codes = Vec::with_capacity(values.len());
    let mut scales = Vec::with_capacity(values.len() / width.max(1));
    for row in values.chunks(width) {
        let largest = row.iter().fold(0.0f32, |m, v| m.max(v.abs()));
        let scale = largest / 127.0;
        let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
        codes.extend(row.iter().map(|v| (v * inverse).round_ties_even().clamp(-127.0, 127.0) as i8));
        scales.push(scale);
    }
    Int8Rows { codes, scales }
}

/// Int8 codes of depthwise filters `[taps, channels]` with a scale a channel.
pub fn int8_columns(values: &[f32], channels: usize) -> Int8Rows {
    let taps = values.len() / channels;
    let transposed: Vec<f32> = (0..channels).flat_map(|c| (0..taps).map(move |t| values[t * channels + c])).collect();
    let rows = int8_rows(&transposed, taps);
    let codes = (0..taps).flat_map(|t| (0..channels).map(move |c| (t, c))).map(|(t, c)| rows.codes[c * taps + t]).collect();
    Int8Rows { codes, scales: rows.scales }
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
    fn columns_are_the_rows_of_the_transpose() {
        let values: Vec<f32> = (0..36).map(|i| (i as f32 * 0.7).sin()).collect();
        let columns = int8_columns(&values, 4);
        let transposed: Vec<f32> = (0..4).flat_map(|c| (0..9).map(move |t| (t * 4 + c) as f32 * 0.7)).map(f32::sin).collect();
        let rows = int8_rows(&transposed, 9);
        assert_eq!(columns.scales, rows.scales);
        assert_eq!(columns.codes[2 * 4 + 3], rows.codes[3 * 9 + 2]);
    }

    #[test]
    fn a_row_of_zeros_stays_zero() {
        let rows = int8_rows(&[0.0; 8], 8);
        assert_eq!((rows.scales[0], rows.codes), (0.0, vec![0; 8]));
    }
}
