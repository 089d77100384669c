//! Verdicts in words.

use super::dimension::Dimension;
use super::verdict::Verdict;

/// What a statement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Attribute {
    /// A quantity of any dimension but those of `PackCount` and `YearOrVersion`.
    Quantity(Dimension),
    PackCount,
    ModelNumber,
    Size,
    Colour,
    YearOrVersion,
}

impl Attribute {
    /// Whether a conflict in this attribute alone makes two different products.
    pub fn decides(self) -> bool {
        match self {
            Attribute::Quantity(dimension) => dimension.decides(),
            Attribute::PackCount | Attribute::Size | Attribute::YearOrVersion => true,
            Attribute::ModelNumber | Attribute::Colour => false,
        }
    }
}

/// A verdict in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub attribute: Attribute,
    pub verdict: Verdict,
    /// E.g. "400 ml is not 800 ml"; the query's value comes first.
    pub text: String,
}

/// `v 2 .0` → `2.0`.
pub(super) fn bare_version(text: &str) -> String {
    let bare = |version: &str| version.trim_start_matches(|c: char| !c.is_ascii_digit()).replace(" .", ".");
    text.split(" and ").map(bare).collect::<Vec<_>>().join(" and ")
}

/// The texts with "and" between, each once: a range gave two quantities of one text.
pub(super) fn join<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut each: Vec<&str> = Vec::new();
    texts.for_each(|text| {
        if !each.contains(&text) {
            each.push(text);
        }
    });
    each.join(" and ")
}

/// `kind` stands before each side's values, such as "size ".
pub(super) fn sentence(verdict: Verdict, kind: &str, a: &str, b: &str) -> String {
    match verdict {
        Verdict::Agree if a.eq_ignore_ascii_case(b) => format!("both {kind}{a}"),
        Verdict::Agree => format!("{kind}{a} agrees with {kind}{b}"),
        Verdict::WeakAgree => format!("{kind}{a} agrees in part with {kind}{b}"),
        _ => format!("{kind}{a} is not {kind}{b}"),
    }
}

pub(super) fn capitalised(text: String) -> String {
    let mut rest = text.chars();
    match rest.next() {
        Some(first) if first.is_lowercase() => first.to_uppercase().chain(rest).collect(),
        _ => text,
    }
}
