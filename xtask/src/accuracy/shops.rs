//! Whole shops, each built, learnt and asked by title: their figures and tables.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{eval, shown};
use crate::models;
use crate::toolbox::Toolbox;

/// The encoder of the shop in scripts that the committed packs cannot read.
const SCRIPTS_ENCODER: &str = "e5-small";
const COLUMNS: &str = "| | queries | right first | right Match | wrong Match | No-Match | queries for others | false Match | No-Match |\n|---|---|---|---|---|---|---|---|---|\n";

/// The JSON documents of the profiles of whole shops.
pub struct Shops {
    /// `None` where the files are not beside the data.
    cousins: Option<Value>,
    generated: Value,
    kinds: Value,
    identical: Value,
}

impl Shops {
    /// Runs the profiles; those of files read `data` and, beside it, `cases/titles`.
    pub fn evaluate(toolbox: &Toolbox, data: &Path) -> Result<Self> {
        let titles = data.parent().map(|shared| shared.join("cases/titles")).filter(|folder| folder.is_dir());
        let cousins = match titles {
            Some(titles) => {
                models::make_missing(toolbox, SCRIPTS_ENCODER)?;
                Some(eval(toolbox, "cousins", Some(&titles))?)
            }
            None => {
                eprintln!("accuracy: no cousins and scripts: expected a folder cases/titles beside {}", data.display());
                None
            }
        };
        Ok(Shops {
            cousins,
            generated: eval(toolbox, "generated", None)?,
            kinds: eval(toolbox, "kinds", Some(data))?,
            identical: eval(toolbox, "identical", Some(data))?,
        })
    }

    /// The figures by their keys.
    pub fn figures(&self) -> Result<Vec<(String, Value)>> {
        let mut figures = Vec::new();
        let mut put = |prefix: &str, keys: &[&str], shares: &Value| {
            figures.extend(keys.iter().map(|key| (format!("{prefix}.{key}"), shares[*key].clone())));
        };
        if let Some(cousins) = &self.cousins {
            put("cousins", &["top1", "match", "no_match"], &cousins["pooled"]);
            for name in ["dense", "sparse"] {
                put(&format!("cousins.{name}"), &["false_match"], &shop(cousins, name)?["shares"]);
            }
            put("scripts", &["top1", "no_match", "false_match"], &shop(cousins, "scripts")?["shares"]);
        }
        put("cousins.generated", &["false_match", "no_match", "top1", "match"], &self.generated["pooled"]);
        put("kinds", &["no_match", "false_match"], &self.kinds["pooled"]);
        put("identical", &["match"], &self.identical["pooled"]);
        Ok(figures)
    }

    /// The tables that stand first: what a shop of one product a line says of its cousins, and a shop of look-alikes.
    pub fn first_tables(&self) -> String {
        let mut text = String::new();
        if let Some(cousins) = &self.cousins {
            text.push_str("\n## Cousins in sparse and dense shops\n\n```sh\ntwinlens eval cousins --data shared/cases/titles\n```\n\n");
            text.push_str(COLUMNS);
            for name in ["sparse", "dense", "scripts"] {
                let found = each(&cousins["shops"]).find(|shop| shop["name"] == name);
                text.push_str(&found.map(shop_row).unwrap_or_default());
            }
        }
        text.push_str("\n## Cousins in generated shops\n\n```sh\ntwinlens eval generated\n```\n\n");
        text.push_str(COLUMNS);
        let (dense, sparse): (Vec<&Value>, Vec<&Value>) = each(&self.generated["shops"])
            .partition(|shop| shop["name"].as_str().is_some_and(|name| name.ends_with("dense")));
        sparse.into_iter().chain(dense).for_each(|shop| text.push_str(&shop_row(shop)));
        let pooled = json!({ "name": "all", "counts": self.generated["counts"], "shares": self.generated["pooled"] });
        text.push_str(&shop_row(&pooled));
        text.push_str("\nBy kind of query, over all ten shops:\n\n| product there | queries | right first | right Match | No-Match |\n|---|---|---|---|---|\n");
        let kinds = by_kind(&self.generated);
        for (kind, [queries, first, right, _, refused]) in rows(&kinds, "there: ") {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "| {kind} | {queries} | {first} | {right} | {refused} |");
        }
        text.push_str("\n| product not there | queries | false Match | No-Match |\n|---|---|---|---|\n");
        for (kind, [queries, taken, refused, ..]) in rows(&kinds, "not there: ") {
            let _ = writeln!(text, "| {kind} | {queries} | {taken} | {refused} |");
        }
        text
    }

    /// The other tables.
    pub fn further_tables(&self) -> String {
        let mut text = String::new();
        for (title, profile, found) in
            [("Words for kinds of things", "kinds", &self.kinds), ("Identical titles", "identical", &self.identical)]
        {
            let _ = write!(text, "\n## {title}\n\n```sh\ntwinlens eval {profile}\n```\n\n{COLUMNS}");
            each(&found["shops"]).for_each(|shop| text.push_str(&shop_row(shop)));
        }
        text
    }

    /// The README's rows, without the command.
    pub fn readme_table(&self) -> String {
        let mut text = String::from(
            "| command | shop | right first | right Match | No-Match | not there: false Match |\n|---|---|---|---|---|---|\n",
        );
        let cousins = self.cousins.iter().flat_map(|found| each(&found["shops"]));
        let cousins = cousins.map(|shop| ("cousins", shop["name"].as_str().unwrap_or_default(), &shop["shares"]));
        for (profile, name, shares) in cousins.chain([("generated", "ten, pooled", &self.generated["pooled"])]) {
            let [first, right, refused, taken] =
                ["top1", "match", "no_match", "false_match"].map(|key| shown(&shares[key]));
            let _ = writeln!(text, "| `twinlens eval {profile}` | {name} | {first} | {right} | {refused} | {taken} |");
        }
        text
    }
}

fn each(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn shop<'a>(report: &'a Value, name: &str) -> Result<&'a Value> {
    let skipped = each(&report["skipped"]).filter_map(Value::as_str).collect::<Vec<_>>().join("; ");
    let found = each(&report["shops"]).find(|shop| shop["name"] == name);
    found.with_context(|| format!("expected a shop {name}, found none ({skipped})"))
}

fn shop_row(shop: &Value) -> String {
    let (counts, shares) = (&shop["counts"], &shop["shares"]);
    let [first, right, wrong, refused] = ["top1", "match", "wrong_match", "no_match"].map(|key| shown(&shares[key]));
    let [taken, other_refused] = ["false_match", "right_no_match"].map(|key| shown(&shares[key]));
    let name = shop["name"].as_str().unwrap_or_default();
    let (there, not_there) = (&counts["there"], &counts["not_there"]);
    match not_there.as_u64() {
        Some(0) => format!("| {name} | {there} | {first} | {right} | {wrong} | {refused} | 0 | | |\n"),
        _ => format!(
            "| {name} | {there} | {first} | {right} | {wrong} | {refused} | {not_there} | {taken} | {other_refused} |\n"
        ),
    }
}

/// Counts of a kind of query over all shops: those of products that are there, right first, right Match, wrong Match, No-Match;
/// those of products that are not, Match, No-Match.
type Counts = [u64; 8];
const COUNTS: [&str; 8] =
    ["there", "right_first", "right_match", "wrong_match", "no_match", "not_there", "false_match", "right_no_match"];

fn by_kind(report: &Value) -> std::collections::BTreeMap<String, Counts> {
    let mut kinds = std::collections::BTreeMap::<String, Counts>::new();
    for (kind, counts) in each(&report["shops"]).filter_map(|shop| shop["kinds"].as_object()).flatten() {
        let sums = kinds.entry(kind.clone()).or_default();
        for (sum, key) in sums.iter_mut().zip(COUNTS) {
            *sum += counts[key].as_u64().unwrap_or_default();
        }
    }
    kinds
}

/// The kinds of that prefix, without it: the number of queries, then the shares of the other counts.
fn rows<'a>(
    kinds: &'a std::collections::BTreeMap<String, Counts>,
    prefix: &'a str,
) -> impl Iterator<Item = (&'a str, [String; 5])> {
    kinds.iter().filter_map(move |(kind, [there, first, right, wrong, refused, not_there, taken, other_refused])| {
        let kind = kind.strip_prefix(prefix)?;
        let share = |count: &u64, of: &u64| shown(&json!(*count as f64 / (*of).max(1) as f64));
        Some(match not_there {
            0 => {
                let shares = [first, right, wrong, refused].map(|count| share(count, there));
                let [first, right, wrong, refused] = shares;
                (kind, [there.to_string(), first, right, wrong, refused])
            }
            _ => {
                let [taken, refused] = [taken, other_refused].map(|count| share(count, not_there));
                (kind, [not_there.to_string(), taken, refused, String::new(), String::new()])
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Value {
        let counts = json!({ "there": 4, "right_first": 3, "right_match": 2, "wrong_match": 0, "no_match": 1, "not_there": 0, "false_match": 0, "right_no_match": 0 });
        let shares = json!({ "top1": 0.75, "match": 0.5, "wrong_match": 0.0, "no_match": 0.25, "false_match": 0.0, "right_no_match": 0.0 });
        let shop = |name: &str| json!({ "name": name, "counts": counts, "shares": shares, "kinds": { "there: short": counts } });
        json!({ "shops": [shop("a dense"), shop("a sparse")], "counts": counts, "pooled": shares, "skipped": ["b: no pack"] })
    }

    #[test]
    fn kinds_are_counted_over_all_shops() {
        let kinds = by_kind(&report());
        let found: Vec<_> = rows(&kinds, "there: ").collect();
        assert_eq!(found, [("short", ["8", "0.750", "0.500", "0.000", "0.250"].map(String::from))]);
    }

    #[test]
    fn the_sparse_shops_stand_before_the_dense_ones() {
        let shops = Shops { cousins: None, generated: report(), kinds: report(), identical: report() };
        let text = shops.first_tables();
        assert!(text.find("| a sparse |") < text.find("| a dense |"), "{text}");
    }

    #[test]
    fn a_shop_that_was_skipped_is_an_error_that_says_why() {
        let error = shop(&report(), "scripts").unwrap_err();
        assert!(error.to_string().contains("b: no pack"), "{error}");
    }
}
