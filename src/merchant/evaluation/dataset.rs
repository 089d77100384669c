//! The public data sets, and any folder of Shopee's shape, as listings and queries.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fastrand::Rng;
use serde::Deserialize;

use super::profile_names::PROFILES;
use crate::merchant::build::CustomerPhoto;
use crate::merchant::feed::{self, Options};
use crate::merchant::learn::augment_title::{drop_one, misspell};
use crate::merchant::listings::Record;
use crate::merchant::real_queries::{self, RealQuery};
use crate::{Error, Result};

/// Spellings of each title that are tried where the data has none of its own.
const SPELLINGS: u64 = 3;

/// Listings, and queries whose answers are known.
pub struct Dataset {
    /// Folder of the images.
    pub images: PathBuf,
    pub listings: Vec<Record>,
    /// What is tested on.
    pub queries: Vec<Query>,
    /// What decisions may be learnt from, never tested on. Where there are none, the queries of other folds serve.
    pub examples: Vec<Query>,
    /// Further photos of the shop's products, from which its look is learnt.
    pub further_images: Vec<PathBuf>,
    /// Photos that customers took of the listings.
    pub customer_photos: Vec<CustomerPhoto>,
    /// Labelled pairs of query and listing, by split, where the data has such.
    pub pairs: Option<Splits>,
    /// Whether each listing is itself a query for the others of its group.
    pub is_symmetric: bool,
    /// The encoders that can read it.
    pub encoders: &'static [&'static str],
}

/// One query.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Empty where there is none.
    pub image: String,
    pub title: String,
    pub price: Option<f64>,
    /// Indices of the listings that answer it.
    pub relevant: BTreeSet<usize>,
    /// Queries of one group are about one product.
    pub group: u64,
    /// Whether the image is one of the pictures of a listing that answers it: it is not compared with itself.
    pub is_in_gallery: bool,
}

/// A labelled pair: query, listing, and whether they are the same product.
pub type LabelledPair = (usize, usize, bool);

/// The usual splits of labelled pairs.
pub struct Splits {
    pub train: Vec<LabelledPair>,
    pub valid: Vec<LabelledPair>,
    pub test: Vec<LabelledPair>,
}

#[derive(Deserialize)]
struct Entity {
    id: usize,
    #[serde(alias = "name")]
    title: String,
    price: Option<String>,
}

#[derive(Deserialize)]
struct Pair {
    ltable_id: usize,
    rtable_id: usize,
    label: u8,
}

impl Dataset {
    /// Reads a profile's data: a folder below `data`, but for `shopee`, whose CSV or folder `data` is.
    ///
    /// `grocery`: 296 `val` phone photos against 81 shelf pictures, with 648 `train` photos to learn from, `grocery-labelled`:
    /// these photos are searched, too; `apparel`: other views against main views, each also with its title, one word dropped and
    /// one misspelt, `apparel-gallery`: each view, without a title, against the main views and the other views; `abt-buy`, `amazon-google`: the
    /// titles of table A that have a match in any split, against all of table B; `shopee`: every row against all others.
    pub fn read(profile: &str, data: &Path) -> Result<Self> {
        match profile {
            "grocery" => photos(&data.join("grocery"), "val", Some("train"), false),
            "grocery-labelled" => labelled(photos(&data.join("grocery"), "val", Some("train"), false)?),
            "apparel" => photos(&data.join("apparel"), "query", None, true),
            "apparel-gallery" => gallery(photos(&data.join("apparel"), "query", None, true)?),
            "abt-buy" => tables(&data.join("abt_buy")),
            "amazon-google" => tables(&data.join("amazon_google")),
            "shopee" => shopee(data),
            other => Err(Error::argument("profile", PROFILES.join(", "), format!("{other:?}"))),
        }
    }
}

const IMAGE_ENCODERS: &[&str] = &["efficientnet-lite0", "efficientnet-lite2"];
pub const ALL_ENCODERS: &[&str] = &["efficientnet-lite0", "efficientnet-lite2", "e5-small-latin"];

fn photos(folder: &Path, tested: &str, learnt: Option<&str>, with_titles: bool) -> Result<Dataset> {
    let records = feed::read(&folder.join("listings.csv"), None, &Options::default())?.records;
    let of_role = |role: &str| records.iter().filter(|r| r.role.as_deref() == Some(role)).cloned().collect::<Vec<_>>();
    let listings = of_role("catalogue");
    let mut groups: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for (i, listing) in listings.iter().enumerate() {
        groups.entry(listing.label_group.as_deref().unwrap_or(&listing.id)).or_default().insert(i);
    }
    let queries = |role: &str| {
        let mut queries = Vec::new();
        for record in of_role(role) {
            let Some(relevant) = record.label_group.as_deref().and_then(|group| groups.get(group)) else { continue };
            let group = relevant.first().map_or(0, |i| *i as u64);
            let query = Query { relevant: relevant.clone(), group, price: None, ..Query::default() };
            queries.push(Query { image: record.image().unwrap_or_default().to_string(), ..query.clone() });
            for seed in (0..SPELLINGS).filter(|_| with_titles) {
                let title = misread(&record.title, &mut Rng::with_seed(record.line * SPELLINGS + seed));
                queries.push(Query { title: title.clone(), ..query.clone() });
                queries.push(Query { title, image: record.image().unwrap_or_default().to_string(), ..query.clone() });
            }
        }
        queries
    };
    let (tests, learnt) = (queries(tested), learnt.map(queries).unwrap_or_default());
    let (examples, further) = apart(learnt, |query| !query.image.is_empty());
    if tests.is_empty() {
        let expected = format!("queries of role {tested} whose group is in the catalogue");
        return Err(Error::listings(expected, "none", folder.display().to_string()));
    }
    Ok(Dataset {
        images: folder.to_path_buf(),
        queries: tests,
        examples,
        customer_photos: Vec::new(),
        further_images: further.iter().map(|query| folder.join(&query.image)).collect(),
        pairs: None,
        is_symmetric: false,
        encoders: if with_titles { ALL_ENCODERS } else { IMAGE_ENCODERS },
        listings,
    })
}

/// The photos that decisions and the projection are learnt from, as labelled photos of customers.
fn labelled(mut dataset: Dataset) -> Result<Dataset> {
    let queries = photos(&dataset.images, "train", None, false)?.queries;
    let real = |query: &Query| RealQuery {
        photo: Some(dataset.images.join(&query.image)),
        relevant: query.relevant.iter().copied().collect(),
        ..RealQuery::default()
    };
    let real: Vec<RealQuery> = queries.iter().map(real).collect();
    dataset.customer_photos = real_queries::customer_photos(&real);
    dataset.further_images.clear();
    dataset.examples = queries.into_iter().map(|query| Query { is_in_gallery: true, ..query }).collect();
    Ok(dataset)
}

/// The views that are asked by as pictures of their listings; of a listing of which there is one other view nothing is asked.
fn gallery(mut dataset: Dataset) -> Result<Dataset> {
    dataset.queries.retain(|query| query.title.is_empty());
    let mut views: BTreeMap<usize, usize> = BTreeMap::new();
    for query in &mut dataset.queries {
        if let Some(listing) = query.relevant.first() {
            dataset.listings[*listing].images.push(query.image.clone());
            *views.entry(*listing).or_default() += 1;
            query.is_in_gallery = true;
        }
    }
    dataset.queries.retain(|query| query.relevant.first().is_some_and(|listing| views[listing] > 1));
    dataset.encoders = IMAGE_ENCODERS;
    Ok(dataset)
}

/// Fewest queries with photos of which some are spared for the projection.
const MANY_QUERIES: usize = 128;

/// Cuts real queries in two: those that decisions are learnt from and, where there are many, every other one with a photo, from
/// which the projection is learnt. What a space was fitted to looks better in it than what comes later; decisions learnt from
/// that would be too sure.
fn apart<T>(queries: Vec<T>, has_photo: impl Fn(&T) -> bool) -> (Vec<T>, Vec<T>) {
    if queries.iter().filter(|query| has_photo(query)).count() < MANY_QUERIES {
        return (queries, Vec::new());
    }
    let (mut decisions, mut spared) = (Vec::new(), Vec::new());
    for query in queries {
        let is_spared = has_photo(&query) && spared.len() <= decisions.len();
        if is_spared { spared.push(query) } else { decisions.push(query) }
    }
    (decisions, spared)
}

/// A title with one word dropped and one misspelt.
fn misread(title: &str, rng: &mut Rng) -> String {
    let mut words: Vec<String> = title.split_whitespace().map(str::to_string).collect();
    drop_one(&mut words, rng);
    misspell(&mut words, rng);
    words.join(" ")
}

fn tables(folder: &Path) -> Result<Dataset> {
    let left: Vec<Entity> = table(&folder.join("tableA.csv"))?;
    let right: Vec<Entity> = table(&folder.join("tableB.csv"))?;
    let places = |entities: &[Entity]| entities.iter().enumerate().map(|(i, e)| (e.id, i)).collect::<BTreeMap<_, _>>();
    let (left_places, right_places) = (places(&left), places(&right));
    let split = |name: &str| -> Result<Vec<LabelledPair>> {
        let pairs: Vec<Pair> = table(&folder.join(format!("{name}.csv")))?;
        let pair = |pair: Pair| {
            let missing = |id: usize| {
                Error::listings("pairs of rows that are there", format!("id {id}"), folder.display().to_string())
            };
            let left = left_places.get(&pair.ltable_id).ok_or_else(|| missing(pair.ltable_id))?;
            let right = right_places.get(&pair.rtable_id).ok_or_else(|| missing(pair.rtable_id))?;
            Ok((*left, *right, pair.label == 1))
        };
        pairs.into_iter().map(pair).collect()
    };
    let splits = Splits { train: split("train")?, valid: split("valid")?, test: split("test")? };
    let price = |entity: &Entity| entity.price.as_deref().and_then(|p| p.trim_start_matches('$').trim().parse().ok());
    let queries = left.into_iter().enumerate().map(|(i, e)| {
        let own = [&splits.train, &splits.valid, &splits.test].into_iter().flatten();
        let relevant = own.filter(|p| p.2 && p.0 == i).map(|p| p.1).collect();
        Query { price: price(&e), title: e.title, relevant, group: i as u64, ..Query::default() }
    });
    let queries = queries.collect();
    let listings = right.into_iter().zip(2..).map(|(e, line)| Record {
        line,
        id: format!("b{}", e.id),
        price: price(&e),
        title: e.title,
        ..Record::default()
    });
    Ok(Dataset {
        images: folder.to_path_buf(),
        listings: listings.collect(),
        queries,
        examples: Vec::new(),
        further_images: Vec::new(),
        customer_photos: Vec::new(),
        pairs: Some(splits),
        is_symmetric: false,
        encoders: &["e5-small-latin"],
    })
}

fn table<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    let failed =
        |e: csv::Error| Error::listings("a table of the public split", e.to_string(), path.display().to_string());
    csv::Reader::from_path(path).map_err(failed)?.deserialize().map(|row| row.map_err(failed)).collect()
}

/// A CSV of the columns of Shopee's train.csv, or a folder that holds such a train.csv; the images lie in `train_images` beside
/// the CSV, as Kaggle has them, or right beside it.
fn shopee(data: &Path) -> Result<Dataset> {
    let csv = if data.is_dir() { data.join("train.csv") } else { data.to_path_buf() };
    let folder = csv.parent().map(Path::to_path_buf).unwrap_or_default();
    let listings = feed::read(&csv, None, &Options::default())?.records;
    let mut groups: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for (i, record) in listings.iter().enumerate() {
        let none = || {
            Error::listings("a label_group in every row", "none", format!("{}, line {}", csv.display(), record.line))
        };
        groups.entry(record.label_group.as_deref().ok_or_else(none)?).or_default().insert(i);
    }
    let query = |(i, record): (usize, &Record)| {
        let relevant = record.label_group.as_deref().and_then(|g| groups.get(g)).cloned().unwrap_or_default();
        let group = relevant.first().map_or(i as u64, |first| *first as u64);
        Query {
            image: record.image().unwrap_or_default().to_string(),
            title: record.title.clone(),
            price: None,
            relevant,
            group,
            ..Query::default()
        }
    };
    let queries = listings.iter().enumerate().map(query).collect();
    let images = folder.join("train_images");
    Ok(Dataset {
        images: if images.is_dir() { images } else { folder },
        queries,
        examples: Vec::new(),
        further_images: Vec::new(),
        customer_photos: Vec::new(),
        pairs: None,
        is_symmetric: true,
        encoders: &["efficientnet-lite0", "e5-small-latin"],
        listings,
    })
}
