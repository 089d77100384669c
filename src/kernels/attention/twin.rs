use super::Params;
use crate::kernels::Bindings;

/// The kernel in plain Rust: the reference of the GPU's and of the fast one.
pub fn twin(params: &Params, bindings: Bindings, y: &mut [f32]) {
    let (rows, heads, head) = (params.rows as usize, params.heads as usize, params.head_width as usize);
    let width = heads * head;
    let part = |row: usize, part: usize, h: usize| &bindings.a[row * 3 * width + part * width + h * head..][..head];
    let scale = 1.0 / (head as f32).sqrt();
    for h in 0..heads {
        for row in 0..rows {
            let query = part(row, 0, h);
            let scores: Vec<f32> = (0..rows)
                .map(|key| query.iter().zip(part(key, 1, h)).map(|(q, k)| q * k).sum::<f32>() * scale)
                .collect();
            let largest = scores.iter().fold(f32::NEG_INFINITY, |m, s| m.max(*s));
            let exps: Vec<f32> = scores.iter().map(|s| (s - largest).exp()).collect();
            let total: f32 = exps.iter().sum();
            for i in 0..head {
                let sum: f32 = exps.iter().enumerate().map(|(key, e)| e * part(key, 2, h)[i]).sum();
                y[row * width + h * head + i] = sum / total;
            }
        }
    }
}
