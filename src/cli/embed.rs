//! `twinlens embed`: the vector of one photo or title.

use std::path::PathBuf;

use serde_json::json;

use crate::Result;
use crate::merchant::models::Models;
use crate::photo::decode;
use crate::title::NormalTitle;

/// Print the embedding of a photo or a title
#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("input").required(true))]
pub struct Arguments {
    /// JPEG, PNG, WebP, GIF or BMP file
    #[arg(long, group = "input")]
    photo: Option<PathBuf>,
    #[arg(long, group = "input")]
    title: Option<String>,
    /// Name of the encoder; without one, that of a default catalogue
    #[arg(long)]
    encoder: Option<String>,
    #[arg(long, default_value = "auto", value_parser = ["auto", "gpu", "cpu"])]
    device: String,
    /// Folder of packs
    #[arg(long)]
    models: Option<PathBuf>,
}

pub fn run(arguments: &Arguments, json: bool) -> Result<()> {
    let default = if arguments.photo.is_some() { "efficientnet-lite0" } else { "e5-small-latin" };
    let name = arguments.encoder.as_deref().unwrap_or(default);
    let photo = arguments
        .photo
        .as_ref()
        .map(|path| decode(&super::read_photo(path)?).map_err(|e| super::about_photo(e, path)))
        .transpose()?;
    let models = Models::find(arguments.models.as_deref())?;
    let device = super::open(&arguments.device)?;
    let (identity, embedding) = match (&photo, &arguments.title) {
        (Some(photo), _) => {
            let (identity, mut encoder) = models.image_encoder(name, &device)?;
            (identity, pollster::block_on(encoder.embed(photo))?)
        }
        (None, title) => {
            let (identity, mut encoder) = models.text_encoder(name, &device)?;
            (identity, pollster::block_on(encoder.embed(&NormalTitle::of(title.as_deref().unwrap_or_default())?))?)
        }
    };
    if json {
        let document = json!({
            "encoder": identity.name, "dim": identity.dimension, "device": device.name(), "embedding": embedding,
        });
        super::print(&document.to_string());
    } else {
        let values: Vec<String> = embedding.iter().map(|v| format!("{v:.6}")).collect();
        super::print(&values.join(" "));
    }
    Ok(())
}
