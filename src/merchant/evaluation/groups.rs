//! Every row of a catalogue against all others, as on Shopee's price-match data: which rows are the same product?

use std::collections::BTreeSet;

use rayon::prelude::*;
use serde::Serialize;

use super::metrics::{Estimate, mean};
use super::retrieval::Score;
use super::world::{Asked, World};
use crate::Result;
use crate::fusion::{Mode, Predictor};
use crate::merchant::learn::{Example, TrainingExample, predictor, search, training_examples};
use crate::search::Position;

/// Parts of the groups: the rows of each are matched among themselves, by what the others teach.
const FOLDS: u64 = 5;

/// How one way to decide did.
#[derive(Debug, Clone, Serialize)]
pub struct GroupRow {
    pub name: String,
    /// For each row the F1 of the set that is said to be its product, itself among it; the mean over all rows.
    pub row_wise_f1: Estimate,
}

/// A candidate with its score by each way to decide.
type Scored = (Position, Vec<f32>);

/// The row-wise mean F1 of single lanes and of the whole decision, on groups that nothing was learnt from.
pub fn group_rows(world: &World) -> Result<Vec<GroupRow>> {
    let modes: Vec<Mode> = Mode::ALL.into_iter().filter(|m| world.queries.iter().any(|q| q.mode == *m)).collect();
    let own_position = |asked: &Asked| asked.hidden.first().copied();
    // The rows of a fold see only each other.
    let hidden = |asked: &Asked| {
        let others = world.queries.iter().filter(|q| q.group % FOLDS != asked.group % FOLDS).filter_map(own_position);
        others.chain(asked.hidden.iter().copied()).collect::<BTreeSet<Position>>()
    };
    let examples: Vec<Example> = world.queries.iter().map(|asked| asked.example(hidden(asked))).collect();
    let training_examples: Vec<TrainingExample> = training_examples(&world.ranker, &examples, true)?;
    let lanes: [(&str, Score); 4] = [
        ("TF-IDF alone", |l| l.tf_idf),
        ("text vectors alone", |l| l.text.map(|t| t.cosine)),
        ("image vectors alone", |l| l.image.map(|i| i.cosine)),
        ("pHash alone", |l| l.phash.map(|bits| -(bits as f32))),
    ];
    let mut f1: Vec<Vec<(u64, f64)>> = vec![Vec::new(); lanes.len() + 1];
    for fold in 0..FOLDS {
        let is_own = |group: u64| group % FOLDS == fold;
        let learn = |mode: &Mode| {
            let taught = training_examples.iter().filter(|l| l.mode == *mode && !is_own(l.lists[0].group));
            predictor(&taught.collect::<Vec<_>>(), *mode).map(|predictor| (*mode, predictor))
        };
        let judges: Vec<(Mode, Predictor)> = modes.iter().map(learn).collect::<Result<_>>()?;
        // Candidates of every row among the rows of its own fold, with all scores.
        let scored: Vec<(&Asked, Vec<Scored>)> = world
            .queries
            .par_iter()
            .zip(&examples)
            .map(|(asked, example)| {
                let candidates = search(&world.ranker, &asked.probe, &|p| example.hidden.contains(&p));
                let predictor = judges.iter().find(|(mode, _)| *mode == asked.mode).map(|(_, predictor)| predictor);
                let scored =
                    predictor.map(|predictor| world.ranker.rank_with(predictor, candidates)).unwrap_or_default();
                let scores = scored.into_iter().map(|j| {
                    let own = lanes.iter().map(|(_, of)| of(&j.candidate.lanes).unwrap_or(f32::NEG_INFINITY));
                    (j.candidate.position, own.chain([j.log_odds as f32]).collect())
                });
                (asked, scores.collect())
            })
            .collect();
        for (i, f1) in f1.iter_mut().enumerate() {
            // The threshold that is best on the other folds.
            let score = |asked: &Asked, found: &[Scored], threshold: f32| {
                let said = found.iter().filter(|(_, scores)| scores[i] >= threshold);
                let (said, right) = said.fold((1.0, 1.0), |(said, right), (position, _)| {
                    (said + 1.0, right + f64::from(u8::from(asked.relevant.contains(position))))
                });
                2.0 * right / (said + asked.relevant.len() as f64 + 1.0)
            };
            let train = || scored.iter().filter(|(asked, _)| !is_own(asked.group));
            let mut thresholds: Vec<f32> = train().flat_map(|(_, found)| found.iter().map(|(_, s)| s[i])).collect();
            thresholds.retain(|t| t.is_finite());
            thresholds.sort_by(f32::total_cmp);
            let step = (thresholds.len() / 200).max(1);
            let candidates = thresholds.iter().copied().step_by(step).chain([f32::INFINITY]);
            let total = |t: f32| train().map(|(asked, found)| score(asked, found, t)).sum::<f64>();
            let best =
                candidates.map(|t| (total(t), t)).max_by(|a, b| a.0.total_cmp(&b.0)).map_or(f32::INFINITY, |b| b.1);
            let own = scored.iter().filter(|(asked, _)| is_own(asked.group));
            f1.extend(own.map(|(asked, found)| (asked.group, score(asked, found, best))));
        }
    }
    let names = lanes.iter().map(|(name, _)| *name).chain(["Twinlens"]);
    Ok(names.zip(f1).map(|(name, f1)| GroupRow { name: name.into(), row_wise_f1: mean(&f1) }).collect())
}
