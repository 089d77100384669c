//! From a query to a decision: lanes, their fusion, and why.

mod answer;
mod attach;
mod cohort;
mod decide;
mod filter;
mod info;
pub mod lanes;
mod listed;
mod matcher;
pub mod probe;
mod query;
pub mod ranker;
pub mod retrieve;
mod why;

pub use answer::{Answer, Contributions, Hit, Timings};
pub use attach::{LoadedPack, NO_DEVICE, Prepared, Reload};
pub use decide::{Completeness, Decided, Fits, Prefers};
pub use filter::Filter;
pub use info::{CategoryInfo, EncoderInfo, Info, PriceRange};
pub use listed::{Listed, Listings};
pub use matcher::Matcher;
pub use query::{MAX_LIMIT, Query};
pub use why::why;

pub use crate::fusion::Decision;
