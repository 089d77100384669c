//! A data set as the product sees it: a built catalogue and the probes of all queries.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::dataset::{Dataset, Query};
use crate::catalogue::{Catalogue, Listing};
use crate::encoder::{Encoder, Identity, Kind};
use crate::fusion::Mode;
use crate::matching::probe::Probe;
use crate::matching::ranker::Ranker;
use crate::merchant::build::{self, CustomerTitle, Source, Summary};
use crate::merchant::held_out::{self, HeldOut};
use crate::merchant::learn::{self, LabelledQuery, augmented, picture_of};
use crate::merchant::parallel;
use crate::photo::decode;
use crate::search::Position;
use crate::title::NormalTitle;
use crate::{Error, Result};

/// Encoders with what a manifest says of them.
pub struct Encoders {
    pub identities: Vec<Identity>,
    pub encoders: Vec<Encoder>,
}

impl Encoders {
    pub fn of(encoders: Vec<(Identity, Encoder)>) -> Self {
        let (identities, encoders) = encoders.into_iter().unzip();
        Encoders { identities, encoders }
    }
}

/// A built catalogue and labelled queries.
pub struct EvaluationSet {
    pub ranker: Ranker,
    pub queries: Vec<LabelledQuery>,
    /// Real queries to learn from that are never tested on.
    pub examples: Vec<LabelledQuery>,
    /// Queries made of the listings, as a build makes them.
    pub augmented: Vec<LabelledQuery>,
    /// For each encoder from how many customers' photos or titles, or further pictures of listings, its projection was learnt.
    pub learnt_from: Vec<u64>,
    /// Where the projection was learnt from pictures that queries are: for each fold of them what has not learnt from it.
    held_out: BTreeMap<usize, HeldOut>,
}

impl EvaluationSet {
    /// Builds the catalogue of a data set, by the code that merchants run, with the titles of customers that it learns from, and
    /// encodes its queries.
    pub fn new(dataset: &Dataset, encoders: &mut Encoders, customer_titles: &[CustomerTitle]) -> Result<Self> {
        let Encoders { identities, encoders } = encoders;
        let folder =
            tempfile::tempdir().map_err(|e| Error::io("making a folder", "room for one", e, "the temporary folder"))?;
        let source = Source {
            records: &dataset.listings,
            images: &dataset.images,
            further_images: &dataset.further_images,
            customer_photos: &dataset.customer_photos,
            customer_titles,
            identities,
            update: false,
            keep_generations: 0,
            strict: false,
            pictures_side: Some(0),
        };
        let general = |_: Catalogue, _: &mut [Encoder], _: &Summary| learn::prior();
        let summary = build::build(&source, folder.path(), encoders, &general, &|_| {})?;
        if let Some(problem) = summary.problems.first() {
            let place = format!("line {}", problem.line);
            return Err(Error::listings("listings that can all be read", problem.to_string(), place));
        }
        let catalogue = crate::merchant::folder::open(folder.path())?;
        let positions: Vec<Position> = catalogue.positions().collect();
        let ranker = Ranker::new(catalogue);
        let mut queries = if dataset.is_symmetric {
            rows_as_queries(&ranker.catalogue, &dataset.queries, &positions)
        } else {
            encoded(dataset, &dataset.queries, &ranker.catalogue, encoders)?
        };
        held_out::divide(&ranker.catalogue, &mut queries);
        let held_out = held_out_pictures(&ranker.catalogue, &summary.learnt_from, &queries);
        let mut examples = encoded(dataset, &dataset.examples, &ranker.catalogue, encoders)?;
        held_out::divide(&ranker.catalogue, &mut examples);
        let photo = |listing: &Listing| {
            let record = dataset.listings.iter().find(|r| r.id == listing.id && r.image().is_some())?;
            std::fs::read(record.image_path(&dataset.images).ok()??).ok()
        };
        let augmented = augmented(&ranker.catalogue, encoders, &photo)?;
        Ok(EvaluationSet { ranker, queries, examples, augmented, learnt_from: summary.learnt_from, held_out })
    }

    /// The same with the titles of queries, by index with the listings that answer them, from which the projection may learn.
    pub fn taught(dataset: &Dataset, encoders: &mut Encoders, titles: &BTreeMap<usize, Vec<usize>>) -> Result<Self> {
        let title = |(index, records): (&usize, &Vec<usize>)| CustomerTitle {
            title: dataset.queries[*index].title.clone(),
            records: records.clone(),
        };
        let customer_titles: Vec<CustomerTitle> = titles.iter().map(title).collect();
        let mut set = EvaluationSet::new(dataset, encoders, &customer_titles)?;
        let positions: Vec<Position> = set.ranker.catalogue.positions().collect();
        let taught_by = |(index, records): (&usize, &Vec<usize>)| {
            let relevant = records.iter().map(|record| positions[*record]).collect();
            LabelledQuery { relevant, ..set.queries[*index].clone() }
        };
        let mut taught_by: Vec<LabelledQuery> = titles.iter().map(taught_by).collect();
        held_out::divide(&set.ranker.catalogue, &mut taught_by);
        titles.keys().zip(&taught_by).for_each(|(index, query)| set.queries[*index].fold = query.fold);
        Ok(set)
    }

    /// A query with the catalogue that it is asked of: one that has not learnt from it, where the query is one of its pictures.
    pub fn asked(&self, query: usize) -> (&Ranker, Cow<'_, LabelledQuery>) {
        let query = &self.queries[query];
        match self.held_out.get(&query.fold).filter(|_| query.is_picture()) {
            Some(held_out) => (&held_out.ranker, Cow::Owned(held_out.query(query))),
            None => (&self.ranker, Cow::Borrowed(query)),
        }
    }

    /// Whether the projection of titles was learnt from customers'.
    pub fn has_learnt_from_titles(&self) -> bool {
        let encoders = self.ranker.catalogue.manifest.encoders.iter().zip(&self.learnt_from);
        encoders.into_iter().any(|(encoder, count)| encoder.kind == Kind::Text && *count > 0)
    }

    /// Indices of the queries of a kind that have an answer.
    pub fn answerable(&self, mode: Mode) -> Vec<usize> {
        let is_one = |q: &&LabelledQuery| q.probe.mode() == mode && !q.relevant.is_empty();
        self.queries.iter().enumerate().filter(|(_, q)| is_one(q)).map(|(i, _)| i).collect()
    }
}

fn held_out_pictures(
    catalogue: &Catalogue,
    learnt_from: &[u64],
    queries: &[LabelledQuery],
) -> BTreeMap<usize, HeldOut> {
    if !held_out::is_learnt(learnt_from) {
        return BTreeMap::new();
    }
    let pictures: Vec<LabelledQuery> = queries.iter().filter(|query| query.is_picture()).cloned().collect();
    let folds: BTreeSet<usize> = pictures.iter().map(|query| query.fold).collect();
    folds.into_iter().map(|fold| (fold, HeldOut::of(catalogue, learnt_from, &pictures, fold))).collect()
}

/// Each listing as a query for the others.
fn rows_as_queries(catalogue: &Catalogue, queries: &[Query], positions: &[Position]) -> Vec<LabelledQuery> {
    let query = |(query, position): (&Query, &Position)| {
        let probe = Probe::of_listing(catalogue, *position);
        let relevant = query.relevant.iter().map(|i| positions[*i]).filter(|p| p != position).collect();
        LabelledQuery { probe, relevant, excluded: [*position].into(), group: query.group, fold: 0, weight: 1.0 }
    };
    queries.iter().zip(positions).map(query).collect()
}

/// Encodes queries.
fn encoded(
    dataset: &Dataset,
    queries: &[Query],
    catalogue: &Catalogue,
    encoders: &mut [Encoder],
) -> Result<Vec<LabelledQuery>> {
    let positions: Vec<Position> = catalogue.positions().collect();
    let one = |encoders: &mut [Encoder], query: &Query| {
        let mut probe = Probe::default();
        if !query.image.is_empty() {
            let path = dataset.images.join(&query.image);
            let bytes = std::fs::read(&path)
                .map_err(|e| Error::io("reading a photo", "a file that can be read", e, path.display().to_string()))?;
            probe = pollster::block_on(Probe::of_photo(catalogue, encoders, &decode(&bytes)?))?;
        }
        if !query.title.is_empty() {
            pollster::block_on(probe.embed_title(catalogue, encoders, NormalTitle::of(&query.title)?))?;
        }
        probe.price = query.price;
        let relevant: BTreeSet<Position> = query.relevant.iter().map(|i| positions[*i]).collect();
        if query.is_in_gallery {
            probe.left_out =
                relevant.iter().find_map(|p| Some((*p, picture_of(catalogue, *p, &probe)?))).into_iter().collect();
        }
        Ok(LabelledQuery { probe, relevant, excluded: BTreeSet::new(), group: query.group, fold: 0, weight: 1.0 })
    };
    parallel::map(encoders, queries, one)
}
