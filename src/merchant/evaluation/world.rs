//! A data set as the product sees it: a built catalogue and the probes of all queries.

use std::collections::BTreeSet;

use super::dataset::{Dataset, Query};
use crate::catalogue::{Catalogue, Listing};
use crate::encoder::{Encoder, Identity};
use crate::fusion::Mode;
use crate::matching::ranker::{Probe, Ranker};
use crate::merchant::build::{self, Source};
use crate::merchant::learn::{self, Example, augmented, merged, photo_probe, probe_of, title_probe};
use crate::merchant::parallel;
use crate::photo::decode;
use crate::search::Position;
use crate::{Error, Result};

/// A query that has been through the encoders.
pub struct Asked {
    pub probe: Probe,
    pub mode: Mode,
    /// Listings that answer it.
    pub relevant: BTreeSet<Position>,
    /// Listings that may not be proposed: its own row, where listings are the queries.
    pub hidden: BTreeSet<Position>,
    pub group: u64,
}

/// A catalogue and queries.
pub struct World {
    pub ranker: Ranker,
    pub queries: Vec<Asked>,
    /// Real queries to learn from that are never tested on.
    pub examples: Vec<Asked>,
    /// Queries made of the listings, as a build makes them.
    pub augmented: Vec<Example>,
}

impl World {
    /// Builds the catalogue of a data set, by the code that merchants run, and encodes its queries.
    pub fn new(dataset: &Dataset, encoders: Vec<(Identity, Encoder)>) -> Result<Self> {
        let (identities, mut encoders): (Vec<Identity>, Vec<Encoder>) = encoders.into_iter().unzip();
        let folder =
            tempfile::tempdir().map_err(|e| Error::io("making a folder", "room for one", e, "the temporary folder"))?;
        let source = Source {
            records: &dataset.listings,
            images: &dataset.images,
            further_images: &dataset.further_images,
            identities: &identities,
            update: false,
        };
        let general = |_: Catalogue, _: &mut [Encoder]| learn::prior();
        let summary = build::build(&source, folder.path(), &mut encoders, &general, &|_| {})?;
        if let Some(problem) = summary.problems.first() {
            let place = format!("line {}", problem.line);
            return Err(Error::listings("listings that can all be read", problem.message.clone(), place));
        }
        let catalogue = crate::merchant::folder::open(folder.path())?;
        let positions: Vec<Position> = catalogue.positions().collect();
        let ranker = Ranker::new(catalogue);
        let queries = if dataset.is_symmetric {
            rows_as_queries(&ranker.catalogue, &dataset.queries, &positions)
        } else {
            asked(dataset, &dataset.queries, &ranker.catalogue, &mut encoders)?
        };
        let examples = asked(dataset, &dataset.examples, &ranker.catalogue, &mut encoders)?;
        let photo = |listing: &Listing| {
            let record = dataset.listings.iter().find(|r| r.id == listing.id && !r.image.is_empty())?;
            std::fs::read(record.image_path(&dataset.images).ok()?).ok()
        };
        let augmented = augmented(&ranker, &mut encoders, &photo)?;
        Ok(World { ranker, queries, examples, augmented })
    }

    /// Indices of the queries of a kind that have an answer.
    pub fn answerable(&self, mode: Mode) -> Vec<usize> {
        let is_one = |q: &&Asked| q.mode == mode && !q.relevant.is_empty();
        self.queries.iter().enumerate().filter(|(_, q)| is_one(q)).map(|(i, _)| i).collect()
    }
}

impl Asked {
    /// As something to learn from.
    pub fn example(&self, hidden: BTreeSet<Position>) -> Example {
        Example { probe: self.probe.clone(), own: self.relevant.clone(), hidden, group: self.group, weight: 1.0 }
    }
}

/// Each listing as a query for the others.
fn rows_as_queries(catalogue: &Catalogue, queries: &[Query], positions: &[Position]) -> Vec<Asked> {
    let query = |(query, position): (&Query, &Position)| {
        let probe = probe_of(catalogue, *position);
        let relevant = query.relevant.iter().map(|i| positions[*i]).filter(|p| p != position).collect();
        Asked { mode: probe.mode(), probe, relevant, hidden: [*position].into(), group: query.group }
    };
    queries.iter().zip(positions).map(query).collect()
}

fn asked(dataset: &Dataset, queries: &[Query], catalogue: &Catalogue, encoders: &mut [Encoder]) -> Result<Vec<Asked>> {
    let positions: Vec<Position> = catalogue.positions().collect();
    let one = |encoders: &mut [Encoder], query: &Query| {
        let photo = |encoders: &mut [Encoder]| {
            let path = dataset.images.join(&query.image);
            let bytes = std::fs::read(&path)
                .map_err(|e| Error::io("reading a photo", "a file that can be read", e, path.display().to_string()))?;
            photo_probe(catalogue, encoders, &decode(&bytes)?)
        };
        let mut probe = match (query.image.as_str(), query.title.as_str()) {
            ("", title) => title_probe(encoders, title)?,
            (_, "") => photo(encoders)?,
            (_, title) => merged(&photo(encoders)?, &title_probe(encoders, title)?),
        };
        probe.price = query.price;
        let relevant = query.relevant.iter().map(|i| positions[*i]).collect();
        Ok(Asked { mode: probe.mode(), probe, relevant, hidden: BTreeSet::new(), group: query.group })
    };
    parallel::map(encoders, queries, one)
}
