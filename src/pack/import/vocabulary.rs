//! Selection of the pieces of a multilingual vocabulary that a shop in Latin script needs.
//!
//! Pieces of the Latin script are ranked by their nearness to some 280 plain English words of shops (`data/shop_words.txt`, in
//! any case; see [`Pieces::nearest`]): these also select *schuhe*, *sepatu* and *zapatos*, and rank words of politics or religion
//! low. Pieces without a letter (digits, punctuation, emoji), single characters and pieces in capitals are always kept: model
//! numbers, units and titles in capitals consist of them.

use std::collections::HashSet;

use unicode_script::{Script, UnicodeScript};

use crate::pack::unigram::Unigram;
use crate::pack::vocabulary::{Pieces, body};

/// Seed words by department.
const SHOP_WORDS: &str = include_str!("data/shop_words.txt");

fn shop_words() -> impl Iterator<Item = &'static str> {
    SHOP_WORDS.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace)
}

/// The ids, in their order, of `count` pieces (text, log-probability); `row` gives a piece's row of the token table.
pub(super) fn latin(pieces: &[(String, f32)], row: impl Fn(usize) -> Vec<f64>, count: usize) -> Vec<usize> {
    let ids: Vec<usize> = (0..pieces.len()).filter(|id| pieces[*id].0.chars().all(in_script)).collect();
    let shop_words: HashSet<&str> = shop_words().collect();
    let seeds: Vec<usize> =
        ids.iter().copied().filter(|id| shop_words.contains(body(&pieces[*id].0).to_lowercase().as_str())).collect();
    let log_probabilities: Vec<f32> = pieces.iter().map(|(_, score)| *score).collect();
    let known = Pieces { log_probabilities: &log_probabilities, row: &row };
    known.nearest(&ids, &seeds, |id| always(&pieces[id].0), count)
}

/// The ids, in their order, of `count` pieces of small Latin letters or of none; special ones, and those of one character, always.
pub(super) fn small_latin(unigram: &Unigram, row: impl Fn(usize) -> Vec<f64>, count: usize) -> Vec<usize> {
    let is_small = |piece: &str| piece.chars().all(|c| in_script(c) && c.to_lowercase().eq([c]));
    let ids: Vec<usize> = (0..unigram.pieces.len()).filter(|id| is_small(&unigram.pieces[*id])).collect();
    let shop_words: HashSet<&str> = shop_words().collect();
    let seeds: Vec<usize> = ids.iter().copied().filter(|id| shop_words.contains(body(&unigram.pieces[*id]))).collect();
    let known = Pieces { log_probabilities: &unigram.log_probabilities, row: &row };
    let always = |id: usize| unigram.special.contains(&id) || body(&unigram.pieces[id]).chars().nth(1).is_none();
    known.nearest(&ids, &seeds, always, count)
}

/// Latin letters, and characters without a script.
fn in_script(c: char) -> bool {
    matches!(c.script(), Script::Latin | Script::Common | Script::Inherited)
}

/// Whether a piece is kept whatever its rank.
fn always(piece: &str) -> bool {
    let body = body(piece);
    let mut letters = body.chars().filter(|c| c.script() == Script::Latin).peekable();
    body.chars().nth(1).is_none() || letters.peek().is_none() || letters.all(|c| !c.is_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn punctuation_capitals_and_shop_words_are_kept_before_frequent_words() {
        let pieces: Vec<(String, f32)> = [
            ("▁parliament", -9.0),
            ("▁shoes", -14.0),
            ("schuhe", -14.5),
            ("397", -15.0),
            ("CAF", -15.0),
            ("é", -15.0),
            ("▁мир", -5.0),
        ]
        .map(|(text, score)| (text.to_string(), score))
        .into();
        let rows = [[-1.0, 0.1], [1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.0, -1.0], [0.0, 0.0], [1.0, 0.0]];
        let row = |id: usize| rows[id].to_vec();
        assert_eq!(latin(&pieces, row, 5), [1, 2, 3, 4, 5]);
        assert_eq!(latin(&pieces, row, 9), [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn each_shop_word_stands_once_in_small_latin_letters() {
        let words: Vec<&str> = shop_words().collect();
        assert!(words.iter().all(|word| word.bytes().all(|byte| byte.is_ascii_lowercase())), "{words:?}");
        assert_eq!(words.iter().collect::<HashSet<_>>().len(), words.len());
        assert!(words.len() > 250);
    }

    #[test]
    fn a_piece_in_capitals_has_no_small_letter() {
        assert!(always("▁USB") && always("ÉTÉ") && always("4K") && always("!!") && always("▁x"));
        assert!(!always("▁Usb") && !always("▁usb") && !always("4k"));
    }
}
