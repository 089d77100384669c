//! The evidence for one pair of query and listing, a lane a module. A lane that either side does not have is missing, not zero.

mod alignment;
mod attributes;
mod cosine;
pub mod coverage;
mod edit;
mod price;

use serde::Serialize;

pub use alignment::Alignment;
pub use attributes::Compared;
pub use cosine::Likeness;
pub use edit::Edit;
pub use price::log_ratio;

use crate::fusion::{Evidence, FEATURES, Rule};
use crate::title::Gtin;
use crate::title::attributes::Cap;

/// All lanes of a pair.
#[derive(Debug, Clone, Default)]
pub struct Lanes {
    pub image: Option<Likeness>,
    /// Which of the listing's pictures is nearest to the query's, from 0: the one that `image` is of.
    pub picture: usize,
    /// How alike the pictures' colours are.
    pub colour_histogram: Option<Likeness>,
    pub text: Option<Likeness>,
    /// Of the query's title and the nearest of the listing's pictures, by joint encoders.
    pub joint: Option<Likeness>,
    /// Bits in which the perceptual hashes differ, 0 to 64.
    pub phash: Option<u32>,
    /// Cosine of the TF-IDF vectors of character trigrams, 0 to 1.
    pub tf_idf: Option<f32>,
    /// Share of the BM25 score that the query's own title would have, 0 to 1.
    pub bm25: Option<f32>,
    pub edit: Option<Edit>,
    /// Words without a counterpart.
    pub alignment: Option<Alignment>,
    /// How much of the query's words, by rarity, the listing has, 0 to 1.
    pub coverage: Option<f32>,
    /// And of the listing's words the query.
    pub coverage_back: Option<f32>,
    /// How much of a code of the query the listing has, by rarity, 0 to 1.
    pub code: Option<f32>,
    /// And of a code of the listing the query.
    pub code_back: Option<f32>,
    pub attributes: Option<Compared>,
    /// Logarithm of the ratio of the prices, −4 to 0.
    pub price: Option<f32>,
    /// The GTINs of query and listing.
    pub gtin: Option<(Gtin, Gtin)>,
    /// Whether that of the query was read from its photo.
    pub gtin_of_photo: bool,
    /// Whether the titles are the same, and no other listing of the shop has that title.
    pub same_title: bool,
    /// Whether the query's title is one of the listing's SKUs, and no other listing's.
    pub same_number: bool,
}

/// The lanes as an answer shows them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Shown {
    /// Mean cosine of the pictures' vectors, −1 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<f32>,
    /// How alike the pictures' colours are, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colour_histogram: Option<f32>,
    /// Bits in which the perceptual hashes differ, 0 to 64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phash: Option<u32>,
    /// Mean cosine of the titles' vectors, −1 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<f32>,
    /// Mean cosine of the query's title and the nearest of the listing's pictures, by joint encoders, −1 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub joint: Option<f32>,
    /// Cosine of the TF-IDF vectors of character trigrams, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tf_idf: Option<f32>,
    /// BM25 over words, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bm25: Option<f32>,
    /// Levenshtein similarity, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub levenshtein: Option<f32>,
    /// Words of both titles over words of either, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jaccard: Option<f32>,
    /// Share of the query's words, by rarity, that the listing has, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coverage: Option<f32>,
    /// Worst contradiction or best agreement of model numbers, quantities, sizes, colours and editions, −1 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attributes: Option<f32>,
    /// Logarithm of the ratio of the prices, −4 to 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<f32>,
    /// Whether the GTINs are the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gtin: Option<bool>,
}

/// The value of a feature in some lanes.
type Reading = fn(&Lanes) -> Option<f32>;

/// How each of [`FEATURES`] is read, in their order; a higher value is evidence for a match.
const READINGS: [(&str, Reading); FEATURES.len()] = [
    ("image", |l| l.image.map(|i| i.standardised)),
    ("colour_histogram", |l| l.colour_histogram.map(|c| c.standardised)),
    ("phash", |l| l.phash.map(|bits| -(bits as f32))),
    ("text", |l| l.text.map(|t| t.standardised)),
    ("joint", |l| l.joint.map(|j| j.standardised)),
    ("tf_idf", |l| l.tf_idf),
    ("bm25", |l| l.bm25),
    ("levenshtein", Lanes::levenshtein),
    ("jaccard", |l| l.edit.map(|e| e.jaccard)),
    ("coverage", |l| l.coverage),
    ("coverage_back", |l| l.coverage_back),
    ("unmatched", |l| l.alignment.as_ref().map(|a| a.unmatched)),
    ("unmatched_back", |l| l.alignment.as_ref().map(|a| a.unmatched_back)),
    ("swapped", |l| l.alignment.as_ref().map(|a| a.swapped)),
    ("code", |l| l.code),
    ("code_back", |l| l.code_back),
    ("model_number", |l| l.attributes.as_ref()?.value("model_number")),
    ("quantity", |l| l.attributes.as_ref()?.value("quantity")),
    ("pack_count", |l| l.attributes.as_ref()?.value("pack_count")),
    ("size", |l| l.attributes.as_ref()?.value("size")),
    ("colour", |l| l.attributes.as_ref()?.value("colour")),
    ("edition", |l| l.attributes.as_ref()?.value("edition")),
    ("generation", |l| l.attributes.as_ref()?.value("generation")),
    ("condition", |l| l.attributes.as_ref()?.value("condition")),
    ("relation", |l| l.attributes.as_ref()?.value("relation")),
    ("variant", |l| l.attributes.as_ref()?.value("variant")),
    ("price", |l| l.price),
];

/// The share of a title's words, by rarity, beside which the others are few.
const NEARLY_ALL: f32 = 0.8;

impl Lanes {
    /// What the fusion predicts from.
    pub fn evidence(&self) -> Evidence {
        let values = READINGS.map(|(_, read)| read(self));
        Evidence { values, rule: self.rule(), asks_for_more: self.asks_for_more() }
    }

    /// The Levenshtein similarity of titles that have a word in common, in whatever spelling; 0 for others. How many letters two
    /// unlike words share is chance, and more of it for titles of like length: it must not rank titles of another language.
    fn levenshtein(&self) -> Option<f32> {
        let shared = [self.coverage, self.coverage_back, self.code, self.code_back];
        let has_common_word = shared.iter().all(Option::is_none) || shared.iter().flatten().any(|share| *share > 0.0);
        self.edit.map(|edit| if has_common_word { edit.levenshtein } else { 0.0 })
    }

    /// Whether the query's title has telling words that the listing does not have, which are no small part of it and which no
    /// attribute explains: another flavour, an accessory, a bundle, or the same in another language. Which of these it is
    /// cannot be told by the words.
    pub fn asks_for_more(&self) -> bool {
        let unsaid = self.alignment.as_ref().is_some_and(|alignment| !alignment.unsaid.is_empty());
        unsaid && !self.same_number && self.coverage.is_none_or(|coverage| coverage < NEARLY_ALL)
    }

    /// What decides without learning: a GTIN before what the titles state.
    pub fn rule(&self) -> Rule {
        match self.gtin {
            Some((query, listing)) if query == listing => Rule::SameGtin,
            Some(_) => Rule::OtherGtin,
            None if self.same_number => Rule::SameNumber,
            None => match self.attributes.as_ref().map(Compared::cap).unwrap_or_default() {
                Cap::NoMatch => Rule::Veto,
                _ if self.same_title => Rule::SameTitle,
                Cap::Unsure => Rule::Contradiction,
                Cap::None => Rule::None,
            },
        }
    }

    /// The lanes as an answer shows them.
    pub fn shown(&self) -> Shown {
        Shown {
            image: self.image.map(|l| l.cosine),
            colour_histogram: self.colour_histogram.map(|l| l.cosine),
            phash: self.phash,
            text: self.text.map(|l| l.cosine),
            joint: self.joint.map(|l| l.cosine),
            tf_idf: self.tf_idf,
            bm25: self.bm25,
            levenshtein: self.edit.map(|e| e.levenshtein),
            jaccard: self.edit.map(|e| e.jaccard),
            coverage: self.coverage,
            attributes: self.attributes.as_ref().and_then(Compared::summary),
            price: self.price,
            gtin: self.gtin.map(|(query, listing)| query == listing),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_titles_without_a_common_word_are_no_evidence() {
        let edit = Some(Edit { levenshtein: 0.3, jaccard: 0.0 });
        let lanes = |coverage| Lanes { edit, coverage, coverage_back: coverage, ..Lanes::default() };
        assert_eq!(lanes(Some(0.0)).levenshtein(), Some(0.0));
        assert_eq!(lanes(Some(0.2)).levenshtein(), Some(0.3));
        // Nothing was compared by words.
        assert_eq!(lanes(None).levenshtein(), Some(0.3));
        assert_eq!(Lanes::default().levenshtein(), None);
    }

    #[test]
    fn each_feature_is_read_under_its_own_name() {
        assert_eq!(READINGS.map(|(name, _)| name), FEATURES.map(|feature| feature.name));
        for name in attributes::NAMES {
            assert!(READINGS.iter().any(|(feature, _)| *feature == name), "{name}");
        }
    }
}
