//! GTINs as spreadsheets leave them, what is in stock, and whether a product is published.

use crate::title::Gtin;

/// Words for what can be bought and what cannot, `word<TAB>1` or `0`.
const STOCK_WORDS: &str = include_str!("data/stock.tsv");
/// Values of a column of states that mean that shoppers do not see the product.
const UNPUBLISHED: [&str; 12] =
    ["0", "-1", "2", "false", "no", "n", "draft", "archived", "inactive", "disabled", "private", "unpublished"];

/// Values of a column of visibility that mean the same; numbers there have other meanings.
const HIDDEN: [&str; 2] = ["hidden", "not visible individually"];

/// What a cell with a GTIN says.
#[derive(Debug, PartialEq, Eq)]
pub enum GtinCell {
    /// Digits, without what spreadsheets put around them.
    Gtin(String),
    /// What says that there is none: a dash, a number of Amazon's.
    Nothing,
    /// What was expected.
    Unreadable(&'static str),
}

/// Reads all GTINs of a cell: one, or several after `;`, `|`, `/`, `,` or a line break.
pub fn gtins(cell: &str) -> Vec<GtinCell> {
    let whole = gtin(cell);
    let separators = [super::table::VALUES, ';', '|', '/', ',', '\n'];
    if !matches!(whole, GtinCell::Unreadable(_)) || !cell.contains(separators) {
        return vec![whole];
    }
    // As spreadsheets show large numbers: 4,006,381,333,931.
    let ungrouped = gtin(&cell.replace([',', '.'], ""));
    let groups: Vec<&str> = cell.split([',', '.']).collect();
    if matches!(ungrouped, GtinCell::Gtin(_)) && groups.iter().skip(1).all(|group| group.len() == 3) {
        return vec![ungrouped];
    }
    cell.split(separators).filter(|value| !value.trim().is_empty()).map(gtin).collect()
}

/// A shop's own number without the quote by which Excel keeps it.
pub fn own_number(cell: &str) -> String {
    cell.trim().trim_start_matches(['\'', '=', '"']).trim_end_matches('"').trim().to_string()
}

/// Reads a GTIN: without the quote and the formula by which Excel keeps digits, spaces, hyphens and `.0`; with the zeros at the
/// start that it drops; an ISBN of 10 characters as its GTIN.
pub fn gtin(cell: &str) -> GtinCell {
    let text = cell.trim().trim_start_matches(['\'', '=', '"']).trim_end_matches('"').trim();
    let lower = text.to_lowercase();
    let is_none = text.chars().all(|c| matches!(c, '-' | '–' | '0' | '.'))
        || ["n/a", "na", "none", "null", "nan", "does not apply", "does not exist"].contains(&lower.as_str())
        || (text.len() == 10 && text.starts_with("B0"));
    if is_none {
        return GtinCell::Nothing;
    }
    let is_scientific = lower.contains('e') && lower.replace(',', ".").parse::<f64>().is_ok();
    if is_scientific {
        return GtinCell::Unreadable(
            "digits (Excel has rounded the number to this: set the column to Text and export it again)",
        );
    }
    let digits: String = text
        .strip_suffix(".0")
        .or_else(|| text.strip_suffix(",0"))
        .unwrap_or(text)
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '\u{a0}' | '‐' | '‑' | '–'))
        .collect();
    let padded = match digits.len() {
        9..12 => format!("{digits:0>12}"),
        7 => format!("{digits:0>8}"),
        _ => digits.clone(),
    };
    let found = Gtin::parse(&padded).map(|_| padded).or_else(|| isbn(&digits));
    found.map_or(GtinCell::Unreadable("8, 12, 13 or 14 digits with a right check digit"), GtinCell::Gtin)
}

/// The GTIN of an ISBN of 10 characters (ISO 2108): its check character is modulo 11.
fn isbn(text: &str) -> Option<String> {
    let value = |(i, c): (usize, char)| match c {
        'X' | 'x' if i == 9 => Some(10),
        _ => c.to_digit(10),
    };
    let values: Vec<u32> = text.chars().enumerate().map(value).collect::<Option<_>>()?;
    let sum: u32 = values.iter().zip((1..=10).rev()).map(|(value, weight)| value * weight).sum();
    if values.len() != 10 || !sum.is_multiple_of(11) {
        return None;
    }
    let body = format!("978{}", &text[..9]);
    (0..10).map(|check| format!("{body}{check}")).find(|number| Gtin::parse(number).is_some())
}

/// Whether it is in stock, and how many pieces where that is stated; `None` where the text tells neither.
pub fn stock(cell: &str) -> Option<(bool, Option<i64>)> {
    let text = cell.trim().to_lowercase();
    // `https://schema.org/InStock`
    let word: String = text.rsplit('/').next().unwrap_or_default().chars().filter(|c| c.is_alphanumeric()).collect();
    let listed = STOCK_WORDS.lines().filter_map(|line| line.split_once('\t')).find(|(known, _)| *known == word);
    if let Some((_, value)) = listed {
        return Some((value == "1", None));
    }
    let number = text.trim_end_matches('0').strip_suffix(['.', ',']).map(str::to_string);
    // Pieces are whole: a mark before three digits stands between thousands.
    let grouped = || {
        let groups: Vec<&str> = text.split([',', '.', ' ', '\u{a0}', '\u{202f}', '\'']).collect();
        let (first, rest) = groups.split_first()?;
        let right = (1..=3).contains(&first.trim_start_matches('-').len()) && rest.iter().all(|group| group.len() == 3);
        right.then(|| groups.concat())
    };
    let pieces =
        [Some(text.clone()), grouped(), number].into_iter().flatten().find_map(|text| text.parse::<i64>().ok())?;
    Some((pieces > 0, Some(pieces)))
}

/// Whether a cell of a column of states says that shoppers do not see the product.
pub fn is_unpublished(cell: &str) -> bool {
    UNPUBLISHED.contains(&cell.trim().to_lowercase().as_str())
}

/// Whether a cell of a column of visibility says so.
pub fn is_hidden(cell: &str) -> bool {
    HIDDEN.contains(&cell.trim().to_lowercase().as_str())
}

/// What a title would be if it was decoded as UTF-8: where it was stored in UTF-8 and read as Windows-1252 once too often.
pub fn mojibake(title: &str) -> Option<String> {
    // Their first bytes as Windows-1252 has them.
    if !title.contains(['Ã', 'Â', 'â', 'Ð', 'Ñ', 'ã', 'å', 'æ', 'ç', 'è', 'é', 'ä', 'Å', 'Ä']) {
        return None;
    }
    let (bytes, _, unmappable) = encoding_rs::WINDOWS_1252.encode(title);
    let repaired = std::str::from_utf8(&bytes).ok().filter(|repaired| !unmappable && *repaired != title)?;
    Some(repaired.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gtins_are_read_as_spreadsheets_leave_them() {
        for (cell, expected) in [
            ("'4006381333931", "4006381333931"),
            ("=\"4006381333931\"", "4006381333931"),
            ("4006381333931.0", "4006381333931"),
            ("4006 3813 3393 1", "4006381333931"),
            ("978-3-16-148410-0", "9783161484100"),
            ("316148410X", "9783161484100"),
            ("36000291452", "036000291452"),
            ("96385074", "96385074"),
        ] {
            assert_eq!(gtin(cell), GtinCell::Gtin(expected.into()), "{cell:?}");
        }
        assert_eq!(gtins("4,006,381,333,931"), [GtinCell::Gtin("4006381333931".into())]);
        assert_eq!(gtins("4006381333931; 96385074").len(), 2);
        for cell in ["", "-", "n/a", "0000000000000", "B07PXGQC1Q"] {
            assert_eq!(gtin(cell), GtinCell::Nothing, "{cell:?}");
        }
        for (cell, word) in
            [("4.00638E+12", "Excel"), ("4,00638E+12", "Excel"), ("4006381333932", "check"), ("tea", "check")]
        {
            let GtinCell::Unreadable(expected) = gtin(cell) else { panic!("{cell:?} was read") };
            assert!(expected.contains(word), "{expected}");
        }
    }

    #[test]
    fn stock_is_read_from_numbers_and_words() {
        for (cell, expected) in [
            ("in stock", Some((true, None))),
            ("in_stock", Some((true, None))),
            ("https://schema.org/OutOfStock", Some((false, None))),
            ("TRUE", Some((true, None))),
            ("5.0", Some((true, Some(5)))),
            ("100.0000", Some((true, Some(100)))),
            ("1,000", Some((true, Some(1000)))),
            ("0", Some((false, Some(0)))),
            ("-3", Some((false, Some(-3)))),
            ("2.5", None),
            ("10+", None),
            ("many", None),
        ] {
            assert_eq!(stock(cell), expected, "{cell:?}");
        }
    }

    #[test]
    fn a_number_of_visibility_hides_nothing() {
        assert!(is_unpublished("Draft") && is_unpublished("0") && is_hidden("Not Visible Individually"));
        assert!(!is_hidden("2") && !is_hidden("visible") && !is_unpublished("active"));
    }

    #[test]
    fn text_that_was_decoded_twice_is_recognised() {
        assert_eq!(mojibake("CrÃ¨me brÃ»lÃ©e").as_deref(), Some("Crème brûlée"));
        assert_eq!(mojibake("Grã¶ße").as_deref(), None);
        for title in ["Crème brûlée", "São Paulo", "Tea", "ÄÖÜ", "Ñandú"] {
            assert_eq!(mojibake(title), None, "{title}");
        }
    }
}
