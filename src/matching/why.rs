//! Reasons in sentences that a shopper can read, the weightiest first.

use super::lanes::Lanes;
use crate::fusion::Lane;
use crate::title::attributes::Verdict;

/// From this many differing bits on, two pictures are not alike enough for their hashes to be worth a word.
const ALIKE_BITS: u32 = 12;

/// Why a listing came out as it did.
pub fn why(lanes: &Lanes, contributions: &[(Lane, f64)]) -> Vec<String> {
    let weight = |lane: Lane| contributions.iter().find(|(other, _)| *other == lane).map_or(0.0, |(_, share)| *share);
    let mut sentences: Vec<(f64, String)> = Vec::new();
    if let Some((query, listing)) = lanes.gtin {
        let text =
            if query == listing { format!("Same GTIN {query}") } else { format!("GTIN {query} is not {listing}") };
        sentences.push((f64::INFINITY, text));
    }
    if let Some(compared) = &lanes.attributes {
        for statement in &compared.comparison.statements {
            let (rank, text) = match statement.verdict {
                Verdict::Conflict | Verdict::SharpConflict => (1e3, statement.text.clone()),
                Verdict::Agree | Verdict::WeakAgree => (weight(Lane::Attributes).max(0.5), statement.text.clone()),
                Verdict::Missing => continue,
            };
            sentences.push((rank, text));
        }
    }
    if let Some(bits) = lanes.phash.filter(|bits| *bits <= ALIKE_BITS) {
        let text = match bits {
            0 => "Pictures have the same fingerprint".into(),
            bits => format!("Pictures differ by {bits} of 64 bits"),
        };
        sentences.push((weight(Lane::Phash), text));
    }
    if let Some(image) = lanes.image {
        let share = weight(Lane::Image);
        sentences.push((share.abs(), format!("Pictures look {} ({:.2})", likeness(share), image.cosine)));
    }
    if let Some(edit) = lanes.edit {
        let shares = [Lane::Text, Lane::Lexical, Lane::Edit].map(weight);
        let share: f64 = shares.iter().sum();
        let text = if edit.levenshtein >= 1.0 {
            "Same title".into()
        } else {
            let words = format!("{:.0} % of the words in common", edit.jaccard * 100.0);
            format!("Titles read {}: {words}", likeness(share))
        };
        sentences.push((share.abs(), text));
    }
    match lanes.price {
        Some(0.0) => sentences.push((weight(Lane::Price).abs(), "Same price".into())),
        Some(ratio) if ratio < -0.5 => {
            let text = format!("One costs {:.1} times the other", f64::from(-ratio).exp());
            sentences.push((weight(Lane::Price).abs(), text));
        }
        _ => {}
    }
    sentences.sort_by(|a, b| b.0.total_cmp(&a.0));
    sentences.into_iter().map(|(_, text)| text).collect()
}

fn likeness(share: f64) -> &'static str {
    match share {
        share if share >= 1.5 => "very much alike",
        share if share >= 0.0 => "alike",
        share if share > -1.5 => "somewhat alike",
        _ => "different",
    }
}
