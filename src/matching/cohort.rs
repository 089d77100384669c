//! Listings that a query is compared with to tell how like it is to any.

use crate::catalogue::{Background, Catalogue};
use crate::encoder::Kind;

/// Most listings of a cohort.
const LISTINGS: usize = 1024;
/// Half of a query's difference counts in a shop of so many listings: one of a few may consist of what the query is like.
const HALF_AT: f32 = 128.0;

/// What listings that stand for all have in common by one encoder of pictures.
pub(super) struct Cohort {
    /// Mean of their vectors.
    centre: Vec<f32>,
    /// Mean cosine of two different ones.
    mean: f32,
    listings: f32,
}

impl Cohort {
    /// Every `n`-th listing's first picture. `None` for encoders of titles, and where fewer than two listings have a vector.
    pub fn of(catalogue: &Catalogue, encoder: usize) -> Option<Self> {
        if catalogue.manifest.encoders[encoder].kind != Kind::Image {
            return None;
        }
        let step = catalogue.positions().count().div_ceil(LISTINGS).max(1);
        let rows = catalogue.positions().step_by(step);
        let rows = rows.filter_map(|p| catalogue.shards[p.shard].vectors[encoder].row(p.listing));
        let (mut centre, mut listings) = (Vec::new(), 0.0);
        for (codes, scale) in rows {
            centre.resize(codes.len(), 0.0);
            centre.iter_mut().zip(codes).for_each(|(sum, code)| *sum += f32::from(*code) * scale);
            listings += 1.0;
        }
        if listings < 2.0 {
            return None;
        }
        centre.iter_mut().for_each(|sum| *sum /= listings);
        let square: f32 = centre.iter().map(|value| value * value).sum();
        // Of all pairs of vectors of length 1 these are the ones of a listing with itself.
        let mean = (listings * square - 1.0) / (listings - 1.0);
        Some(Cohort { centre, mean, listings })
    }

    /// What the query has in common with listings by chance, where two listings have `background`: its own mean cosine to the cohort
    /// counts (T-norm: Auckenthaler, Carey and Lloyd-Thomas 2000, "Score normalization for text-independent speaker verification
    /// systems"). A dark photo is like all dark ones.
    pub fn background(&self, vector: &[f32], background: Background) -> Background {
        let mean: f32 = self.centre.iter().zip(vector).map(|(a, b)| a * b).sum();
        let share = self.listings / (self.listings + HALF_AT);
        Background { mean: background.mean + share * (mean - self.mean), ..background }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_that_is_like_all_listings_is_like_each_by_chance() {
        let background = Background { mean: 0.3, deviation: 0.1 };
        let cohort = Cohort { centre: vec![0.6, 0.0], mean: 0.3, listings: HALF_AT };
        let of = |vector: [f32; 2]| cohort.background(&vector, background);
        assert!((of([1.0, 0.0]).mean - 0.45).abs() < 1e-6 && (of([0.0, 1.0]).mean - 0.15).abs() < 1e-6);
        assert_eq!(of([0.5, 0.8]), background);
    }
}
