//! Photos as an image encoder reads them, decoded, converted to sRGB and resized to a square, as PNG files: the same input for
//! another implementation of the encoder.
//!
//! `cargo run --release --example pixels -- SIDE FOLDER PHOTO...` writes `FOLDER/NAME.png`, NAME being that of the photo.
#![cfg_attr(target_arch = "wasm32", no_main)] // Natively only; `wasm-pack test` builds it all the same.
#![cfg(not(target_arch = "wasm32"))]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use image::RgbImage;
use twinlens::photo::decode;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let usage = "expected SIDE FOLDER PHOTO...";
    let side: u32 = arguments.next().ok_or(usage)?.parse()?;
    let folder = PathBuf::from(arguments.next().ok_or(usage)?);
    fs::create_dir_all(&folder)?;
    for photo in arguments {
        let pixels = decode(&fs::read(&photo)?)?.resized(side, side)?;
        let name = Path::new(&photo).file_stem().ok_or("expected a file")?;
        let path = folder.join(name).with_added_extension("png");
        RgbImage::from_raw(side, side, pixels).ok_or("expected three bytes a pixel")?.save(path)?;
    }
    Ok(())
}
