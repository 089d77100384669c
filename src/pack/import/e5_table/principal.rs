//! The directions in which vectors differ most.

use nalgebra::{DMatrix, SymmetricEigen};

/// What is taken out of vectors, and the directions that are kept.
pub(super) struct Principal {
    mean: Vec<f64>,
    /// Each of length 1 over the square root of the standard deviation along it, the one with the largest first: half-way to
    /// whitening, as [`Projection::fit`](crate::catalogue::Projection::fit) has it.
    directions: Vec<Vec<f64>>,
}

impl Principal {
    /// Of vectors `[width]` the mean, and the `count` first principal directions around it.
    pub fn of(vectors: &[Vec<f32>], count: usize) -> Self {
        let width = vectors.first().map_or(0, Vec::len);
        let mut mean = vec![0.0; width];
        for vector in vectors {
            mean.iter_mut().zip(vector).for_each(|(sum, value)| *sum += f64::from(*value));
        }
        mean.iter_mut().for_each(|sum| *sum /= vectors.len() as f64);
        // In plain loops: a library's product of matrices rounds by what instructions the machine has.
        let mut covariance = DMatrix::<f64>::zeros(width, width);
        for vector in vectors {
            let centred: Vec<f64> = vector.iter().zip(&mean).map(|(value, mean)| f64::from(*value) - mean).collect();
            for (mut column, factor) in covariance.column_iter_mut().zip(&centred) {
                column.iter_mut().zip(&centred).for_each(|(sum, value)| *sum += factor * value);
            }
        }
        let eigen = SymmetricEigen::new(covariance / vectors.len() as f64);
        let mut order: Vec<usize> = (0..width).collect();
        order.sort_by(|a, b| eigen.eigenvalues[*b].total_cmp(&eigen.eigenvalues[*a]));
        let direction = |i: &usize| {
            let half = 1.0 / eigen.eigenvalues[*i].max(f64::MIN_POSITIVE).sqrt().sqrt();
            let mut direction: Vec<f64> = eigen.eigenvectors.column(*i).iter().copied().collect();
            // The opposite is as good: the largest value is positive, whatever the solver gives.
            let largest = direction.iter().copied().fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a });
            direction.iter_mut().for_each(|value| *value *= largest.signum() * half);
            direction
        };
        Principal { mean, directions: order.iter().take(count).map(direction).collect() }
    }

    /// A vector's values along the directions.
    pub fn project(&self, vector: &[f32]) -> Vec<f64> {
        let centred: Vec<f64> = vector.iter().zip(&self.mean).map(|(value, mean)| f64::from(*value) - mean).collect();
        self.directions.iter().map(|direction| direction.iter().zip(&centred).map(|(a, b)| a * b).sum()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_direction_of_the_largest_spread_comes_first_and_the_mean_is_taken_out() {
        let vectors: Vec<Vec<f32>> =
            [-2.0, -1.0, 1.0, 2.0].map(|x: f32| vec![5.0, 7.0 + x, 3.0 + 0.1 * x.signum()]).into();
        let principal = Principal::of(&vectors, 2);
        let projected: Vec<Vec<f64>> = vectors.iter().map(|vector| principal.project(vector)).collect();
        assert!(projected.iter().all(|values| values.len() == 2));
        // 2 over the square root of the standard deviation, which is that of 2.5.
        assert!((projected[3][0] - 2.0 / 2.5f64.powf(0.25)).abs() < 0.02, "{projected:?}");
        assert!((projected[3][0] + projected[0][0]).abs() < 1e-6, "{projected:?}");
    }
}
