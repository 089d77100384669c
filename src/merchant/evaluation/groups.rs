//! Every row of a catalogue against all others, as on Shopee's price-match data: which rows are the same product?

use rayon::prelude::*;
use serde::Serialize;

use super::evaluation_set::EvaluationSet;
use super::metrics::{Estimate, mean};
use super::retrieval::Score;
use crate::Result;
use crate::fusion::{Mode, Predictor};
use crate::merchant::learn::{LabelledQuery, TrainingExample, predictor, training_examples};
use crate::search::Position;

/// Parts of the groups: the rows of each are matched among themselves, by a predictor fitted to the others.
const FOLDS: u64 = 5;

/// How one way to decide did.
#[derive(Debug, Clone, Serialize)]
pub struct GroupRow {
    pub name: String,
    /// For each row the F1 of the set that is chosen as its product, itself among it; the mean over all rows.
    pub row_wise_f1: Estimate,
}

/// A candidate with its score by each way to decide.
type Scored = (Position, Vec<f32>);

/// The row-wise mean F1 of single lanes and of the whole decision, on groups held out of training.
pub fn group_rows(set: &EvaluationSet) -> Result<Vec<GroupRow>> {
    let has = |mode: Mode| set.queries.iter().any(|q| q.probe.mode() == mode);
    let modes: Vec<Mode> = Mode::ALL.into_iter().filter(|mode| has(*mode)).collect();
    // The rows of a fold are candidates of each other alone.
    let within_fold = |query: &LabelledQuery| {
        let others = set.queries.iter().filter(|q| q.group % FOLDS != query.group % FOLDS);
        let excluded = others.flat_map(|q| &q.excluded).chain(&query.excluded).copied().collect();
        LabelledQuery { excluded, ..query.clone() }
    };
    let queries: Vec<LabelledQuery> = set.queries.iter().map(within_fold).collect();
    let examples: Vec<TrainingExample> = training_examples(&set.ranker, &queries, true)?;
    let lanes: [(&str, Score); 4] = [
        ("TF-IDF alone", |l| l.tf_idf),
        ("text vectors alone", |l| l.text.map(|t| t.cosine)),
        ("image vectors alone", |l| l.image.map(|i| i.cosine)),
        ("pHash alone", |l| l.phash.map(|bits| -(bits as f32))),
    ];
    let mut f1: Vec<Vec<(u64, f64)>> = vec![Vec::new(); lanes.len() + 1];
    for fold in 0..FOLDS {
        let is_own = |group: u64| group % FOLDS == fold;
        let fit = |mode: &Mode| {
            let others = examples.iter().filter(|e| e.mode == *mode && !is_own(e.lists[0].group));
            predictor(&others.collect::<Vec<_>>(), *mode).map(|predictor| (*mode, predictor))
        };
        let predictors: Vec<(Mode, Predictor)> = modes.iter().map(fit).collect::<Result<_>>()?;
        // Candidates of every row among the rows of its own fold, with all scores.
        let scored: Vec<(&LabelledQuery, Vec<Scored>)> = queries
            .par_iter()
            .map(|query| {
                let candidates = set.ranker.retrieve(&query.probe, query.mask(&set.ranker.catalogue, None).as_ref());
                let predictor = predictors.iter().find(|(mode, _)| *mode == query.probe.mode());
                let ranked =
                    predictor.map(|(_, predictor)| set.ranker.rank_with(predictor, &query.probe, candidates).scored);
                let scores = ranked.unwrap_or_default().into_iter().map(|s| {
                    let own = lanes.iter().map(|(_, of)| of(&s.candidate.lanes).unwrap_or(f32::NEG_INFINITY));
                    (s.candidate.position, own.chain([s.log_odds as f32]).collect())
                });
                (query, scores.collect())
            })
            .collect();
        for (i, f1) in f1.iter_mut().enumerate() {
            // The threshold that is best on the other folds.
            let score = |query: &LabelledQuery, found: &[Scored], threshold: f32| {
                let chosen = found.iter().filter(|(_, scores)| scores[i] >= threshold);
                let (chosen, right) = chosen.fold((1.0, 1.0), |(chosen, right), (position, _)| {
                    (chosen + 1.0, right + f64::from(u8::from(query.relevant.contains(position))))
                });
                2.0 * right / (chosen + query.relevant.len() as f64 + 1.0)
            };
            let train = || scored.iter().filter(|(query, _)| !is_own(query.group));
            let mut thresholds: Vec<f32> = train().flat_map(|(_, found)| found.iter().map(|(_, s)| s[i])).collect();
            thresholds.retain(|t| t.is_finite());
            thresholds.sort_by(f32::total_cmp);
            let step = (thresholds.len() / 200).max(1);
            let candidates = thresholds.iter().copied().step_by(step).chain([f32::INFINITY]);
            let total = |t: f32| train().map(|(query, found)| score(query, found, t)).sum::<f64>();
            let best =
                candidates.map(|t| (total(t), t)).max_by(|a, b| a.0.total_cmp(&b.0)).map_or(f32::INFINITY, |b| b.1);
            let own = scored.iter().filter(|(query, _)| is_own(query.group));
            f1.extend(own.map(|(query, found)| (query.group, score(query, found, best))));
        }
    }
    let names = lanes.iter().map(|(name, _)| *name).chain(["Twinlens"]);
    Ok(names.zip(f1).map(|(name, f1)| GroupRow { name: name.into(), row_wise_f1: mean(&f1) }).collect())
}
