//! The coverage lanes: how much of one title's words the other one has, be they misspelt, joined or cut; and how much of its
//! codes.

use rapidfuzz::distance::jaro_winkler;

use crate::title::Parsed;

/// Shortest word that may stand inside another one.
const MIN_INSIDE: usize = 4;
/// Jaro-Winkler similarity from which on two spellings are taken for one word.
const SAME_WORD: f64 = 0.88;
/// How surely a word is there that has digits in place of letters, or that is the initials of others.
const MISREAD: f32 = 0.9;
const ABBREVIATED: f32 = 0.85;
/// Most initials of an abbreviation.
const MAX_INITIALS: usize = 4;
/// Shortest part of a code that counts as evidence.
const MIN_PART: usize = 3;

/// The share of `one`'s words, weighted by their rarity, that `other` has, 0 to 1; `None` without words.
pub fn words(one: &Parsed, other: &Parsed, rarity: impl Fn(&str) -> f32) -> Option<f32> {
    let (mut found, mut all) = (0.0, 0.0);
    // What attributes are read out of is compared there, in whatever unit or language it is written.
    let words = if one.rest.is_empty() { &one.words } else { &one.rest };
    for word in words {
        let weight = rarity(word).max(0.01);
        all += weight;
        found += weight * found_in(word, other);
    }
    (all > 0.0).then(|| found / all)
}

/// How surely a word is among the other title's, 0 to 1.
pub(super) fn found_in(word: &str, other: &Parsed) -> f32 {
    let length = word.chars().count();
    let inside = length >= MIN_INSIDE && other.concatenated.contains(word);
    // What is left of a word beside an attribute is none of the title's words.
    if inside || other.words.iter().chain(&other.rest).any(|w| w == word) {
        return 1.0;
    }
    if word.chars().any(|c| c.is_numeric()) {
        // One digit makes another number, but one among letters may be a letter that was misread.
        let letters = misread(word);
        return if letters.is_some_and(|letters| other.words.contains(&letters)) { MISREAD } else { 0.0 };
    }
    if stands_for(word, &other.words) {
        return ABBREVIATED;
    }
    other.words.iter().map(|candidate| likeness(word, candidate)).fold(0.0, f32::max)
}

/// A word of mostly letters with the digits that are misread for letters put right; `None` for other words.
fn misread(word: &str) -> Option<String> {
    let digits = word.chars().filter(|c| c.is_numeric()).count();
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    let read = |c: char| match c {
        '0' => 'o',
        '1' => 'i',
        '5' => 's',
        '8' => 'b',
        c => c,
    };
    (letters >= MIN_PART && digits < letters).then(|| word.chars().map(read).collect())
}

/// Whether a word has the first letters of as many words that follow one another: `edt` of `eau de toilette`.
fn stands_for(word: &str, words: &[String]) -> bool {
    let length = word.chars().count();
    (MIN_PART..=MAX_INITIALS).contains(&length)
        && words.windows(length).any(|run| word.chars().eq(run.iter().filter_map(|word| word.chars().next())))
}

/// How surely two words without digits are one, be it cut or misspelt, 0 to 1.
pub(super) fn likeness(word: &str, candidate: &str) -> f32 {
    if word == candidate {
        return 1.0;
    }
    if candidate.chars().any(char::is_numeric) {
        return 0.0;
    }
    let length = word.chars().count();
    let other_length = candidate.chars().count();
    let (short, long) = (length.min(other_length), length.max(other_length));
    let is_prefix = candidate.starts_with(word) || word.starts_with(candidate);
    let prefix = if is_prefix && short >= MIN_PART { short as f32 / long as f32 } else { 0.0 };
    // Jaro's similarity is at most (2 + short / long) / 3, and Winkler adds at most 0.4 of what is missing to 1: below
    // 0.4 of the length two words cannot reach `SAME_WORD`.
    if short * 10 < long * 4 {
        return prefix;
    }
    let spelling = jaro_winkler::normalized_similarity(word.chars(), candidate.chars());
    let spelling = if spelling >= SAME_WORD { 0.9 * spelling as f32 } else { 0.0 };
    prefix.max(spelling)
}

/// The longest part of one of `one`'s codes that stands in `other`, as a share of the code and weighted by the part's rarity,
/// 0 to 1; `None` without codes. `rarity` gives 0 to 1.
pub fn codes(one: &Parsed, other: &Parsed, rarity: impl Fn(&str) -> f32) -> Option<f32> {
    let text: Vec<char> = other.concatenated.chars().collect();
    let best = |code: &String| {
        let bounds: Vec<usize> = code.char_indices().map(|(at, _)| at).chain([code.len()]).collect();
        let (length, mut best) = (bounds.len() - 1, 0.0f32);
        for (start, found) in longest_starts(code, &text).into_iter().enumerate() {
            let (part, share) = (&code[bounds[start]..bounds[start + found]], found as f32 / length as f32);
            // A rarity is at most 1, so that a shorter part is no better.
            if found >= MIN_PART && share > best && part.chars().any(|c| c.is_numeric()) {
                best = best.max(share * rarity(part));
            }
        }
        best
    };
    one.codes.iter().map(best).reduce(f32::max)
}

/// For each character of `code`, how many from there on stand in `text` one after another: the longest common substrings that
/// start there, by dynamic programming in `code`'s length times `text`'s (Gusfield 1997, "Algorithms on Strings, Trees and
/// Sequences", section 7.4).
fn longest_starts(code: &str, text: &[char]) -> Vec<usize> {
    let mut common = vec![0; text.len() + 1];
    let mut longest: Vec<usize> = code
        .chars()
        .rev()
        .map(|c| {
            let mut best = 0;
            for at in 0..text.len() {
                // Still that of the next character of the code.
                common[at] = if text[at] == c { common[at + 1] + 1 } else { 0 };
                best = best.max(common[at]);
            }
            best
        })
        .collect();
    longest.reverse();
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covered(one: &str, other: &str) -> f32 {
        words(&Parsed::of(one), &Parsed::of(other), |_| 1.0).unwrap()
    }

    #[test]
    fn misspelt_joined_and_cut_words_are_found() {
        assert_eq!(covered("green tea", "tea, green, 20 bags"), 1.0);
        assert!(covered("instnat camera", "instant camera white") > 0.9);
        assert_eq!(covered("photo smart", "photosmart printer"), 1.0);
        assert!(covered("camera", "wooden table") < 0.1);
        assert_eq!(covered("tea 250", "tea 500"), 0.5);
    }

    #[test]
    fn a_code_is_found_without_its_separators_and_by_its_part() {
        let found = |one: &str, other: &str| codes(&Parsed::of(one), &Parsed::of(other), |_| 1.0);
        assert_eq!(found("Sony DSC-W120", "sony dscw120 camera"), Some(1.0));
        assert_eq!(found("bose am53bk", "Bose Acoustimass AM53 in silver"), Some(4.0 / 6.0));
        assert_eq!(found("bose am53bk", "bose 201"), Some(0.0));
        assert_eq!(found("green tea", "green tea"), None);
    }

    #[cfg(not(target_arch = "wasm32"))]
    proptest::proptest! {
        #[test]
        fn the_longest_starts_are_those_of_a_search_for_each_part(code in "[ab1é]{0,9}", text in "[ab1é]{0,30}") {
            let found = longest_starts(&code, &text.chars().collect::<Vec<char>>());
            let code: Vec<char> = code.chars().collect();
            for (start, found) in found.into_iter().enumerate() {
                let stands = |length: &usize| text.contains(&code[start..start + length].iter().collect::<String>());
                let expected = (0..=code.len() - start).take_while(stands).last();
                proptest::prop_assert_eq!(Some(found), expected);
            }
        }
    }
}
