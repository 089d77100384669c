//! Training on Burn's gradients: adapters after frozen encoders, and the last blocks or all of a BERT, by recipes.

mod augment;
pub(super) mod categories;
mod chart;
pub(super) mod corpus;
mod inputs;
mod kept;
mod limits;
pub mod loss;
pub(super) mod measure;
mod network;
mod projection;
pub(super) mod recipe;
mod report;
mod result;
mod sampler;
mod search;
mod session;
mod state;
mod trainer;

#[cfg(test)]
mod recipe_tests;
#[cfg(test)]
mod trainer_tests;

pub use chart::page;
pub use recipe::{Loss, Recipe};
pub use report::{FoldReport, PackReport, Report, Tried};
pub use session::{News, Places, run};
pub use state::{Epoch, write_whole};
