//! Listings that a photo is compared with to tell how like it is to any.

use super::probe::Probe;
use crate::catalogue::{Background, Catalogue};
use crate::encoder::{Identity, Kind};
use crate::photo::{ColourHistogram, hellinger_similarity};
use crate::search::{COHORT_PICTURES, Position, best_cosine};

/// Most listings of a cohort.
const LISTINGS: usize = 256;
/// In a cohort of so many listings a photo's own distribution counts as much as what is known of others: a few listings may consist
/// of what it is like.
const HALF_AT: f32 = 32.0;
/// How much of the logarithm of a vector's deviation is the photo's own, where its mean is: a photo that tells listings apart has a
/// larger one, which is no chance. Of the deviation of colours nothing is: it is small where they are common ones.
const OF_VECTORS: f32 = 0.5;
const OF_COLOURS: f32 = 0.0;
/// The least share of the general deviation: listings that have one picture in common differ in nothing.
const LEAST_DEVIATION: f32 = 0.25;
/// How alike the colours of two products are, as [`hellinger_similarity`] has it: in the catalogue and the `train` photos of
/// grocery means of .19 and .38, deviations of .16.
const COLOURS: Background = Background { mean: 0.3, deviation: 0.16 };

/// What a query has in common with listings by chance.
pub(super) struct Backgrounds {
    /// By each encoder of the catalogue.
    pub encoders: Vec<Background>,
    /// By the colours of its photo; `None` without one.
    pub colours: Option<Background>,
}

/// Every `n`-th listing.
pub(super) struct Cohort(Vec<Position>);

impl Cohort {
    pub fn of(catalogue: &Catalogue) -> Self {
        let step = catalogue.positions().count().div_ceil(LISTINGS).max(1);
        Cohort(catalogue.positions().step_by(step).collect())
    }

    /// What the probe has in common with listings: by its photo as the cohort says, by its title as the manifest does.
    pub fn backgrounds(&self, catalogue: &Catalogue, probe: &Probe) -> Backgrounds {
        let manifest = &catalogue.manifest;
        let encoders = manifest.encoders.iter().zip(&manifest.backgrounds).enumerate();
        let of_probe = |(i, (encoder, background)): (usize, (&Identity, &Background))| {
            let vector = probe.vectors.get(i).and_then(Option::as_ref).filter(|_| encoder.kind == Kind::Image);
            vector.map_or(*background, |vector| self.of_vector(catalogue, i, vector, *background))
        };
        Backgrounds {
            encoders: encoders.map(of_probe).collect(),
            colours: probe.colour_histogram.map(|histogram| self.of_colours(catalogue, &histogram)),
        }
    }

    /// By one encoder's vector, where two listings have `general`.
    fn of_vector(&self, catalogue: &Catalogue, encoder: usize, vector: &[f32], general: Background) -> Background {
        let best = |p: &Position| {
            let pictures = catalogue.shards[p.shard].vectors_of(encoder, p.listing).take(COHORT_PICTURES);
            best_cosine(vector, &pictures.map(|(_, row)| row).collect::<Vec<_>>())
        };
        background(self.0.iter().filter_map(best), general, OF_VECTORS)
    }

    /// By its colours.
    fn of_colours(&self, catalogue: &Catalogue, histogram: &ColourHistogram) -> Background {
        let best = |p: &Position| {
            let shard = &catalogue.shards[p.shard];
            let further = &shard.gallery.colour_histograms[shard.gallery.of(p.listing)];
            let pictures = shard.colour_histograms[p.listing].iter().chain(further).take(COHORT_PICTURES);
            pictures.map(|other| hellinger_similarity(histogram.bhattacharyya(other))).reduce(f32::max)
        };
        background(self.0.iter().filter_map(best), COLOURS, OF_COLOURS)
    }
}

/// Between `general` and the distribution of a photo's own similarities to listings (T-norm: Auckenthaler, Carey and Lloyd-Thomas
/// 2000, "Score normalization for text-independent speaker verification systems"): a dark photo is like all dark ones.
fn background(similarities: impl Iterator<Item = f32>, general: Background, of_deviation: f32) -> Background {
    let (mut count, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for similarity in similarities {
        count += 1.0;
        sum += similarity;
        squares += similarity * similarity;
    }
    if count < 2.0 {
        return general;
    }
    let mean: f32 = sum / count;
    let deviation = (squares / count - mean * mean).max(0.0).sqrt();
    let share = count / (count + HALF_AT);
    let ratio = (deviation / general.deviation).max(LEAST_DEVIATION);
    Background {
        mean: general.mean + share * (mean - general.mean),
        deviation: general.deviation * ratio.powf(of_deviation * share),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GENERAL: Background = Background { mean: 0.3, deviation: 0.1 };

    #[test]
    fn what_is_alike_to_all_listings_is_alike_to_each_by_chance() {
        let of = |mean: f32, deviation: f32, listings: usize| {
            let either = [mean - deviation, mean + deviation];
            background((0..listings).map(|i| either[i % 2]), GENERAL, 0.5)
        };
        let half = of(0.5, 0.4, HALF_AT as usize);
        assert!((half.mean - 0.4).abs() < 1e-6 && (half.deviation - 0.1 * 4.0_f32.powf(0.25)).abs() < 1e-5, "{half:?}");
        let (few, many) = (of(0.5, 0.4, 4), of(0.5, 0.4, 4096));
        assert!(few.mean < half.mean && half.mean < many.mean && many.mean < 0.5);
        assert!(few.deviation < half.deviation && half.deviation < many.deviation);
        let of_mean = background([0.1, 0.9].into_iter().cycle().take(HALF_AT as usize), GENERAL, 0.0);
        assert!((of_mean.mean - 0.4).abs() < 1e-6 && of_mean.deviation == 0.1, "{of_mean:?}");
        let same = of(0.3, 0.1, 64);
        assert!((same.mean - 0.3).abs() < 1e-6 && (same.deviation - 0.1).abs() < 1e-5);
    }

    #[test]
    fn listings_with_one_picture_or_too_few_leave_a_deviation() {
        let equal = background([0.5; 64].into_iter(), GENERAL, 0.5);
        assert!(equal.deviation >= 0.1 * LEAST_DEVIATION && equal.deviation < 0.1);
        assert_eq!(background([0.9].into_iter(), GENERAL, 0.5), GENERAL);
        assert_eq!(background([].into_iter(), GENERAL, 0.5), GENERAL);
    }
}
