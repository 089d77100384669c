use burn::prelude::*;

use super::{distances, rows};

/// The mean of `max(0, d(anchor, positive) − d(anchor, negative) + margin)` over triplets of rows, d the Euclidean distance (Schroff et
/// al. 2015, "FaceNet", with distances that are not squared, as Hermans et al. 2017). At least one triplet.
pub fn triplet(embeddings: &Tensor<2>, triplets: &[[usize; 3]], margin: f64) -> Tensor<1> {
    if triplets.is_empty() {
        return embeddings.clone().sum() * 0.0;
    }
    let side = |i: usize| rows(embeddings, triplets.iter().map(move |triplet| triplet[i]));
    let difference = distances(side(0), side(1)) - distances(side(0), side(2));
    (difference + margin).clamp_min(0.0).mean()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{check, distance, embeddings, tensor};
    use super::*;

    #[test]
    fn by_hand() {
        let rows = tensor(&[vec![1.0, 0.0], vec![0.6, 0.8], vec![0.0, 1.0], vec![-1.0, 0.0]]);
        // d(0, 1) = √0.8, d(0, 2) = √2, d(0, 3) = 2.
        let first = 0.8f64.sqrt() - 2f64.sqrt() + 1.0;
        check(triplet(&rows, &[[0, 1, 2]], 1.0), &rows, first);
        // The second triplet is beyond the margin.
        check(triplet(&rows, &[[0, 1, 2], [0, 1, 3]], 1.0), &rows, first / 2.0);
    }

    #[test]
    fn as_the_naive_form() {
        let (plain, rows) = embeddings(9, 4, 5);
        let triplets: Vec<[usize; 3]> = (0..9).map(|i| [i, (i * 2 + 1) % 9, (i * 5 + 2) % 9]).collect();
        let cost = |[a, p, n]: &[usize; 3]| {
            (distance(&plain[*a], &plain[*p]) - distance(&plain[*a], &plain[*n]) + 0.3).max(0.0)
        };
        let expected = triplets.iter().map(cost).sum::<f64>() / triplets.len() as f64;
        check(triplet(&rows, &triplets, 0.3), &rows, expected);
    }
}
