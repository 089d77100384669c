//! Listings and queries of data sets as items of groups, parted into training, validation and test.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fastrand::Rng;
use petgraph::unionfind::UnionFind;

use super::recipe::{Data, Split};
use crate::merchant::evaluation::{Dataset, Query};
use crate::merchant::listings::{Record, path_below};
use crate::{Error, Result};

/// What an item is to the test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Query,
    Candidate,
    /// Each item is a query for the others.
    Both,
    /// A labelled photo of a customer: by role learnt from only, by group as a query.
    Example,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Training,
    Validation,
    Test,
}

/// What an encoder reads of an item.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    Title(String),
    Photo(PathBuf),
}

#[derive(Debug, Clone)]
pub struct Item {
    pub content: Content,
    /// Title of a listing whose photo is read; of a query without a title empty.
    pub title: String,
    pub side: Side,
    /// Index of the data set.
    pub set: usize,
    /// Items of one group show one product; no two data sets have a group in common.
    pub group: usize,
    pub part: Part,
    /// As the data has it.
    pub category: Option<String>,
}

impl Item {
    /// Whether its group's candidates can be searched for by it.
    pub fn asks(&self) -> bool {
        self.side != Side::Candidate
    }

    pub fn is_candidate(&self) -> bool {
        matches!(self.side, Side::Candidate | Side::Both)
    }

    /// 0 for the side that is searched, 1 for what asks.
    pub fn source(&self) -> u8 {
        u8::from(matches!(self.side, Side::Query | Side::Example))
    }
}

/// A labelled pair of items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LabelledPair {
    pub query: usize,
    pub candidate: usize,
    pub is_match: bool,
}

pub struct Corpus {
    /// Names of the data sets, first those that are trained on.
    pub sets: Vec<String>,
    /// How many of them are trained on.
    pub trained: usize,
    pub items: Vec<Item>,
    /// Number of groups.
    pub groups: usize,
    pub pairs: Vec<LabelledPair>,
}

/// What an encoder reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    Titles,
    Photos,
}

impl Corpus {
    /// Reads the data sets below a folder; items without what the encoder reads are left out.
    ///
    /// # Errors
    /// As [`Dataset::read`]; [`Error::Recipe`] where a set has nothing to learn from or no two sources that a recipe asks for.
    pub fn read(data: &Data, folder: &Path, reads: Reads) -> Result<Self> {
        let sets: Vec<String> = data.sets.iter().chain(&data.also_test).cloned().collect();
        let mut corpus =
            Corpus { trained: data.sets.len(), sets: Vec::new(), items: Vec::new(), groups: 0, pairs: Vec::new() };
        for name in sets {
            let dataset = match name.strip_prefix("shopee:") {
                Some(file) => Dataset::read("shopee", &folder.join(file))?,
                None => Dataset::read(&name, folder)?,
            };
            corpus.add(name, &dataset, reads)?;
        }
        Ok(corpus)
    }

    /// Adds a data set.
    pub fn add(&mut self, name: String, dataset: &Dataset, reads: Reads) -> Result<()> {
        let set = self.sets.len();
        let content = |title: &str, photo: Option<PathBuf>| match reads {
            Reads::Titles => (!title.trim().is_empty()).then(|| Content::Title(title.to_string())),
            Reads::Photos => photo.map(Content::Photo),
        };
        let photo = |name: &str| -> Result<Option<PathBuf>> {
            (!name.is_empty()).then(|| path_below(&dataset.images, name)).transpose()
        };
        // Nodes are the listings, then the queries.
        let listings = dataset.listings.len();
        let queries: &[Query] = if dataset.is_symmetric { &[] } else { dataset.queries.as_slice() };
        let mut groups = UnionFind::<usize>::new(listings + queries.len());
        for (i, query) in dataset.queries.iter().enumerate() {
            let own = if dataset.is_symmetric { i } else { listings + i };
            for listing in &query.relevant {
                groups.union(own, *listing);
            }
        }
        let mut numbers: BTreeMap<usize, usize> = BTreeMap::new();
        let first_group = self.groups;
        let mut number = |node: usize| {
            let next = first_group + numbers.len();
            *numbers.entry(node).or_insert(next)
        };
        let mut places: BTreeMap<usize, usize> = BTreeMap::new();
        let item = |content: Content, title: &str, side, group, category| Item {
            content,
            title: title.into(),
            side,
            set,
            group,
            part: Part::Training,
            category,
        };
        for (i, record) in dataset.listings.iter().enumerate() {
            let group = number(groups.find(i));
            let side = if dataset.is_symmetric { Side::Both } else { Side::Candidate };
            let photo = record.image_path(&dataset.images)?;
            if let Some(content) = content(&record.title, photo) {
                places.insert(i, self.items.len());
                self.items.push(item(content, &record.title, side, group, category(record)));
            }
        }
        for (i, query) in queries.iter().enumerate() {
            let group = number(groups.find(listings + i));
            if let Some(content) = content(&query.title, photo(&query.image)?) {
                places.insert(listings + i, self.items.len());
                self.items.push(item(content, &query.title, Side::Query, group, None));
            }
        }
        for customer in &dataset.customer_photos {
            let group = number(groups.find(customer.record));
            if let Some(content) = content("", Some(customer.path.clone())) {
                self.items.push(item(content, "", Side::Example, group, None));
            }
        }
        self.groups += numbers.len();
        if let Some(splits) = &dataset.pairs {
            let labelled = [&splits.train, &splits.valid, &splits.test].into_iter().flatten();
            let pair = |(query, candidate, is_match): &(usize, usize, bool)| {
                let (query, candidate) = (*places.get(&(listings + query))?, *places.get(candidate)?);
                Some(LabelledPair { query, candidate, is_match: *is_match })
            };
            self.pairs.extend(labelled.filter_map(pair));
        }
        self.sets.push(name);
        let has = |accepted: fn(&Item) -> bool| self.items.iter().any(|item| item.set == set && accepted(item));
        if !has(Item::asks) || !has(Item::is_candidate) {
            let expected = format!("data.sets: data with {}", if reads == Reads::Titles { "titles" } else { "photos" });
            return Err(Error::recipe(expected, "queries or candidates without", self.sets[set].clone()));
        }
        Ok(())
    }

    /// Parts the items. With folds, `fold` of them is the test part.
    pub fn split(&mut self, data: &Data, seed: u64, fold: Option<(usize, usize)>) {
        let parts = match data.split {
            Split::Groups => self.parts_by_group(data, seed, fold),
            Split::Roles => self.parts_by_role(data, seed),
        };
        self.items.iter_mut().zip(parts).for_each(|(item, part)| item.part = part);
    }

    fn parts_by_group(&self, data: &Data, seed: u64, fold: Option<(usize, usize)>) -> Vec<Part> {
        let mut parts = vec![Part::Training; self.groups];
        for set in 0..self.sets.len() {
            // Groups of which there is a query with an answer, then those of one side: both have their share in each part.
            let mut sides: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
            for item in self.items.iter().filter(|item| item.set == set) {
                let (asking, asked) = sides.entry(item.group).or_default();
                *asking += usize::from(item.asks());
                *asked += usize::from(item.is_candidate());
            }
            let is_answerable = |(asking, asked): (usize, usize)| match self.is_symmetric(set) {
                true => asked > 1,
                false => asking > 0 && asked > 0,
            };
            for answerable in [true, false] {
                let own = sides.iter().filter(|(_, sides)| is_answerable(**sides) == answerable);
                let mut own: Vec<usize> = own.map(|(group, _)| *group).collect();
                // By the data set's place, so that further sets do not change the split of the first.
                Rng::with_seed(seed ^ ((set as u64) << 32)).shuffle(&mut own);
                let count = own.len();
                let tested = match fold {
                    Some((fold, folds)) => fold * count / folds..(fold + 1) * count / folds,
                    None => 0..(count as f64 * data.test_share).round() as usize,
                };
                let rest = (count - tested.len()) as f64;
                let mut validated = (rest * data.validation_share).round() as usize;
                for (i, group) in own.into_iter().enumerate() {
                    parts[group] = if tested.contains(&i) {
                        Part::Test
                    } else if validated > 0 {
                        validated -= 1;
                        Part::Validation
                    } else {
                        Part::Training
                    };
                }
            }
        }
        self.items.iter().map(|item| parts[item.group]).collect()
    }

    /// Queries are the test, what is labelled beside them is learnt from; a share of it decides when to stop.
    fn parts_by_role(&self, data: &Data, seed: u64) -> Vec<Part> {
        let mut rng = Rng::with_seed(seed);
        let part = |item: &Item| match item.side {
            Side::Query => Part::Test,
            Side::Example if rng.f64() < data.validation_share => Part::Validation,
            _ => Part::Training,
        };
        self.items.iter().map(part).collect()
    }

    pub fn is_symmetric(&self, set: usize) -> bool {
        self.items.iter().any(|item| item.set == set && item.side == Side::Both)
    }

    /// The items of a data set that ask in a part.
    pub fn asking(&self, set: usize, part: Part) -> Vec<usize> {
        let own = |i: &usize| self.items[*i].set == set && self.items[*i].part == part && self.items[*i].asks();
        (0..self.items.len()).filter(own).collect()
    }

    /// All items of a data set that are searched.
    pub fn candidates(&self, set: usize) -> Vec<usize> {
        let own = |i: &usize| self.items[*i].set == set && self.items[*i].is_candidate();
        (0..self.items.len()).filter(own).collect()
    }

    /// What is learnt from: the training part of the sets that are trained on.
    pub fn training(&self) -> Vec<usize> {
        let own = |i: &usize| self.items[*i].set < self.trained && self.items[*i].part == Part::Training;
        (0..self.items.len()).filter(own).collect()
    }
}

fn category(record: &Record) -> Option<String> {
    record.category.clone().filter(|category| !category.trim().is_empty())
}
