//! The tables of docs/research.md.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use serde_json::Value;

/// The document of a run, with its options in the command.
pub fn text(found: &Value) -> Result<String> {
    let options = found["options"].as_array().into_iter().flatten().filter_map(Value::as_str);
    // Published weights are downloaded without being asked for.
    let is_added = |option: &&str| {
        let is_weights = |(encoder, _): &(&str, &str)| *option == format!("--weights {encoder}=PATH");
        *option == "--checkpoints DIR" || super::PUBLISHED.iter().any(is_weights)
    };
    let options: String = options.filter(|option| !is_added(option)).map(|option| format!(" {option}")).collect();
    let mut text = include_str!("head.md").replace("OPTIONS", &options);
    let tasks = found["tasks"].as_array().context("expected tasks")?;
    for task in tasks {
        let key = task["key"].as_str().context("expected a task's key")?;
        let rows = rows(found, key);
        let pairs =
            if task["has_labelled_pairs"] == true { "the data's labelled pairs" } else { "pairs that are made" };
        writeln!(
            text,
            "\n## {}\n\n{} candidates; {} listings and queries in {} groups; F1 over {pairs}.",
            task["name"].as_str().unwrap_or_default(),
            task["candidates"],
            task["items"],
            task["groups"]
        )?;
        if rows.iter().any(|(_, cell)| cell["measured"].is_object()) {
            writeln!(text, "\n![Recall at 1 of each row](research/{key}.svg)")?;
            table(&mut text, &rows)?;
            gains(&mut text, &rows)?;
            categories(&mut text, &rows)?;
            reference(&mut text, &rows)?;
            rounding(&mut text, &rows)?;
            decisions(&mut text, &rows)?;
        }
        missing(&mut text, &rows)?;
    }
    for set in found["skipped"].as_array().into_iter().flatten() {
        writeln!(text, "\nLeft out: {}.", set.as_str().unwrap_or_default())?;
    }
    Ok(text)
}

/// The rows that have a cell in a task.
fn rows<'a>(found: &'a Value, task: &str) -> Vec<(&'a str, &'a Value)> {
    let rows = found["rows"].as_array().into_iter().flatten();
    let cell = |row: &'a Value| {
        let cell = row["cells"].as_array()?.iter().find(|cell| cell["task"] == task)?;
        Some((row["name"].as_str()?, cell))
    };
    rows.filter_map(cell).collect()
}

fn measured<'a>(rows: &[(&'a str, &'a Value)]) -> impl Iterator<Item = (&'a str, &'a Value)> {
    let own: Vec<_> = rows.iter().map(|(name, cell)| (*name, &cell["measured"])).collect();
    own.into_iter().filter(|(_, measured)| measured.is_object())
}

fn table(text: &mut String, rows: &[(&str, &Value)]) -> Result<()> {
    writeln!(
        text,
        "\n| | queries | R@1 | R@5 | K-fold R@1 | F1 | accuracy | Match right / wrong, No-Match wrong / right | ms | MB |\n\
         |---|---|---|---|---|---|---|---|---|---|"
    )?;
    for (name, own) in measured(rows) {
        let folds = &own["folds"];
        let pairs = &own["pairs"];
        let confusion: Vec<String> =
            pairs["confusion"].as_array().into_iter().flatten().map(ToString::to_string).collect();
        let confusion = match confusion.as_slice() {
            [a, b, c, d] => format!("{a} / {b}, {c} / {d}"),
            _ => "–".into(),
        };
        let folds = match folds["mean"].as_f64() {
            Some(mean) => format!("{mean:.3} ± {:.3}", folds["deviation"].as_f64().unwrap_or_default()),
            None => "–".into(),
        };
        let megabytes = own["bytes"].as_f64().filter(|bytes| *bytes > 0.0);
        writeln!(
            text,
            "| {name} | {} | {} | {} | {folds} | {} | {} | {confusion} | {} | {} |",
            own["queries"],
            estimate(&own["recall_at_1"]),
            estimate(&own["recall_at_5"]),
            estimate(&pairs["f1"]),
            estimate(&pairs["accuracy"]),
            own["milliseconds"].as_f64().map_or("–".into(), |time| format!("{time:.1}")),
            megabytes.map_or("–".into(), |bytes| format!("{:.1}", bytes / 1e6))
        )?;
    }
    Ok(())
}

fn gains(text: &mut String, rows: &[(&str, &Value)]) -> Result<()> {
    let own: Vec<_> = measured(rows).filter(|(_, measured)| measured["gain"].is_object()).collect();
    if own.is_empty() {
        return Ok(());
    }
    writeln!(
        text,
        "\n| trained | R@1 less the untrained encoder's, same queries | validation loss, untrained → trained |\n|---|---|---|"
    )?;
    for (name, own) in own {
        let signed = |key: &str| own["gain"][key].as_f64().unwrap_or_default();
        let gain = format!("{:+.3} ({:+.3} to {:+.3})", signed("value"), signed("low"), signed("high"));
        let loss = |i: usize| own["validation_loss"][i].as_f64();
        let loss = match (loss(0), loss(1)) {
            (Some(before), Some(after)) => format!("{before:.4} → {after:.4}"),
            _ => "not trained on this data".into(),
        };
        writeln!(text, "| {name} | {gain} | {loss} |")?;
    }
    Ok(())
}

fn categories(text: &mut String, rows: &[(&str, &Value)]) -> Result<()> {
    let own: Vec<_> = measured(rows).filter(|(_, measured)| measured["categories"].is_object()).collect();
    let Some((_, first)) = own.first() else { return Ok(()) };
    let found = &first["categories"];
    let from = if found["from_data"] == true { "the data's own" } else { "frequent words of the titles" };
    writeln!(
        text,
        "\nCategory → picture, over {} pictures of the test part; {} categories, {from}:\n\n| | R@1 | R@5 |\n|---|---|---|",
        found["pictures"], found["categories"]
    )?;
    for (name, own) in own {
        let found = &own["categories"];
        writeln!(text, "| {name} | {} | {} |", estimate(&found["recall_at_1"]), estimate(&found["recall_at_5"]))?;
    }
    Ok(())
}

fn rounding(text: &mut String, rows: &[(&str, &Value)]) -> Result<()> {
    let own: Vec<_> = measured(rows).filter(|(_, measured)| measured["rounding"].is_object()).collect();
    let Some((_, first)) = own.first() else { return Ok(()) };
    writeln!(
        text,
        "\nWhat rounding costs, over all {} queries:\n\n| | R@1 in f32 | R@1 of the pack | difference |\n|---|---|---|---|",
        first["rounding"]["queries"]
    )?;
    for (name, own) in own {
        let found = &own["rounding"];
        let share = |key: &str| found[key].as_f64().map_or("–".into(), |value| format!("{value:.4}"));
        let signed = |key: &str| found["difference"][key].as_f64().unwrap_or_default();
        writeln!(
            text,
            "| {name} | {} | {} | {:+.4} ({:+.4} to {:+.4}) |",
            share("recall_at_1"),
            share("pack_recall_at_1"),
            signed("value"),
            signed("low"),
            signed("high")
        )?;
    }
    Ok(())
}

fn reference(text: &mut String, rows: &[(&str, &Value)]) -> Result<()> {
    for (name, own) in measured(rows) {
        let reference = &own["reference"];
        let Some(by) = reference["by"].as_str() else { continue };
        let share = |key: &str| reference[key].as_f64().map_or("–".into(), |value| format!("{value:.4}"));
        writeln!(
            text,
            "\n{name}, over all {} queries, beside the same weights in another runtime \
             (`tests/reference/mobilenet_v2_onnx.py`):\n\n| | R@1 | R@5 |\n|---|---|---|\n| Burn, here | {} | {} |\n| {by} | {} | {} |",
            reference["queries"],
            share("own_recall_at_1"),
            share("own_recall_at_5"),
            share("recall_at_1"),
            share("recall_at_5")
        )?;
    }
    Ok(())
}

fn decisions(text: &mut String, rows: &[(&str, &Value)]) -> Result<()> {
    for (name, own) in measured(rows) {
        let Some(there) = own["decisions"]["there"].as_array() else { continue };
        let shares = |shares: &[Value]| {
            let shares = shares.iter().filter_map(Value::as_f64).map(|share| format!("{share:.3}"));
            shares.collect::<Vec<_>>().join(" / ")
        };
        let not_there = own["decisions"]["not_there"].as_array().context("expected shares of decisions")?;
        writeln!(
            text,
            "\n{name}: {}.\n\n| decision | |\n|---|---|\n| product there: right Match / wrong Match / Unsure / No-Match | {} |\n\
             | product not there: Match / Unsure / No-Match | {} |",
            own["note"].as_str().unwrap_or_default(),
            shares(there),
            shares(not_there)
        )?;
    }
    Ok(())
}

/// Rows that were not run, with the reason.
fn missing(text: &mut String, rows: &[(&str, &Value)]) -> Result<()> {
    let own: Vec<_> = rows.iter().filter_map(|(name, cell)| Some((name, cell["reason"].as_str()?))).collect();
    if !own.is_empty() {
        writeln!(text, "\n| not measured | |\n|---|---|")?;
    }
    for (name, reason) in own {
        writeln!(text, "| {name} | {reason} |")?;
    }
    Ok(())
}

fn estimate(value: &Value) -> String {
    let [Some(value), Some(low), Some(high)] = ["value", "low", "high"].map(|key| value[key].as_f64()) else {
        return "–".into();
    };
    format!("{value:.3} ({low:.3}–{high:.3})")
}
