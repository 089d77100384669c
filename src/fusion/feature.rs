//! What a pair of query and listing is scored by.

use serde::Serialize;

/// A source of evidence, as the reasons and the contributions name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// The log-odds of any pair before its evidence: the intercept, what missing features add, and that the shop may not have the
    /// product.
    Prior,
    Image,
    ColourHistogram,
    Phash,
    Text,
    /// Words beside pictures, by joint encoders.
    Joint,
    Lexical,
    Edit,
    Attributes,
    Price,
    /// How the pair stands among the other candidates.
    Rank,
    Gtin,
}

impl Lane {
    /// All lanes, in the order in which answers list them.
    pub const ALL: [Lane; 12] = [
        Lane::Prior,
        Lane::Image,
        Lane::ColourHistogram,
        Lane::Phash,
        Lane::Text,
        Lane::Joint,
        Lane::Lexical,
        Lane::Edit,
        Lane::Attributes,
        Lane::Price,
        Lane::Rank,
        Lane::Gtin,
    ];
}

/// One number about a pair; a higher value is evidence for a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Feature {
    pub name: &'static str,
    pub lane: Lane,
    /// Whether it takes a few values only, between which nothing lies.
    pub discrete: bool,
}

const fn feature(name: &'static str, lane: Lane) -> Feature {
    Feature { name, lane, discrete: false }
}

const fn discrete(name: &'static str, lane: Lane) -> Feature {
    Feature { name, lane, discrete: true }
}

/// All features; `READINGS` in `matching/lanes` says how each is read. Models state curves by these names: a feature without
/// a curve in a model adds nothing there.
pub const FEATURES: [Feature; 27] = [
    feature("image", Lane::Image),
    feature("colour_histogram", Lane::ColourHistogram),
    feature("phash", Lane::Phash),
    feature("text", Lane::Text),
    feature("joint", Lane::Joint),
    feature("tf_idf", Lane::Lexical),
    feature("bm25", Lane::Lexical),
    feature("levenshtein", Lane::Edit),
    feature("jaccard", Lane::Edit),
    feature("coverage", Lane::Lexical),
    feature("coverage_back", Lane::Lexical),
    feature("unmatched", Lane::Lexical),
    feature("unmatched_back", Lane::Lexical),
    feature("swapped", Lane::Lexical),
    feature("code", Lane::Attributes),
    feature("code_back", Lane::Attributes),
    discrete("model_number", Lane::Attributes),
    discrete("quantity", Lane::Attributes),
    discrete("pack_count", Lane::Attributes),
    discrete("size", Lane::Attributes),
    discrete("colour", Lane::Attributes),
    discrete("edition", Lane::Attributes),
    discrete("generation", Lane::Attributes),
    discrete("condition", Lane::Attributes),
    discrete("relation", Lane::Attributes),
    discrete("variant", Lane::Attributes),
    feature("price", Lane::Price),
];

/// The values of [`FEATURES`] for one pair; `None` where a lane is missing.
pub type Values = [Option<f32>; FEATURES.len()];
