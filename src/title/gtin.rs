//! Global Trade Item Numbers: the digits that a bar code encodes.

use crate::{Error, Result};

/// A GTIN-8, -12, -13 or -14 with a valid check digit; leading zeros are not significant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Gtin(u64);

impl Gtin {
    /// Reads 8, 12, 13 or 14 ASCII digits, with white space around them; `None` for other text or a wrong check digit (GS1
    /// General Specifications, section 7.9).
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if !matches!(text.len(), 8 | 12 | 13 | 14) {
            return None;
        }
        let digits: Vec<u64> = text.chars().map(|c| c.to_digit(10).map(u64::from)).collect::<Option<_>>()?;
        let weighted = digits.iter().rev().enumerate().map(|(i, digit)| digit * if i % 2 == 0 { 1 } else { 3 });
        let number = digits.iter().fold(0, |number, digit| number * 10 + digit);
        (number > 0 && weighted.sum::<u64>() % 10 == 0).then_some(Gtin(number))
    }

    /// The first GTIN among the words of a title. Not of 8 digits: part numbers have as many, and one in ten has a valid check
    /// digit.
    pub fn in_title(title: &str) -> Option<Self> {
        title.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 8).find_map(Self::parse)
    }
}

impl std::str::FromStr for Gtin {
    type Err = Error;

    /// As [`Gtin::parse`], with an error for other text.
    fn from_str(text: &str) -> Result<Self> {
        let expected = "8, 12, 13 or 14 digits with a right check digit";
        Gtin::parse(text).ok_or_else(|| Error::argument("gtin", expected, format!("{text:?}")))
    }
}

impl std::fmt::Display for Gtin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:013}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leading_zeros_are_not_significant() {
        let upc = Gtin::parse("036000291452");
        assert!(upc.is_some());
        assert_eq!(upc, Gtin::parse("0036000291452"));
        assert_eq!(upc, Gtin::parse(" 00036000291452 "));
    }

    #[test]
    fn a_wrong_check_digit_or_other_characters_make_none() {
        for text in ["036000291453", "", "0", "00000000", "４００６３８１３３３９３１", "4006381-33393", "123456789"]
        {
            assert_eq!(Gtin::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_title_may_hold_one() {
        assert_eq!(Gtin::in_title("Highlighter yellow 4006381333931 x4"), Gtin::parse("4006381333931"));
        assert_eq!(Gtin::in_title("Part 96385074 of 2"), None);
    }
}
