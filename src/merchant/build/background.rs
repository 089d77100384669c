//! Measures what two different listings of a catalogue have in common by chance.

use crate::Result;
use crate::catalogue::{Background, Catalogue, Position, stored_vector};
use crate::encoder::{Identity, TextEncoder};
use crate::merchant::shuffle;
use crate::search::{COHORT_PICTURES, best_cosine, cosine, mean};
use crate::title::NormalTitle;

/// Most listings that are compared, each with each.
const SAMPLE: usize = 256;
/// Most titles that are compared with the pictures of as many other listings.
const WORDS: usize = 64;
/// The least share of the usual deviation, and that in a projection, whose vectors may have more in common.
const LEAST: f64 = 0.5;
const LEAST_PROJECTED: f64 = 0.125;
/// How many pairs the usual background of an encoder counts for: a catalogue of one listing has no pair of its own.
const USUAL_PAIRS: f64 = 30.0;

impl Background {
    /// What shops have in general, for a catalogue too small to tell.
    fn usual(encoder: &Identity) -> Self {
        match encoder.name.as_str() {
            "e5-small-latin" | "e5-small" => Background { mean: 0.82, deviation: 0.03 },
            "minilm" => Background { mean: 0.2, deviation: 0.13 },
            // Words and pictures lie in two parts of their common space.
            _ if encoder.pictures.is_some() => Background { mean: 0.15, deviation: 0.06 },
            _ => Background { mean: 0.45, deviation: 0.12 },
        }
    }

    /// That of one encoder in a catalogue.
    pub(crate) fn of(catalogue: &Catalogue, encoder: usize) -> Self {
        let vectors = |p: &Position| rows(catalogue, encoder, *p).take(COHORT_PICTURES).collect::<Vec<_>>();
        let with_vector = catalogue.positions().filter(|p| !vectors(p).is_empty());
        let positions = shuffle::sample(catalogue, with_vector, SAMPLE);
        let rows: Vec<Vec<(&[i8], f32)>> = positions.iter().map(vectors).collect();
        let cosines = rows.iter().enumerate().flat_map(|(i, a)| {
            let asked = mean(&a[..1]);
            rows[..i].iter().filter_map(move |b| best_cosine(&asked, b).map(f64::from))
        });
        let least = if catalogue.projections[encoder].is_some() { LEAST_PROJECTED } else { LEAST };
        Background::usual(&catalogue.manifest.encoders[encoder]).with(cosines, least)
    }

    /// That of a joint encoder: of titles and the pictures of other listings.
    pub(crate) fn of_words(catalogue: &Catalogue, encoder: usize, words: &mut TextEncoder) -> Result<Self> {
        let has_picture = |p: &Position| rows(catalogue, encoder, *p).next().is_some();
        let positions = shuffle::sample(catalogue, catalogue.positions().filter(has_picture), WORDS);
        let mut cosines = Vec::new();
        for own in &positions {
            let title = NormalTitle::of_listing(&catalogue.listing(*own).title);
            if title.is_empty() {
                continue;
            }
            let asked = stored_vector(None, &[pollster::block_on(words.embed(&title))?]);
            for other in positions.iter().filter(|other| *other != own) {
                let of_pictures = rows(catalogue, encoder, *other)
                    .take(COHORT_PICTURES)
                    .map(|(codes, scale)| cosine(&asked, codes, scale));
                cosines.extend(of_pictures.reduce(f32::max).map(f64::from));
            }
        }
        Ok(Background::usual(&catalogue.manifest.encoders[encoder]).with(cosines.into_iter(), LEAST))
    }

    /// The mean and the deviation of those cosines, of few of them nearer to these.
    fn with(self, cosines: impl Iterator<Item = f64>, least: f64) -> Self {
        let (mean, deviation) = (f64::from(self.mean), f64::from(self.deviation));
        let mut count = USUAL_PAIRS;
        let mut sum = count * mean;
        let mut squares = count * (mean * mean + deviation * deviation);
        for cosine in cosines {
            count += 1.0;
            sum += cosine;
            squares += cosine * cosine;
        }
        let mean = sum / count;
        // Were all listings the same, nothing would stand out: a part of what is usual is kept.
        let deviation = (squares / count - mean * mean).max(0.0).sqrt().max(deviation * least);
        Background { mean: mean as f32, deviation: deviation as f32 }
    }
}

/// A listing's vectors by an encoder: of its title, or of its pictures.
fn rows(catalogue: &Catalogue, encoder: usize, position: Position) -> impl Iterator<Item = (&[i8], f32)> {
    catalogue.shards[position.shard].vectors_of(encoder, position.listing).map(|(_, row)| row)
}
