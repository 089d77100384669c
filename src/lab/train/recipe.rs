//! Recipes: what is trained, on what, and how, as a TOML file.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::search::Search;
use crate::{Error, Result};

/// A training run. Keys that are left out have the defaults given here; keys that do not exist are errors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Name of the pack that comes out: letters, digits, `-`, `_` and `.`.
    pub name: String,
    #[serde(default = "one")]
    pub seed: u64,
    pub data: Data,
    pub model: Model,
    pub loss: Loss,
    #[serde(default)]
    pub training: Training,
    #[serde(default)]
    pub augmentation: Augmentation,
    #[serde(default)]
    pub categories: Categories,
    #[serde(default)]
    pub search: Option<Search>,
}

/// What is trained and tested on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// Profiles of `twinlens eval`, or `shopee:FILE` with a CSV of the columns of Shopee's train.csv below the folder of data sets.
    pub sets: Vec<String>,
    /// Further data sets that are tested on only, by the same split.
    #[serde(default)]
    pub also_test: Vec<String>,
    #[serde(default)]
    pub split: Split,
    /// Share of the groups that is held out for the test.
    #[serde(default = "test_share")]
    pub test_share: f64,
    /// Share of the other groups by which training is stopped and thresholds are chosen.
    #[serde(default = "validation_share")]
    pub validation_share: f64,
    /// With so many folds, as many runs: each fold of the groups is the test part once.
    #[serde(default)]
    pub folds: Option<usize>,
    /// Most candidates that are searched after each epoch; the test searches all of them.
    #[serde(default = "validation_candidates")]
    pub validation_candidates: usize,
}

/// How data is parted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Split {
    /// By group: listings of one product are all in the same part.
    #[default]
    Groups,
    /// As the data has it: labelled photos of customers to learn from, other photos of the same products to test on.
    Roles,
}

/// What is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Pack of the encoder. A fine-tuned encoder takes its tokenizer and its limits from it.
    pub pack: String,
    pub trained: Trained,
    /// Float weights of a BERT that is fine-tuned, below the folder of `--weights`.
    #[serde(default)]
    pub checkpoint: Option<String>,
    /// Width of a two-layer adapter's inner layer; a multiple of 4.
    #[serde(default = "hidden")]
    pub hidden: usize,
    /// Last blocks of a BERT that are trained.
    #[serde(default = "two")]
    pub layers: usize,
    /// Probability of dropout in what is trained.
    #[serde(default = "dropout")]
    pub dropout: f64,
}

/// The part of the encoder that is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trained {
    /// A linear map after the frozen encoder: `x + W x + b`, `W` and `b` zero at the start.
    LinearAdapter,
    /// Two layers after the frozen encoder: `x + W₂ gelu(W₁ x + b₁) + b₂`, `W₂` and `b₂` zero at the start.
    ResidualAdapter,
    /// The last blocks of a BERT.
    LastLayers,
    /// All of a BERT.
    All,
}

impl Trained {
    pub fn is_adapter(self) -> bool {
        matches!(self, Trained::LinearAdapter | Trained::ResidualAdapter)
    }
}

/// The loss, over embeddings of length 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum Loss {
    /// Hadsell et al. 2006 over the positive pairs of a batch and, for each item, the nearest of another group.
    Contrastive { margin: f64 },
    /// Margin loss over triplets.
    Triplet { margin: f64, negatives: Negatives },
    /// Khosla et al. 2020; with `source_aware` negatives come from the other source only (Peeters and Bizer 2022).
    SupervisedContrastive {
        temperature: f64,
        #[serde(default)]
        source_aware: bool,
    },
    /// Deng et al. 2019; the margin grows from 0 over the first `ramp` epochs.
    Arcface { scale: f64, margin: f64, ramp: usize },
}

/// Where a triplet's negative comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Negatives {
    /// An item of the same category, at random.
    CategoryRandom,
    /// The nearest item of the same category, by the embeddings at the start of the epoch.
    CategoryHard,
    /// The nearest item of the batch.
    BatchHard,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Training {
    pub epochs: usize,
    /// Groups of a batch, each with `items` items.
    pub groups: usize,
    pub items: usize,
    /// Whether a batch is made of groups that are near each other for the untrained encoder.
    pub similar_groups: bool,
    pub learning_rate: f64,
    /// Share of the steps in which the learning rate rises from 0; then it falls to 0 along half a cosine.
    pub warmup: f64,
    /// Of AdamW.
    pub weight_decay: f64,
    /// Factors of the sum of the magnitudes, and of the squares, of the trained matrices.
    pub l1: f64,
    pub l2: f64,
    /// Factor of the mean squared distance to the untrained encoder's vectors.
    pub preserve: f64,
    /// Largest norm of each tensor's gradient.
    pub clip: f64,
    /// Epochs without a better validation figure before training stops.
    pub patience: usize,
    /// Share of the way from the untrained encoder to the trained one at which the result lies: what training gains is kept in
    /// part, and so is what other data would lose by it (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models").
    #[serde(skip_serializing_if = "is_whole")]
    pub interpolation: f64,
}

/// Whether a result is the trained encoder itself.
fn is_whole(interpolation: &f64) -> bool {
    *interpolation == 1.0
}

impl Default for Training {
    fn default() -> Self {
        Training {
            epochs: 20,
            groups: 32,
            items: 2,
            similar_groups: false,
            learning_rate: 1e-3,
            warmup: 0.05,
            weight_decay: 1e-2,
            l1: 0.0,
            l2: 0.0,
            preserve: 0.0,
            clip: 1.0,
            patience: 5,
            interpolation: 1.0,
        }
    }
}

/// Changed copies of what is trained on, made once. Each change is made with its probability.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Augmentation {
    /// Copies of each photo or title.
    pub views: usize,
    /// Whether a listing without another of its group counts as a group, through its copies.
    pub single_items: bool,
    pub photos: PhotoChanges,
    pub titles: TitleChanges,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PhotoChanges {
    /// Left and right exchanged: not for photos whose print must be read.
    pub flip: f64,
    /// A part of at least 60 % of each side.
    pub crop: f64,
    /// By up to 12°.
    pub rotate: f64,
    /// Brightness, contrast and the balance of the channels.
    pub light: f64,
    pub blur: f64,
}

impl Default for PhotoChanges {
    fn default() -> Self {
        PhotoChanges { flip: 0.0, crop: 0.7, rotate: 0.5, light: 0.7, blur: 0.3 }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TitleChanges {
    /// One or two words left out.
    pub drop: f64,
    /// Two neighbours exchanged.
    pub swap: f64,
    /// A word misspelt.
    pub misspell: f64,
}

impl Default for TitleChanges {
    fn default() -> Self {
        TitleChanges { drop: 0.7, swap: 0.3, misspell: 0.3 }
    }
}

/// Where categories come from that the data does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Categories {
    pub from: CategorySource,
    /// Number of clusters.
    pub clusters: usize,
}

impl Default for Categories {
    fn default() -> Self {
        Categories { from: CategorySource::Words, clusters: 24 }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CategorySource {
    /// The most frequent telling word of each title; of an item without one, its cluster.
    Words,
    /// k-means over the untrained encoder's vectors.
    Clusters,
}

fn one() -> u64 {
    1
}
fn two() -> usize {
    2
}
fn test_share() -> f64 {
    0.2
}
fn validation_share() -> f64 {
    0.125
}
fn validation_candidates() -> usize {
    1000
}
fn hidden() -> usize {
    256
}
fn dropout() -> f64 {
    0.1
}

impl Recipe {
    /// Reads a recipe's file.
    ///
    /// # Errors
    /// [`Error::Io`] where it cannot be read, [`Error::Recipe`] that names the key.
    pub fn read(path: &Path) -> Result<(toml::Table, Recipe)> {
        let place = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|e| Error::io("reading a recipe", "a text file", e, place.clone()))?;
        let failed = |e: toml::de::Error| Error::recipe("a recipe in TOML", e.to_string(), place.clone());
        let recipe: Recipe = toml::from_str(&text).map_err(failed)?;
        recipe.check(&place)?;
        Ok((toml::from_str(&text).map_err(failed)?, recipe))
    }

    /// A recipe out of a table; `place` is for messages.
    pub fn of(table: toml::Table, place: &str) -> Result<Recipe> {
        let recipe: Recipe =
            table.try_into().map_err(|e: toml::de::Error| Error::recipe("a recipe", e.to_string(), place))?;
        recipe.check(place)?;
        Ok(recipe)
    }
}
