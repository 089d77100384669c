//! The loss of a recipe over the validation part, as one batch.

use std::collections::BTreeMap;

use burn::prelude::*;

use crate::Result;
use crate::catalogue::unit;
use crate::lab::export::values;
use crate::lab::train::Loss;
use crate::lab::train::corpus::{Corpus, Part};
use crate::lab::train::loss::{
    Cosines, arcface, batch_hard, contrastive, hardest_negatives, supervised_contrastive, triplet,
};

/// The loss over the items of groups of which the validation part has at least two, by vectors of length 1; `None` where there are
/// fewer than two such groups. Triplets are those of the hardest items of the batch, whatever training mines; ArcFace's
/// centres are the groups' means, as it has learnt none for groups that it has not seen.
///
/// # Errors
/// Where the device does not give its values.
pub fn validation_loss(loss: &Loss, corpus: &Corpus, vectors: &[Vec<f32>]) -> Result<Option<f64>> {
    let is_used = |item: &usize| {
        let own = &corpus.items[*item];
        own.set < corpus.trained && own.part == Part::Validation && !vectors[*item].is_empty()
    };
    let mut items: Vec<usize> = (0..corpus.items.len()).filter(is_used).collect();
    let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
    items.iter().for_each(|item| *sizes.entry(corpus.items[*item].group).or_default() += 1);
    sizes.retain(|_, size| *size > 1);
    items.retain(|item| sizes.contains_key(&corpus.items[*item].group));
    if sizes.len() < 2 {
        return Ok(None);
    }
    let groups: Vec<usize> = items.iter().map(|item| corpus.items[*item].group).collect();
    let flat: Vec<f32> = items.iter().flat_map(|item| vectors[*item].iter().copied()).collect();
    let width = flat.len() / items.len();
    let device = Device::flex();
    let tensor = |values: Vec<f32>, rows: usize| -> Tensor<2> {
        Tensor::from_data(TensorData::new(values, [rows, width]), &device)
    };
    let cosines = Cosines::of(&flat, items.len());
    let embeddings = tensor(flat, items.len());
    let found = match *loss {
        Loss::Contrastive { margin } => {
            let all = (0..groups.len()).flat_map(|i| (i + 1..groups.len()).map(move |j| (i, j)));
            let same = all.filter(|(i, j)| groups[*i] == groups[*j]).map(|(i, j)| (i, j, true));
            let pairs: Vec<(usize, usize, bool)> = same.chain(hardest_negatives(&cosines, &groups)).collect();
            contrastive(&embeddings, &pairs, margin)
        }
        Loss::Triplet { margin, .. } => triplet(&embeddings, &batch_hard(&cosines, &groups), margin),
        Loss::SupervisedContrastive { temperature, source_aware } => {
            let sources: Vec<u8> = items.iter().map(|item| corpus.items[*item].source()).collect();
            supervised_contrastive(&embeddings, &groups, source_aware.then_some(sources.as_slice()), temperature)
        }
        Loss::Arcface { scale, margin, .. } => {
            let numbers: BTreeMap<usize, usize> =
                sizes.keys().enumerate().map(|(number, group)| (*group, number)).collect();
            let mut means = vec![vec![0.0f32; width]; numbers.len()];
            for (item, group) in items.iter().zip(&groups) {
                means[numbers[group]].iter_mut().zip(&vectors[*item]).for_each(|(sum, value)| *sum += value);
            }
            let classes: Vec<usize> = groups.iter().map(|group| numbers[group]).collect();
            let centres = means.into_iter().flat_map(unit).collect();
            arcface(&embeddings, tensor(centres, numbers.len()), &classes, scale, margin)
        }
    };
    Ok(values(found)?.first().map(|value| f64::from(*value)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::train::corpus::{Content, Item, Side};

    /// Four groups of two titles at given angles.
    fn corpus() -> Corpus {
        let item = |i: usize| Item {
            content: Content::Title(format!("title {i}")),
            title: format!("title {i}"),
            side: if i.is_multiple_of(2) { Side::Query } else { Side::Candidate },
            set: 0,
            group: i / 2,
            part: Part::Validation,
            category: None,
        };
        let items = (0..8).map(item).collect();
        Corpus { sets: vec!["shop".into()], trained: 1, items, groups: 4, pairs: Vec::new() }
    }

    fn vectors(within: f32) -> Vec<Vec<f32>> {
        let angle = |i: usize| (i / 2) as f32 * 1.5 + if i.is_multiple_of(2) { 0.0 } else { within };
        (0..8).map(|i| vec![angle(i).cos(), angle(i).sin()]).collect()
    }

    #[test]
    fn each_loss_is_less_where_groups_lie_closer_together() {
        use crate::lab::train::recipe::Negatives::BatchHard;
        for loss in [
            Loss::Contrastive { margin: 0.8 },
            Loss::Triplet { margin: 1.2, negatives: BatchHard },
            Loss::SupervisedContrastive { temperature: 0.2, source_aware: true },
            Loss::Arcface { scale: 8.0, margin: 0.2, ramp: 2 },
        ] {
            let of = |within| validation_loss(&loss, &corpus(), &vectors(within)).unwrap().unwrap();
            assert!(of(0.05) < of(0.6), "{loss:?}: {} and {}", of(0.05), of(0.6));
        }
    }

    #[test]
    fn contrastive_loss_by_hand() {
        // Four positive pairs 0.5 rad apart; negatives are 1 rad apart, beyond the margin, and count in the mean alone.
        let found = validation_loss(&Loss::Contrastive { margin: 0.5 }, &corpus(), &vectors(0.5)).unwrap().unwrap();
        let chord = 2.0 * 0.25f64.sin();
        let negatives = hardest_negatives(&Cosines::of(&vectors(0.5).concat(), 8), &[0, 0, 1, 1, 2, 2, 3, 3]).len();
        let expected = 0.5 * 4.0 * chord * chord / (4 + negatives) as f64;
        assert!((found - expected).abs() < 1e-5, "{found}, expected {expected}");
    }

    #[test]
    fn one_group_has_no_loss() {
        let loss = Loss::Contrastive { margin: 0.5 };
        assert_eq!(validation_loss(&loss, &corpus(), &vec![Vec::new(); 8]).unwrap(), None);
    }
}
