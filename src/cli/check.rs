//! `twinlens check`: what a build would make of an export.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::feed;
use crate::Result;
use crate::merchant::build::unreadable;
use crate::merchant::feed::Variants;

/// Tell what build would make of an export of products: format, columns, listings and problems, without encoding
#[derive(clap::Args)]
pub struct Arguments {
    /// Export of products, as for build
    listings: PathBuf,
    /// Folder that holds the images; they are decoded, too
    #[arg(long)]
    images: Option<PathBuf>,
    /// Whether the variants of a product become one listing
    #[arg(long, value_enum, default_value_t = Variants::Together)]
    variants: Variants,
    #[command(flatten)]
    feed: feed::Arguments,
}

pub fn run(arguments: &Arguments, json: bool) -> Result<()> {
    let mut report_of = arguments.feed.read(&arguments.listings, arguments.images.as_deref(), arguments.variants)?;
    if arguments.images.is_none() {
        report_of.records.iter_mut().for_each(|record| record.images.clear());
    }
    let images = arguments.images.as_deref().unwrap_or(Path::new(""));
    let bar = super::bar(report_of.records.len(), "listings");
    let lost = report_of.records.par_iter().flat_map_iter(|record| {
        let problems = unreadable(record, images);
        bar.inc(1);
        problems
    });
    let mut report = report_of.report;
    let lost: Vec<_> = lost.collect();
    bar.finish_and_clear();
    report.problems.extend(lost);
    report.problems.sort_by_key(|problem| problem.line);
    feed::refuse_problems(arguments.feed.strict, &report.problems, &arguments.listings)?;
    if json {
        super::print(&serde_json::json!(report).to_string());
        return Ok(());
    }
    feed::tell_problems(&report.problems);
    feed::tell(&report);
    super::print(&format!(
        "{} with a picture, {} with a title, {} with a price; {} problems",
        report.with_photo,
        report.with_title,
        report.with_price,
        report.problems.len()
    ));
    Ok(())
}
