//! The rows of the comparison: what is compared, by the names under which figures are kept.

use crate::fusion::Mode;
use crate::lab::foreground::Preparation;
use crate::{Error, Result};

/// A way to compare a query with candidates.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Part of the figures' names.
    pub key: &'static str,
    pub name: &'static str,
    pub method: Method,
}

/// How a row scores a pair.
#[derive(Debug, Clone, Copy)]
pub enum Method {
    /// Cosine of the TF-IDF vectors of the titles' words.
    TfIdfWords,
    /// The same of character trigrams, as the product has it.
    TfIdfTrigrams,
    /// One minus the edit distance over the longer title's length.
    Levenshtein,
    /// Cosine of the vectors of an encoder.
    Encoder(Start),
    /// The same over photos that are cropped to their foreground, or of which only that is left.
    OfForeground(Start, Preparation),
    /// The same of a pack that was trained from another encoder.
    Trained { recipe: &'static str, start: Start },
    /// Cosine in the closed-form projection of an encoder's vectors that a build learns.
    Projection(Start),
    /// Cosine of the vectors of an encoder in f32, by the weights that `--weights` names: its pack without rounding.
    InFloat(Start),
    /// MobileNetV2 in f32 on Burn, of the whole picture alone: the run that has a reference by onnxruntime.
    Reference,
    /// The mean of the scores of two rows, one of titles and one of photos.
    Sum(&'static str, &'static str),
    /// The whole matcher.
    Whole,
}

/// An encoder as it is before training.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// A committed pack.
    Pack(&'static str),
    /// Weights that `--weights` names, as a pack that is made of them.
    Weights(&'static str),
}

/// Names that `--weights` takes, with what each is.
pub const WEIGHTS: [(&str, Mode); 11] = [
    ("resnet18", Mode::Photo),
    ("resnet50", Mode::Photo),
    ("resnet50v2", Mode::Photo),
    ("vgg19", Mode::Photo),
    ("mobilenet-v2", Mode::Photo),
    ("bert", Mode::Title),
    ("ecombert", Mode::Title),
    ("efficientnet-lite0", Mode::Photo),
    ("efficientnet-lite2", Mode::Photo),
    ("minilm", Mode::Title),
    ("e5-small-latin", Mode::Title),
];

const MINILM: Start = Start::Pack("minilm");
const E5: Start = Start::Pack("e5-small-latin");
const LITE0: Start = Start::Pack("efficientnet-lite0");
const LITE2: Start = Start::Pack("efficientnet-lite2");
const MOBILENET: Start = Start::Weights("mobilenet-v2");

const fn row(key: &'static str, name: &'static str, method: Method) -> Row {
    Row { key, name, method }
}

const fn encoder(key: &'static str, name: &'static str, start: Start) -> Row {
    row(key, name, Method::Encoder(start))
}

const fn trained(key: &'static str, name: &'static str, recipe: &'static str, start: Start) -> Row {
    row(key, name, Method::Trained { recipe, start })
}

macro_rules! recipe {
    ($name:literal) => {
        include_str!(concat!("../recipes/", $name, ".toml"))
    };
}

const SIAMESE: &str = recipe!("lite0-adapter-siamese");
const CATEGORY_RANDOM: &str = recipe!("lite0-adapter-triplet-category-random");
const CATEGORY_HARD: &str = recipe!("lite0-adapter-triplet-category-hard");
const BATCH_HARD: &str = recipe!("lite0-adapter-triplet-batch-hard");
const SUPCON: &str = recipe!("lite0-adapter-supcon");

/// All rows, in the order of the tables.
pub const ROWS: &[Row] = &[
    row("tfidf_words", "TF-IDF, words", Method::TfIdfWords),
    row("tfidf_trigrams", "TF-IDF, character 3-grams", Method::TfIdfTrigrams),
    row("levenshtein", "Levenshtein", Method::Levenshtein),
    encoder("bert", "BERT, untrained", Start::Weights("bert")),
    encoder("ecombert", "eComBERT", Start::Weights("ecombert")),
    encoder("minilm", "MiniLM, untrained", MINILM),
    encoder("e5", "multilingual e5, untrained", E5),
    row("minilm_f32", "MiniLM in f32", Method::InFloat(MINILM)),
    row("e5_f32", "multilingual e5, the published Q4_0 weights in f32", Method::InFloat(E5)),
    trained("minilm_siamese", "MiniLM + adapter, Siamese", recipe!("minilm-adapter-siamese"), MINILM),
    trained(
        "minilm_category_random",
        "MiniLM + adapter, triplets Category-Random",
        recipe!("minilm-adapter-triplet-category-random"),
        MINILM,
    ),
    trained(
        "minilm_category_hard",
        "MiniLM + adapter, triplets Category-Hard",
        recipe!("minilm-adapter-triplet-category-hard"),
        MINILM,
    ),
    trained(
        "minilm_batch_hard",
        "MiniLM + adapter, triplets Batch-Hard",
        recipe!("minilm-adapter-triplet-batch-hard"),
        MINILM,
    ),
    trained("minilm_supcon", "MiniLM + adapter, supervised contrastive", recipe!("minilm-adapter-supcon"), MINILM),
    trained("minilm_arcface", "MiniLM + adapter, ArcFace", recipe!("minilm-adapter-arcface"), MINILM),
    trained(
        "minilm_layers_category_random",
        "MiniLM, last layers, triplets Category-Random",
        recipe!("minilm-layers-triplet-category-random"),
        MINILM,
    ),
    trained(
        "minilm_layers_category_hard",
        "MiniLM, last layers, triplets Category-Hard",
        recipe!("minilm-layers-triplet-category-hard"),
        MINILM,
    ),
    trained(
        "minilm_layers_batch_hard",
        "MiniLM, last layers, triplets Batch-Hard",
        recipe!("minilm-layers-triplet-batch-hard"),
        MINILM,
    ),
    trained(
        "minilm_layers_supcon",
        "MiniLM, last layers, supervised contrastive",
        recipe!("minilm-layers-supcon"),
        MINILM,
    ),
    trained("minilm_layers_arcface", "MiniLM, last layers, ArcFace", recipe!("minilm-layers-arcface"), MINILM),
    trained("e5_supcon", "e5 + adapter, supervised contrastive", recipe!("e5-adapter-supcon"), E5),
    trained("e5_interpolated", "e5 + adapter, half of what it learns", recipe!("e5-adapter-interpolated"), E5),
    encoder("resnet18", "ResNet-18", Start::Weights("resnet18")),
    encoder("resnet50", "ResNet-50", Start::Weights("resnet50")),
    encoder("resnet50v2", "ResNet-50V2", Start::Weights("resnet50v2")),
    encoder("vgg19", "VGG-19", Start::Weights("vgg19")),
    encoder("mobilenet_v2", "MobileNetV2, untrained", MOBILENET),
    row("mobilenet_v2_f32", "MobileNetV2 in f32, whole picture", Method::Reference),
    encoder("lite0", "EfficientNet-Lite0, untrained", LITE0),
    encoder("lite2", "EfficientNet-Lite2, untrained", LITE2),
    row("lite0_f32", "EfficientNet-Lite0 in f32", Method::InFloat(LITE0)),
    row("lite2_f32", "EfficientNet-Lite2 in f32", Method::InFloat(LITE2)),
    row("lite0_crop", "Lite0, cropped to the foreground", Method::OfForeground(LITE0, Preparation::Crop)),
    row("lite0_no_background", "Lite0, background removed", Method::OfForeground(LITE0, Preparation::RemoveBackground)),
    trained("resnet50_siamese", "ResNet-50 + adapter, Siamese", SIAMESE, Start::Weights("resnet50")),
    trained("lite0_siamese", "Lite0 + adapter, Siamese", SIAMESE, LITE0),
    trained("lite0_category_random", "Lite0 + adapter, triplets Category-Random", CATEGORY_RANDOM, LITE0),
    trained("lite0_category_hard", "Lite0 + adapter, triplets Category-Hard", CATEGORY_HARD, LITE0),
    trained("lite0_batch_hard", "Lite0 + adapter, triplets Batch-Hard", BATCH_HARD, LITE0),
    trained("lite0_supcon", "Lite0 + adapter, supervised contrastive", SUPCON, LITE0),
    trained("lite2_siamese", "Lite2 + adapter, Siamese", SIAMESE, LITE2),
    trained("lite2_batch_hard", "Lite2 + adapter, triplets Batch-Hard", BATCH_HARD, LITE2),
    trained("lite2_supcon", "Lite2 + adapter, supervised contrastive", SUPCON, LITE2),
    trained("mobilenet_v2_siamese", "MobileNetV2 + adapter, Siamese", SIAMESE, MOBILENET),
    trained(
        "mobilenet_v2_category_random",
        "MobileNetV2 + adapter, triplets Category-Random",
        CATEGORY_RANDOM,
        MOBILENET,
    ),
    trained("mobilenet_v2_category_hard", "MobileNetV2 + adapter, triplets Category-Hard", CATEGORY_HARD, MOBILENET),
    trained("mobilenet_v2_batch_hard", "MobileNetV2 + adapter, triplets Batch-Hard", BATCH_HARD, MOBILENET),
    trained("mobilenet_v2_supcon", "MobileNetV2 + adapter, supervised contrastive", SUPCON, MOBILENET),
    row("lite0_projection", "Lite0, closed-form projection", Method::Projection(LITE0)),
    trained("lite0_roles", "Lite0 + adapter, the shop's labelled photos", recipe!("lite0-adapter-roles"), LITE0),
    trained(
        "mobilenet_v2_roles",
        "MobileNetV2 + adapter, the shop's labelled photos",
        recipe!("mobilenet-v2-adapter-roles"),
        MOBILENET,
    ),
    row("tfidf_words_resnet18", "TF-IDF, words, with ResNet-18", Method::Sum("tfidf_words", "resnet18")),
    row("tfidf_trigrams_resnet18", "TF-IDF, 3-grams, with ResNet-18", Method::Sum("tfidf_trigrams", "resnet18")),
    row("bert_resnet50v2", "Combined score: BERT and ResNet-50V2", Method::Sum("bert", "resnet50v2")),
    row("minilm_mobilenet_v2", "Combined score: MiniLM and MobileNetV2", Method::Sum("minilm", "mobilenet_v2")),
    row("tfidf_trigrams_lite0", "Combined score: 3-grams and Lite0", Method::Sum("tfidf_trigrams", "lite0")),
    row("twinlens", "Twinlens, the whole matcher", Method::Whole),
];

/// The row of a key.
pub fn find(key: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.key == key)
}

impl Row {
    /// What it reads; `None` for the whole matcher, which reads whatever a query has.
    pub fn mode(&self) -> Option<Mode> {
        match self.method {
            Method::TfIdfWords | Method::TfIdfTrigrams | Method::Levenshtein => Some(Mode::Title),
            Method::Encoder(start) | Method::InFloat(start) | Method::Trained { start, .. } => Some(start.mode()),
            Method::OfForeground(..) | Method::Projection(_) | Method::Reference => Some(Mode::Photo),
            Method::Sum(..) => Some(Mode::Both),
            Method::Whole => None,
        }
    }

    /// Whether a pattern of `--only` means it: its key or a part of it.
    pub fn is_meant(&self, pattern: &str) -> bool {
        self.key.contains(pattern)
    }
}

impl Start {
    pub fn name(self) -> &'static str {
        match self {
            Start::Pack(name) | Start::Weights(name) => name,
        }
    }

    fn mode(self) -> Mode {
        let of_weights = |name: &str| WEIGHTS.iter().find(|(own, _)| *own == name).map(|(_, mode)| *mode);
        match self {
            Start::Pack("minilm" | "e5-small-latin") => Mode::Title,
            Start::Pack(_) => Mode::Photo,
            Start::Weights(name) => of_weights(name).unwrap_or(Mode::Photo),
        }
    }

    /// The row of the encoder before training.
    pub fn untrained(self) -> Option<&'static Row> {
        ROWS.iter().find(|row| matches!(row.method, Method::Encoder(start) if start == self))
    }
}

/// Refuses a pattern that no row's key has.
///
/// # Errors
/// [`Error::Argument`] that names the keys.
pub fn check_patterns(patterns: &[String]) -> Result<()> {
    for pattern in patterns {
        if pattern.is_empty() || !ROWS.iter().any(|row| row.is_meant(pattern)) {
            let keys: Vec<&str> = ROWS.iter().map(|row| row.key).collect();
            return Err(Error::argument(
                "only",
                format!("a part of one of {}", keys.join(", ")),
                format!("{pattern:?}"),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::train::Recipe;

    #[test]
    fn every_row_has_a_key_of_its_own_and_parts_that_are_rows() {
        let mut keys: Vec<&str> = ROWS.iter().map(|row| row.key).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), ROWS.len());
        for row in ROWS {
            if let Method::Sum(title, photo) = row.method {
                assert_eq!(find(title).unwrap().mode(), Some(Mode::Title), "{}", row.key);
                assert_eq!(find(photo).unwrap().mode(), Some(Mode::Photo), "{}", row.key);
            }
        }
    }

    #[test]
    fn every_trained_row_has_a_recipe_and_its_untrained_encoder() {
        for row in ROWS {
            if let Method::Trained { recipe, start } = row.method {
                Recipe::of(toml::from_str(recipe).unwrap(), row.key).unwrap();
                assert!(start.untrained().is_some(), "{}", row.key);
            }
        }
    }

    #[test]
    fn a_pattern_that_means_nothing_is_refused_with_the_keys() {
        assert!(check_patterns(&["supcon".into(), "lite0".into()]).is_ok());
        for pattern in ["", "clip"] {
            let error = check_patterns(&[pattern.into()]).unwrap_err().to_string();
            assert!(error.contains("tfidf_words") && error.contains(&format!("{pattern:?}")), "{error}");
        }
    }
}
