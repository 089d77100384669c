//! Prices as shops write them: currency signs and codes, and either mark before the decimals, decided for a whole column.

use unicode_normalization::UnicodeNormalization;

/// Signs and codes of currencies, `sign<TAB>code`; the code is that of ISO 4217, empty where several currencies share the sign.
const CURRENCIES: &str = include_str!("data/currencies.tsv");
/// Codes of currencies that are written without decimals: a mark before three digits is one between thousands.
const WITHOUT_DECIMALS: [&str; 9] = ["IDR", "JPY", "KRW", "VND", "CLP", "PYG", "UGX", "ISK", "HUF"];

/// A price as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Price {
    pub amount: f64,
    /// ISO 4217 code, or the sign as it is written where several currencies share it.
    pub currency: Option<String>,
}

/// Which mark stands before the decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Dot,
    Comma,
}

/// The number and the currency of a text.
struct Parts {
    /// Digits and marks.
    number: String,
    currency: Option<String>,
}

/// How a number can be read.
enum Reading {
    /// Whatever mark the column has.
    Whole(f64),
    /// With this mark before the decimals.
    With(Mark, f64),
    /// One mark before three digits: between thousands, or before decimals.
    Either { mark: Mark, thousands: f64, decimals: f64 },
}

/// The decimal mark of a column: the one that all texts that tell have; `None` where none tells, or both.
pub fn mark_of<'a>(texts: impl Iterator<Item = &'a str>) -> Option<Mark> {
    let (mut dots, mut commas) = (0, 0);
    for text in texts {
        match parts(text).ok().and_then(|parts| reading(&parts)) {
            Some(Reading::With(Mark::Dot, _)) => dots += 1,
            Some(Reading::With(Mark::Comma, _)) => commas += 1,
            _ => {}
        }
    }
    match (dots, commas) {
        (0, 0) => None,
        (_, 0) => Some(Mark::Dot),
        (0, _) => Some(Mark::Comma),
        _ => None,
    }
}

/// What is known of the decimal mark of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnMark {
    Unknown,
    /// What the column's own texts tell. Three digits after it may still be thousands with the other mark.
    Found(Mark),
    /// What the merchant says.
    Stated(Mark),
}

/// Reads a price in a column of that mark; an error is what was expected and what was found.
pub fn read(text: &str, column: ColumnMark) -> std::result::Result<Price, (String, String)> {
    let expected = |expected: &str| (expected.to_string(), format!("{text:?}"));
    let parts = parts(text).map_err(expected)?;
    let amount = match reading(&parts).ok_or_else(|| expected("a price such as 12.50, 1.299,00 € or USD 12.50"))? {
        Reading::Whole(amount) | Reading::With(_, amount) => amount,
        Reading::Either { mark, thousands, decimals } => {
            let without = parts.currency.as_deref().is_some_and(|code| WITHOUT_DECIMALS.contains(&code));
            match column {
                _ if without => thousands,
                ColumnMark::Stated(stated) if stated == mark => decimals,
                ColumnMark::Stated(_) => thousands,
                ColumnMark::Found(found) if found != mark => thousands,
                ColumnMark::Found(_) | ColumnMark::Unknown => {
                    return Err(expected("a price with two decimals, or --decimal-mark: thousands or three decimals?"));
                }
            }
        }
    };
    if !amount.is_finite() || amount > 1e12 {
        return Err(expected("a price below 10^12"));
    }
    Ok(Price { amount, currency: parts.currency })
}

/// Whether a text is a price beyond doubt: with a currency, or with two decimals.
pub fn looks_like_one(text: &str) -> bool {
    let Ok(parts) = parts(text) else { return false };
    let decimals = parts.number.rsplit_once(['.', ',']).is_some_and(|(_, decimals)| decimals.len() == 2);
    reading(&parts).is_some() && (parts.currency.is_some() || decimals)
}

/// Whether that is the code of a currency which is listed here.
pub fn is_known_code(code: &str) -> bool {
    CURRENCIES.lines().any(|line| line.split_once('\t').is_some_and(|(_, known)| known == code))
}

/// The ISO 4217 code of a code or sign, or the sign itself where several currencies share it; `None` for other text.
pub fn currency(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches('.');
    let is_code = text.len() == 3 && text.bytes().all(|b| b.is_ascii_alphabetic());
    let listed = CURRENCIES.lines().filter_map(|line| line.split_once('\t'));
    let upper = text.to_uppercase();
    listed
        .into_iter()
        .find(|(sign, _)| sign.to_uppercase() == upper)
        .map(|(sign, code)| if code.is_empty() { sign } else { code }.to_string())
        .or_else(|| (is_code && is_known_code(&upper)).then_some(upper))
}

/// Takes the currency off a text; an error is what was expected.
fn parts(text: &str) -> std::result::Result<Parts, &'static str> {
    let text: String = text.nfkc().collect();
    let trimmed = text.trim();
    let first = trimmed.find(|c: char| c.is_ascii_digit()).ok_or("a price in digits")?;
    // `.5`
    let sign = trimmed[..first].trim_end_matches(['.', ',']);
    let is_decimal = first > sign.len() && !sign.ends_with(char::is_alphabetic);
    let first = if is_decimal { first - 1 } else { first };
    let last = trimmed.rfind(|c: char| c.is_ascii_digit()).map_or(trimmed.len(), |last| last + 1);
    let before = trimmed[..first].trim();
    let number = &trimmed[first..last];
    // `12.-` and `12,–` are without cents.
    let after = trimmed[last..].trim();
    let after = match after.strip_prefix(['.', ',']) {
        Some(rest) if rest.is_empty() || rest.starts_with(['-', '–', '—']) => rest,
        _ => after,
    };
    let after = after.trim_start_matches(['-', '–', '—']).trim();
    let (before, negative) = match before.strip_prefix(['-', '−', '–']).or_else(|| before.strip_suffix(['-', '−']))
    {
        Some(rest) => (rest.trim(), true),
        None => (before.trim_start_matches('+'), before.starts_with('(') && after.ends_with(')')),
    };
    if negative {
        return Err("a price of 0 or more");
    }
    if number.chars().any(|c| matches!(c, '-' | '–' | '—' | '/' | '~')) {
        return Err("one price, not a range");
    }
    let currency = match (before, after) {
        ("", "") => None,
        (sign, "") | ("", sign) => Some(currency(sign).ok_or("a price with its currency alone")?),
        // `€ 12.50 EUR`, `US$ 12.50 USD`
        (before, after) => Some(currency(before).and(currency(after)).ok_or("a price with its currency alone")?),
    };
    Ok(Parts { number: number.to_string(), currency })
}

/// How the number can be read; `None` where it is none.
fn reading(parts: &Parts) -> Option<Reading> {
    let blank = |c: char| matches!(c, ' ' | '\'' | '’');
    let text = &parts.number;
    // Spaces and apostrophes only stand between thousands.
    if !text.chars().all(|c| c.is_ascii_digit() || c == '.' || c == ',' || blank(c)) {
        return None;
    }
    let grouped: Vec<&str> = text.split(blank).collect();
    let last_of = |part: &str| part.split(['.', ',']).next().map_or(0, str::len);
    if grouped.len() > 1 && !grouped.iter().skip(1).all(|group| last_of(group) == 3) {
        return None;
    }
    let number: String = text.chars().filter(|c| !blank(*c)).collect();
    let dots = number.matches('.').count();
    let commas = number.matches(',').count();
    let plain = |number: &str| number.replace(',', ".").parse::<f64>().ok();
    let thousands = |number: &str, mark: char| -> Option<f64> {
        let groups: Vec<&str> = number.split(mark).collect();
        let (first, rest) = groups.split_first()?;
        let (last, inner) = rest.split_last()?;
        // Inner groups of two digits are India's.
        let right =
            (1..=3).contains(&first.len()) && last.len() == 3 && inner.iter().all(|g| g.len() == 3 || g.len() == 2);
        right.then(|| number.replace(mark, "").parse().ok()).flatten()
    };
    match (dots, commas) {
        (0, 0) => number.parse().ok().map(Reading::Whole),
        (0, 1) | (1, 0) => {
            let (mark, sign) = if dots == 1 { (Mark::Dot, '.') } else { (Mark::Comma, ',') };
            let (whole, decimals) = number.split_once(sign)?;
            let is_grouping =
                decimals.len() == 3 && (1..=3).contains(&whole.len()) && !whole.starts_with('0') && grouped.len() == 1;
            if is_grouping {
                return Some(Reading::Either { mark, thousands: thousands(&number, sign)?, decimals: plain(&number)? });
            }
            (!decimals.is_empty()).then(|| plain(&number)).flatten().map(|amount| Reading::With(mark, amount))
        }
        (0, _) => Some(Reading::With(Mark::Dot, thousands(&number, ',')?)),
        (_, 0) => Some(Reading::With(Mark::Comma, thousands(&number, '.')?)),
        _ => {
            let decimal = if number.rfind('.') > number.rfind(',') { '.' } else { ',' };
            let (mark, other) = if decimal == '.' { (Mark::Dot, ',') } else { (Mark::Comma, '.') };
            let (whole, decimals) = number.rsplit_once(decimal)?;
            let whole = thousands(whole, other)?;
            let decimals: f64 = format!("0.{decimals}").parse().ok()?;
            Some(Reading::With(mark, whole + decimals))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(text: &str, column: ColumnMark) -> Option<f64> {
        read(text, column).ok().map(|price| price.amount)
    }

    #[test]
    fn prices_are_read_with_signs_codes_and_both_marks() {
        for (text, expected, currency) in [
            ("52", 52.0, None),
            ("1.299,00 €", 1299.0, Some("EUR")),
            ("$1,299.00", 1299.0, Some("$")),
            ("12.99 USD", 12.99, Some("USD")),
            ("EUR 12.99", 12.99, Some("EUR")),
            ("1 299,00", 1299.0, None),
            ("1\u{202f}299,50\u{a0}€", 1299.5, Some("EUR")),
            ("£12.50", 12.5, Some("GBP")),
            ("1'299.00", 1299.0, None),
            ("CHF 1'299.-", 1299.0, Some("CHF")),
            ("1299.-", 1299.0, None),
            ("5-", 5.0, None),
            ("1.299.000", 1_299_000.0, None),
            ("Rp 45.000", 45_000.0, Some("IDR")),
            ("Rp45.000,00", 45_000.0, Some("IDR")),
            ("₹1,29,900.00", 129_900.0, Some("INR")),
            ("12,50", 12.5, None),
            ("  12.5 ", 12.5, None),
            ("+12", 12.0, None),
            (".5", 0.5, None),
            ("0", 0.0, None),
            ("0.500", 0.5, None),
            ("52.0000", 52.0, None),
            ("1 299 zł", 1299.0, Some("PLN")),
            ("12,50 kr.", 12.5, Some("kr")),
            ("￥1,280,000", 1_280_000.0, Some("¥")),
        ] {
            let price = read(text, ColumnMark::Unknown).unwrap_or_else(|e| panic!("{text:?}: {e:?}"));
            assert!((price.amount - expected).abs() < 1e-9, "{text:?} is {}", price.amount);
            assert_eq!(price.currency.as_deref(), currency, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_single_price_is_refused() {
        for text in [
            "-5",
            "−5 €",
            "1e3",
            "12.50 - 19.99",
            "from 12.50",
            "Free",
            "N/A",
            "0x10",
            "infinity",
            "NaN",
            "",
            "12.50.30",
            "1,2,3",
            "12 34",
            "10 pcs",
            "1.29.9",
            "1..5",
            "12 USD 13",
        ] {
            assert_eq!(amount(text, ColumnMark::Unknown), None, "{text:?}");
        }
    }

    #[test]
    fn one_mark_before_three_digits_is_decided_by_the_column_or_not_at_all() {
        for text in ["1,299", "1.299", "12.000"] {
            assert_eq!(amount(text, ColumnMark::Unknown), None, "{text:?}");
        }
        let mark = mark_of(["12,50", "1.299", "7"].into_iter());
        assert_eq!(mark, Some(Mark::Comma));
        assert_eq!(amount("1.299", ColumnMark::Found(Mark::Comma)), Some(1299.0));
        // Three decimals beside two are no more likely than thousands with the wrong mark.
        let mark = mark_of(["129.00", "1.299"].into_iter());
        assert_eq!(mark, Some(Mark::Dot));
        assert_eq!(amount("1.299", ColumnMark::Found(Mark::Dot)), None);
        assert_eq!(amount("1,299", ColumnMark::Found(Mark::Dot)), Some(1299.0));
        // What the merchant says leaves no doubt.
        assert_eq!(amount("1.299", ColumnMark::Stated(Mark::Dot)), Some(1.299));
        assert_eq!(amount("1.299", ColumnMark::Stated(Mark::Comma)), Some(1299.0));
        assert_eq!(mark_of(["12,50", "12.50"].into_iter()), None);
    }

    #[test]
    fn every_currency_is_listed_once() {
        let mut signs: Vec<&str> = CURRENCIES.lines().map(|line| line.split_once('\t').unwrap().0).collect();
        let count = signs.len();
        signs.sort();
        signs.dedup();
        assert_eq!(signs.len(), count);
    }
}
