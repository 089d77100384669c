use super::Params;
use crate::kernels::Bindings;
use crate::kernels::words::f32s;

/// The kernel in plain Rust: the reference of the GPU's and of the fast one.
pub fn twin(params: &Params, bindings: Bindings, y: &mut [f32]) {
    let (rows, heads, head) = (params.rows as usize, params.heads as usize, params.head_width as usize);
    let width = heads * head;
    // Of a row: query, if it has one, key and value.
    let parts = if params.pooled == 1 { 2 } else { 3 };
    let part = |row: usize, part: usize, h: usize| &bindings.a[(row * parts + part) * width + h * head..][..head];
    let scale = 1.0 / (head as f32).sqrt();
    for h in 0..heads {
        for row in 0..params.out_rows() as usize {
            let query = match params.pooled {
                1 => &f32s(bindings.weights)[params.query as usize + h * head..][..head],
                _ => part(row, 0, h),
            };
            let keys = if params.causal == 1 { row + 1 } else { rows };
            let scores: Vec<f32> = (0..keys)
                .map(|key| query.iter().zip(part(key, parts - 2, h)).map(|(q, k)| q * k).sum::<f32>() * scale)
                .collect();
            let largest = scores.iter().fold(f32::NEG_INFINITY, |m, s| m.max(*s));
            let exps: Vec<f32> = scores.iter().map(|s| (s - largest).exp()).collect();
            let total: f32 = exps.iter().sum();
            for i in 0..head {
                let sum: f32 = exps.iter().enumerate().map(|(key, e)| e * part(key, parts - 1, h)[i]).sum();
                y[row * width + h * head + i] = sum / total;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A head of four values: keys that are 2 · ln(1), 2 · ln(3) and 2 · ln(4) in their first, values 8, 16 and 32 in theirs; the
    /// scale is a half.
    fn run(params: Params) -> Vec<f32> {
        let mut a = Vec::new();
        for (key, value) in [(1.0f32, 8.0), (3.0, 16.0), (4.0, 32.0)] {
            if params.pooled == 0 {
                a.extend([1.0, 0.0, 0.0, 0.0]);
            }
            a.extend([2.0 * key.ln(), 5.0, 5.0, 5.0, value, 0.0, 0.0, 0.0]);
        }
        let weights = [1.0f32, 0.0, 0.0, 0.0].map(f32::to_bits);
        let mut y = vec![f32::NAN; params.out_rows() as usize * 4];
        twin(&params, Bindings { weights: &weights, a: &a, b: &[] }, &mut y);
        y.chunks(4).map(|row| row[0]).collect()
    }

    fn assert_near(found: &[f32], expected: &[f32]) {
        assert_eq!(found.len(), expected.len());
        let near = found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-4);
        assert!(near, "expected {expected:?}, found {found:?}");
    }

    const ALL: Params = Params { rows: 3, heads: 1, head_width: 4, causal: 0, pooled: 0, query: 0 };

    #[test]
    fn every_row_takes_shares_of_all_values() {
        // Shares 1/8, 3/8 and 4/8.
        assert_near(&run(ALL), &[23.0; 3]);
    }

    #[test]
    fn with_a_mask_a_row_takes_shares_of_those_up_to_it() {
        assert_near(&run(Params { causal: 1, ..ALL }), &[8.0, 14.0, 23.0]);
    }

    #[test]
    fn one_query_pools_all_rows() {
        assert_near(&run(Params { pooled: 1, ..ALL }), &[23.0]);
    }
}
