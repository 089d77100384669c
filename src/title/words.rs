//! The words of a title, as the lexical index and the lanes compare them.

use crate::sort::sorted_by;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Most characters of a code; of a longer one, such as a text without spaces, its first are the code.
pub const MAX_CODE_CHARS: usize = 64;

/// The words of a title in their order: NFKD without combining marks, lower case, split at everything that is neither letter
/// nor digit. A run of a script that does not separate words is cut into its overlapping pairs of characters (bigrams, as Lucene's
/// CJKBigramFilter has them); a run of one character is a word.
pub fn words(title: &str) -> Vec<String> {
    let folded: String = title.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect();
    let mut found = Vec::new();
    for word in folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        if word.is_ascii() {
            found.push(word.to_string());
            continue;
        }
        let letters: Vec<char> = word.chars().collect();
        for run in letters.chunk_by(|a, b| is_unsegmented(*a) == is_unsegmented(*b)) {
            match run {
                [first, _, _, ..] if is_unsegmented(*first) => {
                    found.extend(run.windows(2).map(|pair| pair.iter().collect()))
                }
                run => found.push(run.iter().collect::<String>().replace('ß', "ss")),
            }
        }
    }
    found
}

/// Whether a letter's script writes words without spaces: Thai, Lao, Khmer, Burmese, Chinese, Japanese. Korean, which NFKD has
/// taken apart into jamo, has spaces.
fn is_unsegmented(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Words between spaces that look like a maker's code, without their separators, sorted, each once: three characters or more
/// with a digit among them, and neither a year nor a number of up to three digits. At most [`MAX_CODE_CHARS`] of each.
pub fn codes(title: &str) -> Vec<String> {
    let chunk = |chunk: &str| words(chunk).concat().chars().take(MAX_CODE_CHARS).collect::<String>();
    let is_code = |code: &String| {
        let (length, digits) = (code.chars().count(), code.chars().filter(char::is_ascii_digit).count());
        let is_year = length == 4 && (code.starts_with("19") || code.starts_with("20"));
        length >= 3 && digits > 0 && (digits < length || (length >= 4 && !is_year))
    };
    let mut codes = sorted_by(title.split_whitespace().map(chunk).filter(is_code).collect(), String::cmp);
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
    fn scripts_without_spaces_give_pairs_of_characters() {
        assert_eq!(words("华为手机Mate60"), ["华为", "为手", "手机", "mate60"]);
        assert_eq!(words("緑茶 525ml×24本"), ["緑茶", "525ml", "24", "本"]);
        assert_eq!(words("Straße Кофе").concat(), "strasseкофе");
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
