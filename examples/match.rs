//! Which product of the demo shop a photo and half a title are, and why.
//!
//! `cargo run --release --example match`, in the checkout: it reads `models/` and `www/demo`.
#![cfg_attr(target_arch = "wasm32", no_main)] // Natively only; `wasm-pack test` builds it all the same.
#![cfg(not(target_arch = "wasm32"))]

use std::path::Path;

use pollster::block_on;
use twinlens::Result;
use twinlens::engine::{Device, Preference};
use twinlens::matching::Query;
use twinlens::merchant::{folder, models::Models};
use twinlens::photo::Source;

fn main() -> Result<()> {
    let catalogue = folder::open(Path::new("www/demo/catalogue"))?;
    let device = block_on(Device::open(Preference::Auto))?;
    let mut matcher = block_on(Models::find(None)?.matcher(device, catalogue))?;

    let photo = include_bytes!("../www/demo/photos/camera.jpg");
    let query = Query { photo: Some(Source::File(photo)), title: Some("instant camera"), limit: 3, ..Query::default() };
    let answer = block_on(matcher.answer(&query))?;

    println!("{} with a probability of {:.2}", answer.decision, answer.probability);
    for hit in answer.hits {
        println!("{:.2} {}: {}", hit.probability, hit.title, hit.why.join("; "));
    }
    Ok(())
}
