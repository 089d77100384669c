//! How two model numbers are related: equal, variants of one product, models of one series, or different.

use super::model_number::{is_digits, is_letters, is_mixed};
use crate::title::edit_distance;

/// How two codes are related, the weakest relation first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Relation {
    Different,
    /// The same letters and one or two other digits: two models of a series.
    Series,
    /// The same but for letters of a colour, a region or a series: `AM53BK` and `AM53`.
    Variant,
    Same,
}

impl Relation {
    /// Compares two codes as [`read`](super::model_number::read) gives them.
    pub fn of(a: &str, b: &str) -> Relation {
        let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
        if short == long {
            Relation::Same
        } else if is_variant(short, long) {
            Relation::Variant
        } else if is_of_series(short, long) {
            Relation::Series
        } else {
            Relation::Different
        }
    }
}

const MAX_SUFFIX: usize = 3;
const MAX_PREFIX: usize = 8;

/// `long` is `short` with up to three letters more behind and up to eight (`COOLPIX`) more before. Long part numbers may have a
/// numeric suffix instead.
fn is_variant(short: &str, long: &str) -> bool {
    if is_digits(long) {
        return short.len() >= 6 && long.starts_with(short) && long.len() - short.len() <= 4;
    }
    // `1135G7` of `i5-1135G7`, `Q80C` of `QE65Q80C`.
    if long.ends_with(short) && is_mixed(short) && long.len() - short.len() <= MAX_PREFIX {
        return true;
    }
    long.match_indices(short).any(|(at, _)| {
        let (before, after) = (&long[..at], &long[at + short.len()..]);
        is_letters(before) && before.len() <= MAX_PREFIX && is_letters(after) && after.len() <= MAX_SUFFIX
    })
}

/// Runs of letters agree but for a suffix, runs of digits differ by one or two edits in all.
fn is_of_series(a: &str, b: &str) -> bool {
    if !is_mixed(a) || !is_mixed(b) {
        return false;
    }
    let (a, b) = (runs(a), runs(b));
    let common = a.len().min(b.len());
    let suffix = |runs: &[&str]| runs[common..].iter().all(|run| is_letters(run) && run.len() <= MAX_SUFFIX);
    if a.len().abs_diff(b.len()) > 1 || !suffix(&a) || !suffix(&b) {
        return false;
    }
    let mut edits = 0;
    for (at, (a, b)) in a.iter().zip(&b).enumerate() {
        let last = at > 0 && at + 1 == common && is_letters(a) && is_letters(b);
        if is_letters(a) != is_letters(b) || (is_letters(a) && a != b && !last) {
            return false;
        }
        if !is_letters(a) {
            edits += edit_distance(a.chars().collect(), b.chars().collect());
        }
    }
    (1..=2).contains(&edits)
}

/// A code cut where letters and digits meet.
fn runs(code: &str) -> Vec<&str> {
    code.as_bytes()
        .chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit())
        .filter_map(|run| std::str::from_utf8(run).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Relation::{self, *};

    #[test]
    fn variants_are_told_from_models_of_one_series() {
        for (a, b, expected) in [
            ("AM53BK", "AM53BK", Same),
            ("AM53BK", "AM53", Variant),
            ("DSCW120", "DSCW120B", Variant),
            ("COOLPIXP6000BK", "P6000", Variant),
            ("TV24746", "24746", Variant),
            ("961464", "9614640403", Variant),
            ("WH1000XM4", "WH1000XM3", Series),
            ("DSCW120", "DSCW150B", Series),
            ("KDL46XBR6", "KDL52XBR6", Series),
            ("DSCW150B", "DSCW150R", Different),
            ("AM53BK", "PSLX350H", Different),
            ("AB1234", "AB5678", Different),
            ("P600", "P6000", Series),
            ("11052", "11053", Different),
        ] {
            assert_eq!(Relation::of(a, b), expected, "{a} {b}");
            assert_eq!(Relation::of(b, a), expected, "{b} {a}");
        }
    }
}
