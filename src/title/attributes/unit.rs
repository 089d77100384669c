//! Units of measure and counting words, and where they are units (`data/units.tsv`).

use std::sync::LazyLock;

use super::dimension::Dimension::{self, *};
use super::dimension::is_year;
use super::tokens::Tokens;
use super::word_class::WordClass;
use super::word_list::WordList;

/// A unit: its dimension, and how many base units one of it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Unit {
    pub dimension: Dimension,
    pub factor: f64,
    /// Small enough that `1.500` of it are 1500, or large enough that `1,500` are 1.5.
    pub scale: Scale,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    /// So small that `1.500` of it are 1500.
    Small,
    /// So large that `1,500` of it are 1.5.
    Large,
    /// As the number is written in English.
    Plain,
}

const TEXT: &str = include_str!("data/units.tsv");

/// Units by their names; some are units in certain contexts only.
static UNITS: LazyLock<WordList<Unit>> = LazyLock::new(|| WordList::read(TEXT, Unit::parse));

impl Unit {
    /// The unit after the number at `at`, and its last token; `None` where the word is no unit there.
    pub fn after(tokens: &Tokens, at: usize) -> Option<(Unit, usize)> {
        if let Some(found) = inch_sign(tokens, at) {
            return Some(found);
        }
        let joint = matches!(tokens.symbol(at + 1), Some('-' | '\'' | '’'));
        let hyphen = joint && tokens.adjacent(at + 1) && tokens.adjacent(at + 2);
        let word = if hyphen { at + 2 } else { at + 1 };
        let apart = !tokens.adjacent(word) || hyphen;
        if tokens.key(word).is_empty() {
            return None;
        }
        if let Some(found) = two_words(tokens, word) {
            return Some(found);
        }
        let unit = match tokens.key(word) {
            "pc" if tokens.is_software() => Unit::of(Seats, 1.0),
            "ct" if matches!(tokens.key(word + 1), "gold" | "white" | "yellow" | "diamond" | "tw" | "rose") => {
                return None;
            }
            key => UNITS.get(key)?,
        };
        let ends = !tokens.continues(word) && is_unit_here(tokens, at, word, apart);
        ends.then_some((unit, word))
    }

    const fn of(dimension: Dimension, factor: f64) -> Unit {
        Unit { dimension, factor, scale: Scale::Plain }
    }

    /// Reads the columns of the unit list: dimension, factor, scale.
    fn parse(columns: &str) -> Option<Unit> {
        let mut columns = columns.split('\t');
        let dimension = Dimension::parse(columns.next()?)?;
        let factor = columns.next()?.parse().ok()?;
        let scale = match columns.next()? {
            "small" => Scale::Small,
            "large" => Scale::Large,
            "plain" => Scale::Plain,
            _ => return None,
        };
        columns.next().is_none().then_some(Unit { dimension, factor, scale })
    }
}

/// The inch of `2.5"`, `2.5''`, two primes as NFKC makes them, and `2.5 '` of tokenised text; the foot of `6'`.
fn inch_sign(tokens: &Tokens, at: usize) -> Option<(Unit, usize)> {
    let mark = tokens.symbol(at + 1)?;
    let double = tokens.symbol(at + 2) == Some(mark) && tokens.adjacent(at + 2);
    let (factor, last) = match mark {
        '"' | '”' | '“' => (25.4, at + 1),
        '\'' | '′' | '’' if double => (25.4, at + 2),
        '\'' | '′' | '’' if tokens.adjacent(at + 1) => (304.8, at + 1),
        '\'' => (25.4, at + 1),
        _ => return None,
    };
    (!tokens.continues(last)).then_some((Unit::of(Length, factor), last))
}

/// `fl oz`, `fl. oz.`, `mega pixel`, `6er pack`.
fn two_words(tokens: &Tokens, word: usize) -> Option<(Unit, usize)> {
    let next = if matches!(tokens.symbol(word + 1), Some('.' | '-')) { word + 2 } else { word + 1 };
    let unit = match (tokens.key(word), tokens.key(next)) {
        ("fl" | "fluid", "oz" | "ounce" | "ounces") => Unit::of(Volume, 29.5735),
        ("mega", "pixel" | "pixels") => Unit::of(Pixel, 1.0),
        ("er", "pack" | "packung" | "set" | "pck" | "box") => Unit::of(PackCount, 1.0),
        _ => return None,
    };
    Some((unit, next))
}

/// Whether an ambiguous word is a unit in its context, unlike `5g` phones, `2 in 1`, `w / remote`, `2 to 4`.
fn is_unit_here(tokens: &Tokens, at: usize, word: usize, apart: bool) -> bool {
    let (key, text) = (tokens.key(word), tokens.get(word).map_or("", |token| token.text));
    let value = tokens.number(at).map_or(0.0, |number| number.value);
    let slash = tokens.symbol(word + 1) == Some('/');
    let short = key.chars().count() == 1 || matches!(key, "pc" | "pk" | "ct");
    let in_code = short && tokens.symbol(at.wrapping_sub(1)) == Some('-') && tokens.follows_letters(at - 1);
    let fits = match key {
        "g" => {
            (apart || !matches!(value as u32, 2..=6) || value.fract() > 0.0) && !(slash && tokens.key(word + 2) == "m")
        }
        "w" => !slash && !tokens.is_clothing(),
        "v" => tokens.number(word + 1).is_none(),
        "l" => {
            value <= 1000.0 && !tokens.is_clothing() && !(slash && matches!(tokens.key(word + 2), "h" | "min" | "s"))
        }
        "m" => (text == "m" || !apart && value != 3.0) && !(apart && tokens.is_clothing()),
        "p" | "i" => !apart && matches!(value as u32, 240 | 360 | 480 | 540 | 576 | 720 | 1080 | 1440 | 2160 | 4320),
        "k" => !apart && (value == 4.0 || value == 8.0),
        "in" => !apart || tokens.symbol(word - 1) == Some('-') || is_inch(tokens, word + 1),
        "go" => !apart || text == "Go" || (value >= 8.0 && value.log2().fract() == 0.0),
        "to" => (!apart || text == "To") && tokens.number(word + 1).is_none(),
        "gb" | "mb" | "tb" | "kb" => !(slash && matches!(tokens.key(word + 2), "s" | "sec")),
        "li" | "lı" | "lu" => tokens.adjacent(word) && tokens.symbol(word - 1) != Some('-'),
        "pack" | "packs" | "pk" => !apart || !(is_year(value) || in_service_pack(tokens, word)),
        _ => true,
    };
    fits && !in_code
}

fn in_service_pack(tokens: &Tokens, word: usize) -> bool {
    let numbered = tokens.number(word + 1).is_some() && !tokens.adjacent(word + 1);
    // `6 pack 1.5 litre` is a pack of bottles.
    numbered && tokens.symbol(word - 1).is_none() && Unit::after(tokens, word + 1).is_none()
}

/// Whether `in` is a unit before the token at `next`: the end, a symbol, or what is sold by the inch.
fn is_inch(tokens: &Tokens, next: usize) -> bool {
    match tokens.key(next) {
        "" => tokens.number(next).is_none(),
        key => WordClass::ByTheInch.has(key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::title::attributes::word_list::problems;

    #[test]
    fn every_line_of_the_unit_list_is_read_and_each_word_stands_once() {
        assert_eq!(problems(TEXT, true, Unit::parse), [""; 0]);
    }
}
