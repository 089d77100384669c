//! The edit lane: how far one title is from the other, letter by letter and word by word.

use std::collections::BTreeSet;

use textdistance::{Algorithm, Jaccard};

/// Longest run of characters that is compared: the distance takes time with the square of it.
const MAX_CHARS: usize = 256;

/// Both 0 to 1, 1 for equal titles.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edit {
    /// One minus the Levenshtein distance over the longer title's length.
    pub levenshtein: f32,
    /// Words of both over words of either.
    pub jaccard: f32,
}

impl Edit {
    /// Compares the words of two titles.
    pub fn of(query: &[String], listing: &[String]) -> Self {
        let letters = |words: &[String]| words.join(" ").chars().take(MAX_CHARS).collect::<Vec<char>>();
        let levenshtein = rapidfuzz::distance::levenshtein::normalized_similarity(letters(query), letters(listing));
        let set = |words: &[String]| words.iter().cloned().collect::<BTreeSet<String>>();
        let jaccard = Jaccard::default().for_iter(set(query).into_iter(), set(listing).into_iter()).nsim();
        Edit { levenshtein: levenshtein as f32, jaccard: jaccard as f32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::title::words::words;

    #[test]
    fn equal_titles_are_at_one_and_one_of_two_words_halves_the_words() {
        let edit = |a: &str, b: &str| Edit::of(&words(a), &words(b));
        assert_eq!(edit("Green tea", "green TEA"), Edit { levenshtein: 1.0, jaccard: 1.0 });
        assert_eq!(edit("green tea", "black tea").jaccard, 1.0 / 3.0);
        assert!((edit("tea", "sea").levenshtein - 2.0 / 3.0).abs() < 1e-6);
    }
}
