//! The words of two titles side by side: which have no counterpart, which stand in the place of another word, and numbers that
//! differ in one place.

use super::coverage::{found_in, likeness};
use crate::search::variants::Variants;
use crate::title::Parsed;
use crate::title::attributes::{Agreement, Attribute, Cap, Statement};

/// Words are one from this likeness on.
const SAME: f32 = 0.8;
/// Most that words without a counterpart count, in words that no listing has.
const MOST: f32 = 5.0;
/// A word tells listings apart that has no counterpart and at least this rarity.
const TELLING: f32 = 0.35;
/// Most words that are named.
const MAX_UNSAID: usize = 4;
/// Most words of a title that are aligned.
const MAX_WORDS: usize = 48;

/// Most differences of two titles that are stated.
const MAX_STATED: usize = 2;

/// What the words say that are no attributes; each 0 or below, and lower the more words of either title have no counterpart.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Alignment {
    /// The rarity of the query's words that the listing does not have, negative.
    pub unmatched: f32,
    /// And of the listing's words that the query does not have.
    pub unmatched_back: f32,
    /// The rarity of words that stand in the same place, between words of both titles, and are not the same, negative.
    pub swapped: f32,
    /// Telling words of the query that the listing does not have, at most [`MAX_UNSAID`].
    pub unsaid: Vec<String>,
    /// Two numbers, or words with digits, in one place.
    pub numbers: Option<Statement>,
    /// Words that the shop's own titles tell products of one line apart by, and of which each title has another; at most two.
    pub variants: Vec<Statement>,
}

impl Alignment {
    /// Aligns a query's words with a listing's. `rarity` gives 0 to 1.
    pub fn of(query: &Parsed, listing: &Parsed, learnt: &Variants, rarity: impl Fn(&str) -> f32) -> Self {
        let (ours, theirs) = (Side::of(query, listing, &rarity), Side::of(listing, query, &rarity));
        let anchors = anchors(&ours, &theirs);
        let sum = |side: &Side| -(side.weights.iter().sum::<f32>().min(MOST));
        Alignment {
            unmatched: sum(&ours),
            unsaid: ours.telling(),
            unmatched_back: sum(&theirs),
            swapped: -swapped(&ours, &theirs, &anchors).min(MOST),
            numbers: numbers(&ours, &theirs, &anchors),
            variants: variants(&ours, &theirs, learnt),
        }
    }
}

/// One title's words, and how much each lacks a counterpart: its rarity, less as the other title has it.
struct Side<'a> {
    words: &'a [String],
    weights: Vec<f32>,
}

impl<'a> Side<'a> {
    fn of(one: &'a Parsed, other: &Parsed, rarity: &impl Fn(&str) -> f32) -> Self {
        let words = &one.rest[..one.rest.len().min(MAX_WORDS)];
        let lacks = |word: &String| match found_in(word, other) {
            found if found >= SAME => 0.0,
            found => (1.0 - found) * rarity(word).max(0.01),
        };
        Side { words, weights: words.iter().map(lacks).collect() }
    }

    /// The words without a counterpart that tell listings apart.
    fn telling(&self) -> Vec<String> {
        let telling = self.words.iter().zip(&self.weights).filter(|(_, weight)| **weight >= TELLING);
        telling.map(|(word, _)| word.clone()).take(MAX_UNSAID).collect()
    }

    fn is_unmatched(&self, at: usize) -> bool {
        self.weights.get(at).is_some_and(|weight| *weight > 0.0)
    }
}

/// Pairs of places with the same word, rising in both titles: the longest such chain, by dynamic programming.
fn anchors(ours: &Side, theirs: &Side) -> Vec<(usize, usize)> {
    let matched = |side: &Side| (0..side.words.len()).filter(|at| !side.is_unmatched(*at)).collect::<Vec<usize>>();
    let (mine, yours) = (matched(ours), matched(theirs));
    let same = |i: usize, j: usize| {
        let (one, other) = (&ours.words[i], &theirs.words[j]);
        one == other || (!one.chars().any(char::is_numeric) && likeness(one, other) >= SAME)
    };
    let width = yours.len() + 1;
    let mut longest = vec![0u16; (mine.len() + 1) * width];
    let mut equal = vec![false; mine.len() * yours.len().max(1)];
    for (i, one) in mine.iter().enumerate().rev() {
        for (j, other) in yours.iter().enumerate().rev() {
            let is_same = same(*one, *other);
            equal[i * yours.len() + j] = is_same;
            let beyond = longest[(i + 1) * width + j].max(longest[i * width + j + 1]);
            longest[i * width + j] = if is_same { beyond.max(longest[(i + 1) * width + j + 1] + 1) } else { beyond };
        }
    }
    let (mut i, mut j, mut chain) = (0, 0, Vec::new());
    while i < mine.len() && j < yours.len() {
        if equal[i * yours.len() + j] && longest[i * width + j] == longest[(i + 1) * width + j + 1] + 1 {
            chain.push((mine[i], yours[j]));
            (i, j) = (i + 1, j + 1);
        } else if longest[(i + 1) * width + j] >= longest[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    chain
}

/// The runs between anchors, before the first and behind the last, in both titles.
fn gaps(ours: &Side, theirs: &Side, anchors: &[(usize, usize)]) -> Vec<[std::ops::Range<usize>; 2]> {
    let ends = [(ours.words.len(), theirs.words.len())];
    let mut from = (0, 0);
    let mut found = Vec::with_capacity(anchors.len() + 1);
    for (i, j) in anchors.iter().chain(&ends) {
        found.push([from.0..*i, from.1..*j]);
        from = (i + 1, j + 1);
    }
    found
}

fn swapped(ours: &Side, theirs: &Side, anchors: &[(usize, usize)]) -> f32 {
    let sum = |side: &Side, run: &std::ops::Range<usize>| side.weights[run.clone()].iter().sum::<f32>();
    gaps(ours, theirs, anchors).iter().map(|[one, other]| sum(ours, one).min(sum(theirs, other))).sum()
}

/// The first words with digits that directly follow the same word in both titles, or begin both, and are not the same.
fn numbers(ours: &Side, theirs: &Side, anchors: &[(usize, usize)]) -> Option<Statement> {
    let differing = |[one, other]: &[std::ops::Range<usize>; 2]| {
        let (i, j) = (one.start, other.start);
        let digits = |side: &Side, at: usize, run: &std::ops::Range<usize>| {
            run.contains(&at) && side.is_unmatched(at) && side.words[at].chars().any(char::is_numeric)
        };
        (digits(ours, i, one) && digits(theirs, j, other)).then(|| (&ours.words[i], &theirs.words[j]))
    };
    let (one, other) = gaps(ours, theirs, anchors).iter().skip(usize::from(anchors.is_empty())).find_map(differing)?;
    // Of one pattern but for the digits: two of a series.
    let cap = if pattern(one) == pattern(other) { Cap::NoMatch } else { Cap::Unsure };
    let text = format!("{} is not {}", one.to_uppercase(), other.to_uppercase());
    Some(Statement { attribute: Attribute::Number, agreement: Agreement::Conflict, cap, text })
}

/// Words of which neither title has the other's, and which are alternatives in this shop.
fn variants(ours: &Side, theirs: &Side, learnt: &Variants) -> Vec<Statement> {
    let unmatched = |side: &Side| -> Vec<usize> {
        (0..side.words.len()).filter(|at| side.is_unmatched(*at) && learnt.has(&side.words[*at])).collect()
    };
    let (mine, yours) = (unmatched(ours), unmatched(theirs));
    let pairs = mine.iter().flat_map(|i| yours.iter().map(|j| (&ours.words[*i], &theirs.words[*j])));
    let stated = |(one, other): (&String, &String)| {
        let mut text = format!("{one} is not {other}");
        if let Some(first) = text.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        Statement { attribute: Attribute::Variant, agreement: Agreement::Conflict, cap: Cap::Unsure, text }
    };
    pairs.filter(|(one, other)| learnt.are_alternatives(one, other)).take(MAX_STATED).map(stated).collect()
}

/// The letters of a word with one sign for each run of digits.
fn pattern(word: &str) -> String {
    let mut pattern = String::new();
    for c in word.chars() {
        match c.is_numeric() {
            true if pattern.ends_with('#') => {}
            true => pattern.push('#'),
            false => pattern.push(c),
        }
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::title::words::words;

    fn aligned(query: &str, listing: &str) -> Alignment {
        Alignment::of(&Parsed::of(query), &Parsed::of(listing), &Variants::default(), |_| 1.0)
    }

    #[test]
    fn words_are_contrary_where_the_shop_tells_a_line_apart_by_them() {
        let shop = ["Corva Shake Strawberry", "Corva Shake Vanilla"];
        let learnt = Variants::of(&shop.map(words));
        let stated = |query: &str, listing: &str| {
            let alignment = Alignment::of(&Parsed::of(query), &Parsed::of(listing), &learnt, |_| 1.0);
            alignment.variants.into_iter().map(|statement| statement.text).collect::<Vec<_>>()
        };
        assert_eq!(stated("vegan strawberry shake", "Corva Shake Vanilla"), ["Strawberry is not vanilla"]);
        assert_eq!(stated("corva shake fresa", "Corva Shake Vanilla"), [""; 0], "a translation is no contradiction");
        assert_eq!(stated("corva vanilla strawberry shake", "Corva Shake Vanilla"), [""; 0]);
    }

    #[test]
    fn a_word_in_the_place_of_another_is_swapped_and_an_added_one_is_not() {
        assert_eq!(aligned("Corva Strawberry Yoghurt", "Corva Vanilla Yoghurt").swapped, -1.0);
        let added = aligned("Corva Strawberry Yoghurt", "Corva Yoghurt");
        assert_eq!((added.swapped, added.unmatched, added.unmatched_back), (0.0, -1.0, 0.0));
        assert_eq!(aligned("Yoghurt Strawberry Corva", "Corva Strawberry Yoghurt"), Alignment::default());
    }

    #[test]
    fn what_is_read_as_an_attribute_and_what_is_said_of_every_product_count_nothing() {
        assert_eq!(aligned("Corva soap 500 ml red, free shipping", "the Corva soap").unmatched, 0.0);
    }

    #[test]
    fn numbers_in_one_place_are_contrary_and_of_one_series_where_the_letters_are_the_same() {
        let cap = |query: &str, listing: &str| {
            aligned(query, listing).numbers.map(|statement| (statement.cap, statement.text))
        };
        assert_eq!(cap("Corva Q10 vacuum", "Corva Q11 vacuum"), Some((Cap::NoMatch, "Q10 is not Q11".into())));
        assert_eq!(cap("Corva Charge 5", "Corva Charge 6"), Some((Cap::NoMatch, "5 is not 6".into())));
        assert_eq!(cap("Corva M5799DN", "Corva M5799DWF").map(|found| found.0), Some(Cap::Unsure));
        assert_eq!(cap("Corva Charge", "Corva Charge 6"), None);
        assert_eq!(cap("Corva Charge 6", "Corva Charge 6"), None);
    }

    #[cfg(not(target_arch = "wasm32"))]
    proptest::proptest! {
        #[test]
        fn a_further_word_never_raises_a_feature_and_a_title_differs_in_nothing_from_itself(
            one in "[a-d]{1,2}( [a-d]{1,2}){0,6}", other in "[a-d]{1,2}( [a-d]{1,2}){0,6}",
        ) {
            proptest::prop_assert_eq!(aligned(&one, &one), Alignment::default());
            let (before, after) = (aligned(&one, &other), aligned(&format!("{one} zzzzzzzz"), &other));
            proptest::prop_assert!(after.unmatched <= before.unmatched && after.swapped <= before.swapped + 1e-6);
            let back = aligned(&other, &one);
            proptest::prop_assert_eq!((before.unmatched, before.unmatched_back), (back.unmatched_back, back.unmatched));
        }
    }
}
