//! Accuracy on public data, by the product's own code.

mod cousins;
mod dataset;
mod decision;
mod evaluation_set;
mod families;
mod general;
mod generated;
mod groups;
mod identical;
mod kinds;
mod lookalike;
mod metrics;
mod pairs;
mod profile_names;
mod report;
mod retrieval;
mod shop;
mod shop_profiles;
pub mod shops;
mod shops_report;
mod tally;

pub use dataset::{Dataset, Query};
pub use decision::{Decided, Decisions};
pub use evaluation_set::EvaluationSet;
pub use general::general_model;
pub use groups::GroupRow;
pub use lookalike::{Lookalikes, lookalikes};
pub use metrics::{Answered, Estimate, PrecisionRecall, ReliabilityBin};
pub use pairs::PairRow;
pub use profile_names::{LOOKALIKE, PROFILES, SHOP_PROFILES};
pub use report::{ModeReport, Report, report};
pub use retrieval::Row;
pub use shop::{Case, CaseAnswer, Shop, ShopReport};
pub use shop_profiles::shops_report;
pub use shops_report::ShopsReport;
pub use tally::{Shares, Tally};
