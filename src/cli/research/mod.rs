//! `twinlens research`: the comparison with the research that the project grew from (feature `lab`).

mod products;

use std::path::PathBuf;
use std::sync::Mutex;

use indicatif::ProgressBar;

use crate::lab::research::{Cell, Files, Measured, News, Options, Research, RowReport, figures, run as compare};
use crate::merchant::evaluation::Estimate;
use crate::merchant::models::{Models, nearest};
use crate::{Error, Result};

/// Compare the methods of the research over the same queries, on products that nothing was trained on
#[derive(clap::Args)]
pub struct Arguments {
    /// Folder of the data sets; without one, the nearest shared/data here or above
    #[arg(long)]
    data: Option<PathBuf>,
    /// Kaggle's Shopee folder: train.csv and train_images
    #[arg(long, value_name = "DIR")]
    shopee: Option<PathBuf>,
    /// Only rows whose key has one of these parts; others are shown as far as an earlier run has kept them
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    only: Vec<String>,
    /// Train nothing: trained rows are shown as far as an earlier run has kept them
    #[arg(long)]
    quick: bool,
    /// Leave out the K-fold score of trained rows, which takes five runs of each
    #[arg(long)]
    no_folds: bool,
    /// Published weights of a row: resnet18, resnet50, resnet50v2, vgg19, mobilenet-v2, bert or ecombert, the last two with a
    /// tokenizer.json beside them; of a committed pack, efficientnet-lite0, efficientnet-lite2, minilm or e5-small-latin, for its row in f32
    #[arg(long, value_name = "NAME=PATH")]
    weights: Vec<String>,
    /// Folder of the float weights that recipes fine-tune
    #[arg(long, value_name = "DIR")]
    checkpoints: Option<PathBuf>,
    /// Folder in which results are kept, from which an interrupted run goes on
    #[arg(long, value_name = "DIR", default_value = "target/research")]
    cache: PathBuf,
    /// File for a report of apparel's queries against the shop, with pictures, scores and reasons
    #[arg(long, value_name = "FILE")]
    products: Option<PathBuf>,
    /// Folder of packs
    #[arg(long)]
    models: Option<PathBuf>,
}

pub fn run(arguments: &Arguments, json: bool) -> Result<()> {
    let data = arguments.data.clone().or_else(|| nearest("shared/data", |folder| folder.is_dir()));
    let none = || Error::io("looking for data sets", "--data or a folder shared/data here or above", "none", ".");
    let data = data.ok_or_else(none)?;
    if !data.is_dir() {
        return Err(Error::io("looking for data sets", "a folder", "none", data.display().to_string()));
    }
    let beside = data.join("../models/mobilenet-v2.safetensors");
    let options = Options {
        shopee: arguments.shopee.clone(),
        models: Models::find(arguments.models.as_deref())?,
        weights: Files::of(&arguments.weights)?.or("mobilenet-v2", beside),
        checkpoints: arguments.checkpoints.clone(),
        cache: arguments.cache.clone(),
        only: arguments.only.clone(),
        quick: arguments.quick,
        folds: !arguments.no_folds,
        data,
    };
    let bar = Mutex::new(ProgressBar::hidden());
    let replaced = |next: ProgressBar| {
        if let Ok(mut bar) = bar.lock() {
            bar.finish_and_clear();
            *bar = next;
        }
    };
    let found = compare(&options, &|news| match news {
        News::Step(_, 0) => replaced(ProgressBar::hidden()),
        News::Step(text, parts) => replaced(super::bar(parts, text)),
        News::Advance(parts) => bar.lock().into_iter().for_each(|bar| bar.inc(parts as u64)),
        News::Training(text) => {
            replaced(ProgressBar::hidden());
            eprintln!("{text}");
        }
        News::Row(row) => {
            replaced(ProgressBar::hidden());
            say(json, &line(row));
        }
    })?;
    replaced(ProgressBar::hidden());
    if let Some(path) = &arguments.products {
        products::write(&options.data, &options.models, path)?;
    }
    if json {
        let Research { tasks, rows, skipped, seconds } = &found;
        let document = serde_json::json!({
            "options": arguments.shown(), "tasks": tasks, "rows": rows, "skipped": skipped, "seconds": seconds,
            "figures": figures(&found)
        });
        super::print(&document.to_string());
    } else {
        found.skipped.iter().for_each(|set| super::print(&format!("left out: {set}")));
        print(&found);
    }
    Ok(())
}

impl Arguments {
    /// What was asked for, as options of the command, without the places of this machine.
    fn shown(&self) -> Vec<String> {
        let mut options = Vec::new();
        options.extend(self.shopee.as_ref().map(|_| "--shopee DIR".to_string()));
        options.extend(self.checkpoints.as_ref().map(|_| "--checkpoints DIR".to_string()));
        let name = |weights: &String| format!("--weights {}=PATH", weights.split('=').next().unwrap_or_default());
        options.extend(self.weights.iter().map(name));
        options.extend((!self.only.is_empty()).then(|| format!("--only {}", self.only.join(","))));
        options.extend(self.quick.then(|| "--quick".to_string()));
        options.extend(self.no_folds.then(|| "--no-folds".to_string()));
        options
    }
}

/// A line of progress; on stderr where stdout is for the JSON document.
fn say(json: bool, text: &str) {
    if json { eprintln!("{text}") } else { super::print(text) }
}

/// A row in a line: its R@1 in each task.
fn line(row: &RowReport) -> String {
    let cell = |cell: &Cell| match (&cell.measured, &cell.reason) {
        (Some(measured), _) => Some(format!("{} {:.3}", cell.task, measured.recall_at_1.value)),
        (None, Some(reason)) => Some(format!("{} {reason}", cell.task)),
        (None, None) => None,
    };
    let mut cells: Vec<String> = row.cells.iter().filter_map(cell).collect();
    if let [first, ..] = row.cells.as_slice()
        && row.cells.iter().all(|cell| cell.measured.is_none() && cell.reason == first.reason)
    {
        cells = first.reason.iter().cloned().collect();
    }
    format!("{}: {}", row.key, cells.join(", "))
}

fn print(found: &Research) {
    for task in &found.tasks {
        super::print(&format!("\n{}: {} candidates, {} items", task.name, task.candidates, task.items));
        super::print(&format!(
            "{:48}  R@1                  R@5                  folds  F1 of pairs          accuracy  ms     gain",
            ""
        ));
        for row in &found.rows {
            let Some(own) = row.cells.iter().find(|cell| cell.task == task.key) else { continue };
            match (&own.measured, &own.reason) {
                (Some(measured), _) => super::print(&format!("{:48}  {}", row.name, figures_of(measured))),
                (None, reason) => super::print(&format!("{:48}  {}", row.name, reason.as_deref().unwrap_or("not run"))),
            }
        }
    }
}

fn figures_of(measured: &Measured) -> String {
    let share = |estimate: Estimate| format!("{:.3} ({:.3}–{:.3})", estimate.value, estimate.low, estimate.high);
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "–".into());
    let pairs = measured.pairs.as_ref();
    let gain = measured.gain.map(|gain| format!("{:+.3} ({:+.3} to {:+.3})", gain.value, gain.low, gain.high));
    format!(
        "{}  {}  {:5}  {:19}  {:8}  {:5}  {}",
        share(measured.recall_at_1),
        share(measured.recall_at_5),
        or_none(measured.folds.as_ref().map(|folds| format!("{:.3}", folds.mean))),
        or_none(pairs.map(|pairs| share(pairs.f1))),
        or_none(pairs.map(|pairs| format!("{:.3}", pairs.accuracy.value))),
        or_none(measured.milliseconds.map(|time| format!("{time:.1}"))),
        or_none(gain)
    )
}
