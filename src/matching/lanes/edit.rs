//! The edit lane: how like one title is to the other, letter by letter and word by word.

use crate::title::edit_distance;

/// Most characters that are compared: the distance takes time with the square of it.
const MAX_CHARS: usize = 256;

/// Both 0 to 1, 1 for equal titles.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edit {
    /// One minus the Levenshtein distance over the longer title's length.
    pub levenshtein: f32,
    /// Jaccard index of the words: words of both titles over words of either.
    pub jaccard: f32,
}

impl Edit {
    /// Compares the words of two titles; of their letters the first 256.
    pub fn of(query: &[String], listing: &[String]) -> Self {
        let letters = |words: &[String]| words.join(" ").chars().take(MAX_CHARS).collect::<Vec<char>>();
        let (query_letters, listing_letters) = (letters(query), letters(listing));
        let longer = query_letters.len().max(listing_letters.len());
        let distance = edit_distance(query_letters, listing_letters);
        // Two empty titles are equal.
        let levenshtein = 1.0 - distance as f64 / longer.max(1) as f64;
        Edit { levenshtein: levenshtein as f32, jaccard: jaccard(query, listing) as f32 }
    }
}

/// The Jaccard index of two sets of words (Jaccard 1912), 0 to 1; 1 for two empty ones.
fn jaccard(one: &[String], other: &[String]) -> f64 {
    let (one, other) = (distinct(one), distinct(other));
    let common = one.iter().filter(|word| other.binary_search(word).is_ok()).count();
    let either = one.len() + other.len() - common;
    if either == 0 { 1.0 } else { common as f64 / either as f64 }
}

fn distinct(words: &[String]) -> Vec<&str> {
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    words.sort_unstable();
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::title::words::words;

    fn edit(a: &str, b: &str) -> Edit {
        Edit::of(&words(a), &words(b))
    }

    #[test]
    fn equal_titles_are_at_one_and_one_of_two_words_halves_the_words() {
        assert_eq!(edit("Green tea", "green TEA"), Edit { levenshtein: 1.0, jaccard: 1.0 });
        assert_eq!(edit("green tea", "black tea").jaccard, 1.0 / 3.0);
        assert!((edit("tea", "sea").levenshtein - 2.0 / 3.0).abs() < 1e-6);
    }

    #[test]
    fn a_repeated_word_counts_once() {
        assert_eq!(edit("tea tea green", "green tea").jaccard, 1.0);
        assert_eq!(edit("", "").jaccard, 1.0);
    }
}
