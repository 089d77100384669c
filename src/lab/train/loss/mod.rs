//! Losses over embeddings `[items, width]` of length 1.

mod arcface;
mod contrastive;
mod mining;
mod supervised_contrastive;
mod triplet;

use burn::prelude::*;

pub use arcface::{arcface, margin_at};
pub use contrastive::contrastive;
pub use mining::{Cosines, batch_hard, hardest_negatives};
pub use supervised_contrastive::supervised_contrastive;
pub use triplet::triplet;

/// Rows of a matrix, in that order.
fn rows(matrix: &Tensor<2>, indices: impl Iterator<Item = usize>) -> Tensor<2> {
    let indices: Vec<i64> = indices.map(|i| i as i64).collect();
    let count = indices.len();
    matrix.clone().select(0, Tensor::<1, Int>::from_data(TensorData::new(indices, [count]), &matrix.device()))
}

/// Squared Euclidean distances between rows, `[rows, 1]`.
fn squared_distances(a: Tensor<2>, b: Tensor<2>) -> Tensor<2> {
    (a - b).square().sum_dim(1)
}

/// Euclidean distances; the small summand keeps the gradient finite at 0.
fn distances(a: Tensor<2>, b: Tensor<2>) -> Tensor<2> {
    (squared_distances(a, b) + 1e-12).sqrt()
}

/// A matrix `[rows, columns]` of given values on the device of another.
fn matrix_like(like: &Tensor<2>, values: Vec<f32>, [rows, columns]: [usize; 2]) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values, [rows, columns]), &like.device())
}

/// Rows scaled to length 1.
pub fn normalised(rows: Tensor<2>) -> Tensor<2> {
    let length = (rows.clone().square().sum_dim(1) + 1e-12).sqrt();
    rows / length
}

#[cfg(test)]
mod tests {
    use burn::prelude::*;
    use fastrand::Rng;

    /// Rows of length 1, on a device with gradients.
    pub fn embeddings(count: usize, width: usize, seed: u64) -> (Vec<Vec<f64>>, Tensor<2>) {
        let mut rng = Rng::with_seed(seed);
        let row = |rng: &mut Rng| {
            let row: Vec<f64> = (0..width).map(|_| rng.f64() - 0.5).collect();
            let length = row.iter().map(|v| v * v).sum::<f64>().sqrt();
            row.into_iter().map(|v| v / length).collect::<Vec<f64>>()
        };
        let rows: Vec<Vec<f64>> = (0..count).map(|_| row(&mut rng)).collect();
        let tensor = tensor(&rows);
        (rows, tensor)
    }

    pub fn tensor(rows: &[Vec<f64>]) -> Tensor<2> {
        let values: Vec<f32> = rows.iter().flatten().map(|v| *v as f32).collect();
        let device = Device::flex().autodiff();
        Tensor::from_data(TensorData::new(values, [rows.len(), rows[0].len()]), &device).require_grad()
    }

    pub fn dot(a: &[f64], b: &[f64]) -> f64 {
        a.iter().zip(b).map(|(x, y)| x * y).sum()
    }

    pub fn distance(a: &[f64], b: &[f64]) -> f64 {
        a.iter().zip(b).map(|(x, y)| (x - y).powi(2)).sum::<f64>().sqrt()
    }

    /// That a loss is near the expected value and that its gradient is finite.
    pub fn check(loss: Tensor<1>, rows: &Tensor<2>, expected: f64) {
        let found = f64::from(loss.clone().into_scalar::<f32>());
        assert!((found - expected).abs() < 1e-4 * expected.abs().max(1.0), "{found}, expected {expected}");
        let gradient = rows.grad(&loss.backward()).unwrap().into_data().try_to_vec::<f32>().unwrap();
        assert!(gradient.iter().all(|v| v.is_finite()), "{gradient:?}");
    }
}
