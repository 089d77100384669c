//! What customers asked, and which listings answer it: rows of a CSV, or photos in a folder for each listing.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::catalogue::Catalogue;
use crate::encoder::Encoder;
use crate::matching::probe::Probe;
use crate::merchant::build::{CustomerPhoto, CustomerTitle};
use crate::merchant::decode::decode;
use crate::merchant::feed::Problem;
use crate::merchant::learn::{LabelledQuery, picture_of};
use crate::merchant::listings::Record;
use crate::title::NormalTitle;
use crate::{Error, Result};

/// One query.
#[derive(Debug, Clone, Default)]
pub struct RealQuery {
    /// For messages: a line of the CSV, or the path of the photo.
    pub place: String,
    pub title: String,
    pub photo: Option<PathBuf>,
    pub price: Option<f64>,
    /// Indices of the records that answer it.
    pub relevant: Vec<usize>,
    /// Queries of one group are never in different folds.
    pub group: u64,
}

/// Queries out of rows with a `label_group` that is a record's label group or id.
pub fn of_rows(rows: &[Record], records: &[Record], images: &Path) -> Result<Vec<RealQuery>> {
    let query = |row: &Record| {
        let group = row.label_group.as_deref();
        let is_own = |record: &Record| {
            group.is_some_and(|group| record.id == group || record.label_group.as_deref() == Some(group))
        };
        Ok(RealQuery {
            place: format!("line {}", row.line),
            title: row.title.clone(),
            photo: row.image_path(images)?,
            price: row.price,
            relevant: records.iter().enumerate().filter(|(_, record)| is_own(record)).map(|(i, _)| i).collect(),
            group: row.line,
        })
    };
    rows.iter().map(query).collect()
}

/// Photos in the folders of a folder, each of which is named as a record's id, SKU or label group. Other names, and files beside
/// the folders, are problems.
pub fn of_folder(folder: &Path, records: &[Record], problems: &mut Vec<Problem>) -> Result<Vec<RealQuery>> {
    let entries = |folder: &Path| -> Result<Vec<PathBuf>> {
        let failed = |e| Error::io("reading customers' photos", "a folder", e, folder.display().to_string());
        let entries = std::fs::read_dir(folder).map_err(failed)?;
        let mut paths = entries.map(|entry| entry.map(|e| e.path()).map_err(failed)).collect::<Result<Vec<_>>>()?;
        paths.sort();
        Ok(paths)
    };
    let mut queries = Vec::new();
    for path in entries(folder)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_own = |record: &&Record| {
            record.id == name || record.skus.contains(&name) || record.label_group.as_deref() == Some(name.as_str())
        };
        let relevant: Vec<usize> =
            records.iter().enumerate().filter(|(_, record)| is_own(record)).map(|(i, _)| i).collect();
        if !path.is_dir() || relevant.is_empty() {
            let found = if path.is_dir() { "a folder of another name" } else { "a file" };
            let found = format!("{found}, {}", path.display());
            problems.push(Problem::new(0, "", "customer photos", "a folder named as a listing's id or SKU", found));
            continue;
        }
        let group = relevant.first().map_or(0, |first| *first as u64);
        queries.extend(entries(&path)?.into_iter().filter(|photo| photo.is_file()).map(|photo| RealQuery {
            place: photo.display().to_string(),
            photo: Some(photo),
            relevant: relevant.clone(),
            group,
            ..RealQuery::default()
        }));
    }
    Ok(queries)
}

/// The photos of queries that a listing answers, to be searched like its own.
pub fn customer_photos(queries: &[RealQuery]) -> Vec<CustomerPhoto> {
    let photo =
        |query: &RealQuery| Some(CustomerPhoto { record: *query.relevant.first()?, path: query.photo.clone()? });
    queries.iter().filter_map(photo).collect()
}

/// The titles of queries that a listing answers, from which the projection of titles may learn.
pub fn customer_titles(queries: &[RealQuery]) -> Vec<CustomerTitle> {
    let is_one = |query: &&RealQuery| !query.title.is_empty() && !query.relevant.is_empty();
    let title = |query: &RealQuery| CustomerTitle { records: query.relevant.clone(), title: query.title.clone() };
    queries.iter().filter(is_one).map(title).collect()
}

/// A query with the listings of a catalogue that answer it, whose listings are those records in their order. A photo that is
/// searched itself is not compared with itself. An error names the query.
pub fn labelled(query: &RealQuery, catalogue: &Catalogue, encoders: &mut [Encoder]) -> Result<LabelledQuery> {
    let at = |e: Error| Error::listings("queries that can be read", e.to_string(), query.place.clone());
    let positions: Vec<_> = catalogue.positions().collect();
    let relevant: BTreeSet<_> = query.relevant.iter().filter_map(|i| positions.get(*i)).copied().collect();
    let mut probe = Probe::default();
    if let Some(path) = &query.photo {
        let place = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|e| Error::io("reading a photo", "a file", e, place)).map_err(at)?;
        let photo = decode(bytes).map_err(at)?;
        probe = pollster::block_on(Probe::of_photo(catalogue, encoders, &photo)).map_err(at)?;
        let own = query.relevant.first().and_then(|i| positions.get(*i));
        probe.left_out = own.and_then(|p| Some((*p, picture_of(catalogue, *p, &probe)?))).into_iter().collect();
    }
    if !query.title.is_empty() || query.photo.is_none() {
        let title = NormalTitle::of(&query.title).map_err(at)?;
        pollster::block_on(probe.embed_title(catalogue, encoders, title)).map_err(at)?;
    }
    probe.price = query.price;
    Ok(LabelledQuery { probe, relevant, excluded: BTreeSet::new(), group: query.group, fold: 0, weight: 1.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn photos_belong_to_the_listing_whose_id_or_sku_names_their_folder() {
        let folder = tempfile::tempdir().unwrap();
        for file in ["a/1.jpg", "sku-b/2.jpg", "sku-b/3.jpg", "nobody/4.jpg", "beside.jpg"] {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, b"x").unwrap();
        }
        let record = |id: &str, sku: &str| Record { id: id.into(), skus: vec![sku.into()], ..Record::default() };
        let mut problems = Vec::new();
        let queries = of_folder(folder.path(), &[record("a", "sku-a"), record("b", "sku-b")], &mut problems).unwrap();
        let relevant: Vec<usize> = queries.iter().map(|query| query.relevant[0]).collect();
        assert_eq!(relevant, [0, 1, 1]);
        assert_eq!(problems.len(), 2, "{problems:?}");
    }
}
