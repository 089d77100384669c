//! The words of a title, as the lexical index and the lanes compare them.

use crate::sort::sorted_by;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Most characters of a code; of a longer one, such as a text without spaces, its first are the code.
pub const MAX_CODE_CHARS: usize = 64;

/// The words of a title in their order: NFKD without combining marks, lower case, Cyrillic in Latin letters, split at everything that
/// is neither letter nor digit. A run of a script that is written without spaces, such as Chinese, Japanese or Thai, gives its overlapping pairs
/// of characters instead (as Lucene's `CJKBigramFilter` does), or its one character.
pub fn words(title: &str) -> Vec<String> {
    let folded = folded(title);
    let mut words = Vec::new();
    for word in folded.split(|c: char| !c.is_alphanumeric()) {
        runs(word, |run, unsegmented| {
            if unsegmented {
                let bounds: Vec<usize> = run.char_indices().map(|(at, _)| at).chain([run.len()]).collect();
                let pairs = bounds.iter().zip(bounds.iter().skip(2)).map(|(from, to)| run[*from..*to].to_string());
                words.extend(pairs);
            }
            if !unsegmented || run.chars().nth(1).is_none() {
                words.push(run.to_string());
            }
        });
    }
    words
}

/// The letters and digits of a title, folded as by [`words`].
pub fn concatenated(title: &str) -> String {
    folded(title).chars().filter(|c| c.is_alphanumeric()).collect()
}

fn folded(title: &str) -> String {
    let mut folded = String::with_capacity(title.len());
    for c in title.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        match c {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ł' => folded.push('l'),
            'ø' => folded.push('o'),
            'ı' => folded.push('i'),
            // Which small sigma a capital one becomes depends on its neighbours.
            'ς' => folded.push('σ'),
            _ => match cyrillic(c) {
                Some(latin) => folded.push_str(latin),
                None => folded.push(c),
            },
        }
    }
    folded
}

/// A small Cyrillic letter in Latin ones, after BGN/PCGN's romanisation of Russian (1947): brands and loan words are written in
/// either script, and shoppers type Russian in Latin letters.
fn cyrillic(c: char) -> Option<&'static str> {
    const LATIN: [&str; 32] = [
        "a", "b", "v", "g", "d", "e", "zh", "z", "i", "y", "k", "l", "m", "n", "o", "p", "r", "s", "t", "u", "f", "kh",
        "ts", "ch", "sh", "shch", "", "y", "", "e", "yu", "ya",
    ];
    match c {
        'а'..='я' => LATIN.get(c as usize - 'а' as usize).copied(),
        'і' | 'ї' => Some("i"),
        'є' => Some("ye"),
        'ґ' => Some("g"),
        _ => None,
    }
}

/// Whether a letter is of a script that does not separate words by spaces: Thai, Lao, Burmese, Khmer, Han, Hiragana, Katakana.
fn is_unsegmented(c: char) -> bool {
    c >= '\u{0e00}'
        && matches!(c, '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3005}'..='\u{3007}'
            | '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
            | '\u{20000}'..='\u{3ffff}')
}

/// Cuts a word where scripts with and without spaces meet; gives each run and whether it is of one without.
fn runs(word: &str, mut each: impl FnMut(&str, bool)) {
    let mut rest = word;
    while let Some(first) = rest.chars().next() {
        let unsegmented = is_unsegmented(first);
        let (run, after) = rest.split_at(rest.find(|c| is_unsegmented(c) != unsegmented).unwrap_or(rest.len()));
        each(run, unsegmented);
        rest = after;
    }
}

/// Words between spaces that look like a maker's code, without their separators, sorted, each once: three characters or more
/// with a digit among them, and neither a year nor a number of up to three digits. At most [`MAX_CODE_CHARS`] of each. What is
/// written without spaces in another script beside a code is no part of it.
pub fn codes(title: &str) -> Vec<String> {
    let is_code = |code: &String| {
        let (length, digits) = (code.chars().count(), code.chars().filter(char::is_ascii_digit).count());
        let is_year = length == 4 && (code.starts_with("19") || code.starts_with("20"));
        length >= 3 && digits > 0 && (digits < length || (length >= 4 && !is_year))
    };
    let mut codes = Vec::new();
    for chunk in title.split_whitespace() {
        runs(&concatenated(chunk), |run, unsegmented| {
            let code: String = run.chars().take(MAX_CODE_CHARS).collect();
            if !unsegmented && is_code(&code) {
                codes.push(code);
            }
        });
    }
    let mut codes = sorted_by(codes, String::cmp);
    codes.dedup();
    codes
}

/// The character trigrams of a word with a space before and after it; a trigram is a number of three characters of 21 bits.
pub fn trigrams(word: &str) -> impl Iterator<Item = u64> {
    let mut before = [0, u64::from(' ')];
    word.chars().chain([' ']).map(u64::from).filter_map(move |c| {
        let trigram = (before[0] != 0).then_some(before[0] << 42 | before[1] << 21 | c);
        before = [before[1], c];
        trigram
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lose_case_accents_and_signs() {
        assert_eq!(words("Café-Crème (250 g) İstanbul’da"), ["cafe", "creme", "250", "g", "istanbul", "da"]);
        assert!(words("!!").is_empty());
    }

    #[test]
    fn scripts_without_spaces_give_pairs_of_characters_apart_from_latin_ones() {
        assert_eq!(words("华为Mate60Pro 512G"), ["华为", "mate60pro", "512g"]);
        assert_eq!(words("緑茶 525ml×24本"), ["緑茶", "525ml", "24", "本"]);
        assert_eq!(words("洗发水500ml 茶"), ["洗发", "发水", "500ml", "茶"]);
        assert_eq!(words("Кофе Молотый"), ["kofe", "molotyi"]);
        assert_eq!(concatenated("洗发水 500ml"), "洗发水500ml");
        assert_eq!(codes("华为Mate60Pro手机"), ["mate60pro"]);
    }

    #[test]
    fn letters_without_a_decomposition_are_folded() {
        assert_eq!(
            words("Weiß Żółty Smørrebrød KIRMIZI kırmızı"),
            ["weiss", "zolty", "smorrebrod", "kirmizi", "kirmizi"]
        );
    }

    #[test]
    fn cyrillic_is_read_in_latin_letters() {
        assert_eq!(words("Кофе растворимый Редми"), ["kofe", "rastvorimyi", "redmi"]);
    }

    #[test]
    fn codes_have_digits_and_are_no_years() {
        assert_eq!(codes("Sony DSC-W120/B 2008 mp3 x1 80 18659 blue"), ["18659", "dscw120b", "mp3"]);
    }

    #[test]
    fn a_code_is_cut_at_its_longest() {
        assert_eq!(codes(&"a1".repeat(2_000)), ["a1".repeat(MAX_CODE_CHARS / 2)]);
    }

    #[test]
    fn a_word_has_as_many_trigrams_as_characters() {
        assert_eq!(trigrams("tea").count(), 3);
        assert_eq!(trigrams("a").count(), 1);
        let shared = trigrams("teapot").filter(|t| trigrams("tea").any(|u| u == *t)).count();
        assert_eq!(shared, 2);
    }
}
