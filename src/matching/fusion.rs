//! From lanes to a probability. Fixed weights for now; a model fitted for the catalogue takes their place.

use super::Lanes;
use crate::encoder::Kind;

/// A cosine that says nothing either way, and how far from it one step of evidence (log-odds 1) lies. Read off pairs of the
/// public evaluation sets; provisional.
struct Scale {
    middle: f32,
    step: f32,
}

fn scale(encoder: &str) -> Scale {
    match encoder {
        "efficientnet-lite0" | "efficientnet-lite2" => Scale { middle: 0.62, step: 0.07 },
        "e5-small-latin" | "e5-small" => Scale { middle: 0.905, step: 0.014 },
        _ => Scale { middle: 0.65, step: 0.08 },
    }
}

/// Evidence of a cosine in log-odds, bounded so that no lane alone is certain.
pub fn evidence(encoder: &str, cosine: f32) -> f32 {
    let Scale { middle, step } = scale(encoder);
    ((cosine - middle) / step).clamp(-5.0, 5.0)
}

/// The log-odds of a pair: the evidence of the encoders, a mean a kind, and of the perceptual hashes where they agree.
pub fn log_odds(cosines: impl Iterator<Item = (Kind, f32)>, lanes: &Lanes) -> f32 {
    let (mut sums, mut counts) = ([0.0f32; 2], [0u32; 2]);
    for (kind, evidence) in cosines {
        let i = usize::from(kind == Kind::Text);
        sums[i] += evidence;
        counts[i] += 1;
    }
    let means: f32 = sums.iter().zip(counts).filter(|(_, n)| *n > 0).map(|(sum, n)| sum / n as f32).sum();
    // Other photos of one product have unlike hashes: only likeness says something.
    means + lanes.phash.map_or(0.0, |bits| (10.0 - bits as f32).max(0.0) * 0.3)
}

/// The logistic function.
pub fn probability(log_odds: f32) -> f32 {
    1.0 / (1.0 + (-log_odds).exp())
}
