//! The figures of the table by their names: `research.<task>.<row>.<figure>`.

use serde_json::{Map, Value, json};

use super::{Measured, Research};
use crate::merchant::evaluation::Estimate;

/// All figures that are measured, as one flat object of numbers; the bounds of an interval end in `.low` and `.high`.
pub fn figures(research: &Research) -> Map<String, Value> {
    let mut figures = Map::new();
    for row in &research.rows {
        for cell in &row.cells {
            if let Some(measured) = &cell.measured {
                add(&mut figures, &format!("research.{}.{}", cell.task, row.key), measured);
            }
        }
    }
    figures
}

fn add(figures: &mut Map<String, Value>, prefix: &str, measured: &Measured) {
    let mut put = |name: &str, value: f64| {
        figures.insert(format!("{prefix}.{name}"), json!(value));
    };
    let mut estimates: Vec<(&str, Estimate)> = vec![("r1", measured.recall_at_1), ("r5", measured.recall_at_5)];
    put("queries", measured.queries as f64);
    if let Some(whole) = measured.whole {
        put("all.r1", whole.recall_at_1);
        put("all.r5", whole.recall_at_5);
    }
    if let Some(folds) = &measured.folds {
        put("folds.r1", folds.mean);
        put("folds.deviation", folds.deviation);
    }
    if let Some(pairs) = &measured.pairs {
        estimates.extend([("f1", pairs.f1), ("accuracy", pairs.accuracy)]);
        let names = ["true_match", "false_match", "false_no_match", "true_no_match"];
        names.iter().zip(pairs.confusion).for_each(|(name, count)| put(name, count as f64));
    }
    if let Some(milliseconds) = measured.milliseconds {
        put("ms", milliseconds);
    }
    put("bytes", measured.bytes as f64);
    estimates.extend(measured.gain.map(|gain| ("gain", gain)));
    if let Some((before, after)) = measured.validation_loss {
        put("loss.untrained", before);
        put("loss", after);
    }
    if let Some(found) = &measured.categories {
        estimates.extend([("category.r1", found.recall_at_1), ("category.r5", found.recall_at_5)]);
    }
    if let Some(reference) = &measured.reference {
        put("onnxruntime.r1", reference.recall_at_1);
        put("onnxruntime.r5", reference.recall_at_5);
        put("same.r1", reference.own_recall_at_1);
        put("same.r5", reference.own_recall_at_5);
    }
    if let Some(rounding) = &measured.rounding {
        put("all.pack.r1", rounding.pack_recall_at_1);
        estimates.push(("rounding", rounding.difference));
    }
    for (name, estimate) in estimates {
        put(name, estimate.value);
        put(&format!("{name}.low"), estimate.low);
        put(&format!("{name}.high"), estimate.high);
    }
}
