//! Titles pasted as the shop has them.

use std::collections::HashMap;
use std::path::Path;

use fastrand::Rng;

use super::dataset::Dataset;
use super::profile_names::IDENTICAL;
use super::shop::{Case, Shop, ask};
use super::shops_report::ShopsReport;
use crate::Result;
use crate::engine::Device;
use crate::merchant::models::Models;
use crate::title::NormalTitle;

const SHOPS: [&str; 2] = ["abt-buy", "amazon-google"];
/// Titles that are tried of each shop.
const SAMPLE: usize = 500;

/// Asks each shop a sample of its own titles, out of those whose normal form no other listing has.
pub fn identical(data: &Path, models: &Models, device: &Device) -> Result<ShopsReport> {
    let report = |name: &str| {
        let listings = Dataset::read(name, data)?.listings;
        let normal: Vec<NormalTitle> = listings.iter().map(|record| NormalTitle::of_listing(&record.title)).collect();
        let mut counts = HashMap::<&str, usize>::new();
        normal.iter().for_each(|title| *counts.entry(title.as_str()).or_default() += 1);
        let is_unique = |i: &usize| counts.get(normal[*i].as_str()) == Some(&1) && !normal[*i].as_str().is_empty();
        let mut unique: Vec<usize> = (0..listings.len()).filter(is_unique).collect();
        Rng::with_seed(1).shuffle(&mut unique);
        let case = |i: usize| Case { kind: "identical".into(), query: listings[i].title.clone(), relevant: [i].into() };
        let cases = unique.into_iter().take(SAMPLE).map(case).collect();
        ask(&Shop { name: name.into(), cases, listings }, "e5-small-latin", models, device)
    };
    Ok(ShopsReport::of(IDENTICAL, SHOPS.into_iter().map(report).collect::<Result<_>>()?, |_| true))
}
