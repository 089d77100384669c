//! How one attribute of two titles compares.

/// How an attribute of two titles compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Verdict {
    /// At least one title does not have it.
    #[default]
    Missing,
    Agree,
    /// Some values agree, or the values are variants of each other.
    WeakAgree,
    /// No value agrees.
    Conflict,
    /// The values look alike and are not the same: two models of one series.
    SharpConflict,
}
