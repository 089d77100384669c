//! From a query to a decision: lanes, their fusion, and why.

mod answer;
mod decision;
mod fusion;
mod lanes;
mod matcher;

pub use answer::{Answer, Hit, Info, Timings};
pub use decision::Decision;
pub use lanes::Lanes;
pub use matcher::{Filter, LoadedPack, MAX_LIMIT, Matcher, Query};
