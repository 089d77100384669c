//! A shop of titles, built as `twinlens build` builds it and asked by the matcher as a shopper asks it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;

use super::tally::{Shares, Tally};
use crate::catalogue::{Catalogue, Listing};
use crate::encoder::Encoder;
use crate::engine::Device;
use crate::fusion::{Costs, Decision};
use crate::matching::ranker::Ranker;
use crate::matching::{Hit, Query};
use crate::merchant::build::{self, Source};
use crate::merchant::learn::{LabelledQuery, learn};
use crate::merchant::listings::Record;
use crate::merchant::models::Models;
use crate::{Error, Result};

/// Listings, and what shoppers type.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Shop {
    pub name: String,
    pub listings: Vec<Record>,
    pub cases: Vec<Case>,
}

/// One query whose answer is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Case {
    /// In what the query differs from the listing that it was made of.
    pub kind: String,
    pub query: String,
    /// Indices of the listings that it fits; empty where the shop does not have the product.
    pub relevant: BTreeSet<usize>,
}

/// How one shop did.
#[derive(Debug, Clone, Serialize)]
pub struct ShopReport {
    pub name: String,
    pub encoder: String,
    pub listings: usize,
    pub counts: Tally,
    pub shares: Shares,
    /// The same by kind of query.
    pub kinds: BTreeMap<String, Tally>,
    pub answers: Vec<CaseAnswer>,
}

/// What one query was answered.
#[derive(Debug, Clone, Serialize)]
pub struct CaseAnswer {
    pub kind: String,
    pub query: String,
    /// Ids of the listings that it fits.
    pub expected: Vec<String>,
    pub decision: Decision,
    /// Whether the first hit is one of them.
    pub is_right: bool,
    pub probability: f64,
    pub presence: f64,
    /// The first hit.
    pub id: String,
    pub title: String,
    pub why: Vec<String>,
}

/// Builds a shop in a temporary folder, its decision learnt from its own listings, and asks it every query by title.
///
/// `encoder` is the name of a text encoder's pack. Errors are those of reading the pack, building and matching.
pub fn ask(shop: &Shop, encoder: &str, models: &Models, device: &Device) -> Result<ShopReport> {
    let folder =
        tempfile::tempdir().map_err(|e| Error::io("making a folder", "room for one", e, "the temporary folder"))?;
    build(shop, encoder, models, device, folder.path())?;
    let catalogue = crate::merchant::folder::open(folder.path())?;
    let mut matcher = pollster::block_on(models.matcher(device.clone(), catalogue))?;
    let (mut counts, mut kinds, mut answers) = (Tally::default(), BTreeMap::<String, Tally>::new(), Vec::new());
    for Case { kind, query, relevant } in &shop.cases {
        let asked = Query { title: Some(query), limit: 1, ..Query::default() };
        let answer = pollster::block_on(matcher.answer(&asked))?;
        let expected: Vec<String> =
            relevant.iter().filter_map(|i| shop.listings.get(*i)).map(|record| record.id.clone()).collect();
        let (id, title, why) = match answer.hits.into_iter().next() {
            Some(Hit { id, title, why, .. }) => (id, title, why),
            None => Default::default(),
        };
        let is_right = expected.contains(&id);
        counts.count(!expected.is_empty(), is_right, answer.decision);
        kinds.entry(kind.clone()).or_default().count(!expected.is_empty(), is_right, answer.decision);
        answers.push(CaseAnswer {
            kind: kind.clone(),
            query: query.clone(),
            expected,
            decision: answer.decision,
            is_right,
            probability: answer.probability,
            presence: answer.presence,
            id,
            title,
            why,
        });
    }
    Ok(ShopReport {
        name: shop.name.clone(),
        encoder: encoder.into(),
        listings: shop.listings.len(),
        shares: counts.shares(),
        counts,
        kinds,
        answers,
    })
}

fn build(shop: &Shop, encoder: &str, models: &Models, device: &Device, out: &Path) -> Result<()> {
    let (identities, mut encoders) = models.encoders(&[encoder.into()], &[], device)?;
    let source = Source {
        records: &shop.listings,
        images: out,
        further_images: &[],
        customer_photos: &[],
        customer_titles: &[],
        identities: &identities,
        update: false,
        keep_generations: 0,
        strict: false,
        pictures_side: Some(0),
    };
    let no_photo = |_: &Listing| None;
    let no_queries = |_: &Ranker, _: Vec<LabelledQuery>, _: &mut [Encoder]| Ok(Vec::new());
    let learn = |catalogue: Catalogue, encoders: &mut [Encoder], _: &build::Summary| {
        learn(catalogue, encoders, &no_photo, &no_queries, Costs::default())
    };
    let summary = build::build(&source, out, &mut encoders, &learn, &|_| {})?;
    match summary.problems.first() {
        Some(problem) => {
            let place = format!("{}, line {}", shop.name, problem.line);
            Err(Error::listings("listings that can all be read", problem.to_string(), place))
        }
        None => Ok(()),
    }
}
