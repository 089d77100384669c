//! Products against products: apparel's other views held against the shop, as one HTML file.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::ControlFlow;
use std::path::Path;

use super::super::pairs;
use crate::fusion::Decision;
use crate::merchant::build::thumbnail;
use crate::merchant::evaluation::Dataset;
use crate::merchant::listings::Record;
use crate::merchant::models::Models;
use crate::merchant::pairing::report::{MOST_SHOWN, Report};
use crate::merchant::pairing::{Clusters, Lists, Options, Rows, Side, Summary, between};
use crate::photo::decode;
use crate::{Error, Result};

/// The encoders of the report.
const ENCODERS: [&str; 2] = ["efficientnet-lite0", "e5-small-latin"];
/// Queries that are shown.
const SHOWN: usize = 60;

/// Writes the report of the first queries that have a photo and a title.
///
/// # Errors
/// Where the data or the packs cannot be read, or the file cannot be written.
pub fn write(data: &Path, models: &Models, path: &Path) -> Result<()> {
    let dataset = Dataset::read("apparel", data)?;
    let asked = dataset.queries.iter().filter(|query| !query.image.is_empty() && !query.title.is_empty());
    let record = |(i, query): (usize, &crate::merchant::evaluation::Query)| Record {
        line: i as u64 + 1,
        id: format!("query-{}", i + 1),
        title: query.title.clone(),
        images: vec![query.image.clone()],
        price: query.price,
        ..Record::default()
    };
    // Each photo once: of its spellings the first.
    let mut seen = std::collections::BTreeSet::new();
    let asked = asked.filter(|query| seen.insert(query.image.clone()));
    let rows: Vec<Record> = asked.take(SHOWN).enumerate().map(record).collect();
    let lists = Lists { first: &rows, second: Some(&dataset.listings) };
    let failed =
        |e: std::io::Error| Error::io("writing a report", "a file that can be written", e, path.display().to_string());
    let mut file = BufWriter::new(File::create(path).map_err(failed)?);
    let names = ENCODERS.map(str::to_string);
    let (identities, mut encoders) = models.encoders(&names, &[], &super::super::open("cpu")?)?;
    let shop = pairs::Source {
        records: &dataset.listings,
        images: &dataset.images,
        further_images: &[],
        identities: &identities,
    };
    let built = shop.build(&mut encoders, None)?;
    let options =
        Options { min_probability: built.ranker.model().thresholds.no_match, mutual_best: false, at_least_one: true };
    let rows_of = Rows { records: &rows, images: &dataset.images, blend: None };
    let mut summary =
        Summary { rows: rows.len() as u64, rows_b: Some(dataset.listings.len() as u64), ..Summary::default() };
    let (mut found, mut links) = (Vec::new(), Clusters::default());
    summary.problems = between(&built.ranker, rows_of, &mut encoders, &options, &|_| {}, &mut |pair| {
        if pair.decision == Decision::Match {
            let [a, b] = lists.nodes(&pair);
            links.add(a, b, pair.log_odds);
        }
        found.push(pair);
        Ok(ControlFlow::Continue(()))
    })?;
    found.iter().for_each(|pair| summary.count(pair));
    summary.problems_b.clone_from(&built.problems);
    let clusters = lists.clusters(links);
    summary.clusters = clusters.len() as u64;
    let picture = |side: Side, row: usize| match side {
        Side::First => {
            let photo = rows.get(row)?.read_image(&dataset.images).ok()??;
            thumbnail(&decode(&photo).ok()?, pairs::PICTURES_SIDE).ok()
        }
        Side::Second => built.thumbnail(row),
    };
    let heading = "Apparel: other views with misspelt titles, against the shop";
    found.truncate(MOST_SHOWN);
    let report = Report { heading, lists, summary: &summary, clusters: &clusters, pairs: &found, thumbnail: &picture };
    report.write(&mut file).and_then(|()| file.flush()).map_err(failed)
}
