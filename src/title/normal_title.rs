use super::normalise;
use crate::Result;

/// A title in its normal form, as [`normalise`] makes it: what encoders, lexical lanes and attributes read, so that a title is
/// normalised once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NormalTitle(String);

impl NormalTitle {
    /// Normalises a title. Errors are those of [`normalise`].
    pub fn of(title: &str) -> Result<Self> {
        normalise(title).map(NormalTitle)
    }

    /// Of a listing's title as a catalogue holds it; an empty one where there is nothing to read.
    pub fn of_listing(title: &str) -> Self {
        NormalTitle(normalise(title).unwrap_or_default())
    }

    /// Whether a listing has no title.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}
