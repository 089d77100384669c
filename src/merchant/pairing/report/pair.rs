//! One pair in the report.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{Markup, html};

use super::super::Pair;
use super::link;
use crate::fusion::{Decision, Lane};
use crate::merchant::listings::Record;

/// Two products side by side with the evidence for and against their being one.
pub fn article(pair: &Pair, records: [&Record; 2], thumbnails: [Option<Vec<u8>>; 2], with_pictures: bool) -> Markup {
    let class = match pair.decision {
        Decision::Match => "match",
        Decision::Unsure => "unsure",
        Decision::NoMatch => "no-match",
    };
    let [first, second] = thumbnails;
    let [a, b] = records;
    html! {
        article.pair.(class) {
            h3 { bdi { (a.id) } " and " bdi { (b.id) } }
            div.products {
                (product(a, first, with_pictures))
                (product(b, second, with_pictures))
            }
            div.verdict {
                p.decision { strong { (pair.decision.to_string()) } " " span { (percent(pair.probability)) } }
                @if pair.at_least_one { p.note { "The best partner of a row that would have none." } }
                @if !pair.why.is_empty() { ul.why { @for reason in &pair.why { li dir="auto" { (reason) } } } }
                (shares(pair))
            }
        }
    }
}

fn product(record: &Record, thumbnail: Option<Vec<u8>>, with_pictures: bool) -> Markup {
    html! {
        figure {
            @if let Some(thumbnail) = thumbnail {
                img src={ "data:image/webp;base64," (STANDARD.encode(thumbnail)) } alt={ "Picture of " (record.id) };
            } @else if with_pictures {
                div.none { "no picture" }
            }
            figcaption {
                p.title dir="auto" lang="" { @if record.title.is_empty() { "no title" } @else { (record.title) } }
                p.facts {
                    @if let Some(url) = link(record) { a href=(url) rel="noopener noreferrer" { (record.id) } }
                    @else { bdi { (record.id) } }
                    @if let Some(price) = record.price { " · " (format!("{price:.2}")) @if let Some(currency) = &record.currency { " " (currency) } }
                    @for gtin in &record.gtins { " · GTIN " (gtin) }
                }
            }
        }
    }
}

/// The lanes' shares of the log-odds as bars, for the match to the right, against it to the left.
fn shares(pair: &Pair) -> Markup {
    let contributions = &pair.contributions.0;
    let largest = contributions.iter().map(|(_, share)| share.abs()).fold(1.0, f64::max);
    html! {
        table.shares {
            caption { "What each lane adds to the log-odds" }
            tbody {
                @for (lane, share) in contributions {
                    tr {
                        th scope="row" { (name(*lane)) }
                        td.bar {
                            span class=(if *share < 0.0 { "against" } else { "for" })
                                style={ "width:" (format!("{:.1}", share.abs() / largest * 50.0)) "%" } {}
                        }
                        td.number { (signed(*share)) }
                    }
                }
            }
            tfoot { tr { th scope="row" { "Sum" } td {} td.number { (signed(pair.log_odds)) } } }
        }
    }
}

fn name(lane: Lane) -> &'static str {
    match lane {
        Lane::Prior => "Any pair",
        Lane::Image => "Picture",
        Lane::ColourHistogram => "Colours",
        Lane::Phash => "Fingerprint",
        Lane::Text => "Meaning",
        Lane::Joint => "Words and picture",
        Lane::Lexical => "Words",
        Lane::Edit => "Spelling",
        Lane::Attributes => "Attributes",
        Lane::Price => "Price",
        Lane::Rank => "Rivals",
        Lane::Gtin => "GTIN",
    }
}

/// With a true minus sign, and none before a zero.
fn signed(share: f64) -> String {
    format!("{share:+.2}").replace("-0.00", "+0.00").replace('-', "\u{2212}")
}

/// A probability in per cent; never 0 or 100, which nobody knows.
pub fn percent(probability: f64) -> String {
    match probability * 100.0 {
        p if p > 99.9 => "over 99.9 %".into(),
        p if p < 0.1 => "under 0.1 %".into(),
        p => format!("{p:.1} %"),
    }
}
