//! `twinlens eval`: accuracy on public data.

mod barcodes;
mod demo;
mod photos;
mod shops;

use std::path::PathBuf;

use crate::merchant::evaluation::{
    BARCODE, DEMO, Dataset, Estimate, GroupRow, LOOKALIKE, ModeReport, PHOTOS, PROFILES, PairRow, SHOP_PROFILES,
    lookalikes, report,
};
use crate::merchant::models::{Models, nearest};
use crate::{Error, Result};

/// Reproduce a row of the accuracy tables
#[derive(clap::Args)]
pub struct Arguments {
    /// Data set and task
    #[arg(value_parser = PROFILES)]
    profile: String,
    /// Folder of the data sets; without one, the nearest shared/data here or above
    #[arg(long)]
    data: Option<PathBuf>,
    /// Only these encoders
    #[arg(long, value_delimiter = ',')]
    encoders: Vec<String>,
    #[arg(long, default_value = "cpu", value_parser = ["auto", "gpu", "cpu"])]
    device: String,
    /// Folder of packs
    #[arg(long)]
    models: Option<PathBuf>,
}

pub fn run(arguments: &Arguments, json: bool) -> Result<()> {
    if arguments.profile == LOOKALIKE {
        return run_lookalikes(arguments, json);
    }
    if arguments.profile == BARCODE {
        return barcodes::run(arguments, json);
    }
    if arguments.profile == DEMO {
        return demo::run(arguments, json);
    }
    if arguments.profile == PHOTOS {
        return photos::run(arguments, json);
    }
    if SHOP_PROFILES.contains(&arguments.profile.as_str()) {
        return shops::run(arguments, json);
    }
    let data = arguments.data.clone().or_else(|| nearest("shared/data", |folder| folder.is_dir()));
    let none = || Error::io("looking for data sets", "--data or a folder shared/data here or above", "none", ".");
    let data = data.ok_or_else(none)?;
    let dataset = Dataset::read(&arguments.profile, &data)?;
    let models = Models::find(arguments.models.as_deref())?;
    let device = super::open(&arguments.device)?;
    let own = dataset.encoders.iter().map(ToString::to_string).collect();
    let names: Vec<String> = if arguments.encoders.is_empty() { own } else { arguments.encoders.clone() };
    let encoders = names.iter().map(|name| models.encoder(name, &device)).collect::<Result<Vec<_>>>()?;
    let report = report(&arguments.profile, &dataset, encoders)?;
    if json {
        super::print(&serde_json::json!(report).to_string());
        return Ok(());
    }
    super::print(&format!("{}: {} listings, {}", report.profile, report.listings, report.encoders.join(", ")));
    for ModeReport { baselines, twinlens } in &report.modes {
        super::print(&format!("\n{} queries by {}", twinlens.queries, twinlens.mode.name()));
        super::print(&format!("{:40}  R@1                R@5", ""));
        for row in baselines.iter().chain([&twinlens.unlabelled_row, &twinlens.row]) {
            let (one, five) = (interval(row.recall_at_1), interval(row.recall_at_5));
            super::print(&format!("{:40}  {one}  {five}", row.name));
        }
        super::print(&format!(
            "calibration error {}, without labels {}; open-set AUROC {}, precision at 95 % recall {:.3}",
            interval(twinlens.calibration_error),
            interval(twinlens.unlabelled_calibration_error),
            interval(twinlens.open_set_auroc),
            twinlens.open_set_precision_at_95_recall
        ));
        super::print("probability  answers  mean said  right");
        for bin in &twinlens.reliability {
            super::print(&format!(
                "{:.1} to {:.1}   {:7}  {:9.3}  {:.3}",
                bin.from, bin.to, bin.answers, bin.mean_probability, bin.right
            ));
        }
        let percent =
            |shares: &[f64]| shares.iter().map(|s| format!("{:.1} %", s * 100.0)).collect::<Vec<_>>().join(", ");
        super::print(&format!(
            "product there: right Match, wrong Match, Unsure, No-Match: {}",
            percent(&twinlens.decisions.there)
        ));
        super::print(&format!(
            "product not there: Match, Unsure, No-Match: {}",
            percent(&twinlens.decisions.not_there)
        ));
    }
    if !report.pairs.is_empty() {
        super::print(&format!("\n{:40}  precision  recall  F1 on test", "pairs, threshold from valid"));
    }
    for PairRow { name, test, test_f1, .. } in &report.pairs {
        super::print(&format!("{name:40}  {:.3}      {:.3}   {}", test.precision, test.recall, interval(*test_f1)));
    }
    if !report.groups.is_empty() {
        super::print(&format!("\n{:40}  row-wise mean F1", "rows against rows"));
    }
    for GroupRow { name, row_wise_f1 } in &report.groups {
        super::print(&format!("{name:40}  {}", interval(*row_wise_f1)));
    }
    Ok(())
}

/// Pairs of products that differ in one value, made here.
fn run_lookalikes(arguments: &Arguments, json: bool) -> Result<()> {
    let models = Models::find(arguments.models.as_deref())?;
    let device = super::open(&arguments.device)?;
    let name = arguments.encoders.first().map_or("e5-small-latin", String::as_str);
    let found = lookalikes(vec![models.encoder(name, &device)?])?;
    if json {
        super::print(&serde_json::json!({"profile": LOOKALIKE, "lookalikes": found}).to_string());
        return Ok(());
    }
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    super::print(&format!(
        "{} products that the shop has with another value: {} Match, {} Unsure",
        found.pairs,
        percent(found.false_match),
        percent(found.unsure)
    ));
    super::print(&format!(
        "{} products that the shop has, the value written otherwise: {} found, {} Match",
        found.spellings,
        percent(found.found),
        percent(found.true_match)
    ));
    found.examples.iter().for_each(|[query, listing]| super::print(&format!("  {query:?} taken for {listing:?}")));
    Ok(())
}

fn interval(estimate: Estimate) -> String {
    format!("{:.3} ({:.3}–{:.3})", estimate.value, estimate.low, estimate.high)
}
