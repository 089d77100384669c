//! `twinlens match`: which listing a photo and a title are.

use std::path::PathBuf;

use crate::Result;
use crate::matching::{Filter, Prefers, Query};
use crate::merchant::models::Models;
use crate::photo::{Region, Source};
use crate::title::Gtin;

/// Find the product that a photo and a title show
#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("query").required(true).multiple(true))]
pub struct Arguments {
    /// Folder of a catalogue
    #[arg(long)]
    catalogue: PathBuf,
    /// JPEG, PNG, WebP, GIF or BMP file
    #[arg(long, group = "query")]
    photo: Option<PathBuf>,
    /// Which part of the photo is meant: its left and upper edge, width and height as fractions of the photo's
    #[arg(long, value_name = "X,Y,W,H", requires = "photo", allow_hyphen_values = true)]
    region: Option<Region>,
    #[arg(long, group = "query")]
    title: Option<String>,
    /// What the thing costs, in the shop's currency
    #[arg(long)]
    price: Option<f64>,
    /// The digits under its bar code
    #[arg(long)]
    gtin: Option<Gtin>,
    /// Most hits
    #[arg(long, default_value_t = 10)]
    limit: usize,
    /// Only listings of this category, spelt as the listings have it
    #[arg(long, value_name = "TEXT")]
    category: Option<String>,
    /// Only listings that cost that much or more
    #[arg(long, value_name = "PRICE")]
    min_price: Option<f64>,
    /// Only listings that cost that much or less
    #[arg(long, value_name = "PRICE")]
    max_price: Option<f64>,
    /// Only listings that are in stock, or of which that is not known
    #[arg(long)]
    in_stock: bool,
    #[arg(long, default_value = "auto", value_parser = ["auto", "gpu", "cpu"])]
    device: String,
    /// Folder of packs
    #[arg(long)]
    models: Option<PathBuf>,
}

pub fn run(arguments: &Arguments, json: bool) -> Result<()> {
    let photo = arguments.photo.as_ref().map(|path| super::read_photo(path)).transpose()?;
    let catalogue = crate::merchant::folder::open(&arguments.catalogue)?;
    let models = Models::find(arguments.models.as_deref())?;
    let device = super::open(&arguments.device)?;
    let mut matcher = pollster::block_on(models.matcher(device, catalogue))?;
    let query = Query {
        photo: photo.as_deref().map(Source::File),
        region: arguments.region,
        title: arguments.title.as_deref(),
        price: arguments.price,
        gtin: arguments.gtin,
        limit: arguments.limit,
        filter: Filter {
            category: arguments.category.clone(),
            min_price: arguments.min_price,
            max_price: arguments.max_price,
            in_stock: arguments.in_stock,
        },
    };
    let answer = pollster::block_on(matcher.answer(&query)).map_err(|e| match &arguments.photo {
        Some(path) => super::about_photo(e, path),
        None => e,
    })?;
    if json {
        super::print(&serde_json::json!(answer).to_string());
        return Ok(());
    }
    super::print(&format!("{} ({:.0} %), on the {}", answer.decision, answer.probability * 100.0, answer.device));
    super::print(&format!("     the shop has it: {:.0} %", answer.presence * 100.0));
    if let Some(sentence) = answer.fits.sentence() {
        super::print(&format!("     {sentence}"));
    }
    if let Some(Prefers { photo, title }) = &answer.prefers {
        super::print(&format!("     the photo shows {photo}, the title names {title}"));
    }
    if !answer.unread.is_empty() {
        super::print(&format!(
            "     {} was not read: the shop's encoder does not know these letters",
            answer.unread.join(" ")
        ));
    }
    for note in &answer.notes {
        super::print(&format!("     the photo is {}", note.message));
    }
    for hit in &answer.hits {
        let currency = hit.currency.as_ref().map_or(String::new(), |currency| format!(" {currency}"));
        let price = hit.price.map_or(String::new(), |price| format!("  {price:.2}{currency}"));
        super::print(&format!(
            "{:3.0} %  {:8}  {}  {}{price}",
            hit.probability * 100.0,
            hit.decision.to_string(),
            hit.id,
            hit.title
        ));
        super::print(&format!("       {}", hit.why.join("; ")));
    }
    Ok(())
}
