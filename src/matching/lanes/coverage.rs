//! How much of one title's words the other one has, be they misspelt, joined or cut; and how much of its codes.

use rapidfuzz::distance::jaro_winkler;

use crate::title::Parsed;

/// Shortest word that may stand inside another one.
const MIN_INSIDE: usize = 4;
/// From here on two spellings pass for one word.
const SAME_WORD: f64 = 0.88;
/// Shortest part of a code that says something.
const MIN_PART: usize = 3;

/// The share of `one`'s words, weighted by their rarity, that `other` has, 0 to 1; `None` without words.
pub fn words(one: &Parsed, other: &Parsed, rarity: impl Fn(&str) -> f32) -> Option<f32> {
    let (mut found, mut all) = (0.0, 0.0);
    for word in &one.words {
        let weight = rarity(word).max(0.01);
        all += weight;
        found += weight * presence(word, other);
    }
    (all > 0.0).then(|| found / all)
}

/// How surely a word is among the other title's, 0 to 1.
fn presence(word: &str, other: &Parsed) -> f32 {
    let length = word.chars().count();
    if other.words.iter().any(|w| w == word) || (length >= MIN_INSIDE && other.squeezed.contains(word)) {
        return 1.0;
    }
    if word.chars().any(|c| c.is_numeric()) {
        // One digit makes another number.
        return 0.0;
    }
    let alike = |candidate: &String| {
        if candidate.chars().any(char::is_numeric) {
            return 0.0;
        }
        let other_length = candidate.chars().count();
        let (short, long) = (length.min(other_length), length.max(other_length));
        let is_prefix = candidate.starts_with(word) || word.starts_with(candidate.as_str());
        let prefix = if is_prefix && short >= MIN_PART { short as f32 / long as f32 } else { 0.0 };
        let spelling = jaro_winkler::normalized_similarity(word.chars(), candidate.chars());
        let spelling = if spelling >= SAME_WORD { 0.9 * spelling as f32 } else { 0.0 };
        prefix.max(spelling)
    };
    other.words.iter().map(alike).fold(0.0, f32::max)
}

/// The longest part of one of `one`'s codes that stands in `other`, as a share of the code and weighted by the part's rarity,
/// 0 to 1; `None` without codes.
pub fn codes(one: &Parsed, other: &Parsed, rarity: impl Fn(&str) -> f32) -> Option<f32> {
    let best = |code: &String| {
        let length = code.chars().count();
        let parts = (0..length).filter_map(|start| {
            let from = code.char_indices().nth(start)?.0;
            let part = longest_inside(&code[from..], &other.squeezed)?;
            let share = part.chars().count() as f32 / length as f32;
            part.chars().any(|c| c.is_numeric()).then(|| share * rarity(part))
        });
        parts.fold(0.0, f32::max)
    };
    one.codes.iter().map(best).reduce(f32::max)
}

/// The longest start of `text` that stands in `other`.
fn longest_inside<'a>(text: &'a str, other: &str) -> Option<&'a str> {
    let ends = text.char_indices().map(|(i, c)| i + c.len_utf8()).skip(MIN_PART - 1);
    ends.map(|end| &text[..end]).take_while(|part| other.contains(part)).last()
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
}
