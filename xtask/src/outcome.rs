//! How a step of `cargo xtask test` ends that does not fail.

pub enum Outcome {
    Passed,
    /// Why nothing was checked.
    Skipped(String),
}
