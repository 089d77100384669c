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

    /// A listing's title, which a catalogue holds in its normal form.
    pub fn of_listing(title: &str) -> Self {
        NormalTitle(title.to_string())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}
