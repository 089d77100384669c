//! What a training run reports.

use serde::Serialize;

use super::categories::Assigned;
use super::measure::Measured;
use super::recipe::Recipe;
use super::state::Epoch;

/// Everything about a run.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub recipe: Recipe,
    /// Whether training has come to its end; otherwise it can be resumed, and nothing is tested yet.
    pub is_finished: bool,
    /// Groups that are learnt from, and numbers that are trained.
    pub groups: usize,
    pub parameters: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub categories: Option<Assigned>,
    pub epochs: Vec<Epoch>,
    /// The epoch that is kept.
    pub best_epoch: usize,
    /// The test part by the untrained encoder and by the trained one.
    pub before: Vec<Measured>,
    pub after: Vec<Measured>,
    /// By the closed-form projection that a build learns from the same labelled photos.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub projection: Vec<Measured>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pack: Option<PackReport>,
    /// What a search tried; the kept one first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tried: Vec<Tried>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub folds: Vec<FoldReport>,
    pub seconds: f64,
}

/// The pack that was written.
#[derive(Debug, Clone, Serialize)]
pub struct PackReport {
    pub file: String,
    pub bytes: usize,
    pub sha256: String,
    /// Least cosine between its vectors and the network's.
    pub agreement: f32,
}

/// A combination of a search.
#[derive(Debug, Clone, Serialize)]
pub struct Tried {
    pub changes: String,
    /// The best validation figure, and its epoch.
    pub mean_reciprocal_rank: f64,
    pub best_epoch: usize,
}

/// One fold.
#[derive(Debug, Clone, Serialize)]
pub struct FoldReport {
    pub fold: usize,
    pub best_epoch: usize,
    pub before: Vec<Measured>,
    pub after: Vec<Measured>,
}
