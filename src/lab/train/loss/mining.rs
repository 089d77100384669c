//! Which rows of a batch are compared.

use std::cmp::Ordering;

/// The cosines between the rows of a batch.
pub struct Cosines {
    count: usize,
    /// `[count, count]`.
    values: Vec<f32>,
}

impl Cosines {
    /// Of embeddings `[count, width]` of length 1, row-major.
    pub fn of(embeddings: &[f32], count: usize) -> Self {
        let width = (embeddings.len() / count.max(1)).max(1);
        let rows: Vec<&[f32]> = embeddings.chunks_exact(width).collect();
        let row =
            |a: &&[f32]| -> Vec<f32> { rows.iter().map(|b| a.iter().zip(*b).map(|(x, y)| x * y).sum()).collect() };
        Cosines { count: rows.len(), values: rows.iter().flat_map(row).collect() }
    }

    fn at(&self, i: usize, j: usize) -> f32 {
        self.values[i * self.count + j]
    }

    /// The row nearest to row `i` among those that `is_one` accepts.
    pub fn nearest(&self, i: usize, is_one: impl Fn(usize) -> bool) -> Option<usize> {
        self.ordered(i, is_one, |a, b| b.total_cmp(&a))
    }

    /// The row farthest from row `i` among those that `is_one` accepts.
    pub fn farthest(&self, i: usize, is_one: impl Fn(usize) -> bool) -> Option<usize> {
        self.ordered(i, is_one, |a, b| a.total_cmp(&b))
    }

    fn ordered(&self, i: usize, is_one: impl Fn(usize) -> bool, order: fn(f32, f32) -> Ordering) -> Option<usize> {
        (0..self.count).filter(|j| *j != i && is_one(*j)).min_by(|a, b| order(self.at(i, *a), self.at(i, *b)))
    }
}

/// For each row the nearest row of another group, as a negative pair; each pair once.
pub fn hardest_negatives(cosines: &Cosines, groups: &[usize]) -> Vec<(usize, usize, bool)> {
    let hardest = |i: usize| cosines.nearest(i, |j| groups[j] != groups[i]).map(|j| (i.min(j), i.max(j), false));
    let mut pairs: Vec<_> = (0..groups.len()).filter_map(hardest).collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// For each row that has both, the farthest row of its group and the nearest one of another (Hermans et al. 2017, "In defense of the
/// triplet loss", batch hard).
pub fn batch_hard(cosines: &Cosines, groups: &[usize]) -> Vec<[usize; 3]> {
    let triplet = |i: usize| {
        let positive = cosines.farthest(i, |j| groups[j] == groups[i])?;
        Some([i, positive, cosines.nearest(i, |j| groups[j] != groups[i])?])
    };
    (0..groups.len()).filter_map(triplet).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Angles in degrees as vectors.
    fn cosines(angles: &[f32]) -> Cosines {
        let vectors: Vec<f32> = angles.iter().flat_map(|a| [a.to_radians().cos(), a.to_radians().sin()]).collect();
        Cosines::of(&vectors, angles.len())
    }

    #[test]
    fn the_hardest_are_the_nearest_of_others_and_the_farthest_of_the_own() {
        let cosines = cosines(&[0.0, 10.0, 41.0, 25.0, 90.0]);
        let groups = [1, 1, 1, 2, 2];
        assert_eq!(batch_hard(&cosines, &groups), [[0, 2, 3], [1, 2, 3], [2, 0, 3], [3, 4, 1], [4, 3, 2]]);
        assert_eq!(hardest_negatives(&cosines, &groups), [(0, 3, false), (1, 3, false), (2, 3, false), (2, 4, false)]);
    }

    #[test]
    fn the_mined_are_those_of_an_exhaustive_search() {
        let mut rng = fastrand::Rng::with_seed(4);
        let angles: Vec<f32> = (0..30).map(|_| rng.f32() * 360.0).collect();
        let groups: Vec<usize> = (0..30).map(|i| i / 2).collect();
        let apart = |a: usize, b: usize| {
            let difference = (angles[a] - angles[b]).abs();
            difference.min(360.0 - difference)
        };
        let found = batch_hard(&cosines(&angles), &groups);
        assert_eq!(found.len(), 30);
        for [anchor, positive, negative] in found {
            assert_eq!(positive, anchor ^ 1);
            let others = (0..30).filter(|j| groups[*j] != groups[anchor]);
            let least = others.map(|j| apart(anchor, j)).fold(f32::INFINITY, f32::min);
            assert!((apart(anchor, negative) - least).abs() < 0.05, "{anchor} {negative}");
        }
    }

    #[test]
    fn a_batch_of_one_group_has_no_negatives() {
        let cosines = cosines(&[0.0, 10.0]);
        assert!(batch_hard(&cosines, &[1, 1]).is_empty() && hardest_negatives(&cosines, &[1, 1]).is_empty());
    }
}
