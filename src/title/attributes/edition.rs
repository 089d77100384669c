//! The reader of editions: the year or the version of a product.

use super::dimension::{Dimension, is_year};
use super::number::{Form, Number};
use super::quantity::{self, Quantity};
use super::tokens::Tokens;
use super::word_class::WordClass;

/// Adds the years and versions among the numbers that no other reader has consumed.
pub(super) fn read(tokens: &mut Tokens, found: &mut Vec<Quantity>) {
    for at in 0..tokens.len() {
        let Some(number) = tokens.number(at).filter(|_| !tokens.is_consumed(at) && !tokens.is_price(at)) else {
            continue;
        };
        if number.form == Form::Integer(4) && is_year(number.value) && is_edition(tokens, at, number) {
            quantity::add(found, tokens, Dimension::Year, number.value, (at, at));
        } else if let Some(first) = version_start(tokens, at, number) {
            quantity::add(found, tokens, Dimension::Version, number.value, (first, at));
        }
    }
}

/// Adds the generations: a number or a roman numeral beside a word for it, and roman numerals that end a name.
pub(super) fn read_generations(tokens: &mut Tokens, found: &mut Vec<Quantity>) {
    for at in 0..tokens.len() {
        if tokens.is_consumed(at) || tokens.follows_letters(at) {
            continue;
        }
        let number = tokens.number(at).and_then(|n| n.integer()).filter(|n| (1..=30).contains(n));
        let Some(value) = number.or_else(|| roman(tokens, at)) else { continue };
        let is_word = |at: usize| WordClass::Generation.has(tokens.key(at));
        // `3rd gen`, `2. Generation`, `2e génération`.
        let ordinal = matches!(tokens.key(at + 1), "st" | "nd" | "rd" | "th" | "e" | "eme" | "a" | "ª")
            && tokens.adjacent(at + 1)
            || matches!(tokens.symbol(at + 1), Some('.' | '-' | 'º'));
        let after = if ordinal { at + 2 } else { at + 1 };
        let span = if number.is_some() && is_word(after) && !tokens.adjacent(at) {
            Some((at, after))
        } else if at > 0 && (is_word(at - 1) || tokens.key(at - 1) == "series") && !tokens.continues(at) {
            Some((at - 1, at))
        } else if number.is_none() && at > 0 && (!tokens.key(at - 1).is_empty() || tokens.follows_letters(at - 1)) {
            Some((at, at))
        } else {
            None
        };
        if let Some(span) = span {
            quantity::add(found, tokens, Dimension::Generation, f64::from(value), span);
        }
    }
}

/// A roman numeral in capitals that is no letter, no size and no abbreviation.
fn roman(tokens: &Tokens, at: usize) -> Option<u32> {
    const NUMERALS: [(&str, u32); 11] = [
        ("II", 2),
        ("III", 3),
        ("IV", 4),
        ("VI", 6),
        ("VII", 7),
        ("VIII", 8),
        ("IX", 9),
        ("XI", 11),
        ("XII", 12),
        ("XIII", 13),
        ("XIV", 14),
    ];
    let text = tokens.get(at).filter(|_| !tokens.continues(at))?.text;
    NUMERALS.iter().find(|(numeral, _)| *numeral == text).map(|(_, value)| *value)
}

/// Whether a number that may be a year is one, and not part of a code, a side of a picture or the Windows 2000 in a list of systems.
fn is_edition(tokens: &Tokens, at: usize, number: Number) -> bool {
    let joined = |symbol: usize, other: usize| {
        let joint = matches!(tokens.symbol(symbol), Some('-' | '/' | '.' | '_'));
        let year = tokens.number(other).is_some_and(|n| is_year(n.value));
        joint && !year && tokens.get(other).is_some() && tokens.symbol(other).is_none()
    };
    let before = at >= 2 && tokens.adjacent(at) && tokens.adjacent(at - 1) && joined(at - 1, at - 2);
    let after = tokens.adjacent(at + 1) && tokens.adjacent(at + 2) && joined(at + 1, at + 2);
    let system = |key: &str| matches!(key, "me" | "nt" | "xp" | "vista");
    let old = tokens.number(at.wrapping_sub(1)).is_some_and(|n| matches!(n.integer(), Some(95 | 98)));
    let listed = number.value == 2000.0 && (old || system(tokens.key_before(at)) || system(tokens.key(at + 1)));
    let sides = tokens.key_before(at) == "x" || tokens.key(at + 1) == "x";
    !(before || after || listed || sides || tokens.follows_letters(at) || tokens.continues(at))
}

/// The first token of a version that ends with the number at `at`.
fn version_start(tokens: &Tokens, at: usize, number: Number) -> Option<usize> {
    if number.value >= 100.0 || tokens.continues(at) || at == 0 {
        return None;
    }
    let word = if tokens.symbol(at - 1) == Some('.') { at.checked_sub(2)? } else { at - 1 };
    let counted = tokens.adjacent(word) || !tokens.adjacent(at) && tokens.number(word.wrapping_sub(1)).is_some();
    if WordClass::Version.has(tokens.key(word)) {
        return (!counted).then_some(word);
    }
    let pointed = match number.form {
        Form::Decimal(places) => places == 1,
        Form::Dotted => tokens.text(at, at).split('.').all(|part| part.len() <= 2),
        _ => false,
    };
    let named = word == at - 1
        && !tokens.adjacent(at)
        && !WordClass::Standard.has(tokens.key(word))
        && !tokens.key(word).is_empty();
    let alone = !tokens.adjacent(at + 1) || matches!(tokens.symbol(at + 1), Some(',' | ')' | ';' | ':' | ']'));
    (pointed && named && alone && !WordClass::Measure.has(tokens.key(at + 1))).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::Dimension::{self, *};
    use super::*;

    fn editions(title: &str) -> Vec<(Dimension, f64)> {
        let mut found = Vec::new();
        read(&mut Tokens::of(title), &mut found);
        found.iter().map(|quantity| (quantity.dimension, quantity.value)).collect()
    }

    #[test]
    fn years_and_versions_are_read() {
        for (title, expected) in [
            ("learning quickbooks 2007", vec![(Year, 2007.0)]),
            ("norton 2007/2008", vec![(Year, 2007.0), (Year, 2008.0)]),
            ("windows 2000 professional", vec![(Year, 2000.0)]),
            ("qb pos 6.0 basic software", vec![(Version, 6.0)]),
            ("home design architect series 3000 v10 .0", vec![(Version, 10.0)]),
            ("apple mac os x tiger 10.4.6 family pack", vec![(Version, 10.4)]),
            ("pitstop server v. 3.5 upgrade", vec![(Version, 3.5)]),
        ] {
            assert_eq!(editions(title), expected, "{title}");
        }
    }

    #[test]
    fn platforms_codes_prices_and_standards_are_no_editions() {
        for title in [
            "hoyle games ( win 95 98 me nt 2000 xp )",
            "b21-2007 x2007",
            "monitor 2000 x 1200",
            "$ 2007",
            "usb 2.0 bluetooth 5.0 dect 6.0",
            "logitech 2.1 multimedia speaker",
            "for mac 10.1 or higher",
            "tea 4.99",
        ] {
            assert_eq!(editions(title), [], "{title}");
        }
    }
}
