//! Learns the projection of a shop's vectors from those of its own pictures or titles.

use nalgebra::DMatrix;

use crate::catalogue::Projection;

/// Most directions that are kept of those in which a shop's vectors differ.
pub const MOST_DIRECTIONS: usize = 192;
/// Most that are kept where customers' photos or titles tell which of them matter.
const MOST_LEARNT_DIRECTIONS: usize = 384;
/// Fewest vectors that say something about a shop.
pub const FEWEST_VECTORS: usize = 128;

impl Projection {
    /// The principal directions of vectors of length 1, uncentred, each divided by the square root of its standard deviation:
    /// half-way to whitening (after Jégou and Chum 2012, "Negative evidences and co-occurences in image retrieval", where the
    /// whitening is whole). `None` for fewer than [`FEWEST_VECTORS`].
    pub fn fit(vectors: &[Vec<f32>]) -> Option<Self> {
        let (directions, spreads) = Self::principal(vectors)?;
        let mut directions = directions.rows(0, directions.nrows().min(MOST_DIRECTIONS)).into_owned();
        for (mut direction, spread) in directions.row_iter_mut().zip(spreads) {
            direction *= spread.powf(-0.25);
        }
        // Column-major as the transpose is row-major.
        Some(Projection::of_rows(directions.transpose().as_slice(), directions.ncols()))
    }

    /// The principal directions of vectors of length 1, uncentred, as rows `[to, from]` of length 1, and the mean square of the
    /// vectors along each; the largest first, at most [`MOST_LEARNT_DIRECTIONS`]. `None` for fewer than [`FEWEST_VECTORS`].
    pub fn principal(vectors: &[Vec<f32>]) -> Option<(DMatrix<f32>, Vec<f32>)> {
        let (rows, from) = (vectors.len(), vectors.first()?.len());
        if rows < FEWEST_VECTORS {
            return None;
        }
        let data = DMatrix::from_fn(rows, from, |r, c| vectors[r][c]);
        // The Gram matrix has the same eigenvalues as the covariance; the smaller of the two is taken.
        let is_gram = rows < from;
        let square = if is_gram { &data * data.transpose() } else { data.tr_mul(&data) };
        let eigen = nalgebra::SymmetricEigen::new(square / rows as f32);
        let mut order: Vec<usize> = (0..eigen.eigenvalues.len()).collect();
        order.sort_by(|a, b| eigen.eigenvalues[*b].total_cmp(&eigen.eigenvalues[*a]));
        let largest = eigen.eigenvalues[order[0]];
        order.retain(|i| eigen.eigenvalues[*i] > largest * 1e-5);
        // Kernels read four codes at a time.
        order.truncate((order.len() / 4 * 4).min(MOST_LEARNT_DIRECTIONS));
        let mut directions = DMatrix::zeros(order.len(), from);
        for (row, i) in order.iter().enumerate() {
            let direction = if is_gram {
                data.tr_mul(&eigen.eigenvectors.column(*i)) / (eigen.eigenvalues[*i] * rows as f32).sqrt()
            } else {
                eigen.eigenvectors.column(*i).into_owned()
            };
            directions.set_row(row, &direction.transpose());
        }
        let spreads = order.iter().map(|i| eigen.eigenvalues[*i]).collect();
        (!order.is_empty()).then_some((directions, spreads))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{ProjectionEntry, unit};
    use crate::digest::sha256_hex;

    fn vectors(count: usize) -> Vec<Vec<f32>> {
        let mut rng = fastrand::Rng::with_seed(3);
        let noise = |rng: &mut fastrand::Rng, size: f32| (rng.f32() - 0.5) * size;
        // All share the first direction; the second tells them apart; the rest is noise.
        (0..count)
            .map(|_| {
                unit(
                    (0..64)
                        .map(|i| match i {
                            0 => 3.0,
                            1 => noise(&mut rng, 4.0),
                            _ => noise(&mut rng, 0.3),
                        })
                        .collect(),
                )
            })
            .collect()
    }

    #[test]
    fn what_all_share_counts_less_in_the_space() {
        let vectors = vectors(200);
        let projection = Projection::fit(&vectors).unwrap();
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>();
        let mean = |vectors: &[Vec<f32>]| (1..50).map(|i| dot(&vectors[0], &vectors[i])).sum::<f32>() / 49.0;
        let projected: Vec<Vec<f32>> = vectors.iter().map(|v| projection.project(v)).collect();
        assert!(mean(&projected) < mean(&vectors) - 0.2, "{} {}", mean(&projected), mean(&vectors));
        assert!(projected.iter().all(|v| (dot(v, v) - 1.0).abs() < 1e-5));
    }

    #[test]
    fn a_few_or_equal_vectors_break_nothing() {
        assert!(Projection::fit(&vectors(20)).is_none());
        assert!(Projection::fit(&[]).is_none());
        let same = vec![unit(vec![1.0; 64]); 200];
        let projected = Projection::fit(&same).map(|projection| projection.project(&same[0]));
        assert!(projected.is_none_or(|v| v.iter().all(|x| x.is_finite())));
    }

    #[test]
    fn a_space_reads_back_and_an_altered_one_is_refused() {
        let projection = Projection::fit(&vectors(150)).unwrap();
        let mut bytes = projection.write().unwrap();
        let entry = ProjectionEntry {
            file: "projection".into(),
            bytes: bytes.len() as u64,
            sha256: sha256_hex(&bytes),
            dimension: projection.to() as u32,
        };
        assert_eq!(Projection::read(&bytes, &entry, 64, "here").unwrap(), projection);
        assert!(Projection::read(&bytes, &entry, 65, "here").is_err());
        *bytes.last_mut().unwrap() ^= 1;
        assert!(Projection::read(&bytes, &entry, 64, "here").unwrap_err().to_string().contains("SHA-256"));
    }
}
