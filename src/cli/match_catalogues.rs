//! `twinlens match-catalogues`: which rows of two CSVs are the same product.

use std::path::PathBuf;

use super::{feed, pairs};
use crate::Result;
use crate::merchant::build::thumbnail;
use crate::merchant::pairing::{Lists, Rows, Side, between};
use crate::photo::decode;

/// Find the rows of a second CSV that are the products of a first one
#[derive(clap::Args)]
#[command(after_help = pairs::HELP)]
pub struct Arguments {
    /// CSV as for build, whose rows are looked for
    a: PathBuf,
    /// CSV as for build, in which they are looked for
    b: PathBuf,
    /// Folder that holds the images of the first CSV; not needed where no row has one
    #[arg(long)]
    images_a: Option<PathBuf>,
    /// Likewise of the second
    #[arg(long)]
    images_b: Option<PathBuf>,
    #[command(flatten)]
    pairs: pairs::Arguments,
}

pub fn run(arguments: &Arguments, json: bool) -> Result<()> {
    let a = feed::rows(&arguments.a, arguments.images_a.as_deref())?;
    let b = feed::rows(&arguments.b, arguments.images_b.as_deref())?;
    let images_a = pairs::folder(arguments.images_a.as_deref(), "--images-a", &a)?;
    let images_b = pairs::folder(arguments.images_b.as_deref(), "--images-b", &b)?;
    let mut outputs = arguments.pairs.open(Lists { first: &a, second: Some(&b) }, json)?;
    let (identities, mut encoders) = arguments.pairs.encoders()?;
    let further_images: Vec<PathBuf> = a.iter().filter_map(|r| r.image_path(images_a).ok().flatten()).collect();
    let shop =
        pairs::Source { records: &b, images: images_b, further_images: &further_images, identities: &identities };
    let built = shop.build(&mut encoders, arguments.pairs.blend())?;
    let rows = Rows { records: &a, images: images_a, blend: arguments.pairs.blend() };
    let bar = super::bar(a.len(), "rows");
    let options = arguments.pairs.options(built.ranker.model().thresholds);
    let progress = |done| bar.set_position(done);
    let problems = between(&built.ranker, rows, &mut encoders, &options, &progress, &mut |pair| outputs.take(pair))?;
    bar.finish_and_clear();
    outputs.summary.problems = problems;
    outputs.summary.problems_b.clone_from(&built.problems);
    let names = [pairs::name(&arguments.a), pairs::name(&arguments.b)];
    let picture = |side: Side, row: usize| match side {
        Side::First => thumbnail(&decode(&a[row].read_image(images_a).ok()??).ok()?, pairs::PICTURES_SIDE).ok(),
        Side::Second => built.thumbnail(row),
    };
    outputs.finish(&names, &names.join(" against "), &picture)
}
