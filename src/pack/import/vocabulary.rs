//! Selection of the pieces of a multilingual vocabulary that a shop in Latin script needs.
//!
//! A piece of the Latin script is ranked by `log p + 20 · cos(e − m, s − m)`: its log-probability in the unigram model,
//! and the centred cosine of its row of the token table, `e`, to `s`, the mean row of some 280 plain English words of
//! shops (`data/shop_words.txt`, in any case); `m` is the mean row of all pieces. Multilingual training has made the rows of
//! words of similar meaning similar across languages, so that the English seed words also select *schuhe*, *sepatu* and
//! *zapatos*, and rank words of politics or religion low. Pieces without a letter (digits, punctuation, emoji), single
//! characters and pieces in capitals are always kept: model numbers, units and titles in capitals consist of them.
//!
//! By probability alone, `cotton` is 111,208th of some 115,000: the model was trained on web pages of a hundred languages, where
//! words of shops are rare, and the vector of a title with one piece replaced by its syllables can fall to a cosine of 0.97.
//! The result is not sensitive to the weight 20: 15 to 30, or random halves of the words, do about as well.

use std::collections::HashSet;

use unicode_script::{Script, UnicodeScript};

/// Weight of a cosine relative to a log-probability (natural logarithm).
const NEARNESS: f64 = 20.0;

/// Seed words by department.
const SHOP_WORDS: &str = include_str!("data/shop_words.txt");

fn shop_words() -> impl Iterator<Item = &'static str> {
    SHOP_WORDS.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace)
}

/// The ids, in their order, of `count` pieces (text, log-probability); `row` gives a piece's row of the token table.
pub(super) fn latin(pieces: &[(String, f32)], row: impl Fn(usize) -> Vec<f64>, count: usize) -> Vec<usize> {
    let mut ids: Vec<usize> = (0..pieces.len()).filter(|id| pieces[*id].0.chars().all(in_script)).collect();
    let shop_words: HashSet<&str> = shop_words().collect();
    let seeds: Vec<usize> =
        ids.iter().copied().filter(|id| shop_words.contains(body(&pieces[*id].0).to_lowercase().as_str())).collect();
    let middle = mean(&ids, &row);
    let shop = from(&middle, mean(&seeds, &row));
    let rank = |id: usize| {
        // The special pieces have a log-probability of 0, far above all others', and so come first.
        let nearness = cosine(&from(&middle, row(id)), &shop);
        if always(&pieces[id].0) { f64::INFINITY } else { f64::from(pieces[id].1) + NEARNESS * nearness }
    };
    let mut ranked: Vec<(f64, usize)> = ids.iter().map(|id| (rank(*id), *id)).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    ids = ranked.into_iter().take(count).map(|(_, id)| id).collect();
    ids.sort_unstable();
    ids
}

/// Latin letters, and characters without a script.
fn in_script(c: char) -> bool {
    matches!(c.script(), Script::Latin | Script::Common | Script::Inherited)
}

/// The piece without SentencePiece's mark of a word's start.
fn body(piece: &str) -> &str {
    piece.trim_start_matches('▁')
}

/// Whether a piece is kept whatever its rank.
fn always(piece: &str) -> bool {
    let body = body(piece);
    let mut letters = body.chars().filter(|c| c.script() == Script::Latin).peekable();
    body.chars().nth(1).is_none() || letters.peek().is_none() || letters.all(|c| !c.is_lowercase())
}

fn mean(ids: &[usize], row: &impl Fn(usize) -> Vec<f64>) -> Vec<f64> {
    let mut sum = Vec::new();
    for id in ids {
        let row = row(*id);
        sum.resize(row.len(), 0.0);
        sum.iter_mut().zip(row).for_each(|(s, v)| *s += v);
    }
    sum.iter_mut().for_each(|s| *s /= ids.len() as f64);
    sum
}

/// The vector from `start` to `end`.
fn from(start: &[f64], mut end: Vec<f64>) -> Vec<f64> {
    end.iter_mut().zip(start).for_each(|(e, s)| *e -= s);
    end
}

/// 0 where a vector has no length.
fn cosine(a: &[f64], b: &[f64]) -> f64 {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let lengths = (dot(a, a) * dot(b, b)).sqrt();
    if lengths > 0.0 { dot(a, b) / lengths } else { 0.0 }
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
