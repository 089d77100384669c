//! The tasks that rows are compared in: queries and candidates of a data set, parted as training parts them.

use std::collections::BTreeSet;
use std::path::Path;

use fastrand::Rng;
use serde::{Deserialize, Serialize};

use super::descriptions::descriptions;
use crate::digest::sha256_hex;
use crate::fusion::Mode;
use crate::lab::train::corpus::{Content, Corpus, Item, LabelledPair, Part, Reads};
use crate::lab::train::recipe::{Data, Recipe, Split};
use crate::merchant::evaluation::{Dataset, Query};
use crate::{Error, Result};

/// Seed of the split, which the recipes have, too.
const SEED: u64 = 1;
/// Parts of the groups for the K-fold score.
pub const FOLDS: usize = 5;
/// Candidates of other groups that are drawn for each query to be No-Match pairs, where the data has no labelled pairs.
const NEGATIVES: usize = 4;
/// Most candidates of its own group that make Match pairs of a query.
const MOST_POSITIVES: usize = 2;

/// Data sets that are read and parted together.
pub struct Bench {
    pub corpus: Corpus,
    pub data: Data,
    /// SHA-256 of its items and their parts.
    pub sha256: String,
    /// The fold of each item; none where parts are given by the data.
    pub folds: Option<Vec<usize>>,
}

/// Queries and candidates of one data set.
pub struct Task {
    /// Part of the figures' names.
    pub key: &'static str,
    pub name: &'static str,
    pub mode: Mode,
    /// What the whole matcher is evaluated on for it.
    pub profile: Option<&'static str>,
    /// Index of the bench, and of its data set.
    pub bench: usize,
    pub set: usize,
    /// Of a task of photos and titles, the bench of the same items' photos.
    pub photos: Option<usize>,
    pub pairs: Vec<LabelledPair>,
    /// Whether the pairs are the data's own.
    pub has_labelled_pairs: bool,
}

/// A task as reports show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    pub key: String,
    pub name: String,
    pub mode: String,
    /// Queries of the test part that have an answer are in the cells.
    pub items: usize,
    pub candidates: usize,
    pub groups: usize,
    pub has_labelled_pairs: bool,
}

/// All tasks with their data.
pub struct Tasks {
    pub benches: Vec<Bench>,
    pub tasks: Vec<Task>,
    /// Why a data set is left out.
    pub skipped: Vec<String>,
}

/// A data set of a bench: its name to the corpus, what it is read as, and the kind of its queries that are kept.
struct Source<'a> {
    set: &'a str,
    folder: &'a Path,
    kept: fn(&Query) -> bool,
    is_description: bool,
}

impl Tasks {
    /// Reads what is there of the data sets below a folder, and Shopee's folder where one is given.
    ///
    /// # Errors
    /// Where none is there, or one that is there cannot be read.
    pub fn read(folder: &Path, shopee: Option<&Path>) -> Result<Self> {
        let mut tasks = Tasks { benches: Vec::new(), tasks: Vec::new(), skipped: Vec::new() };
        let title = |query: &Query| query.image.is_empty();
        let photo = |query: &Query| query.title.is_empty();
        let both = |query: &Query| !query.image.is_empty() && !query.title.is_empty();
        let part = |set, kept: fn(&Query) -> bool| Source { set, folder, kept, is_description: false };
        let described = Source { is_description: true, ..part("abt-buy", title) };
        let (groups, roles) = (Split::Groups, Split::Roles);
        use Mode::{Photo, Title};
        // The sets of a bench are in the recipes' order: the split of a set depends on its place.
        tasks.add(
            &[part("abt-buy", title), part("amazon-google", title), part("apparel", title), described],
            (Reads::Titles, groups, 2),
            &[
                ("abt", "Abt-Buy, names", Title, Some("abt-buy")),
                ("amazon", "Amazon-Google, titles", Title, Some("amazon-google")),
                ("apparel.title", "Apparel, misspelt titles", Title, Some("apparel")),
                ("abt.description", "Abt-Buy, a product's own description as the query", Title, None),
            ],
        )?;
        tasks.add(
            &[part("grocery-labelled", photo), part("apparel", photo)],
            (Reads::Photos, groups, 1),
            &[
                ("grocery", "Grocery, photos of phones", Photo, Some("grocery")),
                ("apparel.photo", "Apparel, other views", Photo, Some("apparel")),
            ],
        )?;
        let role = "Grocery, other photos of the products that labelled photos show";
        tasks.add(
            &[part("grocery-labelled", photo)],
            (Reads::Photos, roles, 1),
            &[("grocery.roles", role, Photo, Some("grocery-labelled"))],
        )?;
        let name = "Apparel, other views with misspelt titles";
        tasks.add_both(&part("apparel", both), ("apparel.both", name, Some("apparel")))?;
        if let Some(shopee) = shopee {
            let part = |kept: fn(&Query) -> bool| Source { set: "shopee", folder: shopee, kept, is_description: false };
            let all = |_: &Query| true;
            let names = ["Shopee, titles", "Shopee, photos", "Shopee, titles and photos"];
            tasks.add(
                &[part(all)],
                (Reads::Titles, groups, 0),
                &[("shopee.title", names[0], Title, Some("shopee"))],
            )?;
            tasks.add(
                &[part(all)],
                (Reads::Photos, groups, 0),
                &[("shopee.photo", names[1], Photo, Some("shopee"))],
            )?;
            tasks.add_both(&part(all), ("shopee.both", names[2], Some("shopee")))?;
            let is_read = tasks.tasks.iter().any(|task| task.set_name(&tasks.benches) == "shopee");
            if !is_read {
                let expected = "a folder with train.csv and train_images";
                return Err(Error::io("reading Shopee's data", expected, "none", shopee.display().to_string()));
            }
        }
        if tasks.tasks.is_empty() {
            let expected = "a folder that holds abt_buy, amazon_google, grocery or apparel";
            return Err(Error::io("looking for data sets", expected, "none of them", folder.display().to_string()));
        }
        Ok(tasks)
    }

    fn add(
        &mut self,
        parts: &[Source],
        (reads, split, trained): (Reads, Split, usize),
        shown: &[(&'static str, &'static str, Mode, Option<&'static str>)],
    ) -> Result<()> {
        let mut bench = Bench::empty(split);
        let mut added = Vec::new();
        for (i, (part, shown)) in parts.iter().zip(shown).enumerate() {
            match part.read()? {
                Some(dataset) => {
                    bench.add(part, &dataset, reads, i < trained)?;
                    added.push(*shown);
                }
                None => self.skipped.push(part.missing()),
            }
        }
        if added.is_empty() {
            return Ok(());
        }
        let number = self.benches.len();
        bench.part();
        for (set, (key, name, mode, profile)) in added.into_iter().enumerate() {
            let (pairs, has_labelled_pairs) = bench.pairs(set);
            let photos = None;
            self.tasks.push(Task { key, name, mode, profile, bench: number, set, photos, pairs, has_labelled_pairs });
        }
        self.benches.push(bench);
        Ok(())
    }

    /// A task of photos and titles together: the same items twice.
    fn add_both(&mut self, part: &Source, shown: (&'static str, &'static str, Option<&'static str>)) -> Result<()> {
        let Some(mut dataset) = part.read()? else {
            self.skipped.push(part.missing());
            return Ok(());
        };
        if dataset.is_symmetric {
            let is_whole = |i: usize| {
                let record = &dataset.listings[i];
                !record.title.trim().is_empty() && record.image().is_some()
            };
            if let Some(i) = (0..dataset.listings.len()).find(|i| !is_whole(*i)) {
                let place = dataset.listings[i].line;
                return Err(Error::listings(
                    "a title and an image in every row",
                    "one without",
                    format!("line {place}"),
                ));
            }
        }
        // Customers' photos have no titles.
        dataset.customer_photos.clear();
        let number = self.benches.len();
        for reads in [Reads::Titles, Reads::Photos] {
            let mut bench = Bench::empty(Split::Groups);
            bench.add(part, &dataset, reads, true)?;
            bench.part();
            self.benches.push(bench);
        }
        let [titles, photos] = [&self.benches[number].corpus, &self.benches[number + 1].corpus];
        let facts = |corpus: &Corpus| corpus.items.iter().map(|i| (i.group, i.side as u8)).collect::<Vec<_>>();
        if facts(titles) != facts(photos) {
            let expected = "a title and a photo of every listing and query";
            return Err(Error::listings(expected, "some without", part.folder.display().to_string()));
        }
        let (pairs, has_labelled_pairs) = self.benches[number].pairs(0);
        let (key, name, profile) = shown;
        let (mode, photos) = (Mode::Both, Some(number + 1));
        self.tasks.push(Task { key, name, mode, profile, bench: number, set: 0, photos, pairs, has_labelled_pairs });
        Ok(())
    }
}

impl Source<'_> {
    fn is_there(&self) -> bool {
        match self.set {
            "shopee" => self.folder.join("train.csv").is_file(),
            set => self.folder.join(folder_of(set)).is_dir(),
        }
    }

    fn read(&self) -> Result<Option<Dataset>> {
        if !self.is_there() {
            return Ok(None);
        }
        let mut dataset = Dataset::read(self.set, self.folder)?;
        if self.is_description {
            dataset.queries = descriptions(&self.folder.join(folder_of(self.set)), &dataset)?;
            dataset.pairs = None;
        }
        if !dataset.is_symmetric {
            dataset.queries.retain(self.kept);
        }
        Ok(Some(dataset))
    }

    fn missing(&self) -> String {
        format!("{}: not below {}", folder_of(self.set), self.folder.display())
    }
}

fn folder_of(set: &str) -> String {
    set.trim_end_matches("-labelled").replace('-', "_")
}

impl Bench {
    fn empty(split: Split) -> Self {
        let validation_share = if split == Split::Roles { 0.2 } else { 0.125 };
        let data = Data {
            sets: Vec::new(),
            also_test: Vec::new(),
            split,
            test_share: 0.2,
            validation_share,
            folds: None,
            validation_candidates: 1000,
        };
        let corpus = Corpus { sets: Vec::new(), trained: 0, items: Vec::new(), groups: 0, pairs: Vec::new() };
        Bench { corpus, data, sha256: String::new(), folds: None }
    }

    fn add(&mut self, part: &Source, dataset: &Dataset, reads: Reads, is_trained: bool) -> Result<()> {
        let name = if part.is_description { format!("{}, descriptions", part.set) } else { part.set.to_string() };
        self.corpus.add(name, dataset, reads)?;
        if is_trained {
            self.data.sets.push(part.set.to_string());
            self.corpus.trained += 1;
        }
        Ok(())
    }

    fn part(&mut self) {
        if self.data.split == Split::Groups {
            let mut folds = vec![0; self.corpus.items.len()];
            for fold in 0..FOLDS {
                self.corpus.split(&self.data, SEED, Some((fold, FOLDS)));
                let own = self.corpus.items.iter().zip(&mut folds).filter(|(item, _)| item.part == Part::Test);
                own.for_each(|(_, place)| *place = fold);
            }
            self.folds = Some(folds);
        }
        self.corpus.split(&self.data, SEED, None);
        let line = |item: &Item| {
            // A picture that is replaced by another has another length, but for chance.
            let length = match &item.content {
                Content::Photo(path) => std::fs::metadata(path).map_or(0, |file| file.len()),
                Content::Title(_) => 0,
            };
            format!("{:?} {length} {:?} {} {:?} {:?}\n", item.content, item.side, item.group, item.part, item.category)
        };
        self.sha256 = sha256_hex(self.corpus.items.iter().map(line).collect::<String>().as_bytes());
    }

    /// Labelled pairs whose queries are in the validation or the test part, or pairs that are made where there are none.
    fn pairs(&self, set: usize) -> (Vec<LabelledPair>, bool) {
        let items = &self.corpus.items;
        let is_used = |pair: &&LabelledPair| items[pair.query].set == set && items[pair.query].part != Part::Training;
        let labelled: Vec<LabelledPair> = self.corpus.pairs.iter().filter(is_used).copied().collect();
        if !labelled.is_empty() {
            return (labelled, true);
        }
        let mut rng = Rng::with_seed(SEED);
        let candidates = self.corpus.candidates(set);
        let mut pairs = Vec::new();
        for part in [Part::Validation, Part::Test] {
            for query in self.corpus.asking(set, part) {
                let is_own = |candidate: &&usize| items[**candidate].group == items[query].group;
                let own = candidates.iter().filter(is_own).filter(|candidate| **candidate != query);
                let own: Vec<usize> = own.take(MOST_POSITIVES).copied().collect();
                if own.is_empty() {
                    continue;
                }
                pairs.extend(own.iter().map(|candidate| LabelledPair { query, candidate: *candidate, is_match: true }));
                for _ in 0..NEGATIVES * own.len() {
                    let candidate = candidates[rng.usize(..candidates.len())];
                    if items[candidate].group != items[query].group {
                        pairs.push(LabelledPair { query, candidate, is_match: false });
                    }
                }
            }
        }
        (pairs, false)
    }

    /// Refuses a recipe that would be trained on other parts than the rows are tested on.
    ///
    /// # Errors
    /// [`Error::Recipe`] that names the difference.
    pub fn check(&self, recipe: &Recipe) -> Result<()> {
        let same = recipe.seed == SEED
            && recipe.data.sets == self.data.sets
            && recipe.data.split == self.data.split
            && recipe.data.test_share == self.data.test_share
            && recipe.data.validation_share == self.data.validation_share;
        let shown = |seed: u64, data: &Data| {
            let Data { sets, split, test_share, validation_share, .. } = data;
            format!("seed {seed}, {}, {split:?}, shares {test_share} and {validation_share}", sets.join(", "))
        };
        let expected = format!("the split of the comparison ({})", shown(SEED, &self.data));
        same.then_some(()).ok_or_else(|| Error::recipe(expected, shown(recipe.seed, &recipe.data), &*recipe.name))
    }
}

impl Task {
    pub fn set_name<'a>(&self, benches: &'a [Bench]) -> &'a str {
        &benches[self.bench].corpus.sets[self.set]
    }

    /// Whether a pack of a recipe can be tested here: trained by this bench's own split, or on other data.
    pub fn is_held_out(&self, benches: &[Bench], home: usize, recipe: &Recipe) -> bool {
        let name = self.set_name(benches);
        let is_same = |set: &String| name.split(',').next() == Some(set) || folder_of(name) == folder_of(set);
        let is_by_its_split = self.bench == home && self.set < benches[home].corpus.trained;
        is_by_its_split || !recipe.data.sets.iter().any(is_same)
    }

    pub fn shape(&self, benches: &[Bench]) -> Shape {
        let corpus = &benches[self.bench].corpus;
        let own = || corpus.items.iter().filter(|item| item.set == self.set);
        let groups: BTreeSet<usize> = own().map(|item| item.group).collect();
        Shape {
            key: self.key.into(),
            name: self.name.into(),
            mode: self.mode.name().into(),
            items: own().count(),
            candidates: corpus.candidates(self.set).len(),
            groups: groups.len(),
            has_labelled_pairs: self.has_labelled_pairs,
        }
    }
}
