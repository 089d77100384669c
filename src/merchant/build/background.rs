//! Measures what two different listings of a catalogue have in common by chance.

use crate::catalogue::{Background, Catalogue, Position};
use crate::encoder::Identity;
use crate::merchant::shuffle;

/// Most listings that are compared, each with each.
const SAMPLE: usize = 256;
/// Most pictures of a listing that are compared.
const PICTURES: usize = 16;
/// How many pairs the usual background of an encoder counts for: a catalogue of one listing has no pair of its own.
const USUAL_PAIRS: f64 = 30.0;

impl Background {
    /// What shops have in general, for a catalogue too small to tell.
    fn usual(encoder: &Identity) -> Self {
        match encoder.name.as_str() {
            "e5-small-latin" | "e5-small" => Background { mean: 0.82, deviation: 0.03 },
            "minilm" => Background { mean: 0.2, deviation: 0.13 },
            _ => Background { mean: 0.45, deviation: 0.12 },
        }
    }

    /// That of one encoder in a catalogue.
    pub(crate) fn of(catalogue: &Catalogue, encoder: usize) -> Self {
        let vectors = |p: &Position| {
            let shard = &catalogue.shards[p.shard];
            let further = shard.gallery.of(p.listing).filter_map(|row| shard.gallery.vectors[encoder].row(row));
            shard.vectors[encoder].row(p.listing).into_iter().chain(further).take(PICTURES).collect::<Vec<_>>()
        };
        let with_vector = catalogue.positions().filter(|p| !vectors(p).is_empty());
        let positions = shuffle::sample(catalogue, with_vector, SAMPLE);
        // A listing's nearest picture counts, so the best of several is what two listings have in common.
        let rows: Vec<Vec<(&[i8], f32)>> = positions.iter().map(vectors).collect();
        let usual = Background::usual(&catalogue.manifest.encoders[encoder]);
        let (mean, deviation) = (f64::from(usual.mean), f64::from(usual.deviation));
        let mut count = USUAL_PAIRS;
        let mut sum = count * mean;
        let mut squares = count * (mean * mean + deviation * deviation);
        for (i, a) in rows.iter().enumerate() {
            for b in &rows[..i] {
                let Some(asked) = a.first() else { continue };
                let cosines = b.iter().map(|picture| {
                    let dot: i32 = asked.0.iter().zip(picture.0).map(|(x, y)| i32::from(*x) * i32::from(*y)).sum();
                    f64::from(dot) * f64::from(asked.1) * f64::from(picture.1)
                });
                let cosine = cosines.fold(f64::MIN, f64::max);
                count += 1.0;
                sum += cosine;
                squares += cosine * cosine;
            }
        }
        let mean = sum / count;
        // Were all listings the same, nothing would stand out: half of what is usual is kept.
        let deviation = (squares / count - mean * mean).max(0.0).sqrt().max(deviation / 2.0);
        Background { mean: mean as f32, deviation: deviation as f32 }
    }
}
