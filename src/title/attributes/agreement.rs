//! How one attribute of two titles compares.

/// How the values of an attribute in two titles compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Agreement {
    /// At least one title has no value.
    #[default]
    Missing,
    /// All values of the title with fewer of them are in the other one.
    Full,
    /// Some values are in both, or the values are variants of each other.
    Partial,
    /// No value is in both.
    Conflict,
    /// A conflict of two model numbers that differ in one or two digits: two models of one series.
    SeriesConflict,
}

/// How far a contradiction limits the decision over a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Cap {
    /// Not at all.
    #[default]
    None,
    /// To Unsure: it makes another product, or may.
    Unsure,
    /// To No-Match.
    NoMatch,
}
