//! Accuracy of the vectors alone: each query of a part against all candidates of its data set.

use rayon::prelude::*;
use serde::Serialize;

use super::corpus::{Corpus, Part};
use crate::merchant::evaluation::metrics::{best_threshold, mean, precision_recall, resampled};
use crate::merchant::evaluation::{Estimate, PrecisionRecall};

/// How a data set's queries found the candidates of their groups.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    pub set: String,
    pub queries: usize,
    pub candidates: usize,
    /// Share of the queries whose nearest candidate, or one of whose five nearest, is of their group; with 95 % intervals from
    /// resampling groups.
    pub recall_at_1: Estimate,
    pub recall_at_5: Estimate,
    pub mean_reciprocal_rank: f64,
    /// Labelled pairs at the threshold that is best on the validation part, where the data has such in both parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pairs: Option<Pairs>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Pairs {
    pub pairs: usize,
    pub threshold: f64,
    pub at_threshold: PrecisionRecall,
    pub f1: Estimate,
}

/// The rank of the first right candidate of each query that has one, from 0, with the query's group; ties count against it.
pub fn ranks(corpus: &Corpus, vectors: &[Vec<f32>], queries: &[usize], candidates: &[usize]) -> Vec<(u64, usize)> {
    let rank = |query: &usize| {
        let group = corpus.items[*query].group;
        let others = candidates.iter().filter(|candidate| *candidate != query);
        let scored: Vec<(f32, bool)> = others
            .map(|candidate| (cosine(&vectors[*query], &vectors[*candidate]), corpus.items[*candidate].group == group))
            .collect();
        let best = scored.iter().filter(|scored| scored.1).map(|scored| scored.0).reduce(f32::max)?;
        Some((group as u64, scored.iter().filter(|scored| !scored.1 && scored.0 >= best).count()))
    };
    queries.par_iter().filter_map(rank).collect()
}

/// The mean of one over the rank of the first right candidate, counted from 1.
pub fn mean_reciprocal_rank(ranks: &[(u64, usize)]) -> f64 {
    ranks.iter().map(|(_, rank)| 1.0 / (rank + 1) as f64).sum::<f64>() / ranks.len().max(1) as f64
}

/// A part of a data set by the items' vectors.
pub fn measure(corpus: &Corpus, vectors: &[Vec<f32>], set: usize, part: Part) -> Measured {
    let candidates = corpus.candidates(set);
    let ranks = ranks(corpus, vectors, &corpus.asking(set, part), &candidates);
    let recall = |k: usize| {
        let found = ranks.iter().map(|(group, rank)| (*group, f64::from(u8::from(*rank < k))));
        mean(&found.collect::<Vec<_>>())
    };
    let pairs_of = |part: Part| {
        let own = corpus.pairs.iter().filter(|pair| {
            let query = &corpus.items[pair.query];
            query.set == set && query.part == part
        });
        let score = |pair: &super::corpus::LabelledPair| {
            (f64::from(cosine(&vectors[pair.query], &vectors[pair.candidate])), pair.is_match)
        };
        own.map(score).collect::<Vec<(f64, bool)>>()
    };
    let (valid, tested) = (pairs_of(Part::Validation), pairs_of(part));
    let has_both = |pairs: &[(f64, bool)]| pairs.iter().any(|pair| pair.1) && pairs.iter().any(|pair| !pair.1);
    let pairs = (has_both(&valid) && has_both(&tested)).then(|| {
        let threshold = best_threshold(&valid);
        Pairs {
            pairs: tested.len(),
            threshold,
            at_threshold: precision_recall(&tested, threshold),
            f1: resampled(&tested, |pairs| precision_recall(pairs, threshold).f1),
        }
    });
    Measured {
        set: corpus.sets[set].clone(),
        queries: ranks.len(),
        candidates: candidates.len(),
        recall_at_1: recall(1),
        recall_at_5: recall(5),
        mean_reciprocal_rank: mean_reciprocal_rank(&ranks),
        pairs,
    }
}

pub fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}
