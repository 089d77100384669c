//! The reader of model and part numbers: the codes by which manufacturers name their products.

use super::tokens::Tokens;
use super::word_class::WordClass;
use crate::sort::sorted_by;

const MIN_CHARS: usize = 4;
const MAX_CHARS: usize = 32;
/// Most codes of a title: comparing two titles takes time with the product of their numbers.
const MAX_PER_TITLE: usize = 32;
const MIN_DIGITS: usize = 5;

/// The codes of a title in capitals without separators, sorted, each once, out of the tokens that no other reader has consumed.
pub(super) fn read(tokens: &Tokens) -> Vec<String> {
    let mut found = Vec::new();
    let mut first = 0;
    while first < tokens.len() {
        let mut last = first;
        let opens = tokens.symbol(first).is_none() && !tokens.is_unsegmented(first);
        let goes_on = |at: usize| tokens.symbol(at).is_none_or(is_separator) && !tokens.is_unsegmented(at);
        while opens && tokens.adjacent(last + 1) && goes_on(last + 1) {
            last += 1;
        }
        if opens && (first..=last).any(|at| tokens.number(at).is_some()) {
            read_run(tokens, first, last, &mut found);
        }
        first = last + 1;
    }
    let mut found = sorted_by(found, Ord::cmp);
    found.dedup();
    found.truncate(MAX_PER_TITLE);
    found
}

fn is_separator(symbol: char) -> bool {
    matches!(symbol, '-' | '/' | '.' | '_')
}

/// Adds the codes of tokens without white space between them: usually one, or several between slashes.
fn read_run(tokens: &Tokens, first: usize, last: usize, found: &mut Vec<String>) {
    if (first..=last).any(|at| tokens.is_consumed(at)) || tokens.is_price(first) {
        return;
    }
    let text = tokens.text(first, last).trim_matches(is_separator);
    let whole = text.split('/').filter(|part| is_mixed(part)).count() < 2;
    let parts = if whole { text.split('\0') } else { text.split('/') };
    found.extend(parts.filter_map(code));
}

pub(super) fn is_mixed(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit()) && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// The code that `text` is, `None` where it is none.
fn code(text: &str) -> Option<String> {
    if !text.is_ascii() || text.len() > MAX_CHARS {
        return None;
    }
    let pieces: Vec<&str> = text.split(['-', '/', '_']).filter(|piece| !piece.is_empty()).collect();
    if !is_mixed(text) {
        return part_number(&pieces);
    }
    let code = capitals(&coded(&pieces));
    let code = if is_mixed(&code) { code } else { capitals(&pieces) };
    let common = pieces.iter().any(|piece| is_common(&capitals(&[piece])));
    let names = code.len() >= MIN_CHARS && pieces.iter().any(|piece| piece.len() > 2);
    (names && !common && !is_common(&code) && !is_phrase(&pieces)).then_some(code)
}

/// The pieces without the words at their ends: `KDL46XBR6-BLACK`, `toughskin-nn4ts`.
fn coded<'p>(pieces: &'p [&'p str]) -> Vec<&'p str> {
    let is_word = |piece: &&str| is_word(piece) || super::colour::lookup(&piece.to_ascii_lowercase()).is_some();
    let first = pieces.iter().take_while(|piece| is_word(piece)).count();
    let last = pieces.iter().rposition(|piece| !is_word(piece)).map_or(first, |at| at + 1);
    pieces[first..last.max(first)].to_vec()
}

fn capitals(pieces: &[&str]) -> String {
    pieces
        .iter()
        .flat_map(|piece| piece.chars())
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

pub(super) fn is_letters(piece: &str) -> bool {
    piece.bytes().all(|byte| byte.is_ascii_alphabetic())
}

pub(super) fn is_digits(piece: &str) -> bool {
    piece.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether letters are a word and no code: at least one in four is a vowel.
fn is_word(piece: &str) -> bool {
    let vowels = piece.bytes().filter(|byte| b"aeiouyAEIOUY".contains(byte)).count();
    piece.len() >= 4 && is_letters(piece) && vowels * 4 >= piece.len()
}

/// Words joined to small numbers: `6-disc`, `2-in-1`, `vol-12`, `iphone12`, `office2007`.
fn is_phrase(pieces: &[&str]) -> bool {
    let small = |piece: &str| piece.len() <= 3 && is_digits(piece);
    let letters = |piece: &str| is_letters(piece) && piece.len() >= 2;
    match pieces {
        [one] => {
            let (word, number) = one.split_at(one.bytes().take_while(u8::is_ascii_alphabetic).count());
            let named = word.len() >= 5 && is_word(word) && number.len() <= 2;
            is_digits(number) && (named || word.len() >= 3 && is_year(number))
        }
        [first, rest @ ..] if small(first) => rest.iter().all(|piece| letters(piece) || small(piece)),
        [first, second] => {
            letters(first) && first.len() >= 3 && (second.len() <= 2 && small(second) || is_year(second))
        }
        _ => false,
    }
}

fn is_year(digits: &str) -> bool {
    digits.len() == 4 && digits.parse().is_ok_and(super::dimension::is_year)
}

/// Digits alone name a part where there are many of them and they are no round number.
fn part_number(pieces: &[&str]) -> Option<String> {
    let code = pieces.concat();
    let long = code.len() >= MIN_DIGITS + if pieces.len() > 1 { 2 } else { 0 };
    let years = pieces.len() > 1 && pieces.iter().all(|piece| is_year(piece) || piece.len() <= 2);
    (is_digits(&code) && long && !years && !code.ends_with("000")).then_some(code)
}

/// Amounts, standards and ordinals that look like codes. `code` is in capitals without separators.
fn is_common(code: &str) -> bool {
    let digits = code.bytes().take_while(u8::is_ascii_digit).count();
    let (head, number) = code.split_at(code.bytes().take_while(u8::is_ascii_alphabetic).count());
    let unit = &code[digits..];
    let amount = digits > 0 && WordClass::Amount.has(&unit.to_ascii_lowercase());
    let sides = digits > 0 && unit.len() > 1 && unit.starts_with('X') && unit.split('X').skip(1).all(is_digits);
    let standard = match head {
        "" => false,
        "H" | "X" => matches!(number, "264" | "265"),
        "IP" => number.len() == 2 && is_digits(number),
        _ => number.len() <= 3 && is_digits(number) && WordClass::StandardCode.has(&head.to_ascii_lowercase()),
    };
    amount || sides || standard || code.starts_with("80211") || matches!(code, "CAT5E" | "CAT6A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_without_separators() {
        for (title, expected) in [
            ("Panasonic KX-TG6700B Cordless Phone", vec!["KXTG6700B"]),
            ("Sony WH-1000XM4 (Black), wireless", vec!["WH1000XM4"]),
            ("bose acoustimass speaker system am53bk", vec!["AM53BK"]),
            ("(AM53BK) [PSLX350H]", vec!["AM53BK", "PSLX350H"]),
            ("sony dsc-w150 dscw150/b", vec!["DSCW150", "DSCW150B"]),
            ("Sony KDL-46XBR6-BLACK", vec!["KDL46XBR6"]),
            ("griffin itrip 4052-trpseb", vec!["4052TRPSEB"]),
            ("encore software 11052 hoyle", vec!["11052"]),
            ("logitech quickcam 961464-0403", vec!["9614640403"]),
            ("teclado logitech 洗K380耳", vec!["K380"]),
            ("hoover #U5140900 bagged", vec!["U5140900"]),
        ] {
            assert_eq!(read(&Tokens::of(title)), expected, "{title}");
        }
    }
}
