//! Accuracy on public data, by the product's own code.

mod cousins;
mod dataset;
mod decision;
mod evaluation_set;
mod families;
mod general;
mod generated;
mod groups;
mod lookalike;
mod metrics;
mod pairs;
mod report;
mod retrieval;
mod shop;
pub mod shops;
mod tally;

pub use cousins::{ShopsReport, cousins};
pub use dataset::{COUSINS, Dataset, GENERATED, LOOKALIKE, PROFILES, Query};
pub use decision::{Decided, Decisions};
pub use evaluation_set::EvaluationSet;
pub use general::general_model;
pub use generated::generated_shops;
pub use groups::GroupRow;
pub use lookalike::{Lookalikes, lookalikes};
pub use metrics::{Answered, Estimate, PrecisionRecall, ReliabilityBin};
pub use pairs::PairRow;
pub use report::{ModeReport, Report, report};
pub use retrieval::Row;
pub use shop::{Case, CaseAnswer, Shop, ShopReport};
pub use tally::{Shares, Tally};
