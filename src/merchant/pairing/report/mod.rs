//! Pairs as one HTML file that needs nothing but itself: product against product with pictures, scores and reasons.

mod pair;

use std::collections::HashMap;
use std::io::{self, Write};

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{Cluster, Lists, Pair, Side, Summary};
use crate::fusion::Decision;
use crate::merchant::feed::Problem;
use crate::merchant::listings::Record;

/// Most pairs that carry pictures: with ten kilobytes each the file stays one that a phone opens.
pub const MOST_PICTURED: usize = 1_000;
/// Most pairs that are shown at all.
pub const MOST_SHOWN: usize = 10_000;

/// What the file may load: what is in it.
const POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/// What is shown.
pub struct Report<'a> {
    pub heading: &'a str,
    pub lists: Lists<'a>,
    pub summary: &'a Summary,
    pub clusters: &'a [Cluster],
    /// At most [`MOST_SHOWN`].
    pub pairs: &'a [Pair],
    /// The thumbnail of a row, a WebP file.
    pub thumbnail: &'a dyn Fn(Side, usize) -> Option<Vec<u8>>,
}

impl Report<'_> {
    /// Writes the file.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let style = PreEscaped(include_str!("style.css"));
        let head = html! {
            (DOCTYPE)
            (PreEscaped("<html lang=\"en\">"))
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="generator" content="Twinlens";
                meta name="color-scheme" content="light dark";
                title { (self.heading) }
                style { (style) }
            }
            (PreEscaped("<body>"))
            (self.header())
            (PreEscaped("<main>"))
        };
        out.write_all(head.into_string().as_bytes())?;
        let mut pictured = 0;
        for section in self.sections() {
            let opening = html! {
                (PreEscaped("<section>"))
                h2 { (section.heading) }
                @if let Some(note) = &section.note { p { (note) } }
            };
            out.write_all(opening.into_string().as_bytes())?;
            for pair in section.pairs {
                out.write_all(self.article(pair, pictured < MOST_PICTURED).into_string().as_bytes())?;
                pictured += 1;
            }
            out.write_all(b"</section>\n")?;
        }
        let end = html! { @if self.pairs.is_empty() { p.empty { "No pairs are this probable." } } (self.problems()) };
        out.write_all(end.into_string().as_bytes())?;
        out.write_all(b"</main>\n</body>\n</html>\n")
    }

    fn header(&self) -> Markup {
        let Summary { rows, rows_b, pairs, matches, unsure, no_matches, clusters, .. } = self.summary;
        let counts = [
            (if rows_b.is_some() { "Rows of the first list" } else { "Rows" }, Some(*rows)),
            ("Rows of the second list", *rows_b),
            ("Pairs", Some(*pairs)),
            ("Match", Some(*matches)),
            ("Unsure", Some(*unsure)),
            ("No-Match", Some(*no_matches).filter(|count| *count > 0)),
            ("Clusters", Some(*clusters)),
        ];
        let filters = [("all", "All"), ("match", "Match"), ("unsure", "Unsure"), ("no-match", "No-Match")];
        html! {
            header {
                h1 dir="auto" { (self.heading) }
                dl.counts {
                    @for (name, count) in counts {
                        @if let Some(count) = count { div { dt { (name) } dd { (count) } } }
                    }
                }
                @if *pairs > self.pairs.len() as u64 {
                    p { "Here are the first " (self.pairs.len()) " of " (pairs) " pairs; the CSV and the JSON hold all." }
                }
                @if self.pairs.len() > MOST_PICTURED {
                    p { "The first " (MOST_PICTURED) " pairs carry pictures." }
                }
                @if !self.pairs.is_empty() {
                    fieldset.filter {
                        legend { "Show" }
                        @for (id, name) in filters {
                            label { input type="radio" name="show" id={ "show-" (id) } checked[id == "all"]; (name) }
                        }
                    }
                }
            }
        }
    }

    /// Clusters with the pairs between their rows, then the other pairs by decision; in each the most probable first.
    fn sections(&self) -> Vec<Section<'_>> {
        let cluster_of: HashMap<usize, usize> =
            self.clusters.iter().enumerate().flat_map(|(i, c)| c.members.iter().map(move |m| (*m, i))).collect();
        let mut inside: Vec<Vec<&Pair>> = vec![Vec::new(); self.clusters.len()];
        let mut outside: Vec<&Pair> = Vec::new();
        for pair in self.pairs {
            let [a, b] = self.lists.nodes(pair).map(|node| cluster_of.get(&node));
            match a.filter(|a| Some(*a) == b) {
                Some(cluster) => inside[*cluster].push(pair),
                None => outside.push(pair),
            }
        }
        let surest = |x: &&Pair, y: &&Pair| y.log_odds.total_cmp(&x.log_odds);
        inside.iter_mut().chain([&mut outside]).for_each(|pairs| pairs.sort_by(surest));
        let clusters = self.clusters.iter().zip(inside).map(|(cluster, pairs)| self.cluster(cluster, pairs));
        let others = [Decision::Match, Decision::Unsure, Decision::NoMatch].map(|decision| Section {
            heading: match decision {
                Decision::Match => "Other matches".into(),
                Decision::Unsure => "Unsure: better looked at".into(),
                Decision::NoMatch => "No match".into(),
            },
            note: None,
            pairs: outside.iter().copied().filter(|pair| pair.decision == decision).collect(),
        });
        clusters.chain(others).filter(|section| !section.pairs.is_empty()).collect()
    }

    fn cluster<'a>(&'a self, cluster: &Cluster, pairs: Vec<&'a Pair>) -> Section<'a> {
        let id = |node: usize| self.lists.row(node).2.id.as_str();
        let count = cluster.members.len();
        let heading = format!("Cluster {}: {count} rows", cluster.members.first().map_or("", |first| id(*first)));
        let (a, b) = cluster.weakest;
        let note = (count > 2).then(|| {
            format!("Its weakest link is {} and {}, at {}.", id(a), id(b), pair::percent(cluster.probability))
        });
        Section { heading, note, pairs }
    }

    fn article(&self, pair: &Pair, with_pictures: bool) -> Markup {
        let sides = [(Side::First, pair.a), (self.lists.second.map_or(Side::First, |_| Side::Second), pair.b)];
        let thumbnails = sides.map(|(side, row)| if with_pictures { (self.thumbnail)(side, row) } else { None });
        pair::article(pair, self.lists.records(pair), thumbnails, with_pictures)
    }

    fn problems(&self) -> Markup {
        let named = |list| move |problem| (list, problem);
        let first = self.summary.problems.iter().map(named(""));
        let all: Vec<(&str, &Problem)> =
            first.chain(self.summary.problems_b.iter().map(named("second list, "))).collect();
        html! {
            @if !all.is_empty() {
                details.problems {
                    summary { "What could not be read: " (all.len()) }
                    ul {
                        @for (list, problem) in all.iter().take(MOST_PICTURED) {
                            li dir="auto" { (list) (problem) }
                        }
                    }
                }
            }
        }
    }
}

struct Section<'a> {
    heading: String,
    note: Option<String>,
    pairs: Vec<&'a Pair>,
}

/// The row's address, where a browser may follow it.
fn link(record: &Record) -> Option<&str> {
    let url = record.url.as_deref()?;
    let is = |scheme: &str| url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    (is("http://") || is("https://")).then_some(url)
}
