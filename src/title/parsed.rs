use super::Gtin;
use super::attributes::Attributes;
use super::words::{codes, squeezed, words};

/// What the lanes read out of a title.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Parsed {
    /// In their order, folded as by [`words`].
    pub words: Vec<String>,
    /// The words on end.
    pub squeezed: String,
    /// Words with digits that may be a maker's codes, squeezed.
    pub codes: Vec<String>,
    pub attributes: Attributes,
    /// A GTIN that stands in it.
    pub gtin: Option<Gtin>,
}

impl Parsed {
    /// Reads a title in its normal form.
    pub fn of(title: &str) -> Self {
        let words = words(title);
        Parsed {
            squeezed: squeezed(&words),
            words,
            codes: codes(title),
            attributes: Attributes::of(title),
            gtin: Gtin::in_title(title),
        }
    }
}
