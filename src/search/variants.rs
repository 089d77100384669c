//! Words that tell the products of one line apart, learnt from a shop's own titles: Strawberry and Vanilla, where two titles are
//! the same but for that word.

use std::collections::HashMap;

/// Titles of fewer words say too little of what the word that differs is.
const MIN_WORDS: usize = 3;
/// Most words of a title that are looked at.
const MAX_WORDS: usize = 64;
/// Most words that are kept of one slot, and most slots of one word.
const MAX_KEPT: usize = 64;
/// Odd multiplier of the hash of a row of words (the 64-bit golden ratio).
const BASE: u64 = 0x9E37_79B9_7F4A_7C15;

/// The variant words of a shop. A *slot* is a title with one word left out; the words that fill it are alternatives.
#[derive(Default)]
pub struct Variants {
    /// By a word's hash, the slots that it fills beside another word.
    slots: HashMap<u64, Vec<u64>>,
}

impl Variants {
    /// Learns from the words of titles: those that are the same but for one word in one place. Words with digits are left out, which are
    /// compared as attributes. Takes time with the number of words.
    pub fn of(titles: &[Vec<String>]) -> Self {
        let filled: Vec<(u64, u64)> = titles.iter().flat_map(|words| slots_of(words)).collect();
        // Most slots stand once: they are told from the others without a map. Two slots in one cell cost a little time only.
        let mask = (filled.len() * 8).next_power_of_two() - 1;
        let mut seen = vec![0u8; mask + 1];
        filled.iter().for_each(|(slot, _)| seen[*slot as usize & mask] = seen[*slot as usize & mask].saturating_add(1));
        let mut fillers: HashMap<u64, Vec<u64>> = HashMap::new();
        for (slot, word) in filled.into_iter().filter(|(slot, _)| seen[*slot as usize & mask] > 1) {
            keep(fillers.entry(slot).or_default(), word);
        }
        let mut slots: HashMap<u64, Vec<u64>> = HashMap::new();
        for (slot, words) in fillers.into_iter().filter(|(_, words)| words.len() > 1) {
            words.into_iter().for_each(|word| keep(slots.entry(word).or_default(), slot));
        }
        Variants { slots }
    }

    /// Whether the shop has listings of one line that the word tells apart from others.
    pub fn has(&self, word: &str) -> bool {
        self.slots.contains_key(&hash(word))
    }

    /// Whether two different words fill the same place of a line.
    pub fn are_alternatives(&self, one: &str, other: &str) -> bool {
        let slots = |word: &str| self.slots.get(&hash(word)).map_or(&[][..], Vec::as_slice);
        one != other && slots(one).iter().any(|slot| slots(other).contains(slot))
    }
}

fn keep(list: &mut Vec<u64>, item: u64) {
    if list.len() < MAX_KEPT && !list.contains(&item) {
        list.push(item);
    }
}

/// FNV-1a (Fowler, Noll and Vo) of a word.
fn hash(word: &str) -> u64 {
    word.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The slots of a title with the words that fill them: polynomial hashes (Karp and Rabin 1987) of the words before and after.
fn slots_of(words: &[String]) -> Vec<(u64, u64)> {
    if !(MIN_WORDS..=MAX_WORDS).contains(&words.len()) {
        return Vec::new();
    }
    let hashes: Vec<u64> = words.iter().map(|word| hash(word)).collect();
    let mut after = vec![0u64];
    for hash in hashes.iter().rev() {
        let last = after.last().copied().unwrap_or_default();
        after.push(last.wrapping_mul(BASE).wrapping_add(*hash));
    }
    let (mut before, mut slots) = (1u64, Vec::with_capacity(words.len()));
    for (at, (word, hash)) in words.iter().zip(&hashes).enumerate() {
        if !word.chars().any(char::is_numeric) {
            let after = after.get(words.len() - 1 - at).copied().unwrap_or_default();
            let mixed = before.rotate_left(32) ^ after.wrapping_mul(BASE) ^ at as u64;
            slots.push(((mixed ^ mixed >> 29).wrapping_mul(BASE) >> 8, *hash));
        }
        before = before.wrapping_mul(BASE).wrapping_add(*hash);
    }
    slots
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learnt(titles: &[&str]) -> Variants {
        Variants::of(&titles.iter().map(|title| crate::title::words::words(title)).collect::<Vec<_>>())
    }

    const TITLES: [&str; 6] = [
        "Milkano Whey Protein Strawberry 500 g",
        "Milkano Whey Protein Vanilla 500 g",
        "Milkano Whey Protein Vanilla 900 g",
        "Logi MX Mouse Graphite",
        "Logi MX Mouse Midnight",
        "Earl Grey Tea",
    ];

    #[test]
    fn words_that_fill_one_place_of_a_line_are_alternatives() {
        let variants = learnt(&TITLES);
        assert!(
            variants.are_alternatives("strawberry", "vanilla") && variants.are_alternatives("vanilla", "strawberry")
        );
        assert!(variants.are_alternatives("graphite", "midnight"));
        assert!(!variants.are_alternatives("vanilla", "midnight") && !variants.are_alternatives("vanilla", "vanilla"));
        assert!(variants.has("vanilla") && !variants.has("protein") && !variants.has("earl") && !variants.has("500"));
    }

    #[test]
    fn titles_that_differ_in_two_words_or_are_the_same_teach_nothing() {
        let variants = learnt(&["red big cotton shirt", "blue small cotton shirt", "red big cotton shirt"]);
        assert!(!variants.has("red") && !variants.has("small"));
        assert!(!learnt(&[]).has("red"));
    }
}
