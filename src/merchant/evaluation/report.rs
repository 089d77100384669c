//! Everything about one profile.

use serde::Serialize;

use super::dataset::Dataset;
use super::decision::{Decided, decided, folds};
use super::evaluation_set::{Encoders, EvaluationSet};
use super::groups::{GroupRow, group_rows};
use super::pairs::{PairRow, pair_rows};
use super::retrieval::{Row, baselines};
use crate::Result;
use crate::encoder::{Encoder, Identity};
use crate::fusion::Mode;

/// What `twinlens eval` prints.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub profile: String,
    pub encoders: Vec<String>,
    pub listings: usize,
    pub modes: Vec<ModeReport>,
    /// Labelled pairs, where the data has such.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pairs: Vec<PairRow>,
    /// Rows against rows, where each is a query.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupRow>,
}

/// One kind of query.
#[derive(Debug, Clone, Serialize)]
pub struct ModeReport {
    /// Others, in the same run on the same data.
    pub baselines: Vec<Row>,
    pub twinlens: Decided,
}

/// Evaluates a data set.
pub fn report(profile: &str, dataset: &Dataset, encoders: Vec<(Identity, Encoder)>) -> Result<Report> {
    let names = encoders.iter().map(|(identity, _)| identity.name.clone()).collect();
    let mut encoders = Encoders::of(encoders);
    let set = EvaluationSet::new(dataset, &mut encoders, &[])?;
    let folds = folds(dataset, &mut encoders)?;
    let mut modes = Vec::new();
    for mode in Mode::ALL {
        if let Some(twinlens) = decided(&set, &folds, mode)? {
            let queries = set.answerable(mode);
            let baselines = baselines(&set, &queries, mode != Mode::Title, mode != Mode::Photo);
            modes.push(ModeReport { baselines, twinlens });
        }
    }
    let pairs = |splits| pair_rows(dataset, &mut encoders, splits);
    let pairs = dataset.pairs.as_ref().map(pairs).transpose()?.unwrap_or_default();
    let groups = if dataset.is_symmetric { group_rows(&set)? } else { Vec::new() };
    Ok(Report { pairs, groups, profile: profile.into(), encoders: names, listings: dataset.listings.len(), modes })
}
