//! Short queries in five languages over the demo shop: their figures and their table.

use anyhow::{Context, Result};
use serde_json::Value;

use super::{estimate, label};

/// The answers of a matcher, by their figures' keys, with the names of their rows.
const ANSWERS: [(&str, &str); 3] = [
    ("letters", "answer by letters alone"),
    ("first", "first answer, with the preliminary encoder"),
    ("refined", "refined answer, with all text encoders"),
];

/// The figures by their keys, of the JSON document of `twinlens eval demo`.
pub fn figures(found: &Value) -> Result<Vec<(String, Value)>> {
    let rows = found["demo"]["rows"].as_array().context("expected ways to answer short queries")?;
    let mut figures = Vec::new();
    for (key, name) in ANSWERS {
        let row = rows.iter().find(|row| row["name"] == name).with_context(|| format!("expected a row {name:?}"))?;
        for (figure, column) in [("r1", "recall_at_1"), ("r5", "recall_at_5")] {
            figures.push((format!("demo.{key}.{figure}"), row[column]["value"].clone()));
        }
    }
    Ok(figures)
}

/// The section of docs/accuracy.md.
pub fn table(found: &Value) -> String {
    let found = &found["demo"];
    let mut text = format!(
        "\n## Short queries in five languages\n\n```sh\ntwinlens eval demo\n```\n\n{} queries of a few words over the {} English \
         titles of the demo shop, by the vectors of an encoder alone and as a shopper gets them answered.\n\n\
         | | R@1 | R@5 |\n|---|---|---|\n",
        found["queries"], found["listings"]
    );
    for row in found["rows"].as_array().into_iter().flatten() {
        let (first, fifth) = (estimate(&row["recall_at_1"]), estimate(&row["recall_at_5"]));
        text.push_str(&format!("| {} | {first} | {fifth} |\n", label(&row["name"])));
    }
    text
}
