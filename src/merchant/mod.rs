//! The merchant's side, native only: from an export of products to a catalogue with a decision of its own, rows against
//! rows, and accuracy on public data. Nothing of the shopper's side imports from here.

pub mod build;
pub mod decode;
pub mod evaluation;
pub mod feed;
pub mod folder;
pub mod held_out;
pub mod learn;
pub mod listings;
pub mod models;
pub mod pairing;
pub mod parallel;
pub mod publish;
pub mod real_queries;
pub mod shuffle;
pub mod unpublished;
pub mod vocabulary;
