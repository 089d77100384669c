//! Pairs as CSV or JSON, written as they come.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Value, json};

use crate::merchant::pairing::{Cluster, Lists, Pair, Side, Summary};

/// Columns of the CSV.
const COLUMNS: [&str; 8] = ["id_a", "id_b", "probability", "decision", "log_odds", "cluster", "at_least_one", "why"];

/// A file of pairs, or stdout. Nothing is written before the first pair or the end: a failure before leaves stdout
/// empty.
pub struct Table {
    out: Box<dyn Write>,
    is_json: bool,
    /// Pairs written; `None` before the head is.
    pairs: Option<u64>,
}

/// A pair in JSON.
#[derive(Serialize)]
struct Row<'a> {
    id_a: &'a str,
    id_b: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<&'a str>,
    #[serde(flatten)]
    pair: &'a Pair,
}

impl Table {
    /// A table of no pairs yet.
    pub fn new(out: Box<dyn Write>, is_json: bool) -> Self {
        Table { out, is_json, pairs: None }
    }

    /// Writes a pair, with its cluster's name where that is known; a reader sees it at once.
    pub fn pair(&mut self, lists: &Lists<'_>, pair: &Pair, cluster: Option<&str>) -> io::Result<()> {
        let before = self.begin()?;
        let [a, b] = lists.records(pair);
        if self.is_json {
            self.out.write_all(if before == 0 { b"\n" } else { b",\n" })?;
            serde_json::to_writer(&mut self.out, &Row { id_a: &a.id, id_b: &b.id, cluster, pair })?;
        } else {
            let numbers = (format!("{:.6}", pair.probability), format!("{:.4}", pair.log_odds));
            let (decision, why) = (pair.decision.to_string(), pair.why.join("; "));
            let at_least_one = if pair.at_least_one { "true" } else { "false" };
            let cluster = cluster.unwrap_or_default();
            self.record(&[&a.id, &b.id, &numbers.0, &decision, &numbers.1, cluster, at_least_one, &why])?;
        }
        self.pairs = Some(before + 1);
        self.out.flush()
    }

    /// Writes the end: of a JSON document the clusters and the summary.
    pub fn end(&mut self, lists: &Lists<'_>, clusters: &[Cluster], summary: &Summary) -> io::Result<()> {
        self.begin()?;
        if self.is_json {
            self.out.write_all(b"\n],\"clusters\":[")?;
            for (i, found) in clusters.iter().enumerate() {
                self.out.write_all(if i == 0 { b"\n" } else { b",\n" })?;
                serde_json::to_writer(&mut self.out, &cluster(lists, found))?;
            }
            self.out.write_all(b"\n],\"summary\":")?;
            serde_json::to_writer(&mut self.out, summary)?;
            self.out.write_all(b"}\n")?;
        }
        self.out.flush()
    }

    /// Writes the head where it is not there yet; gives the pairs written.
    fn begin(&mut self) -> io::Result<u64> {
        if self.pairs.is_none() {
            if self.is_json {
                self.out.write_all(b"{\"pairs\":[")?;
            } else {
                self.record(&COLUMNS)?;
            }
        }
        Ok(*self.pairs.get_or_insert(0))
    }

    fn record(&mut self, fields: &[&str]) -> io::Result<()> {
        let mut writer = csv::Writer::from_writer(&mut self.out);
        writer.write_record(fields).map_err(|e| match e.into_kind() {
            csv::ErrorKind::Io(error) => error,
            other => io::Error::other(format!("{other:?}")),
        })?;
        writer.flush()
    }
}

fn cluster(lists: &Lists<'_>, cluster: &Cluster) -> Value {
    let id = |node: usize| lists.row(node).2.id.as_str();
    let of = |side: Side| {
        let rows = cluster.members.iter().map(|node| lists.row(*node));
        rows.filter(|row| row.0 == side).map(|row| row.2.id.as_str()).collect::<Vec<_>>()
    };
    let (name, (a, b)) = (cluster.members.first().map(|first| id(*first)), cluster.weakest);
    let weakest = json!({ "id_a": id(a), "id_b": id(b), "probability": cluster.probability });
    match lists.second {
        None => json!({ "cluster": name, "ids": of(Side::First), "weakest": weakest }),
        Some(_) => {
            json!({ "cluster": name, "ids_a": of(Side::First), "ids_b": of(Side::Second), "weakest": weakest })
        }
    }
}
