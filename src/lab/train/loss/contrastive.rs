use burn::prelude::*;

use super::{distances, rows, squared_distances};

/// Hadsell et al. 2006, "Dimensionality reduction by learning an invariant mapping": the mean over pairs of `½ d²` for those of one
/// group and `½ max(0, margin − d)²` for others, d the Euclidean distance. `pairs` are rows with whether they are of one group, at
/// least one.
pub fn contrastive(embeddings: &Tensor<2>, pairs: &[(usize, usize, bool)], margin: f64) -> Tensor<1> {
    let side = |is_positive: bool, of: fn(&(usize, usize, bool)) -> usize| {
        rows(embeddings, pairs.iter().filter(move |pair| pair.2 == is_positive).map(of))
    };
    let has = |is_positive: bool| pairs.iter().any(|pair| pair.2 == is_positive);
    let positive = has(true).then(|| squared_distances(side(true, |p| p.0), side(true, |p| p.1)).sum());
    let negative = has(false).then(|| {
        let distances = distances(side(false, |p| p.0), side(false, |p| p.1));
        (distances * -1.0 + margin).clamp_min(0.0).square().sum()
    });
    let sum = match (positive, negative) {
        (Some(positive), Some(negative)) => positive + negative,
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => embeddings.clone().sum() * 0.0,
    };
    sum * (0.5 / pairs.len().max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{check, distance, embeddings, tensor};
    use super::*;

    #[test]
    fn by_hand() {
        // Distances: 0 to 1 is √2; 0 to 2 is 0, where the gradient must be finite.
        let rows = tensor(&[vec![1.0, 0.0], vec![0.0, 1.0], vec![1.0, 0.0]]);
        // ½ · 2 and ½ · (1 − 0)², over two pairs.
        check(contrastive(&rows, &[(0, 1, true), (0, 2, false)], 1.0), &rows, 0.75);
        // A negative beyond the margin costs nothing.
        let rows = tensor(&[vec![1.0, 0.0], vec![0.0, 1.0]]);
        check(contrastive(&rows, &[(0, 1, false)], 1.0), &rows, 0.0);
    }

    #[test]
    fn as_the_naive_form() {
        let (plain, rows) = embeddings(10, 5, 3);
        let pairs: Vec<(usize, usize, bool)> =
            (0..10).flat_map(|i| (0..i).map(move |j| (i, j, (i + j) % 3 == 0))).collect();
        let cost = |(i, j, same): &(usize, usize, bool)| {
            let d = distance(&plain[*i], &plain[*j]);
            0.5 * if *same { d * d } else { (1.2 - d).max(0.0).powi(2) }
        };
        let expected = pairs.iter().map(cost).sum::<f64>() / pairs.len() as f64;
        check(contrastive(&rows, &pairs, 1.2), &rows, expected);
    }
}
