//! From a query to a decision: lanes, their fusion, and why.

mod answer;
mod decide;
mod filter;
pub mod lanes;
mod matcher;
pub mod probe;
pub mod ranker;
pub mod retrieve;
mod why;

pub use answer::{Answer, Contributions, Hit, Info, Timings};
pub use decide::{Decided, Fits, Prefers};
pub use filter::Filter;
pub use matcher::{LoadedPack, MAX_LIMIT, Matcher, Query, Reload};
pub use why::why;

pub use crate::fusion::Decision;
