//! `twinlens build`: a catalogue from a CSV and a folder of images.

use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressStyle};

use super::models::Models;
use crate::catalogue::{build, listings};
use crate::{Error, Result};

/// The encoders of a catalogue unless others are named.
pub const DEFAULT_ENCODERS: &str = "efficientnet-lite0,e5-small-latin";

/// Build a catalogue from a CSV of listings and a folder of images
#[derive(clap::Args)]
pub struct Arguments {
    /// CSV with the columns posting_id, image, title and, when there: label_group, price, url, category, gtin, stock
    listings: PathBuf,
    /// Folder that holds the images
    #[arg(long)]
    images: PathBuf,
    /// Folder to write the catalogue to
    #[arg(long)]
    out: PathBuf,
    /// Encoders whose vectors the catalogue holds
    #[arg(long, value_delimiter = ',', default_value = DEFAULT_ENCODERS)]
    encoders: Vec<String>,
    /// Take over what has not changed since the last build
    #[arg(long)]
    update: bool,
    /// Where to encode: the CPU uses all cores
    #[arg(long, default_value = "cpu", value_parser = ["auto", "gpu", "cpu"])]
    device: String,
    /// Folder of packs
    #[arg(long)]
    models: Option<PathBuf>,
}

pub fn run(arguments: &Arguments, json: bool) -> Result<()> {
    let records = listings::read(&arguments.listings)?;
    if !arguments.images.is_dir() {
        let place = arguments.images.display().to_string();
        return Err(Error::io("reading images", "a folder", "none", place));
    }
    let models = Models::find(arguments.models.as_deref())?;
    let device = super::open(&arguments.device)?;
    let mut names = arguments.encoders.clone();
    names.dedup();
    if let Some(twice) = names.iter().find(|n| names.iter().filter(|m| m == n).count() > 1) {
        return Err(Error::argument("encoders", "every name once", format!("{twice:?} again")));
    }
    let loaded = names.iter().map(|name| models.encoder(name, &device)).collect::<Result<Vec<_>>>()?;
    let (identities, mut encoders): (Vec<_>, Vec<_>) = loaded.into_iter().unzip();
    // Hidden by itself where stderr is no terminal.
    let bar = ProgressBar::new(records.len() as u64);
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} listings, {per_sec}, {eta} left");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let progress = |done| bar.set_position(done);
    let update = arguments.update;
    let summary =
        build::build(&records, &arguments.images, &arguments.out, &identities, &mut encoders, update, &progress)?;
    bar.finish_and_clear();
    if json {
        super::print(&serde_json::json!(summary).to_string());
        return Ok(());
    }
    for problem in &summary.problems {
        eprintln!("line {}, {}: {}", problem.line, problem.id, problem.message);
    }
    super::print(&format!(
        "{} listings ({} with a photo, {} with a title, {} unchanged) in {} shards of {} bytes; {} problems",
        summary.listings,
        summary.with_photo,
        summary.with_title,
        summary.reused,
        summary.shards,
        summary.bytes,
        summary.problems.len()
    ));
    Ok(())
}
