//! Titles that share letters or words with a query's: TF-IDF over character trigrams and BM25 over words, with the
//! statistics of the catalogue. The index is made of the titles as a catalogue is loaded, which is quicker than to download it.

use std::collections::HashMap;
use std::hash::Hash;

use super::variants::Variants;
use crate::title::words::{trigrams, words};

/// How soon a repeated word counts less, and how much long titles are held back: BM25's usual values (Robertson and
/// Zaragoza 2009, "The Probabilistic Relevance Framework", section 3.2).
const K1: f32 = 1.2;
const B: f32 = 0.75;

/// Postings of all titles of a catalogue. Listings are numbered through all shards.
pub struct LexicalIndex {
    listings: usize,
    trigrams: Postings<u64>,
    words: Postings<String>,
    mean_words: f32,
    /// Learnt from the same words.
    pub variants: Variants,
}

/// How a query's title reads beside every listing's; `[listings]` each.
pub struct LexicalScores {
    /// Cosine of the TF-IDF vectors of character trigrams, 0 to 1.
    pub tf_idf: Vec<f32>,
    /// BM25 as a share of what the query's own title would score, 0 to 1.
    pub bm25: Vec<f32>,
}

/// For each term the listings that hold it, with the term's weight there.
type Postings<T> = HashMap<T, Vec<(u32, f32)>>;

impl LexicalIndex {
    /// Indexes titles in the order of their listings; an empty one stands for a listing without.
    pub fn new<'a>(titles: impl Iterator<Item = &'a str>) -> Self {
        let titles: Vec<Vec<String>> = titles.map(words).collect();
        let variants = Variants::of(&titles);
        let listings = titles.len();
        let lengths = || titles.iter().map(Vec::len).filter(|length| *length > 0);
        let mean_words = lengths().sum::<usize>() as f32 / lengths().count().max(1) as f32;
        let counted: Vec<_> = titles.iter().map(|words| counts(words.iter().flat_map(|word| trigrams(word)))).collect();
        let trigrams = postings(counted, |terms, frequency| {
            for (term, weight) in terms.iter_mut() {
                *weight = damped(*weight) * tf_idf_rarity(listings, frequency(term));
            }
            let length = terms.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
            terms.iter_mut().for_each(|(_, weight)| *weight /= length);
        });
        let counted = titles.into_iter().map(|words| counts(words.into_iter())).collect();
        let words = postings(counted, |terms, frequency| {
            let length = terms.iter().map(|(_, count)| count).sum::<f32>() / mean_words;
            for (term, weight) in terms.iter_mut() {
                *weight = saturated(*weight, length) * bm25_rarity(listings, frequency(term));
            }
        });
        LexicalIndex { listings, trigrams, words, mean_words, variants }
    }

    /// How rare a word is among the titles: 0 for one that all have, 1 for one that none has.
    pub fn rarity(&self, word: &str) -> f32 {
        let held = self.words.get(word).map_or(0, Vec::len);
        bm25_rarity(self.listings, held) / bm25_rarity(self.listings, 0)
    }

    /// Whether the titles that have `word` all have `other` too, and there are some.
    pub fn is_always_with(&self, word: &str, other: &str) -> bool {
        let held = |word: &str| self.words.get(word).map_or(&[][..], Vec::as_slice);
        let (words, others) = (held(word), held(other));
        let has_other = |(listing, _): &(u32, f32)| others.binary_search_by_key(listing, |(other, _)| *other).is_ok();
        !words.is_empty() && words.iter().all(has_other)
    }

    /// Compares a title with all.
    pub fn scores(&self, title: &str) -> LexicalScores {
        let words = words(title);
        let (mut tf_idf, mut square) = (vec![0.0; self.listings], 0.0);
        for (trigram, count) in counts(words.iter().flat_map(|word| trigrams(word))) {
            let held = self.trigrams.get(&trigram).map_or(&[][..], Vec::as_slice);
            let weight = damped(count) * tf_idf_rarity(self.listings, held.len());
            square += weight * weight;
            held.iter().for_each(|(listing, other)| tf_idf[*listing as usize] += weight * other);
        }
        let (mut bm25, mut own) = (vec![0.0; self.listings], 0.0);
        let length = words.len() as f32 / self.mean_words.max(1.0);
        for (word, count) in counts(words.into_iter()) {
            let held = self.words.get(&word).map_or(&[][..], Vec::as_slice);
            own += saturated(count, length) * bm25_rarity(self.listings, held.len());
            held.iter().for_each(|(listing, weight)| bm25[*listing as usize] += weight);
        }
        let share = |scores: &mut [f32], of: f32| scores.iter_mut().for_each(|s| *s = (*s / of).clamp(0.0, 1.0));
        share(&mut tf_idf, square.sqrt().max(f32::MIN_POSITIVE));
        share(&mut bm25, own.max(f32::MIN_POSITIVE));
        LexicalScores { tf_idf, bm25 }
    }
}

/// Each term with how often it occurs, in the terms' order: sums over them are the same at every run.
fn counts<T: Ord>(terms: impl Iterator<Item = T>) -> Vec<(T, f32)> {
    let mut terms: Vec<T> = terms.collect();
    terms.sort_unstable();
    let mut counted: Vec<(T, f32)> = Vec::with_capacity(terms.len());
    for term in terms {
        match counted.last_mut() {
            Some((last, count)) if *last == term => *count += 1.0,
            _ => counted.push((term, 1.0)),
        }
    }
    counted
}

/// Turns the counted terms of each listing into postings; `weigh` makes a listing's counts weights, knowing in how many
/// listings a term occurs.
fn postings<T: Hash + Eq + Clone>(
    counted: Vec<Vec<(T, f32)>>,
    weigh: impl Fn(&mut [(T, f32)], &dyn Fn(&T) -> usize),
) -> Postings<T> {
    let mut frequencies: HashMap<T, usize> = HashMap::new();
    for (term, _) in counted.iter().flatten() {
        *frequencies.entry(term.clone()).or_default() += 1;
    }
    let mut postings: Postings<T> = HashMap::with_capacity(frequencies.len());
    for (listing, mut terms) in (0u32..).zip(counted) {
        weigh(&mut terms, &|term| frequencies.get(term).copied().unwrap_or_default());
        for (term, weight) in terms {
            postings.entry(term).or_default().push((listing, weight));
        }
    }
    postings
}

/// Sublinear term frequency (Manning et al. 2008, "Introduction to Information Retrieval", section 6.4.1).
fn damped(count: f32) -> f32 {
    1.0 + count.ln()
}

/// Smoothed inverse document frequency, as scikit-learn's `TfidfVectorizer` has it.
fn tf_idf_rarity(listings: usize, frequency: usize) -> f32 {
    ((1.0 + listings as f32) / (1.0 + frequency as f32)).ln() + 1.0
}

fn bm25_rarity(listings: usize, frequency: usize) -> f32 {
    (1.0 + (listings as f32 - frequency as f32 + 0.5) / (frequency as f32 + 0.5)).ln()
}

/// BM25's term frequency; `length` of the title in mean titles.
fn saturated(count: f32, length: f32) -> f32 {
    count * (K1 + 1.0) / (count + K1 * (1.0 - B + B * length))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TITLES: [&str; 4] = ["Instant camera white", "", "Camera bag, leather", "Wooden table"];

    #[test]
    fn a_title_agrees_wholly_with_itself_and_not_at_all_with_one_of_other_letters() {
        let scores = LexicalIndex::new(TITLES.into_iter()).scores("instant CAMERA white");
        assert!((scores.tf_idf[0] - 1.0).abs() < 1e-5 && (scores.bm25[0] - 1.0).abs() < 1e-5);
        assert_eq!((scores.tf_idf[1], scores.bm25[1]), (0.0, 0.0));
        assert_eq!(scores.bm25[3], 0.0);
    }

    #[test]
    fn a_rare_word_counts_more_than_a_common_one() {
        let titles = ["camera strap", "camera bag", "camera case", "leather belt"];
        let scores = LexicalIndex::new(titles.into_iter()).scores("camera leather");
        assert!(scores.bm25[3] > scores.bm25[0] && scores.tf_idf[3] > scores.tf_idf[0]);
    }

    #[test]
    fn rarity_is_a_share_of_the_rarest() {
        let index = LexicalIndex::new(TITLES.into_iter());
        assert_eq!(index.rarity("unheard"), 1.0);
        assert!(index.rarity("camera") > 0.0 && index.rarity("camera") < index.rarity("table"));
    }

    #[test]
    fn a_misspelt_word_still_shares_trigrams() {
        let scores = LexicalIndex::new(TITLES.into_iter()).scores("instnat camra");
        assert!(scores.tf_idf[0] > scores.tf_idf[2] && scores.tf_idf[3] < 0.1);
    }

    #[test]
    fn a_catalogue_without_titles_scores_nothing() {
        let scores = LexicalIndex::new(["", ""].into_iter()).scores("tea");
        assert_eq!((scores.tf_idf, scores.bm25), (vec![0.0; 2], vec![0.0; 2]));
    }
}
