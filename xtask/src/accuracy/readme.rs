//! The README's table of accuracy, which is written between two markers.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use super::shown;

const BEGIN: &str = "<!-- Written by `cargo xtask accuracy`. -->\n";
const END: &str = "<!-- End of what it writes. -->\n";

/// Writes the tables of the evaluations of `twinlens eval` into the README: `shops`, then the profiles of public data.
pub fn update(checkout: &Path, profiles: &[(&'static str, Value)], shops: &str) -> Result<()> {
    let path = checkout.join("README.md");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let text =
        replaced(&text, &format!("{shops}\n{}", table(profiles))).with_context(|| format!("in {}", path.display()))?;
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn table(profiles: &[(&'static str, Value)]) -> String {
    let mut text = String::from("| command | queries | R@1 | R@5 | calibration error | F1 on test pairs |\n");
    text.push_str("|---|---|---|---|---|---|\n");
    for (profile, found) in profiles {
        let pairs = found["pairs"].as_array().into_iter().flatten().find(|row| row["name"] == "Twinlens");
        let mut command = format!("`twinlens eval {profile}`");
        let mut f1 = pairs.map(|row| shown(&row["test_f1"]["value"])).unwrap_or_default();
        for mode in found["modes"].as_array().into_iter().flatten() {
            let own = &mode["twinlens"];
            let [r1, r5] = ["recall_at_1", "recall_at_5"].map(|column| shown(&own["row"][column]["value"]));
            let error = shown(&own["calibration_error"]["value"]);
            let queries = own["mode"].as_str().unwrap_or_default();
            // Writing to a String cannot fail.
            let _ = writeln!(text, "| {command} | {queries} | {r1} | {r5} | {error} | {f1} |");
            // Once a profile.
            (command, f1) = (String::new(), String::new());
        }
    }
    text
}

/// The text with `table` for what stands between the markers.
fn replaced(text: &str, table: &str) -> Result<String> {
    let (before, rest) = text.split_once(BEGIN).with_context(|| format!("expected {BEGIN:?}, found none"))?;
    let (_, after) = rest.split_once(END).with_context(|| format!("expected {END:?} after it, found none"))?;
    Ok(format!("{before}{BEGIN}\n{table}\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_stands_between_the_markers_is_replaced() {
        let text = format!("# Title\n{BEGIN}old\n{END}The end\n");
        assert_eq!(replaced(&text, "new\n").unwrap(), format!("# Title\n{BEGIN}\nnew\n\n{END}The end\n"));
    }

    #[test]
    fn a_text_without_both_markers_in_their_order_is_an_error() {
        for text in ["", BEGIN, END, &format!("{END}{BEGIN}")] {
            assert!(replaced(text, "new\n").is_err(), "{text:?}");
        }
    }

    #[test]
    fn every_kind_of_query_has_a_row_and_the_command_stands_in_the_first() {
        let mode = |mode: &str, value: f64| {
            let estimate = json!({ "value": value });
            json!({ "twinlens": {
                "mode": mode, "calibration_error": estimate,
                "row": { "recall_at_1": estimate, "recall_at_5": estimate },
            } })
        };
        let found = json!({
            "modes": [mode("photo", 0.5), mode("title", 0.25)],
            "pairs": [{ "name": "other", "test_f1": { "value": 0.1 } }, { "name": "Twinlens", "test_f1": { "value": 0.9 } }],
        });
        let table = table(&[("shop", found)]);
        let rows: Vec<&str> = table.lines().skip(2).collect();
        assert_eq!(
            rows,
            [
                "| `twinlens eval shop` | photo | 0.500 | 0.500 | 0.500 | 0.900 |",
                "|  | title | 0.250 | 0.250 | 0.250 |  |"
            ]
        );
    }
}
