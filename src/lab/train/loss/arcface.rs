use burn::prelude::*;
use burn::tensor::activation::log_softmax;

use super::{matrix_like, normalised};

/// Deng et al. 2019, "ArcFace": the cross entropy over `scale · cos θ`, θ the angle between an embedding and the centre of each class,
/// after the angle to the right one has been made larger by `margin`. Past `π − margin`, where `cos(θ + margin)` would rise again,
/// `cos θ − margin · sin(margin)` stands for it, as in the authors' code. `centres` `[classes, width]`, of any length.
pub fn arcface(embeddings: &Tensor<2>, centres: Tensor<2>, classes: &[usize], scale: f64, margin: f64) -> Tensor<1> {
    let [count, _] = embeddings.dims();
    let [all, _] = centres.dims();
    let cosines = embeddings.clone().matmul(normalised(centres).transpose());
    let sines = (cosines.clone().square() * -1.0 + 1.0).clamp_min(1e-6).sqrt();
    let added = cosines.clone() * margin.cos() - sines * margin.sin();
    let past = cosines.clone().lower_equal_scalar(-margin.cos());
    let added = added.mask_where(past, cosines.clone() - margin * margin.sin());
    let mut right = vec![0.0; count * all];
    classes.iter().enumerate().for_each(|(row, class)| right[row * all + class] = 1.0);
    let right = matrix_like(embeddings, right, [count, all]);
    let logits = (cosines.clone() + (added - cosines) * right.clone()) * scale;
    (log_softmax(logits, 1) * right).sum() * (-1.0 / count.max(1) as f64)
}

/// The margin of an epoch, counted from 0: it grows evenly to the whole over the first `ramp` epochs.
pub fn margin_at(epoch: usize, ramp: usize, margin: f64) -> f64 {
    if epoch >= ramp { margin } else { margin * epoch as f64 / ramp as f64 }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{check, dot, embeddings, tensor};
    use super::*;

    #[test]
    fn by_hand() {
        // θ = 60° to the right class and 30° to the other; with a margin of 30°, cos 90° = 0.
        let sixty = std::f64::consts::FRAC_PI_3;
        let rows = tensor(&[vec![sixty.cos(), sixty.sin()]]);
        let centres = tensor(&[vec![2.0, 0.0], vec![0.0, 3.0]]);
        let expected = (1.0 + (2.0 * sixty.sin()).exp()).ln();
        check(arcface(&rows, centres.clone(), &[0], 2.0, sixty / 2.0), &rows, expected);
        // An embedding opposite to its centre: past π − margin.
        let rows = tensor(&[vec![-1.0, 0.0]]);
        let own = -1.0 - 0.5 * 0.5f64.sin();
        check(arcface(&rows, centres, &[0], 1.0, 0.5), &rows, (1.0 + (-own).exp()).ln());
    }

    #[test]
    fn as_the_naive_form() {
        let (plain, rows) = embeddings(8, 5, 21);
        let (centres, centre_rows) = embeddings(4, 5, 22);
        let classes: Vec<usize> = (0..8).map(|i| i % 4).collect();
        let cost = |i: usize| {
            let logit = |class: usize| {
                let cosine = dot(&plain[i], &centres[class]);
                let angle = cosine.acos();
                let own =
                    if angle + 0.4 <= std::f64::consts::PI { (angle + 0.4).cos() } else { cosine - 0.4 * 0.4f64.sin() };
                8.0 * if class == classes[i] { own } else { cosine }
            };
            (0..4).map(|class| (logit(class) - logit(classes[i])).exp()).sum::<f64>().ln()
        };
        let expected = (0..8).map(cost).sum::<f64>() / 8.0;
        check(arcface(&rows, centre_rows, &classes, 8.0, 0.4), &rows, expected);
    }

    #[test]
    fn without_a_margin_it_is_the_cross_entropy_of_cosines() {
        let rows = tensor(&[vec![1.0, 0.0]]);
        let centres = tensor(&[vec![1.0, 0.0], vec![0.0, 1.0]]);
        check(arcface(&rows, centres, &[0], 1.0, 0.0), &rows, (1.0 + (-1f64).exp()).ln());
    }

    #[test]
    fn the_margin_ramps_up() {
        let margins: Vec<f64> = (0..6).map(|epoch| margin_at(epoch, 4, 0.4)).collect();
        assert_eq!(margins[0], 0.0);
        assert!(margins.is_sorted() && (margins[2] - 0.2).abs() < 1e-12 && margins[4] == 0.4 && margins[5] == 0.4);
        assert_eq!(margin_at(0, 0, 0.3), 0.3);
    }
}
