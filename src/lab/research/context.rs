//! What all parts of a run have at hand.

use super::tasks::Tasks;
use super::weights::Encoders;
use super::{News, Options};

/// A run over the rows.
pub struct Session<'a> {
    pub options: &'a Options,
    pub tasks: &'a Tasks,
    pub encoders: Encoders<'a>,
    pub tell: &'a (dyn Fn(News) + Sync),
}

impl Session<'_> {
    pub fn step(&self, text: &str, parts: usize) {
        (self.tell)(News::Step(text, parts));
    }

    pub fn advance(&self, parts: usize) {
        (self.tell)(News::Advance(parts));
    }
}
