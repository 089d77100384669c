//! Sentences about attributes that two titles have, for the shopper.

use super::agreement::{Agreement, Cap};
use super::dimension::Dimension;

/// An attribute that a statement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Attribute {
    /// A quantity of any dimension but those of `PackCount` and `YearOrVersion`.
    Quantity(Dimension),
    PackCount,
    ModelNumber,
    Size,
    Colour,
    YearOrVersion,
    Generation,
    Condition,
    Relation,
    Variant,
    /// Numbers that stand in the same place of both titles, whatever they count.
    Number,
}

impl Attribute {
    /// How far a conflict in this attribute limits the decision.
    pub fn cap(self) -> Cap {
        use Attribute::*;
        match self {
            Quantity(dimension) if dimension.decides() => Cap::NoMatch,
            PackCount | Size | YearOrVersion | Generation | Condition | Relation => Cap::NoMatch,
            // A title may give the power of one part and the voltage of another.
            Quantity(_) | ModelNumber => Cap::None,
            Colour | Variant | Number => Cap::Unsure,
        }
    }
}

/// How an attribute compares, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub attribute: Attribute,
    pub agreement: Agreement,
    pub cap: Cap,
    /// E.g. "400 ml is not 800 ml"; the query's value comes first.
    pub text: String,
}

/// The version without its word: `v 2 .0` → `2.0`.
pub(super) fn bare_version(text: &str) -> String {
    let bare = |version: &str| version.trim_start_matches(|c: char| !c.is_ascii_digit()).replace(" .", ".");
    text.split(" and ").map(bare).collect::<Vec<_>>().join(" and ")
}

/// The texts with "and" between, each once: a range is two quantities of one text.
pub(super) fn join<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut each: Vec<&str> = Vec::new();
    texts.for_each(|text| {
        if !each.contains(&text) {
            each.push(text);
        }
    });
    each.join(" and ")
}

/// The sentence about values `a` of the query and `b` of the listing; `kind` precedes the values, such as "size ".
pub(super) fn sentence(agreement: Agreement, kind: &str, a: &str, b: &str) -> String {
    match agreement {
        Agreement::Full if a.eq_ignore_ascii_case(b) => format!("both {kind}{a}"),
        Agreement::Full => format!("{kind}{a} agrees with {kind}{b}"),
        Agreement::Partial => format!("{kind}{a} agrees in part with {kind}{b}"),
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
