//! Where pairs go.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::ops::ControlFlow;
use std::path::Path;

use super::table::Table;
use crate::fusion::Decision;
use crate::merchant::feed::Problem;
use crate::merchant::pairing::report::{MOST_SHOWN, Report};
use crate::merchant::pairing::{Cluster, Clusters, Lists, Pair, Side, Summary};
use crate::{Error, Result};

/// What is written.
#[derive(Debug, Clone, Copy, Default)]
pub struct Form {
    /// Whether stdout takes JSON: the pairs or, where they go to files, the summary.
    pub json: bool,
    /// Whether pairs wait for the names of their clusters.
    pub by_cluster: bool,
}

/// Files, or stdout, and what is held for them.
pub struct Outputs<'a> {
    pub summary: Summary,
    lists: Lists<'a>,
    form: Form,
    /// Each with its path; without one for stdout.
    tables: Vec<(Option<String>, Table)>,
    reports: Vec<(String, BufWriter<File>)>,
    /// Pairs that wait for their clusters.
    held: Vec<Pair>,
    /// Pairs for the reports.
    shown: Vec<Pair>,
    links: Clusters,
    /// Whether who reads stdout has gone away.
    is_closed: bool,
}

impl<'a> Outputs<'a> {
    /// Opens the tables, JSON by the ending .json, and the reports; without any the pairs go to stdout. An error names
    /// the file.
    pub fn open(lists: Lists<'a>, tables: &[&Path], reports: &[&Path], form: Form) -> Result<Self> {
        let create = |path: &Path| {
            let place = path.display().to_string();
            let file = File::create(path).map_err(|e| unwritable(e, &place))?;
            Ok((place, BufWriter::new(file)))
        };
        let table = |path: &&Path| {
            let (place, file) = create(path)?;
            Ok((Some(place), Table::new(Box::new(file), path.extension().is_some_and(|e| e == "json"))))
        };
        let mut tables = tables.iter().map(table).collect::<Result<Vec<_>>>()?;
        let reports = reports.iter().map(|path| create(path)).collect::<Result<Vec<_>>>()?;
        if tables.is_empty() && reports.is_empty() {
            tables.push((None, Table::new(Box::new(BufWriter::new(io::stdout())), form.json)));
        }
        let rows_b = lists.second.map(|second| second.len() as u64);
        Ok(Outputs {
            summary: Summary { rows: lists.first.len() as u64, rows_b, ..Summary::default() },
            lists,
            form,
            tables,
            reports,
            held: Vec::new(),
            shown: Vec::new(),
            links: Clusters::default(),
            is_closed: false,
        })
    }

    /// Takes in a pair; `Break` when nobody reads on.
    pub fn take(&mut self, pair: Pair) -> Result<ControlFlow<()>> {
        self.summary.count(&pair);
        if pair.decision == Decision::Match {
            let [a, b] = self.lists.nodes(&pair);
            self.links.add(a, b, pair.log_odds);
        }
        if !self.reports.is_empty() && self.shown.len() < MOST_SHOWN {
            self.shown.push(pair.clone());
        }
        if self.form.by_cluster {
            self.held.push(pair);
        } else {
            self.write(|lists, table| table.pair(lists, &pair, None))?;
        }
        Ok(if self.is_closed { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }

    /// Writes what was held, the ends of the tables and the reports, then prints on stderr what could not be read and on
    /// stdout, or on stderr where the pairs are on stdout, how much was found. `names` are those of the lists.
    pub fn finish(
        mut self,
        names: &[String],
        heading: &str,
        thumbnail: &dyn Fn(Side, usize) -> Option<Vec<u8>>,
    ) -> Result<()> {
        let clusters = self.lists.clusters(std::mem::take(&mut self.links));
        self.summary.clusters = clusters.len() as u64;
        self.write_held(&clusters)?;
        let summary = self.summary.clone();
        self.write(|lists, table| table.end(lists, &clusters, &summary))?;
        let Outputs { lists, shown, is_closed, .. } = self;
        let report = Report { heading, lists, summary: &summary, clusters: &clusters, pairs: &shown, thumbnail };
        for (place, mut file) in self.reports {
            report.write(&mut file).and_then(|()| file.flush()).map_err(|e| unwritable(e, &place))?;
        }
        let is_on_stdout = self.tables.iter().any(|(place, _)| place.is_none());
        match (self.form.json, is_on_stdout) {
            _ if is_closed => {}
            (true, true) => {}
            (true, false) => super::super::print(&serde_json::json!(summary).to_string()),
            (false, _) => {
                tell_problems(&summary, names);
                let line = in_words(&summary);
                if is_on_stdout { eprintln!("{line}") } else { super::super::print(&line) }
            }
        }
        Ok(())
    }

    /// Writes the pairs that waited for `clusters`, those of one cluster together and those of none last.
    fn write_held(&mut self, clusters: &[Cluster]) -> Result<()> {
        let number = |(i, cluster): (usize, &Cluster)| cluster.members.iter().map(move |m| (*m, i)).collect::<Vec<_>>();
        let cluster_of: HashMap<usize, usize> = clusters.iter().enumerate().flat_map(number).collect();
        let lists = self.lists;
        let shared = |pair: &Pair| {
            let [a, b] = lists.nodes(pair).map(|node| cluster_of.get(&node).copied());
            a.filter(|_| a == b)
        };
        let mut held = std::mem::take(&mut self.held);
        held.sort_by_cached_key(|pair| shared(pair).unwrap_or(usize::MAX));
        for pair in &held {
            let first = shared(pair).and_then(|cluster| clusters[cluster].members.first());
            let name = first.map(|first| lists.row(*first).2.id.as_str());
            self.write(|lists, table| table.pair(lists, pair, name))?;
        }
        Ok(())
    }

    /// Writes to every table. That who reads stdout has gone away is no failure of ours.
    fn write(&mut self, one: impl Fn(&Lists<'_>, &mut Table) -> io::Result<()>) -> Result<()> {
        if self.is_closed {
            return Ok(());
        }
        for (place, table) in &mut self.tables {
            match (one(&self.lists, table), place) {
                (Ok(()), _) => {}
                (Err(e), None) if e.kind() == ErrorKind::BrokenPipe => self.is_closed = true,
                (Err(e), place) => return Err(unwritable(e, place.as_deref().unwrap_or("stdout"))),
            }
        }
        Ok(())
    }
}

fn unwritable(error: io::Error, place: &str) -> Error {
    Error::io("writing pairs", "a file that can be written", error, place)
}

fn tell_problems(summary: &Summary, names: &[String]) {
    let lists: [&[Problem]; 2] = [&summary.problems, &summary.problems_b];
    for (name, problems) in names.iter().zip(lists) {
        for problem in problems {
            eprintln!("{name}, {problem}");
        }
    }
}

fn in_words(summary: &Summary) -> String {
    let Summary { rows, rows_b, pairs, matches, unsure, no_matches, clusters, .. } = summary;
    let against = rows_b.map_or(String::new(), |rows| format!(" against {rows}"));
    let problems = summary.problems.len() + summary.problems_b.len();
    let decided = format!("{matches} Match, {unsure} Unsure, {no_matches} No-Match");
    format!("{rows} rows{against}: {pairs} pairs ({decided}) in {clusters} clusters; {problems} problems")
}
