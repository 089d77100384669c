//! A catalogue from a list of products, in a temporary folder; without real queries its decision is learnt from them.
//!
//! `cargo run --release --example build`, in the checkout: it reads `models/` and `www/demo`.
#![cfg_attr(target_arch = "wasm32", no_main)] // Natively only; `wasm-pack test` builds it all the same.
#![cfg(not(target_arch = "wasm32"))]

use std::path::Path;

use twinlens::Result;
use twinlens::engine::{Device, Preference};
use twinlens::fusion::Costs;
use twinlens::merchant::build::{Source, Summary, build};
use twinlens::merchant::feed::{Options, parse};
use twinlens::merchant::held_out::divided_examples;
use twinlens::merchant::learn::learn;
use twinlens::merchant::listings::photos;
use twinlens::merchant::models::Models;

const LISTINGS: &str = "id,image,title,price\n1,camera.jpg,Instant camera,89.00\n2,,Film for instant cameras,15.50\n";

fn main() -> Result<()> {
    let images = Path::new("www/demo/photos");
    let records = parse(LISTINGS.as_bytes(), "LISTINGS", Some(images), &Options::default())?.records;
    let names = ["efficientnet-lite0".to_string(), "e5-small-latin".to_string()];
    let (identities, mut encoders) =
        Models::find(None)?.encoders(&names, &[], &pollster::block_on(Device::open(Preference::Cpu))?)?;
    let out = std::env::temp_dir().join("twinlens-example");
    let source = Source {
        records: &records,
        images,
        further_images: &[],
        customer_photos: &[],
        customer_titles: &[],
        identities: &identities,
        update: false,
        keep_generations: 0,
        strict: false,
        pictures_side: None,
    };
    let photo = photos(&records, images);
    let decide = |catalogue, encoders: &mut [_], summary: &Summary| {
        let real = |ranker: &_, queries, _: &mut [_]| divided_examples(ranker, &summary.learnt_from, queries);
        learn(catalogue, encoders, &photo, &real, Costs::default())
    };
    let summary = build(&source, &out, &mut encoders, &decide, &|_| {})?;
    println!("{} listings in {}, {} bytes", summary.listings, out.display(), summary.bytes);
    Ok(())
}
