//! The reader of sizes of clothes and shoes: `M`, `2XL`, `Gr. 38`, `EU 42`.

use super::dimension::Dimension;
use super::tokens::Tokens;
use super::unit::Unit;
use super::word_class::WordClass;

/// One size of a title.
#[derive(Debug, Clone, PartialEq)]
pub struct Size {
    pub system: SizeSystem,
    /// On the system's own scale; for letters the steps from M: S is -1, XL is 2.
    pub value: f64,
    /// As on a label: "XL", "38", "EU 42".
    pub text: String,
}

/// The scale of a size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SizeSystem {
    Letter,
    European,
    British,
    American,
    /// A number whose scale the title does not state.
    Unmarked,
}

impl Size {
    /// Whether both are on one scale. An unmarked 30 or more can only be European.
    pub(super) fn is_comparable(&self, other: &Size) -> bool {
        self.scale() == other.scale()
    }

    pub(super) fn is_same(&self, other: &Size) -> bool {
        self.is_comparable(other) && self.value == other.value
    }

    fn scale(&self) -> SizeSystem {
        match self.system {
            SizeSystem::Unmarked if self.value >= 30.0 => SizeSystem::European,
            system => system,
        }
    }
}

/// Most steps of a range of sizes.
const MAX_RANGE: u32 = 20;
/// Most sizes of a title: comparing two titles takes time with the product of their numbers.
const MAX_PER_TITLE: usize = 64;

/// The sizes of a title; their tokens are consumed.
pub(super) fn read(tokens: &mut Tokens) -> Vec<Size> {
    let mut found: Vec<Size> = Vec::new();
    for at in 0..tokens.len() {
        if tokens.is_consumed(at) {
            continue;
        }
        if let Some(step) = letter_step(tokens, at).filter(|step| is_size_here(tokens, at, *step)) {
            let range_from =
                (at >= 2 && tokens.symbol(at - 1) == Some('-')).then(|| letter_step(tokens, at - 2)).flatten();
            let first =
                range_from.filter(|&from| from < step && found.iter().any(|size| size.value == f64::from(from)));
            for step in first.unwrap_or(step)..=step {
                add(&mut found, SizeSystem::Letter, f64::from(step));
            }
            tokens.consume(if tokens.follows_number(at) { at - 1 } else { at }, at);
        } else if let Some(number) = size_before(tokens, at) {
            add(&mut found, SizeSystem::Unmarked, number);
            tokens.consume(at - 1, at);
        } else if let Some((system, number)) = numbered(tokens, at) {
            read_numbers(tokens, &mut found, system, (at, number));
        }
    }
    found
}

fn add(found: &mut Vec<Size>, system: SizeSystem, value: f64) {
    let text = match system {
        SizeSystem::Letter => letters(value as i32),
        SizeSystem::European => format!("EU {value}"),
        SizeSystem::British => format!("UK {value}"),
        SizeSystem::American => format!("US {value}"),
        SizeSystem::Unmarked => value.to_string(),
    };
    let size = Size { system, value, text };
    if found.len() < MAX_PER_TITLE && !found.contains(&size) {
        found.push(size);
    }
}

fn letters(step: i32) -> String {
    match step {
        -1 => "S".to_owned(),
        0 => "M".to_owned(),
        1 => "L".to_owned(),
        2 => "XL".to_owned(),
        3 => "XXL".to_owned(),
        -2 => "XS".to_owned(),
        -3 => "XXS".to_owned(),
        _ if step > 0 => format!("{}XL", step - 1),
        _ => format!("{}XS", -step - 1),
    }
}

/// The steps from M of the letters at `at`, with the number adjacent before them: `XXL`, `3XL`.
fn letter_step(tokens: &Tokens, at: usize) -> Option<i32> {
    let key = tokens.key(at);
    if tokens.continues(at) || tokens.follows_letters(at) {
        return None;
    }
    let xs = key.bytes().take_while(|&byte| byte == b'x').count() as i32;
    let number = if tokens.follows_number(at) { Some(tokens.number(at - 1)?.integer()?) } else { None };
    match (&key[xs as usize..], number) {
        ("m", None) if xs == 0 => Some(0),
        ("l", None) if xs <= 5 => Some(xs + 1),
        ("s", None) if xs <= 3 => Some(-xs - 1),
        ("l", Some(n @ 1..=9)) if xs == 1 && !tokens.follows_letters(at - 1) => Some(n as i32 + 1),
        ("s", Some(n @ 1..=4)) if xs == 1 && !tokens.follows_letters(at - 1) => Some(-(n as i32) - 1),
        _ => None,
    }
}

/// Whether letters are a size in their context: after a word for size, in a title with a garment, or between symbols. `XXL` and
/// `3XL` are sizes anywhere; `l` and `m` in lower case are more often units.
fn is_size_here(tokens: &Tokens, at: usize, step: i32) -> bool {
    if WordClass::Size.has(word_before(tokens, at)) {
        return true;
    }
    let upper = tokens.get(at).is_some_and(|token| token.text.chars().all(char::is_uppercase));
    let plain = (-1..=1).contains(&step);
    if plain && (!upper || tokens.number(at.wrapping_sub(1)).is_some()) {
        return false;
    }
    let marked = tokens.follows_number(at) || !(-2..=2).contains(&step);
    marked || (tokens.is_clothing() && !is_compound(tokens, at)) || (upper && is_between_symbols(tokens, at))
}

/// Whether the token is a part of a compound with a hyphen or an apostrophe, such as `S-Video`, `L'Oréal` and `T-S`.
fn is_compound(tokens: &Tokens, at: usize) -> bool {
    let other = |symbol: usize, other: usize| {
        let joint = matches!(tokens.symbol(symbol), Some('-' | '\'' | '’' | '.' | '&' | '/'));
        joint && !tokens.key(other).is_empty() && letter_step(tokens, other).is_none() && tokens.key(other).len() < 20
    };
    let after = tokens.adjacent(at + 1) && tokens.adjacent(at + 2) && other(at + 1, at + 2);
    let before = at >= 2 && tokens.adjacent(at) && tokens.adjacent(at - 1) && other(at - 1, at - 2);
    // `Tee-XS-Blue` has its size between two hyphens.
    after != before
}

/// Whether the token is between symbols or ends the title after one: `(M)`, `Tee - M`, `S/M/L`.
fn is_between_symbols(tokens: &Tokens, at: usize) -> bool {
    let bound = |symbol: Option<char>| matches!(symbol, Some('(' | ')' | '[' | ']' | ',' | '/' | '-' | '|'));
    let before = at > 0 && bound(tokens.symbol(at - 1));
    let after = at + 1 == tokens.len() || bound(tokens.symbol(at + 1));
    before && after && !is_compound(tokens, at)
}

fn word_before<'t>(tokens: &'t Tokens, at: usize) -> &'t str {
    match tokens.symbol(at.wrapping_sub(1)) {
        Some('.' | ':') if at >= 2 => tokens.key(at - 2),
        _ => tokens.key_before(at),
    }
}

/// The system of the size whose word stands at `at`, and the token of its number.
fn numbered(tokens: &Tokens, at: usize) -> Option<(SizeSystem, usize)> {
    let key = tokens.key(at);
    let number = if matches!(tokens.symbol(at + 1), Some('.' | ':')) { at + 2 } else { at + 1 };
    let value = tokens.number(number).filter(|_| !tokens.follows_number(at))?.value;
    let upper = tokens.get(at).is_some_and(|token| token.text.chars().all(char::is_uppercase));
    let system = match key {
        "eu" if upper || tokens.is_clothing() => SizeSystem::European,
        "eur" if tokens.is_clothing() => SizeSystem::European,
        "uk" if value >= 30.0 => SizeSystem::Unmarked,
        "uk" if upper || tokens.is_clothing() => SizeSystem::British,
        "us" if upper || tokens.is_clothing() => SizeSystem::American,
        _ if WordClass::Size.has(key) && !tokens.follows_letters(number) => match tokens.key(number + 1) {
            "eu" | "eur" => SizeSystem::European,
            "uk" => SizeSystem::British,
            "us" => SizeSystem::American,
            _ => SizeSystem::Unmarked,
        },
        _ => return None,
    };
    Some((system, number))
}

/// The number before the word for size at `at` where the one behind it counts pieces: `4 размер 68 шт`.
fn size_before(tokens: &Tokens, at: usize) -> Option<f64> {
    let before = tokens.number(at.checked_sub(1)?).filter(|_| !tokens.is_consumed(at - 1))?;
    let counted = |(unit, _): (Unit, usize)| unit.dimension == Dimension::PackCount;
    let is_counted = tokens.number(at + 1).is_some() && Unit::after(tokens, at + 1).is_some_and(counted);
    (WordClass::Size.has(tokens.key(at)) && is_counted).then_some(before.value)
}

/// Whether a unit of measure follows the number at `at`; what is counted may follow a size: `size 4 nappies`.
fn is_measured(tokens: &Tokens, at: usize) -> bool {
    Unit::after(tokens, at).is_some_and(|(unit, _)| unit.dimension != Dimension::PackCount)
}

/// Adds one number, a range (`36-44` is each size between) or a list (`38/40`).
fn read_numbers(tokens: &mut Tokens, found: &mut Vec<Size>, system: SizeSystem, (word, mut at): (usize, usize)) {
    let most = match system {
        SizeSystem::European => 56.0,
        SizeSystem::British | SizeSystem::American => 20.0,
        _ => 200.0,
    };
    let mut from = None;
    while let Some(number) = tokens.number(at) {
        let letters = ["x", "xl", "xs", "er"].contains(&tokens.key(at + 1));
        let half = number.value.fract() == 0.0 || number.value.fract() == 0.5;
        let possible = number.value > 0.0 && number.value <= most && half;
        if !possible || letters || tokens.symbol(at + 1) == Some('×') || is_measured(tokens, at) {
            return;
        }
        let (low, high) = (from.unwrap_or(number.value) as u32, number.value as u32);
        if from.is_some() && low < high && high - low <= MAX_RANGE {
            (low..high).for_each(|size| add(found, system, f64::from(size)));
        }
        add(found, system, number.value);
        tokens.consume(word, at);
        match tokens.symbol(at + 1) {
            Some('-' | '–') if from.is_none() => from = Some(number.value),
            Some('/') if tokens.adjacent(at + 1) => from = None,
            _ => return,
        }
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_in_their_contexts() {
        for (title, expected) in [
            ("Typhon Jacket - XL", vec!["XL"]),
            ("Kaos Polos Hitam M L XXL", vec!["M", "L", "XXL"]),
            ("Damen Kleid Gr. 38", vec!["38"]),
            ("Größe M Pullover", vec!["M"]),
            ("robe taille s", vec!["S"]),
            ("Nike Schuhe EU 42 / UK 8", vec!["EU 42", "UK 8"]),
            ("sepatu ukuran 37-40", vec!["37", "38", "39", "40"]),
            ("gamis 2xl 3XL", vec!["XXL", "3XL"]),
            ("T-Shirt S-XL", vec!["S", "M", "L", "XL"]),
            ("Hydro Tee-XS-Blue", vec!["XS"]),
        ] {
            let texts: Vec<String> = read(&mut Tokens::of(title)).into_iter().map(|size| size.text).collect();
            assert_eq!(texts, expected, "{title}");
        }
    }

    #[test]
    fn letters_and_numbers_of_other_things_are_no_sizes() {
        for title in [
            "Milk 1 L",
            "lg xl capacity dryer",
            "tomtom one xl 330",
            "S-Video cable",
            "MEN'S T-SHIRT H&M",
            "Tesla Model S",
            "ukuran 500 ml",
            "size 10 x 20 cm",
            "Size 2.5 inch",
            "contact us 10",
            "L'Oréal Paris",
        ] {
            assert_eq!(read(&mut Tokens::of(title)), [], "{title}");
        }
    }
}
