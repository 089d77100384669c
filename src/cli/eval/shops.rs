//! `twinlens eval` of whole shops, each built, learnt and asked as a shopper asks it.

use super::Arguments;
use crate::Result;
use crate::merchant::evaluation::{ShopReport, ShopsReport, Tally, shops_report};
use crate::merchant::models::Models;

const HEADER: &str = "queries there  first  Match  wrong Match  No-Match   not there  Match  No-Match";

pub fn run(arguments: &Arguments, json: bool) -> Result<()> {
    let models = Models::find(arguments.models.as_deref())?;
    let device = crate::cli::open(&arguments.device)?;
    let report = shops_report(&arguments.profile, arguments.data.as_deref(), &models, &device)?;
    if json {
        crate::cli::print(&serde_json::json!(report).to_string());
    } else {
        print(&report);
    }
    Ok(())
}

fn print(report: &ShopsReport) {
    for ShopReport { name, encoder, listings, counts, kinds, .. } in &report.shops {
        crate::cli::print(&format!("\n{name}: {listings} listings, {encoder}\n{:32}  {HEADER}", ""));
        crate::cli::print(&row("all", counts));
        kinds.iter().for_each(|(kind, counts)| crate::cli::print(&row(kind, counts)));
    }
    let mut kinds = std::collections::BTreeMap::<&str, Tally>::new();
    report
        .shops
        .iter()
        .flat_map(|shop| &shop.kinds)
        .for_each(|(kind, counts)| *kinds.entry(kind).or_default() += *counts);
    crate::cli::print(&format!("\n{:32}  {HEADER}", "all shops"));
    kinds.iter().for_each(|(kind, counts)| crate::cli::print(&row(kind, counts)));
    for reason in &report.skipped {
        crate::cli::print(&format!("skipped: {reason}"));
    }
}

fn row(name: &str, counts: &Tally) -> String {
    let shares = counts.shares();
    let [first, right, wrong, missed, taken, refused] = [
        shares.top1,
        shares.right_match,
        shares.wrong_match,
        shares.no_match,
        shares.false_match,
        shares.right_no_match,
    ]
    .map(|share| format!("{share:.3}"));
    let there = [first, right, wrong, missed].map(|s| if counts.there == 0 { "–".into() } else { s });
    let not_there = [taken, refused].map(|s| if counts.not_there == 0 { "–".into() } else { s });
    format!(
        "{name:32}  {:13}  {:5}  {:5}  {:11}  {:8}   {:9}  {:5}  {:8}",
        counts.there, there[0], there[1], there[2], there[3], counts.not_there, not_there[0], not_there[1]
    )
}
