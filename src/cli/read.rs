//! `twinlens read`: the bar codes in a photo.

use std::path::PathBuf;

use serde_json::json;

use crate::Result;
use crate::photo::{barcode, decode};

/// Print the bar codes in a photo: EAN-13, EAN-8, UPC-A and UPC-E
#[derive(clap::Args)]
pub struct Arguments {
    /// JPEG, PNG, WebP, GIF or BMP file
    #[arg(long)]
    photo: PathBuf,
}

pub fn run(arguments: &Arguments, json: bool) -> Result<()> {
    let photo = decode(&super::read_photo(&arguments.photo)?).map_err(|e| super::about_photo(e, &arguments.photo))?;
    let barcodes = barcode::read(&photo);
    if json {
        super::print(&json!({ "barcodes": barcodes }).to_string());
    } else {
        barcodes.iter().for_each(|code| super::print(&format!("{} {}", code.format, code.text)));
    }
    Ok(())
}
