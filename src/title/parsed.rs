use super::Gtin;
use super::attributes::Attributes;
use super::words::{codes, concatenated, words};

/// Most characters of a title whose words, letters and codes are compared with other titles', cut at a space. A product's name
/// is shorter; the time of a comparison grows with the number of words on either side. Attributes, GTINs, the lexical index
/// and the encoders read the whole title.
pub const MAX_COMPARED_CHARS: usize = 512;

/// What the lanes read out of a title.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Parsed {
    /// In their order, folded as by [`words`]; of the first [`MAX_COMPARED_CHARS`] characters.
    pub words: Vec<String>,
    /// Their letters and digits without separators.
    pub concatenated: String,
    /// Words with digits that may be a maker's codes, as by [`codes`]; of the first [`MAX_COMPARED_CHARS`] characters.
    pub codes: Vec<String>,
    pub attributes: Attributes,
    /// What no attribute is read out of, in words, but for words of grammar and of promotion.
    pub rest: Vec<String>,
    /// A GTIN that stands in the title.
    pub gtin: Option<Gtin>,
}

impl Parsed {
    /// Reads a title in the normal form of [`normalise`](super::normalise).
    pub fn of(title: &str) -> Self {
        let compared = compared(title);
        let (attributes, rest) = Attributes::read(title);
        let rest = words(self::compared(&rest));
        let words = words(compared);
        Parsed {
            concatenated: concatenated(compared),
            words,
            codes: codes(compared),
            attributes,
            rest,
            gtin: Gtin::in_title(title),
        }
    }
}

/// The whole words in the first [`MAX_COMPARED_CHARS`] characters, or those characters where they are one word.
fn compared(title: &str) -> &str {
    let Some((end, next)) = title.char_indices().nth(MAX_COMPARED_CHARS) else { return title };
    let start = &title[..end];
    if next == ' ' { start } else { start.rfind(' ').map_or(start, |space| &start[..space]) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::title::MAX_CHARS;

    /// Titles of the greatest length that once took time with the square or the cube of it.
    fn long_titles() -> Vec<String> {
        let numbers = |from: usize| (from..).map(|n| n.to_string());
        let listed = |sign: &str| numbers(1).take(1_500).collect::<Vec<_>>().join(sign);
        let each = |of: fn(String) -> String| numbers(1_000).take(900).map(of).collect::<Vec<_>>().join(" ");
        let titles = vec![
            "x1".repeat(2_048),
            "a".repeat(4_096),
            "a ".repeat(2_047) + "b",
            each(|n| format!("ab{n}")),
            each(|n| format!("{n} ml")),
            each(|n| format!("v{n}.{n}")),
            listed(" "),
            listed(","),
            listed("."),
            listed("/"),
            "size ".to_owned() + &listed("/"),
            "1.2,3".repeat(820),
            "1234".to_owned() + &" 000".repeat(1_000),
            "2x3ml ".repeat(680),
            "6 x 330 ml size M red 2007 v3.0 WH-1000XM4 ".repeat(95),
            "洗发水500".repeat(680),
            "e\u{301}".repeat(2_048),
            "가".repeat(4_096),
        ];
        titles.into_iter().map(|title| title.chars().take(MAX_CHARS).collect()).collect()
    }

    #[test]
    fn what_is_read_out_of_a_title_is_bounded_whatever_its_length() {
        for title in long_titles() {
            let Parsed { words, codes, attributes, .. } = Parsed::of(&title);
            let start: String = title.chars().take(24).collect();
            assert!(words.len() <= MAX_COMPARED_CHARS, "{start}: {} words", words.len());
            assert!(codes.len() <= MAX_COMPARED_CHARS / 4, "{start}: {} codes", codes.len());
            assert!(codes.iter().all(|code| code.chars().count() <= 64), "{start}");
            assert!(attributes.sizes.len() <= 64, "{start}: {} sizes", attributes.sizes.len());
            assert!(attributes.quantities.len() <= 32, "{start}: {} quantities", attributes.quantities.len());
            assert!(attributes.model_numbers.len() <= 32, "{start}: {} numbers", attributes.model_numbers.len());
        }
    }

    #[test]
    fn a_title_is_cut_between_words() {
        let title = "word ".repeat(200);
        assert_eq!(Parsed::of(title.trim_end()).words.len(), 102);
        let title = "x".repeat(600);
        assert_eq!(Parsed::of(&title).words, ["x".repeat(MAX_COMPARED_CHARS)]);
        let title = format!("{} end", "word ".repeat(79).trim_end());
        assert_eq!(Parsed::of(&title).words.len(), 80, "a title of 400 characters is compared whole");
    }
}
