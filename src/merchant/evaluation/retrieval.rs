//! Recall at k of single lanes and fixed mixtures, to compare with.

use rayon::prelude::*;
use serde::Serialize;

use super::evaluation_set::EvaluationSet;
use super::metrics::{Estimate, mean};
use crate::encoder::Kind;
use crate::matching::lanes::Lanes;
use crate::matching::ranker::Candidate;
use crate::merchant::learn::LabelledQuery;
use crate::search::{Position, cosine};

/// How one way to rank did.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    pub name: String,
    pub recall_at_1: Estimate,
    pub recall_at_5: Estimate,
}

impl Row {
    /// From the rank of the first right listing of each query (from 0), with the query's group.
    pub fn of(name: impl Into<String>, ranks: &[(u64, Option<usize>)]) -> Self {
        let recall = |k: usize| {
            let found = ranks.iter().map(|(group, rank)| (*group, f64::from(u8::from(rank.is_some_and(|r| r < k)))));
            mean(&found.collect::<Vec<_>>())
        };
        Row { name: name.into(), recall_at_1: recall(1), recall_at_5: recall(5) }
    }
}

/// A way to score a pair by a lane or a fixed mixture; higher is more alike, missing is least.
pub(super) type Score = fn(&Lanes) -> Option<f32>;

const TITLE_ROWS: [(&str, Score); 5] = [
    ("TF-IDF alone", |l| l.tf_idf),
    ("BM25 alone", |l| l.bm25),
    ("Levenshtein alone", |l| l.edit.map(|e| e.levenshtein)),
    ("Jaccard alone", |l| l.edit.map(|e| e.jaccard)),
    ("TF-IDF + text vectors, fixed weights", |l| Some(l.tf_idf? + l.text?.cosine)),
];
const PHOTO_ROWS: [(&str, Score); 4] = [
    ("pHash alone", |l| l.phash.map(|bits| -(bits as f32))),
    ("Colour histogram alone", |l| Some(l.colour_histogram?.cosine)),
    ("Image vectors, mean of encoders", |l| l.image.map(|i| i.cosine)),
    ("Image vectors + colour histogram, fixed weights", |l| Some(l.image?.cosine + 0.2 * l.colour_histogram?.cosine)),
];
const BOTH_ROWS: [(&str, Score); 2] = [
    ("TF-IDF + image (the research's base)", |l| Some(l.tf_idf? + l.image?.cosine)),
    ("Late fusion, fixed weights", |l| Some(0.5 * l.image?.cosine + 0.5 * l.text?.cosine + 0.5 * l.tf_idf?)),
];

/// A row for each lane that the queries have and, where they have both kinds, for mixtures of them.
pub fn baselines(set: &EvaluationSet, queries: &[usize], has_photo: bool, has_title: bool) -> Vec<Row> {
    let manifest = &set.ranker.catalogue.manifest;
    let mut rows: Vec<(String, Score)> = Vec::new();
    let mut add = |found: &[(&str, Score)]| rows.extend(found.iter().map(|(name, score)| (name.to_string(), *score)));
    if has_photo {
        add(&PHOTO_ROWS);
    }
    if has_title {
        add(&TITLE_ROWS);
    }
    if has_photo && has_title {
        add(&BOTH_ROWS);
    }
    let encoders: Vec<usize> = (0..manifest.encoders.len())
        .filter(|e| match manifest.encoders[*e].kind {
            Kind::Image => has_photo,
            Kind::Text => has_title,
        })
        .collect();
    let positions: Vec<Position> = set.ranker.catalogue.positions().collect();
    let ranks: Vec<Vec<Option<usize>>> = queries
        .par_iter()
        .map(|query| {
            let (ranker, query) = set.asked(*query);
            let open = positions.iter().copied().filter(|p| !query.excluded.contains(p));
            let lexical = ranker.lexical(&query.probe);
            let candidates = ranker.candidates(&query.probe, lexical.as_ref(), open);
            let by_lane = rows.iter().map(|(_, score)| rank(&query, &candidates, |c| score(&c.lanes)));
            let by_encoder = encoders.iter().map(|encoder| {
                rank(&query, &candidates, |c| {
                    let (codes, scale) =
                        ranker.catalogue.shards[c.position.shard].vectors[*encoder].row(c.position.listing)?;
                    Some(cosine(query.probe.vectors[*encoder].as_ref()?, codes, scale))
                })
            });
            by_lane.chain(by_encoder).collect()
        })
        .collect();
    let names = rows.iter().map(|row| row.0.clone());
    let names = names.chain(encoders.iter().map(|e| format!("{} alone", manifest.encoders[*e].name)));
    let row = |(i, name): (usize, String)| {
        let own = queries.iter().zip(&ranks).map(|(query, ranks)| (set.queries[*query].group, ranks[i]));
        Row::of(name, &own.collect::<Vec<_>>())
    };
    names.enumerate().map(row).collect()
}

/// Rank of the first right listing, from 0; ties count against it.
fn rank(query: &LabelledQuery, candidates: &[Candidate], score: impl Fn(&Candidate) -> Option<f32>) -> Option<usize> {
    let scored: Vec<(f32, bool)> = candidates
        .iter()
        .map(|c| (score(c).unwrap_or(f32::NEG_INFINITY), query.relevant.contains(&c.position)))
        .collect();
    let best = scored.iter().filter(|s| s.1).map(|s| s.0).reduce(f32::max)?;
    Some(scored.iter().filter(|s| !s.1 && s.0 >= best).count())
}
