//! From a query to a decision: lanes, their fusion, and why.

mod answer;
pub mod lanes;
mod matcher;
pub mod ranker;
mod why;

pub use answer::{Answer, Contributions, Hit, Info, Timings};
pub use matcher::{Filter, LoadedPack, MAX_LIMIT, Matcher, Query, Reload};
pub use why::why;

pub use crate::fusion::Decision;
