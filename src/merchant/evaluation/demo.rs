//! Short queries in five languages over the demo shop, whose titles are English.

use std::collections::BTreeSet;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::retrieval::Row;
use crate::catalogue::Catalogue;
use crate::encoder::{Kind, TextEncoder};
use crate::engine::Device;
use crate::matching::{Matcher, NO_DEVICE, Prepared, Query as Asked};
use crate::merchant::folder;
use crate::merchant::models::Models;
use crate::title::NormalTitle;
use crate::{Error, Result};

/// Language, query, and the ids of all listings that it fits.
const QUERIES: &str = include_str!("data/demo-queries.tsv");
/// The encoders whose vectors are compared.
pub const DEMO_ENCODERS: [&str; 2] = ["e5-table", "e5-small-latin"];

/// Names of the rows that are answers of a matcher.
const LETTERS: &str = "answer by letters alone";
const FIRST: &str = "first answer, with the preliminary encoder";
const REFINED: &str = "refined answer, with all text encoders";

/// How the ways to rank did.
#[derive(Debug, Clone, Serialize)]
pub struct DemoReport {
    pub queries: usize,
    pub listings: usize,
    pub rows: Vec<Row>,
    /// Queries of whose listings none was among the first five, with the way to rank.
    pub missed: Vec<[String; 2]>,
}

#[derive(Deserialize)]
struct Query {
    language: String,
    query: String,
    ids: String,
}

impl Query {
    fn relevant(&self) -> BTreeSet<&str> {
        self.ids.split(' ').collect()
    }
}

/// Asks the catalogue in a folder, which is the demo shop's, each query in each way: by the vectors of each encoder alone, and as a
/// shopper does, of a matcher without encoders, then with the preliminary one, then with all that read titles.
///
/// Errors are those of reading catalogue and packs and of encoding.
pub fn demo(folder: &Path, encoders: &[String], models: &Models, device: &Device) -> Result<DemoReport> {
    let catalogue = folder::open(folder)?;
    let queries = queries(&catalogue)?;
    let mut report = DemoReport {
        queries: queries.len(),
        listings: catalogue.positions().count(),
        rows: Vec::new(),
        missed: Vec::new(),
    };
    for name in encoders {
        let (_, mut encoder) = models.text_encoder(name, device)?;
        let listings = listing_vectors(&catalogue, &mut encoder)?;
        let ranking = |query: &str| by_cosine(&listings, &mut encoder, query);
        report.add(&format!("{name} alone"), &queries, ranking)?;
    }
    let identities = catalogue.manifest.encoders.clone();
    let listings = report.listings;
    let mut matcher = pollster::block_on(Matcher::open(catalogue, models.reload(), "gpu"))?;
    report.add(LETTERS, &queries, |query| answered(&mut matcher, query, listings))?;
    for (name, preliminary) in [(FIRST, true), (REFINED, false)] {
        for identity in identities.iter().filter(|e| e.kind == Kind::Text && e.preliminary == preliminary) {
            let device = if preliminary { &NO_DEVICE } else { device };
            let prepared = Prepared::new(identity.clone(), device, async |_| models.load(identity));
            pollster::block_on(async { matcher.attach(prepared.await?).await })?;
        }
        report.add(name, &queries, |query| answered(&mut matcher, query, listings))?;
    }
    Ok(report)
}

/// Ids of the hits of an answer, best first.
fn answered(matcher: &mut Matcher, query: &str, listings: usize) -> Result<Vec<String>> {
    let asked = Asked { title: Some(query), limit: listings, ..Asked::default() };
    Ok(pollster::block_on(matcher.answer(&asked))?.hits.into_iter().map(|hit| hit.id).collect())
}

impl DemoReport {
    /// Ranks the listings for each query: `ranking` gives ids, the best first.
    fn add(
        &mut self,
        name: &str,
        queries: &[Query],
        mut ranking: impl FnMut(&str) -> Result<Vec<String>>,
    ) -> Result<()> {
        let mut ranks = Vec::new();
        for (group, query) in queries.iter().enumerate() {
            let relevant = query.relevant();
            let rank = ranking(&query.query)?.iter().position(|id| relevant.contains(id.as_str()));
            if rank.is_none_or(|rank| rank >= 5) {
                self.missed.push([name.into(), format!("{} ({})", query.query, query.language)]);
            }
            ranks.push((group as u64, rank));
        }
        self.rows.push(Row::of(name, &ranks));
        Ok(())
    }
}

/// The queries, each of whose listings the shop has.
fn queries(catalogue: &Catalogue) -> Result<Vec<Query>> {
    let place = "the queries over the demo shop";
    let mut reader = csv::ReaderBuilder::new().delimiter(b'\t').from_reader(QUERIES.as_bytes());
    let queries: std::result::Result<Vec<Query>, csv::Error> = reader.deserialize().collect();
    let queries = queries.map_err(|e| Error::listings("rows of language, query and ids", e.to_string(), place))?;
    let known: BTreeSet<&str> = catalogue.positions().map(|p| catalogue.listing(p).id.as_str()).collect();
    if let Some(id) = queries.iter().flat_map(Query::relevant).find(|id| !known.contains(id)) {
        return Err(Error::listings("ids of the demo shop", format!("{id:?}"), place));
    }
    Ok(queries)
}

/// The id of each listing with its title's vector, of length 1.
fn listing_vectors(catalogue: &Catalogue, encoder: &mut TextEncoder) -> Result<Vec<(String, Vec<f32>)>> {
    let listings = catalogue.positions().map(|position| catalogue.listing(position));
    listings.map(|listing| Ok((listing.id.clone(), embedded(encoder, &listing.title)?))).collect()
}

fn embedded(encoder: &mut TextEncoder, text: &str) -> Result<Vec<f32>> {
    pollster::block_on(encoder.embed(&NormalTitle::of(text)?))
}

/// Ids of the listings by the cosine of their title to the query.
fn by_cosine(listings: &[(String, Vec<f32>)], encoder: &mut TextEncoder, query: &str) -> Result<Vec<String>> {
    let wanted = embedded(encoder, query)?;
    let cosine = |vector: &[f32]| -> f32 { vector.iter().zip(&wanted).map(|(a, b)| a * b).sum() };
    let mut scored: Vec<(f32, &str)> = listings.iter().map(|(id, vector)| (cosine(vector), id.as_str())).collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    Ok(scored.into_iter().map(|(_, id)| id.to_string()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_queries_are_of_five_languages_and_name_listings_of_the_demo_shop() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/www/demo/catalogue");
        let queries = queries(&folder::open(Path::new(folder)).unwrap()).unwrap();
        let languages: BTreeSet<&str> = queries.iter().map(|query| query.language.as_str()).collect();
        assert_eq!(languages, ["de", "en", "es", "fr", "id"].into());
        assert!(queries.len() >= 40);
    }
}
