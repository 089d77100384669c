//! Classes of words by which the readers tell what a number or a letter beside them means (`data/words.tsv`).

use std::sync::LazyLock;

use super::word_list::WordList;

/// What a word is, as `data/words.tsv` explains each class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WordClass {
    Garment,
    Software,
    ByTheInch,
    Container,
    NotPacked,
    Size,
    Version,
    Standard,
    Measure,
    Amount,
    StandardCode,
    Counted,
    Generation,
    Promotion,
    Function,
    NoProduct,
}

const TEXT: &str = include_str!("data/words.tsv");

static WORDS: LazyLock<WordList<WordClass>> = LazyLock::new(|| WordList::read(TEXT, WordClass::parse));

impl WordClass {
    /// Whether a word's key is of the class.
    pub fn has(self, key: &str) -> bool {
        WORDS.has(key, self)
    }

    fn parse(name: &str) -> Option<WordClass> {
        use WordClass::*;
        Some(match name {
            "garment" => Garment,
            "software" => Software,
            "by_the_inch" => ByTheInch,
            "container" => Container,
            "not_packed" => NotPacked,
            "size" => Size,
            "version" => Version,
            "standard" => Standard,
            "measure" => Measure,
            "amount" => Amount,
            "standard_code" => StandardCode,
            "counted" => Counted,
            "generation" => Generation,
            "promotion" => Promotion,
            "function" => Function,
            "no_product" => NoProduct,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::title::attributes::word_list::problems;

    #[test]
    fn every_line_of_the_word_list_is_read_and_each_word_stands_once_in_a_class() {
        assert_eq!(problems(TEXT, false, WordClass::parse), [""; 0]);
    }

    #[test]
    fn a_word_may_be_of_several_classes() {
        assert!(WordClass::Standard.has("x") && WordClass::Measure.has("x") && WordClass::Amount.has("x"));
        assert!(!WordClass::Garment.has("x") && !WordClass::Garment.has(""));
    }
}
