//! What shoppers type, beside shops that have the product and shops that have its cousin only: CSV files in a folder.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::profile_names::COUSINS;
use super::shop::{Case, Shop, ask};
use super::shops_report::ShopsReport;
use crate::engine::Device;
use crate::merchant::feed::{self, Options};
use crate::merchant::listings::Record;
use crate::merchant::models::Models;
use crate::{Error, Result};

/// The file of the queries: `catalogue` names the shop, `expected_id` its listing or nothing where it does not have the product.
const CASES: &str = "cases.csv";
/// A shop, and the encoder that can read its titles.
const SHOPS: [(&str, &str); 3] = [("dense", LATIN), ("sparse", LATIN), (SCRIPTS, "e5-small")];
const LATIN: &str = "e5-small-latin";
const SCRIPTS: &str = "scripts";

#[derive(Deserialize)]
struct Row {
    kind: String,
    catalogue: String,
    title: String,
    expected_id: String,
}

/// Asks the shops `dense.csv`, `sparse.csv` and `scripts.csv` of a folder the queries of its `cases.csv`; shares are pooled over
/// the first two. A shop whose encoder has no pack is skipped.
pub fn cousins(data: &Path, models: &Models, device: &Device) -> Result<ShopsReport> {
    let (mut reports, mut skipped) = (Vec::new(), Vec::new());
    let rows = cases(&data.join(CASES))?;
    for (name, encoder) in SHOPS {
        let file = models.folder().join(format!("{encoder}.safetensors"));
        if !file.exists() {
            skipped.push(format!("{name}: no pack {}; `cargo xtask models {encoder}` makes it", file.display()));
            continue;
        }
        let shop =
            shop(name, feed::read(&data.join(format!("{name}.csv")), None, &Options::default())?.records, &rows)?;
        reports.push(ask(&shop, encoder, models, device)?);
    }
    Ok(ShopsReport { skipped, ..ShopsReport::of(COUSINS, reports, |shop| shop.name != SCRIPTS) })
}

fn shop(name: &str, listings: Vec<Record>, rows: &[Row]) -> Result<Shop> {
    let places: BTreeMap<&str, usize> = listings.iter().enumerate().map(|(i, r)| (r.id.as_str(), i)).collect();
    let case = |row: &Row| {
        let none = || Error::listings(format!("an id of {name}.csv"), row.expected_id.clone(), CASES);
        let relevant = match row.expected_id.as_str() {
            "" => Default::default(),
            id => [*places.get(id).ok_or_else(none)?].into(),
        };
        Ok(Case { kind: row.kind.clone(), query: row.title.clone(), relevant })
    };
    let cases = rows.iter().filter(|row| row.catalogue == name).map(case).collect::<Result<_>>()?;
    Ok(Shop { name: name.into(), listings, cases })
}

fn cases(path: &Path) -> Result<Vec<Row>> {
    let failed = |e: csv::Error| {
        Error::listings("rows of kind, catalogue, title and expected_id", e.to_string(), path.display().to_string())
    };
    csv::Reader::from_path(path).map_err(failed)?.deserialize().map(|row| row.map_err(failed)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(catalogue: &str, expected_id: &str) -> Row {
        let text = String::from;
        Row {
            kind: text("amount"),
            catalogue: text(catalogue),
            title: text("tea 20 bags"),
            expected_id: text(expected_id),
        }
    }

    fn listings() -> Vec<Record> {
        vec![Record { id: "a".into(), title: "Tea 20 bags".into(), ..Record::default() }]
    }

    #[test]
    fn a_shop_has_its_own_queries_only_and_an_empty_id_fits_no_listing() {
        let rows = [row("dense", "a"), row("dense", ""), row("sparse", "b")];
        let shop = shop("dense", listings(), &rows).unwrap();
        let relevant: Vec<Vec<usize>> = shop.cases.iter().map(|c| c.relevant.iter().copied().collect()).collect();
        assert_eq!(relevant, [vec![0], vec![]]);
    }

    #[test]
    fn an_id_that_the_shop_does_not_have_is_an_error() {
        let error = shop("dense", listings(), &[row("dense", "z")]).unwrap_err();
        assert!(error.to_string().contains("expected an id of dense.csv, found z"), "{error}");
    }
}
