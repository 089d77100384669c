//! Training examples of real queries whose answers have not learnt from them: where projections were learnt from customers' photos
//! and titles, or from further pictures of listings, the queries of a fold are answered in projections that were learnt from those of the others (cross-fitting;
//! Chernozhukov and others 2018, "Double/debiased machine learning"). What a projection was learnt from looks better in it than
//! what comes later; a decision that is learnt from that would be too sure.

use std::collections::{BTreeMap, BTreeSet};

use nalgebra::DMatrix;
use rayon::prelude::*;

use super::build::whitening::{self, Labelled, coordinates};
use super::learn::{LabelledQuery, TrainingExample, training_examples};
use crate::Result;
use crate::catalogue::{Background, Catalogue, Position, Row, Vectors, unit};
use crate::encoder::Kind;
use crate::matching::probe::Probe;
use crate::matching::ranker::Ranker;
use crate::search::PictureOf;
use crate::sort::sorted_by;

/// Parts of the queries, each of which is answered by what was learnt from the others.
pub const FOLDS: usize = 8;
/// Iterations by which the direction is found in which photos differ most.
const ITERATIONS: usize = 24;

/// Whether any projection was learnt from queries; `learnt_from` is for each encoder from how many.
pub fn is_learnt(learnt_from: &[u64]) -> bool {
    learnt_from.iter().any(|count| *count > 0)
}

/// Divides real queries into folds. The customers' photos of a listing, which are searched, are divided in two halves that differ
/// most, by their first principal component: photos that were taken together look alike, and a shopper's is of another place, light
/// and camera. Those of one half leave one another out. The merchant's own further pictures are divided by listing: fronts, backs
/// and sides of other listings teach what they teach of its own. Titles are divided by product: a projection learns from them in
/// what those of one product differ.
pub fn divide(catalogue: &Catalogue, queries: &mut [LabelledQuery]) {
    let maps: Vec<Option<DMatrix<f32>>> =
        catalogue.projections.iter().map(|p| Some(coordinates(p.as_ref()?))).collect();
    let mut photos: BTreeMap<Position, Vec<usize>> = BTreeMap::new();
    let mut others: BTreeMap<Position, Vec<usize>> = BTreeMap::new();
    for (at, query) in queries.iter().enumerate() {
        match (query.probe.left_out.first(), query.relevant.first()) {
            (Some(picture), _) if !is_own(catalogue, *picture) => photos.entry(picture.0).or_default().push(at),
            (Some((listing, _)), _) | (None, Some(listing)) => others.entry(*listing).or_default().push(at),
            (None, None) => {}
        }
    }
    for own in photos.into_values() {
        let vectors = own.iter().map(|at| unwhitened(catalogue, &maps, &queries[*at].probe));
        let along = along_first_component(&vectors.collect::<Vec<_>>());
        let order = sorted_by((0..own.len()).collect(), |a: &usize, b: &usize| along[*a].total_cmp(&along[*b]));
        let (first, second) = order.split_at(own.len() / 2);
        for (fold, half) in [first, second].into_iter().enumerate() {
            let left_out: Vec<PictureOf> = half.iter().flat_map(|i| queries[own[*i]].probe.left_out.clone()).collect();
            for i in half {
                queries[own[*i]].fold = fold;
                queries[own[*i]].probe.left_out.clone_from(&left_out);
            }
        }
    }
    for (nth, own) in others.into_values().enumerate() {
        own.into_iter().for_each(|at| queries[at].fold = nth % FOLDS);
    }
}

/// Whether a picture is one of the merchant's own, and no customer's photo.
fn is_own(catalogue: &Catalogue, (position, place): PictureOf) -> bool {
    let gallery = &catalogue.shards[position.shard].gallery;
    place.checked_sub(1).is_none_or(|further| gallery.is_shown(gallery.of(position.listing).start + further))
}

/// A photo's vectors by all encoders and its colours, one after another, in coordinates in which nothing is whitened.
fn unwhitened(catalogue: &Catalogue, maps: &[Option<DMatrix<f32>>], probe: &Probe) -> Vec<f32> {
    let encoders = catalogue.manifest.encoders.iter().zip(&probe.vectors).zip(maps);
    let of_photos = encoders.filter(|((encoder, _), _)| encoder.kind == Kind::Image);
    let coordinates = of_photos.filter_map(|((_, vector), map)| {
        let vector = vector.as_ref()?;
        Some(map.as_ref().map_or_else(|| vector.clone(), |map| whitening::mapped(map, vector)))
    });
    let colours = probe.colour_histogram.map(|histogram| unit(histogram.0.map(f32::from).to_vec()));
    coordinates.flatten().chain(colours.into_iter().flatten()).collect()
}

/// Where each vector lies along the direction in which they differ most, by power iteration from the one that differs most from
/// their mean; of less than two, or of equal ones, zeros. One that is shorter than the first has zeros there.
fn along_first_component(vectors: &[Vec<f32>]) -> Vec<f32> {
    let length = vectors.first().map_or(0, Vec::len);
    let value = |row: usize, column| vectors[row].get(column).copied().unwrap_or(0.0);
    let mut deviations = DMatrix::from_fn(vectors.len(), length, value);
    let mean = deviations.row_mean();
    deviations.row_iter_mut().for_each(|mut row| row -= &mean);
    let norms: Vec<f32> = deviations.row_iter().map(|row| row.norm()).collect();
    let Some(start) = (0..norms.len()).max_by(|a, b| norms[*a].total_cmp(&norms[*b])) else { return Vec::new() };
    let mut direction = deviations.row(start).transpose();
    for _ in 0..ITERATIONS {
        let next = deviations.tr_mul(&(&deviations * &direction));
        let norm = next.norm();
        if norm <= f32::MIN_POSITIVE {
            return vec![0.0; vectors.len()];
        }
        direction = next / norm;
    }
    (&deviations * direction).iter().copied().collect()
}

/// A catalogue in the projections that are learnt without the queries of one fold.
pub struct HeldOut {
    pub ranker: Ranker,
    /// For each encoder the map from the vectors of the catalogue that is there, where its projection was learnt from queries.
    maps: Vec<Option<DMatrix<f32>>>,
}

impl HeldOut {
    /// The catalogue that has not learnt from the queries of that fold. `learnt_from` is for each encoder from how many queries its
    /// projection was learnt.
    pub fn of(catalogue: &Catalogue, learnt_from: &[u64], queries: &[LabelledQuery], fold: usize) -> Self {
        let (own, others): (Vec<&LabelledQuery>, Vec<&LabelledQuery>) =
            queries.iter().partition(|query| query.fold == fold);
        let map = |encoder: usize| {
            let is_learnt = learnt_from.get(encoder).is_some_and(|count| *count > 0);
            let projection = catalogue.projections.get(encoder)?.as_ref().filter(|_| is_learnt)?;
            let labelled = match catalogue.manifest.encoders[encoder].kind {
                Kind::Image => labelled_pictures(catalogue, encoder, &own),
                Kind::Text => labelled_titles(catalogue, encoder, &others),
            };
            Some(whitening::relearnt(projection, &labelled).unwrap_or_else(|| coordinates(projection)))
        };
        let maps: Vec<Option<DMatrix<f32>>> = (0..catalogue.manifest.encoders.len()).map(map).collect();
        let mut mapped = catalogue.clone();
        for (encoder, map) in maps.iter().enumerate() {
            let Some(map) = map else { continue };
            for shard in &mut mapped.shards {
                map_vectors(&mut shard.vectors[encoder], map);
                map_vectors(&mut shard.gallery.vectors[encoder], map);
            }
            mapped.manifest.backgrounds[encoder] = Background::of(&mapped, encoder);
        }
        HeldOut { ranker: Ranker::new(mapped), maps }
    }

    /// The query in these projections.
    pub fn query(&self, query: &LabelledQuery) -> LabelledQuery {
        let vectors = query.probe.vectors.iter().zip(&self.maps).map(|(vector, map)| match (vector, map) {
            (Some(vector), Some(map)) => Some(whitening::mapped(map, vector)),
            _ => vector.clone(),
        });
        let probe = Probe { vectors: vectors.collect(), ..query.probe.clone() };
        LabelledQuery { probe, ..query.clone() }
    }
}

/// Divides real queries, and retrieves their candidates as [`real_examples`] does.
pub fn divided_examples(
    ranker: &Ranker,
    learnt_from: &[u64],
    mut queries: Vec<LabelledQuery>,
) -> Result<Vec<TrainingExample>> {
    divide(&ranker.catalogue, &mut queries);
    real_examples(ranker, learnt_from, &queries)
}

/// Retrieves the candidates of real queries, each in the projections that have not learnt from it.
pub fn real_examples(ranker: &Ranker, learnt_from: &[u64], queries: &[LabelledQuery]) -> Result<Vec<TrainingExample>> {
    if !is_learnt(learnt_from) {
        return training_examples(ranker, queries, true);
    }
    let of_fold = |fold| {
        let own: Vec<&LabelledQuery> = queries.iter().filter(|query| query.fold == fold).collect();
        if own.is_empty() {
            return Ok(Vec::new());
        }
        let held_out = HeldOut::of(&ranker.catalogue, learnt_from, queries, fold);
        let own: Vec<LabelledQuery> = own.into_iter().map(|query| held_out.query(query)).collect();
        training_examples(&held_out.ranker, &own, true)
    };
    Ok((0..FOLDS).map(of_fold).collect::<Result<Vec<_>>>()?.concat())
}

/// Replaces stored vectors by what a map of the same length makes of them.
fn map_vectors(vectors: &mut Vectors, map: &DMatrix<f32>) {
    let rows = vectors.codes.par_chunks_mut(vectors.dimension.max(1)).zip(&mut vectors.scales);
    rows.filter(|(_, scale)| **scale > 0.0).for_each(|(codes, scale)| {
        let (mapped, mapped_scale) = Row::quantise(&whitening::mapped(map, &floats((codes, *scale))));
        codes.copy_from_slice(&mapped);
        *scale = mapped_scale;
    });
}

fn floats((codes, scale): (&[i8], f32)) -> Vec<f32> {
    codes.iter().map(|code| f32::from(*code) * scale).collect()
}

/// The titles of queries and of the listings that answer them.
fn labelled_titles(catalogue: &Catalogue, encoder: usize, queries: &[&LabelledQuery]) -> Vec<Labelled> {
    let answered = queries.iter().filter(|query| !query.relevant.is_empty());
    let products: BTreeMap<Position, usize> =
        whitening::products(answered.clone().map(|query| query.relevant.iter().copied()), [].into_iter());
    let own = products.iter().filter_map(|(position, product)| {
        let row = catalogue.shards[position.shard].vectors[encoder].row(position.listing)?;
        Some(Labelled { vector: floats(row), product: *product, is_own: true })
    });
    let asked = answered.filter_map(|query| {
        let vector = query.probe.vectors.get(encoder)?.clone()?;
        Some(Labelled { vector, product: *products.get(query.relevant.first()?)?, is_own: false })
    });
    own.chain(asked).collect()
}

/// The pictures of all listings that have several, customers' among them, but for those of which queries were made, and for all
/// of a listing of whose own pictures some were.
fn labelled_pictures(catalogue: &Catalogue, encoder: usize, queries: &[&LabelledQuery]) -> Vec<Labelled> {
    let held_out: BTreeSet<PictureOf> = queries.iter().flat_map(|query| query.probe.left_out.iter().copied()).collect();
    let own = held_out.iter().filter(|picture| is_own(catalogue, **picture));
    let listings: BTreeSet<Position> = own.map(|(position, _)| *position).collect();
    let of_listing = |(product, position): (usize, Position)| {
        let shard = &catalogue.shards[position.shard];
        let is_learnt = !shard.gallery.of(position.listing).is_empty() && !listings.contains(&position);
        let all = shard.vectors_of(encoder, position.listing);
        let learnt = all.filter(|(place, _)| is_learnt && !held_out.contains(&(position, *place)));
        let labelled = |(place, row)| Labelled { vector: floats(row), product, is_own: place == 0 };
        learnt.map(labelled).collect::<Vec<_>>()
    };
    catalogue.positions().enumerate().flat_map(of_listing).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_most_lies_at_the_two_ends_of_the_first_component() {
        // Two places, in which photos differ a little by the third value.
        let photo = |i: u8| match i % 2 {
            0 => vec![1.0, 0.0, f32::from(i) * 0.01],
            _ => vec![0.0, 1.0, f32::from(i) * 0.01],
        };
        let along = along_first_component(&(0..8).map(photo).collect::<Vec<_>>());
        let is_first_place = |at: usize| along[at] * along[0] > 0.0;
        assert!((0..8).all(|at| is_first_place(at) == (at % 2 == 0)), "{along:?}");
    }

    #[test]
    fn equal_photos_or_none_have_no_first_component() {
        assert_eq!(along_first_component(&[vec![0.6, 0.8], vec![0.6, 0.8]]), [0.0, 0.0]);
        assert_eq!(along_first_component(&[vec![0.6, 0.8]]), [0.0]);
        assert_eq!(along_first_component(&[]), [0.0; 0]);
    }

    #[test]
    fn nothing_is_held_out_where_no_projection_was_learnt_from_queries() {
        assert!(!is_learnt(&[]) && !is_learnt(&[0, 0]) && is_learnt(&[0, 96]));
    }
}
