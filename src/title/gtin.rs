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

impl Gtin {
    /// Whether a shop may have given the number itself, to goods that it weighs for example: another shop's number is then
    /// another product's (GS1 General Specifications, section 1.4: prefixes 02, 04 and 2, of 8 digits 0 and 2).
    pub fn is_restricted(self) -> bool {
        match self.0 {
            0..100_000_000 => matches!(self.0 / 10_000_000, 0 | 2),
            longer => matches!(longer / 100_000_000_000, 2 | 4 | 20..=29),
        }
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
    fn numbers_that_shops_give_themselves_are_told() {
        let is_restricted = |text: &str| Gtin::parse(text).unwrap().is_restricted();
        for own in ["2012345678903", "212345678909", "21234569"] {
            assert!(is_restricted(own), "{own}");
        }
        for everywhere in ["4006381333931", "036000291452", "96385074", "12000000000005"] {
            assert!(!is_restricted(everywhere), "{everywhere}");
        }
    }

    #[test]
    fn a_title_may_hold_one() {
        assert_eq!(Gtin::in_title("Highlighter yellow 4006381333931 x4"), Gtin::parse("4006381333931"));
        assert_eq!(Gtin::in_title("Part 96385074 of 2"), None);
    }
}
