//! Accuracy on public data, by the product's own code.

mod profiles;
mod retrieval;

pub use profiles::{Item, PROFILES, Profile};
pub use retrieval::{Row, retrieval};
