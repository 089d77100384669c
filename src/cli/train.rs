//! `twinlens train`: training by a recipe (feature `lab`).

use std::path::PathBuf;
use std::sync::Mutex;

use indicatif::ProgressBar;

use crate::lab::train::{Epoch, News, Places, Recipe, Report, run as train};
use crate::merchant::evaluation::Estimate;
use crate::merchant::models::{Models, nearest};
use crate::{Error, Result};

/// Train an adapter or a fine-tuned encoder by a recipe and write its pack
#[derive(clap::Args)]
pub struct Arguments {
    /// The recipe, a TOML file
    #[arg(long)]
    recipe: PathBuf,
    /// Folder of the data sets; without one, the nearest shared/data here or above
    #[arg(long)]
    data: Option<PathBuf>,
    /// Folder of packs
    #[arg(long)]
    models: Option<PathBuf>,
    /// Folder of the float weights that are fine-tuned; without one, the recipe's
    #[arg(long)]
    weights: Option<PathBuf>,
    /// Folder to write to
    #[arg(long, default_value = "trained")]
    out: PathBuf,
    /// Go on from the state that an interrupted run left there
    #[arg(long)]
    resume: bool,
    /// Stop after so many epochs, to be resumed
    #[arg(long)]
    stop_after: Option<usize>,
}

pub fn run(arguments: &Arguments, json: bool) -> Result<()> {
    // An optimiser's state is read on Burn's default device, which otherwise is a GPU, and a panic where there is none.
    if std::env::var_os("BURN_DEVICE").is_none() {
        // SAFETY: the command begins here; there is no other thread yet that could read the environment.
        unsafe { std::env::set_var("BURN_DEVICE", "flex") };
    }
    let (table, recipe) = Recipe::read(&arguments.recipe)?;
    let data = arguments.data.clone().or_else(|| nearest("shared/data", |folder| folder.is_dir()));
    let none = || Error::io("looking for data sets", "--data or a folder shared/data here or above", "none", ".");
    let beside = || arguments.recipe.parent().map(PathBuf::from).unwrap_or_default();
    let places = Places {
        recipe: arguments.recipe.display().to_string(),
        data: data.ok_or_else(none)?,
        models: Models::find(arguments.models.as_deref())?,
        weights: arguments.weights.clone().unwrap_or_else(beside),
        out: arguments.out.clone(),
        vectors: None,
        resume: arguments.resume,
        stop_after: arguments.stop_after,
    };
    let bar = Mutex::new(ProgressBar::hidden());
    let replaced = |next: ProgressBar| {
        if let Ok(mut bar) = bar.lock() {
            bar.finish_and_clear();
            *bar = next;
        }
    };
    let report = train(&table, &recipe, &places, &|news| match news {
        News::Step(text, 0) => say(json, text),
        News::Step(text, parts) => replaced(super::bar(parts, text)),
        News::Advance(parts) => bar.lock().into_iter().for_each(|bar| bar.inc(parts as u64)),
        News::Batch(1, of) => {
            let next = super::bar(of, "batches");
            next.inc(1);
            replaced(next);
        }
        News::Batch(..) => bar.lock().into_iter().for_each(|bar| bar.inc(1)),
        News::Epoch(epoch) => {
            replaced(ProgressBar::hidden());
            say(json, &line(epoch));
        }
    })?;
    if json {
        super::print(&serde_json::json!(report).to_string());
    } else {
        print(&report, &places);
    }
    Ok(())
}

/// A line of progress; on stderr where stdout is for the JSON document.
fn say(json: bool, text: &str) {
    if json { eprintln!("{text}") } else { super::print(text) }
}

fn line(epoch: &Epoch) -> String {
    let loss = epoch.loss.map_or("untrained".into(), |loss| format!("loss {loss:.5}"));
    format!(
        "epoch {:3}  {loss}  validation: R@1 {:.4}, mean reciprocal rank {:.4}  learning rate {:.2e}",
        epoch.epoch, epoch.recall_at_1, epoch.mean_reciprocal_rank, epoch.learning_rate
    )
}

fn print(report: &Report, places: &Places) {
    if !report.is_finished {
        return super::print(&format!("Stopped after {} epochs; --resume goes on.", report.epochs.len() - 1));
    }
    if let Some(categories) = &report.categories {
        super::print(&format!(
            "{} categories: of {} items the data's own, of {} a frequent word of the title, of {} a cluster",
            categories.count, categories.from_data, categories.from_words, categories.from_clusters
        ));
    }
    for tried in &report.tried {
        super::print(&format!("{:.4} after epoch {}: {}", tried.mean_reciprocal_rank, tried.best_epoch, tried.changes));
    }
    let share = |estimate: Estimate| format!("{:.3} ({:.3}–{:.3})", estimate.value, estimate.low, estimate.high);
    let mut rows = vec![
        ("untrained".to_string(), &report.before),
        ("closed-form projection".into(), &report.projection),
        ("trained".into(), &report.after),
    ];
    for fold in &report.folds {
        rows.push((format!("fold {}, untrained", fold.fold + 1), &fold.before));
        rows.push((format!("fold {}, trained", fold.fold + 1), &fold.after));
    }
    super::print(&format!("\n{:44}  queries  R@1                  R@5                  F1 of pairs", "test: held out"));
    for (name, measured) in rows {
        for row in measured {
            let f1 = row.pairs.as_ref().map_or("–".into(), |pairs| share(pairs.f1));
            let name = format!("{}, {name}", row.set);
            let (one, five) = (share(row.recall_at_1), share(row.recall_at_5));
            super::print(&format!("{name:44}  {:7}  {one}  {five}  {f1}", row.queries));
        }
    }
    super::print(&format!(
        "\n{} groups, {} trained numbers, kept epoch {} of {}, {:.0} s",
        report.groups,
        report.parameters,
        report.best_epoch,
        report.epochs.len().saturating_sub(1),
        report.seconds
    ));
    if let Some(pack) = &report.pack {
        let path = places.out.join(&pack.file);
        super::print(&format!(
            "{}  {} ({} bytes), least cosine to the network's vectors {:.4}",
            pack.sha256,
            path.display(),
            pack.bytes,
            pack.agreement
        ));
    }
}
