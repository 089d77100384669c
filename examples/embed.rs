//! The vectors of two titles and of a photo, and how alike the titles are.
//!
//! `cargo run --release --example embed`, in the checkout: it reads `models/` and `www/demo`.
#![cfg_attr(target_arch = "wasm32", no_main)] // Natively only; `wasm-pack test` builds it all the same.
#![cfg(not(target_arch = "wasm32"))]

use pollster::block_on;
use twinlens::Result;
use twinlens::engine::{Device, Preference};
use twinlens::merchant::models::Models;
use twinlens::photo::decode;
use twinlens::title::NormalTitle;

fn main() -> Result<()> {
    let device = block_on(Device::open(Preference::Auto))?;
    let models = Models::find(None)?;

    let (_, mut titles) = models.text_encoder("e5-small-latin", &device)?;
    let tea = block_on(titles.embed(&NormalTitle::of("Earl Grey tea, 250 g")?))?;
    let same = block_on(titles.embed(&NormalTitle::of("250g black tea with bergamot")?))?;
    // Vectors have length 1: their dot product is the cosine.
    let cosine: f32 = tea.iter().zip(&same).map(|(a, b)| a * b).sum();
    println!("cosine of the titles: {cosine:.3}");

    let (identity, mut photos) = models.image_encoder("efficientnet-lite0", &device)?;
    let camera = decode(include_bytes!("../www/demo/photos/camera.jpg"))?;
    let vector = block_on(photos.embed(&camera))?;
    println!("{} makes of a photo {} numbers, on the {}", identity.name, vector.len(), device.name());
    Ok(())
}
