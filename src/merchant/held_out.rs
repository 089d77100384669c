//! Training examples of real queries whose answers have not learnt from them: where projections were learnt from customers' photos
//! and titles, the queries of a fold are answered in projections that were learnt from those of the others (cross-fitting;
//! Chernozhukov and others 2018, "Double/debiased machine learning"). What a projection was learnt from looks better in it than
//! what comes later; a decision that is learnt from that would be too sure.

use std::collections::BTreeMap;

use nalgebra::DMatrix;
use rayon::prelude::*;

use super::build::whitening::{self, Labelled};
use super::learn::{LabelledQuery, TrainingExample, training_examples};
use super::real_queries::FOLDS;
use crate::Result;
use crate::catalogue::{Background, Catalogue, Position, Row, Vectors};
use crate::encoder::Kind;
use crate::matching::probe::Probe;
use crate::matching::ranker::Ranker;

/// A catalogue in the projections that are learnt without the queries of one fold.
pub struct HeldOut {
    pub ranker: Ranker,
    /// For each encoder the map from the vectors of the catalogue that is there, where its projection was learnt from queries.
    maps: Vec<Option<DMatrix<f32>>>,
}

impl HeldOut {
    /// For each fold of the queries the catalogue that has not learnt from them. `learnt_from` is for each encoder from how many
    /// queries its projection was learnt; `None` where none was.
    pub fn of(catalogue: &Catalogue, learnt_from: &[u64], queries: &[LabelledQuery]) -> Option<[Self; FOLDS]> {
        if learnt_from.iter().all(|count| *count == 0) {
            return None;
        }
        let fold = |fold: usize| {
            let others: Vec<&LabelledQuery> = queries.iter().filter(|query| query.fold != fold).collect();
            let map = |encoder: usize| {
                let is_learnt = learnt_from.get(encoder).is_some_and(|count| *count > 0);
                let projection = catalogue.projections.get(encoder)?.as_ref().filter(|_| is_learnt)?;
                whitening::relearnt(projection, &labelled(catalogue, encoder, &others))
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
        };
        Some(std::array::from_fn(fold))
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

/// Retrieves the candidates of real queries, each in the projections that have not learnt from it.
pub fn real_examples(ranker: &Ranker, learnt_from: &[u64], queries: &[LabelledQuery]) -> Result<Vec<TrainingExample>> {
    let Some(folds) = HeldOut::of(&ranker.catalogue, learnt_from, queries) else {
        return training_examples(ranker, queries, true);
    };
    let of_fold = |(fold, held_out): (usize, &HeldOut)| {
        let own = queries.iter().filter(|query| query.fold == fold).map(|query| held_out.query(query));
        training_examples(&held_out.ranker, &own.collect::<Vec<_>>(), true)
    };
    Ok(folds.iter().enumerate().map(of_fold).collect::<Result<Vec<_>>>()?.concat())
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

/// The vectors of queries and of the merchant's own pictures or titles of the products that answer them.
fn labelled(catalogue: &Catalogue, encoder: usize, queries: &[&LabelledQuery]) -> Vec<Labelled> {
    let answered = queries.iter().filter(|query| !query.relevant.is_empty());
    let products: BTreeMap<Position, usize> =
        whitening::products(answered.clone().map(|query| query.relevant.iter().copied()), [].into_iter());
    let own = products.iter().flat_map(|(position, product)| {
        let shard = &catalogue.shards[position.shard];
        let first = shard.vectors[encoder].row(position.listing);
        let further = shard.gallery.of(position.listing).filter(|row| shard.gallery.is_shown(*row));
        let is_of_pictures = catalogue.manifest.encoders[encoder].kind == Kind::Image;
        let further = further.filter(|_| is_of_pictures).filter_map(|row| shard.gallery.vectors[encoder].row(row));
        let labelled = |row| Labelled { vector: floats(row), product: *product, is_own: true };
        first.into_iter().chain(further).map(labelled).collect::<Vec<_>>()
    });
    let asked = answered.filter_map(|query| {
        let vector = query.probe.vectors.get(encoder)?.clone()?;
        Some(Labelled { vector, product: *products.get(query.relevant.first()?)?, is_own: false })
    });
    own.chain(asked).collect()
}
