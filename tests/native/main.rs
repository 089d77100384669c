//! The native tests of the library and the program in one binary: linking it takes as long as linking one file of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by a panic")]
#![cfg(not(target_arch = "wasm32"))]

#[path = "../support/mod.rs"]
mod support;

mod attributes;
mod bad_input_catalogue;
mod bad_input_listings;
mod bad_input_manifest;
mod bad_input_photo;
mod bad_input_query;
mod barcode;
mod customer_titles;
mod decision;
mod evaluation;
mod fast_paths;
mod feeds;
#[cfg(feature = "import")]
mod float_encoder;
mod galleries;
mod golden;
mod graph;
mod interrupted;
mod joint;
mod listed;
mod long_titles;
mod matching;
#[cfg(feature = "import")]
mod onnx_import;
mod pairing;
mod photo_cases;
mod photo_colour;
mod photo_damage;
mod pictures;
#[cfg(feature = "import")]
mod plan;
mod publishing;
mod query_options;
mod retrieval;
mod search;
mod site;
mod site_served;
mod stages;
mod unread;
mod vocabulary;
