//! Scores of titles without an encoder.

use std::collections::BTreeMap;

use crate::lab::train::corpus::{Content, Item};
use crate::matching::lanes::Edit;
use crate::search::lexical::LexicalIndex;
use crate::title::words::words;

/// TF-IDF over words, as scikit-learn's `TfidfVectorizer` has it: idf `ln((1 + n) / (1 + df)) + 1`, vectors of length 1.
pub struct WordIndex {
    titles: usize,
    /// Of each word its titles, with its weight there; in the alphabet's order, in which squares are summed.
    postings: BTreeMap<String, Vec<(usize, f32)>>,
}

impl WordIndex {
    pub fn new<'a>(titles: impl Iterator<Item = &'a str>) -> Self {
        let counted: Vec<BTreeMap<String, f32>> = titles.map(counts).collect();
        let mut postings: BTreeMap<String, Vec<(usize, f32)>> = BTreeMap::new();
        for (title, words) in counted.iter().enumerate() {
            words.iter().for_each(|(word, count)| postings.entry(word.clone()).or_default().push((title, *count)));
        }
        let titles = counted.len();
        let mut squares = vec![0.0f32; titles];
        for held in postings.values_mut() {
            let rarity = rarity(titles, held.len());
            for (title, weight) in held {
                *weight *= rarity;
                squares[*title] += *weight * *weight;
            }
        }
        postings.values_mut().flatten().for_each(|(title, weight)| *weight /= squares[*title].sqrt());
        WordIndex { titles, postings }
    }

    /// Cosines of a title with all.
    pub fn scores(&self, title: &str) -> Vec<f32> {
        let (mut scores, mut square) = (vec![0.0; self.titles], 0.0f32);
        for (word, count) in counts(title) {
            let held = self.postings.get(&word).map_or(&[][..], Vec::as_slice);
            let weight = count * rarity(self.titles, held.len());
            square += weight * weight;
            held.iter().for_each(|(title, other)| scores[*title] += weight * other);
        }
        let length = square.sqrt().max(f32::MIN_POSITIVE);
        scores.iter_mut().for_each(|score| *score /= length);
        scores
    }
}

fn rarity(titles: usize, frequency: usize) -> f32 {
    ((1.0 + titles as f32) / (1.0 + frequency as f32)).ln() + 1.0
}

/// Each word of a title with how often it occurs, in the alphabet's order: sums are the same at every run.
fn counts(title: &str) -> BTreeMap<String, f32> {
    let mut counts = BTreeMap::new();
    words(title).into_iter().for_each(|word| *counts.entry(word).or_insert(0.0) += 1.0);
    counts
}

/// The title that an item is read by; empty for a photo.
pub fn title(item: &Item) -> &str {
    match &item.content {
        Content::Title(title) => title,
        Content::Photo(_) => "",
    }
}

/// The cosines of a query's trigrams with those of the candidates.
pub fn trigrams<'a>(items: &'a [Item], candidates: &[usize]) -> impl Fn(usize) -> Vec<f32> + Sync + 'a {
    let index = LexicalIndex::new(candidates.iter().map(|item| title(&items[*item])));
    move |query| index.scores(title(&items[query])).tf_idf
}

pub fn word_tf_idf<'a>(items: &'a [Item], candidates: &[usize]) -> impl Fn(usize) -> Vec<f32> + Sync + 'a {
    let index = WordIndex::new(candidates.iter().map(|item| title(&items[*item])));
    move |query| index.scores(title(&items[query]))
}

pub fn levenshtein<'a>(items: &'a [Item], candidates: &[usize]) -> impl Fn(usize) -> Vec<f32> + Sync + 'a {
    let split: Vec<Vec<String>> = candidates.iter().map(|item| words(title(&items[*item]))).collect();
    move |query| {
        let own = words(title(&items[query]));
        split.iter().map(|other| Edit::of(&own, other).levenshtein).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn word_vectors_are_of_length_one_and_weigh_rare_words_more() {
        let titles = ["red tea", "red red coffee", "red kettle steel"];
        let index = WordIndex::new(titles.into_iter());
        for (i, title) in titles.iter().enumerate() {
            assert!((index.scores(title)[i] - 1.0).abs() < 1e-6);
        }
        // By hand: of n = 3 titles 3 have "red" (idf 1) and 1 has "tea" (idf 1 + ln 2); tea's share of the first title's square.
        let tea = 1.0 + 2.0f32.ln();
        let expected = tea / (tea * tea + 1.0).sqrt();
        let found = index.scores("TEA")[0];
        assert!((found - expected).abs() < 1e-6, "{found}, expected {expected}");
        assert_eq!(index.scores("sugar"), vec![0.0; 3]);
    }
}
