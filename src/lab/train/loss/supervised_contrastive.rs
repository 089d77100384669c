use burn::prelude::*;
use burn::tensor::activation::log_softmax;

use super::matrix_like;

/// What is added to the logit of a row that an anchor is not compared with.
const EXCLUDED: f32 = -1e9;

/// Khosla et al. 2020, "Supervised contrastive learning" (L_out), the mean over the anchors that have a positive: every other row of
/// the anchor's group is a positive; its negatives are the rows of other groups and, where `sources` are given, of another source
/// than the anchor's (Peeters and Bizer 2022, "Supervised contrastive learning for product matching": within a source, what bears
/// no common label may still be one product).
pub fn supervised_contrastive(
    embeddings: &Tensor<2>,
    groups: &[usize],
    sources: Option<&[u8]>,
    temperature: f64,
) -> Tensor<1> {
    let count = groups.len();
    let is_positive = |i: usize, j: usize| i != j && groups[i] == groups[j];
    let is_compared = |i: usize, j: usize| {
        let is_negative = groups[i] != groups[j] && sources.is_none_or(|sources| sources[i] != sources[j]);
        is_positive(i, j) || is_negative
    };
    let positives: Vec<usize> = (0..count).map(|i| (0..count).filter(|j| is_positive(i, *j)).count()).collect();
    let anchors = positives.iter().filter(|positives| **positives > 0).count().max(1);
    let (mut excluded, mut weights) = (Vec::with_capacity(count * count), Vec::with_capacity(count * count));
    for i in 0..count {
        for j in 0..count {
            excluded.push(if is_compared(i, j) { 0.0 } else { EXCLUDED });
            let share = 1.0 / (positives[i].max(1) * anchors) as f32;
            weights.push(if is_positive(i, j) { share } else { 0.0 });
        }
    }
    let shape = [count, count];
    let logits = embeddings.clone().matmul(embeddings.clone().transpose()) * (1.0 / temperature);
    let logits = logits + matrix_like(embeddings, excluded, shape);
    (log_softmax(logits, 1) * matrix_like(embeddings, weights, shape)).sum() * -1.0
}

#[cfg(test)]
mod tests {
    use super::super::tests::{check, dot, embeddings, tensor};
    use super::*;

    fn naive(plain: &[Vec<f64>], groups: &[usize], sources: Option<&[u8]>, temperature: f64) -> f64 {
        let score = |i: usize, j: usize| (dot(&plain[i], &plain[j]) / temperature).exp();
        let mut costs = Vec::new();
        for i in 0..plain.len() {
            let positives: Vec<usize> = (0..plain.len()).filter(|j| *j != i && groups[*j] == groups[i]).collect();
            let negatives = (0..plain.len())
                .filter(|j| groups[*j] != groups[i] && sources.is_none_or(|sources| sources[*j] != sources[i]));
            let all: f64 = positives.iter().copied().chain(negatives).map(|j| score(i, j)).sum();
            if !positives.is_empty() {
                let sum: f64 = positives.iter().map(|j| -(score(i, *j) / all).ln()).sum();
                costs.push(sum / positives.len() as f64);
            }
        }
        costs.iter().sum::<f64>() / costs.len() as f64
    }

    #[test]
    fn by_hand() {
        let rows = tensor(&[vec![1.0, 0.0], vec![1.0, 0.0], vec![0.0, 1.0]]);
        // Each of the two anchors: −ln(e / (e + 1)) at temperature 1; the third row has no positive.
        let expected = (1.0 + (-1f64).exp()).ln();
        check(supervised_contrastive(&rows, &[7, 7, 8], None, 1.0), &rows, expected);
        // The only negative is of the first row's source: for the first row nothing but the positive is left.
        check(supervised_contrastive(&rows, &[7, 7, 8], Some(&[0, 1, 0]), 1.0), &rows, expected / 2.0);
    }

    #[test]
    fn as_the_naive_form() {
        let (plain, rows) = embeddings(12, 6, 9);
        let groups: Vec<usize> = (0..12).map(|i| if i == 11 { 99 } else { i / 3 }).collect();
        let sources: Vec<u8> = (0..12).map(|i| (i % 2) as u8).collect();
        for temperature in [0.07, 0.5] {
            for sources in [None, Some(sources.as_slice())] {
                let expected = naive(&plain, &groups, sources, temperature);
                let loss = supervised_contrastive(&rows.clone().detach().require_grad(), &groups, sources, temperature);
                let found = f64::from(loss.into_scalar::<f32>());
                assert!((found - expected).abs() < 1e-4 * expected.max(1.0), "{found}, expected {expected}");
            }
        }
        check(supervised_contrastive(&rows, &groups, None, 0.1), &rows, naive(&plain, &groups, None, 0.1));
    }
}
