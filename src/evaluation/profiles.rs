//! The data sets and what is asked of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::catalogue::listings;
use crate::{Error, Result};

/// The names of all profiles.
pub const PROFILES: [&str; 4] = ["grocery", "apparel", "abt-buy", "amazon-google"];

/// One thing to embed.
#[derive(Debug, Clone)]
pub enum Item {
    Photo(PathBuf),
    Title(String),
}

/// Queries, a catalogue, and which listings answer which query.
pub struct Profile {
    pub catalogue: Vec<Item>,
    pub queries: Vec<Item>,
    /// For each query the catalogue's listings that are the same product; at least one.
    pub relevant: Vec<BTreeSet<usize>>,
    /// The encoders that can read it.
    pub encoders: &'static [&'static str],
}

#[derive(Deserialize)]
struct Entity {
    id: usize,
    #[serde(alias = "name")]
    title: String,
}

#[derive(Deserialize)]
struct Pair {
    ltable_id: usize,
    rtable_id: usize,
    label: u8,
}

impl Profile {
    /// Reads a profile's data below `data`.
    ///
    /// `grocery`: the 296 `val` phone photos against the shelf pictures; `apparel`: other views against the main views;
    /// `abt-buy` and `amazon-google`: the titles of table A that have a match in any split, against all of table B.
    pub fn read(name: &str, data: &Path) -> Result<Self> {
        match name {
            "grocery" => photos(&data.join("grocery"), "val"),
            "apparel" => photos(&data.join("apparel"), "query"),
            "abt-buy" => tables(&data.join("abt_buy")),
            "amazon-google" => tables(&data.join("amazon_google")),
            other => Err(Error::argument("profile", PROFILES.join(", "), format!("{other:?}"))),
        }
    }
}

fn photos(folder: &Path, query_role: &str) -> Result<Profile> {
    let records = listings::read(&folder.join("listings.csv"))?;
    let with_role = |role: &str| {
        let records = records.iter().filter(move |r| r.role.as_deref() == Some(role));
        records.map(|r| Ok((Item::Photo(r.image_path(folder)?), r.label_group.clone()))).collect::<Result<Vec<_>>>()
    };
    let (catalogue, catalogue_groups): (Vec<_>, Vec<_>) = with_role("catalogue")?.into_iter().unzip();
    let (mut queries, mut relevant) = (Vec::new(), Vec::new());
    for (query, group) in with_role(query_role)? {
        let same: BTreeSet<usize> =
            (0..catalogue.len()).filter(|i| group.is_some() && catalogue_groups[*i] == group).collect();
        if !same.is_empty() {
            queries.push(query);
            relevant.push(same);
        }
    }
    if queries.is_empty() {
        let expected = format!("queries of role {query_role} whose group is in the catalogue");
        return Err(Error::listings(expected, "none", folder.display().to_string()));
    }
    Ok(Profile { catalogue, queries, relevant, encoders: &["efficientnet-lite0", "efficientnet-lite2"] })
}

fn tables(folder: &Path) -> Result<Profile> {
    let left: Vec<Entity> = table(&folder.join("tableA.csv"))?;
    let right: Vec<Entity> = table(&folder.join("tableB.csv"))?;
    let places: BTreeMap<usize, usize> = right.iter().enumerate().map(|(i, e)| (e.id, i)).collect();
    let mut matches: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for split in ["train", "valid", "test"] {
        let pairs: Vec<Pair> = table(&folder.join(format!("{split}.csv")))?;
        for pair in pairs.iter().filter(|p| p.label == 1) {
            let missing =
                || Error::listings("a row of tableB", format!("id {}", pair.rtable_id), folder.display().to_string());
            matches.entry(pair.ltable_id).or_default().insert(*places.get(&pair.rtable_id).ok_or_else(missing)?);
        }
    }
    let (mut queries, mut relevant) = (Vec::new(), Vec::new());
    for entity in left {
        if let Some(same) = matches.remove(&entity.id) {
            queries.push(Item::Title(entity.title));
            relevant.push(same);
        }
    }
    let catalogue = right.into_iter().map(|e| Item::Title(e.title)).collect();
    Ok(Profile { catalogue, queries, relevant, encoders: &["e5-small-latin", "minilm"] })
}

fn table<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    let failed =
        |e: csv::Error| Error::listings("a table of the public split", e.to_string(), path.display().to_string());
    csv::Reader::from_path(path).map_err(failed)?.deserialize().map(|row| row.map_err(failed)).collect()
}
