//! The curves of a run as one HTML file that needs nothing but itself.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::measure::Measured;
use super::report::Report;
use crate::merchant::evaluation::Estimate;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;\
color-scheme:light dark}table{border-collapse:collapse}td,th{padding:.2rem .8rem;text-align:left;border-bottom:1px solid #8886}\
svg{width:100%;height:auto}pre{overflow:auto}";
/// Size of a chart, and the space around its lines.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 240.0;
const MARGIN: f64 = 48.0;

/// The page of a report.
pub fn page(report: &Report) -> String {
    let losses: Vec<(f64, f64)> =
        report.epochs.iter().filter_map(|epoch| Some((epoch.epoch as f64, epoch.loss?))).collect();
    let figure = |of: fn(&super::Epoch) -> f64| {
        report.epochs.iter().map(|epoch| (epoch.epoch as f64, of(epoch))).collect::<Vec<_>>()
    };
    let reciprocal = figure(|epoch| epoch.mean_reciprocal_rank);
    let recall = figure(|epoch| epoch.recall_at_1);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                title { "Training of " (report.recipe.name) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "Training of " (report.recipe.name) }
                p {
                    (report.groups) " groups, " (report.parameters) " numbers, " (format!("{:.0}", report.seconds)) " s. "
                    @if report.is_finished { "Kept: epoch " (report.best_epoch) "." } @else { "Not finished." }
                }
                h2 { "Loss" }
                (chart(&[("loss", losses)]))
                h2 { "Validation" }
                (chart(&[("mean reciprocal rank", reciprocal), ("recall at 1", recall)]))
                @if !report.after.is_empty() {
                    h2 { "Test: held out" }
                    (table(&[("untrained", &report.before), ("closed-form projection", &report.projection), ("trained", &report.after)]))
                }
                @for fold in &report.folds {
                    h2 { "Fold " (fold.fold + 1) }
                    (table(&[("untrained", &fold.before), ("trained", &fold.after)]))
                }
                @if !report.tried.is_empty() {
                    h2 { "Search" }
                    table {
                        tr { th { "changes" } th { "validation" } th { "epoch" } }
                        @for tried in &report.tried {
                            tr {
                                td { (tried.changes) }
                                td { (format!("{:.4}", tried.mean_reciprocal_rank)) }
                                td { (tried.best_epoch) }
                            }
                        }
                    }
                }
                h2 { "Recipe" }
                pre { (serde_json::to_string_pretty(&report.recipe).unwrap_or_default()) }
            }
        }
    }
    .into_string()
}

fn table(rows: &[(&str, &Vec<Measured>)]) -> Markup {
    let share = |estimate: Estimate| format!("{:.3} ({:.3}–{:.3})", estimate.value, estimate.low, estimate.high);
    html! {
        table {
            tr { th { "data" } th { "vectors" } th { "queries" } th { "R@1" } th { "R@5" } th { "F1 of pairs" } }
            @for (name, measured) in rows {
                @for row in measured.iter() {
                    tr {
                        td { (row.set) } td { (name) } td { (row.queries) }
                        td { (share(row.recall_at_1)) } td { (share(row.recall_at_5)) }
                        td { @if let Some(pairs) = &row.pairs { (share(pairs.f1)) } @else { "–" } }
                    }
                }
            }
        }
    }
}

/// Lines over epochs, each with its name at its end.
fn chart(lines: &[(&str, Vec<(f64, f64)>)]) -> Markup {
    let points = || lines.iter().flat_map(|(_, points)| points.iter().copied());
    let Some(first) = points().next() else { return html! { p { "Nothing yet." } } };
    let bounds = points().fold((first.0, first.0, first.1, first.1), |(left, right, low, high), (x, y)| {
        (left.min(x), right.max(x), low.min(y), high.max(y))
    });
    let (left, right, low, high) = bounds;
    let span = |from: f64, to: f64| if to > from { to - from } else { 1.0 };
    let x = |value: f64| MARGIN + (value - left) / span(left, right) * (WIDTH - 4.0 * MARGIN);
    let y = |value: f64| HEIGHT - MARGIN - (value - low) / span(low, high) * (HEIGHT - 2.0 * MARGIN);
    let colours = ["#2b6cb0", "#c05621"];
    html! {
        svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(lines.iter().map(|l| l.0).collect::<Vec<_>>().join(", ")) {
            @for value in [low, high] {
                line x1=(MARGIN) x2=(WIDTH - 3.0 * MARGIN) y1=(y(value)) y2=(y(value)) stroke="currentColor" opacity="0.25" {}
                text x="0" y=(y(value) + 4.0) font-size="12" fill="currentColor" { (format!("{value:.3}")) }
            }
            @for value in [left, right] {
                text x=(x(value)) y=(HEIGHT - MARGIN / 3.0) font-size="12" text-anchor="middle" fill="currentColor" { (value) }
            }
            @for ((name, points), colour) in lines.iter().zip(colours) {
                polyline fill="none" stroke=(colour) stroke-width="2"
                    points=(points.iter().map(|(a, b)| format!("{:.1},{:.1}", x(*a), y(*b))).collect::<Vec<_>>().join(" ")) {}
                @if let Some((a, b)) = points.last() {
                    text x=(x(*a) + 6.0) y=(y(*b) + 4.0) font-size="12" fill=(colour) { (name) }
                }
            }
        }
    }
}
