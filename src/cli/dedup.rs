//! `twinlens dedup`: which rows of a CSV are the same product.

use std::path::PathBuf;

use super::{feed, pairs};
use crate::Result;
use crate::merchant::pairing::{Lists, Side, within};

/// Find the rows of a CSV that are the same product: pairs and clusters
#[derive(clap::Args)]
#[command(after_help = pairs::HELP)]
pub struct Arguments {
    /// CSV as for build
    listings: PathBuf,
    /// Folder that holds the images; not needed where no row has one
    #[arg(long)]
    images: Option<PathBuf>,
    #[command(flatten)]
    pairs: pairs::Arguments,
}

pub fn run(arguments: &Arguments, json: bool) -> Result<()> {
    let records = feed::rows(&arguments.listings, arguments.images.as_deref())?;
    let images = pairs::folder(arguments.images.as_deref(), "--images", &records)?;
    let lists = Lists { first: &records, second: None };
    let mut outputs = arguments.pairs.open(lists, json)?;
    let (identities, mut encoders) = arguments.pairs.encoders()?;
    let shop = pairs::Source { records: &records, images, further_images: &[], identities: &identities };
    let built = shop.build(&mut encoders, arguments.pairs.blend())?;
    let ranker = &built.ranker;
    let bar = super::bar(records.len(), "rows");
    let options = arguments.pairs.options(ranker.model().thresholds);
    within(ranker, &options, &|done| bar.set_position(done), &mut |pair| outputs.take(pair))?;
    bar.finish_and_clear();
    outputs.summary.problems.clone_from(&built.problems);
    let name = pairs::name(&arguments.listings);
    let thumbnail = |_: Side, row: usize| built.thumbnail(row);
    outputs.finish(std::slice::from_ref(&name), &format!("Duplicates in {name}"), &thumbnail)
}
