//! `twinlens check`: what a build would make of an export.

use std::path::PathBuf;

use rayon::prelude::*;

use super::feed;
use crate::Result;
use crate::merchant::build::{Readable, readable};
use crate::merchant::feed::Feed;

/// Tell what build would make of an export of products: format, columns, listings and problems, without encoding
#[derive(clap::Args)]
pub struct Arguments {
    /// Export of products, as for build
    listings: PathBuf,
    #[command(flatten)]
    feed: feed::Arguments,
}

pub fn run(arguments: &Arguments, json: bool) -> Result<()> {
    let Feed { records, mut report } = arguments.feed.read(&arguments.listings)?;
    let images = arguments.feed.folder();
    let bar = super::bar(records.len(), "listings");
    let read = records.par_iter().map(|record| {
        let read = readable(record, images);
        bar.inc(1);
        read
    });
    let read: Vec<Readable> = read.collect();
    bar.finish_and_clear();
    let count = |has: fn(&Readable) -> bool| read.iter().filter(|read| has(read)).count() as u64;
    report.with_title = count(|read| read.has_title);
    if arguments.feed.images.is_some() {
        report.with_photo = count(|read| read.has_photo);
    }
    report.problems.extend(read.into_iter().flat_map(|read| read.problems));
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
