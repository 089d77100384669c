//! GTINs and pictures that stand where there is none: on many rows of unlike products they are reported and no evidence.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use super::columns::Field;
use super::report::Problem;
use crate::digest::sha256_hex;
use crate::merchant::listings::Record;

/// Fewest listings with one GTIN or picture that are many.
const MANY: usize = 3;
/// Mean likeness of titles (Jaccard index of their words) below which listings with one GTIN are unlike: a GTIN is of one
/// product.
const UNLIKE_GTIN: f64 = 0.5;
/// Likewise of listings with one picture: those of one line may well share theirs.
const UNLIKE_PICTURE: f64 = 0.2;
/// Fewest listings whose first picture is the same that are many; a further picture may be of other products, too.
const MANY_FIRST: usize = 3;
/// Fewest listings that have the same picture in any place.
const MANY_ANY: usize = 10;
/// Likewise where the picture's name says what it is.
const UNLIKE_NAMED: f64 = 0.5;
/// Parts of names of pictures that stand for none, without what is between their words.
const NAMES: [&str; 9] =
    ["noimage", "noimg", "nopicture", "nophoto", "nopic", "placeholder", "comingsoon", "notavailable", "missing"];
/// Most pairs of titles that are compared.
const PAIRS: usize = 1_000;
/// Most lines that a message names.
const NAMED: usize = 5;

/// Takes placeholders out of the records; each is one problem.
pub fn remove(records: &mut [Record], images: Option<&Path>, problems: &mut Vec<Problem>) {
    let mut gtins: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (i, record) in records.iter().enumerate() {
        for gtin in &record.gtins {
            gtins.entry(gtin.clone()).or_default().push(i);
        }
    }
    for (gtin, rows) in gtins {
        if likeness(records, &rows).is_some_and(|likeness| likeness < UNLIKE_GTIN) {
            problems.push(problem(records, &rows, Field::Gtin, "a GTIN of one product", &gtin));
            for row in rows {
                if let Some(record) = records.get_mut(row) {
                    record.gtins.retain(|own| *own != gtin);
                }
            }
        }
    }
    let mut pictures: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let contents = images.map(|folder| contents(records, folder)).unwrap_or_default();
    let content = |name: &String| contents.get(name).cloned().unwrap_or_else(|| name.clone());
    for (i, record) in records.iter().enumerate() {
        let own: HashSet<String> = record.images.iter().map(content).collect();
        own.into_iter().for_each(|picture| pictures.entry(picture).or_default().push(i));
    }
    for (picture, rows) in pictures {
        let is_first = |row: &&usize| {
            let first = records.get(**row).and_then(|record| record.images.first());
            first.is_some_and(|name| content(name) == picture)
        };
        if rows.iter().filter(is_first).count() < MANY_FIRST && rows.len() < MANY_ANY {
            continue;
        }
        let name = rows
            .iter()
            .filter_map(|row| records.get(*row))
            .flat_map(|record| &record.images)
            .find(|n| content(n) == picture);
        let Some(name) = name.cloned() else { continue };
        let plain: String = name.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
        let unlike = if NAMES.iter().any(|n| plain.contains(n)) { UNLIKE_NAMED } else { UNLIKE_PICTURE };
        if likeness(records, &rows).is_some_and(|likeness| likeness < unlike) {
            problems.push(problem(records, &rows, Field::Image, "a picture of one product", &name));
            let is_other = |own: &String| content(own) != picture;
            for row in rows {
                if let Some(record) = records.get_mut(row) {
                    record.images.retain(is_other);
                }
            }
        }
    }
}

fn problem(records: &[Record], rows: &[usize], field: Field, expected: &str, value: &str) -> Problem {
    let own: Vec<&Record> = rows.iter().filter_map(|row| records.get(*row)).collect();
    let lines: Vec<String> = own.iter().take(NAMED).map(|record| record.line.to_string()).collect();
    let further = if own.len() > NAMED { ", …" } else { "" };
    let found = format!(
        "{value:?} on {} unlike listings (lines {}{further}): taken for a placeholder and not used",
        own.len(),
        lines.join(", ")
    );
    let first = own.first();
    Problem::new(first.map_or(0, |r| r.line), first.map_or("", |r| r.id.as_str()), field.name(), expected, found)
}

/// Mean likeness of the titles of many listings; `None` where they are not many, or have no titles.
fn likeness(records: &[Record], rows: &[usize]) -> Option<f64> {
    if rows.len() < MANY {
        return None;
    }
    let words = |row: &usize| -> HashSet<String> {
        let title = records.get(*row).map_or("", |record| record.title.as_str()).to_lowercase();
        title.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_string).collect()
    };
    let titles: Vec<HashSet<String>> = rows.iter().map(words).filter(|words| !words.is_empty()).collect();
    let pairs = titles.iter().enumerate().flat_map(|(i, a)| titles.iter().skip(i + 1).map(move |b| (a, b)));
    let likenesses: Vec<f64> = pairs
        .take(PAIRS)
        .map(|(a, b)| {
            let common = a.intersection(b).count() as f64;
            common / (a.len() as f64 + b.len() as f64 - common)
        })
        .collect();
    (!likenesses.is_empty()).then(|| likenesses.iter().sum::<f64>() / likenesses.len() as f64)
}

/// SHA-256 of the files of which another has as many bytes, by name.
fn contents(records: &[Record], folder: &Path) -> HashMap<String, String> {
    let mut by_size: HashMap<u64, HashSet<&String>> = HashMap::new();
    for name in records.iter().flat_map(|record| &record.images) {
        if let Ok(data) = std::fs::metadata(folder.join(name)) {
            by_size.entry(data.len()).or_default().insert(name);
        }
    }
    let alike = by_size.into_values().filter(|names| names.len() > 1).flatten();
    alike.filter_map(|name| Some((name.clone(), sha256_hex(&std::fs::read(folder.join(name)).ok()?)))).collect()
}
