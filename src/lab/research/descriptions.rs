//! A product's own description as the query for it.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Deserialize;

use crate::merchant::evaluation::{Dataset, Query};
use crate::{Error, Result};

#[derive(Deserialize)]
struct Described {
    description: Option<String>,
}

/// Of each listing that has a description, that as a query for it.
///
/// # Errors
/// [`Error::Listings`] where the table cannot be read.
pub fn descriptions(folder: &Path, dataset: &Dataset) -> Result<Vec<Query>> {
    let path = folder.join("tableB.csv");
    let failed =
        |e: csv::Error| Error::listings("a table with descriptions", e.to_string(), path.display().to_string());
    let mut queries = Vec::new();
    for (i, row) in csv::Reader::from_path(&path).map_err(failed)?.deserialize().enumerate() {
        let row: Described = row.map_err(failed)?;
        let title = row.description.unwrap_or_default();
        if i < dataset.listings.len() && !title.trim().is_empty() {
            let relevant = BTreeSet::from([i]);
            queries.push(Query { title, relevant, group: i as u64, ..Query::default() });
        }
    }
    Ok(queries)
}
