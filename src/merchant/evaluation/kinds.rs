//! Words for a kind of thing, asked of shops that have it and of shops that do not.

use std::collections::BTreeSet;
use std::path::Path;

use super::profile_names::KINDS;
use super::shop::{Case, Shop, ask};
use super::shops_report::ShopsReport;
use crate::catalogue::Listing;
use crate::engine::Device;
use crate::merchant::feed::{self, Options};
use crate::merchant::folder;
use crate::merchant::listings::Record;
use crate::merchant::models::{Models, nearest};
use crate::{Error, Result};

/// Its head explains the format.
const WORDS: &str = include_str!("data/kinds.txt");
const SHOPS: [&str; 3] = ["apparel", "grocery", DEMO];
const DEMO: &str = "demo";

/// Asks the apparel, grocery and demo shops, built of their titles, for kinds of things.
pub fn kinds(data: &Path, models: &Models, device: &Device) -> Result<ShopsReport> {
    let report = |name: &str| {
        let listings = if name == DEMO { demo()? } else { catalogue(&data.join(name).join("listings.csv"))? };
        ask(&shop(name, listings, WORDS)?, "e5-small-latin", models, device)
    };
    Ok(ShopsReport::of(KINDS, SHOPS.into_iter().map(report).collect::<Result<_>>()?, |_| true))
}

fn catalogue(path: &Path) -> Result<Vec<Record>> {
    let is_listing = |record: &Record| record.role.as_deref() == Some("catalogue");
    let title_only = |record| Record { images: Vec::new(), ..record };
    Ok(feed::read(path, None, &Options::default())?.records.into_iter().filter(is_listing).map(title_only).collect())
}

/// The demo shop's listings, out of the nearest catalogue of it.
fn demo() -> Result<Vec<Record>> {
    const FOLDER: &str = "www/demo/catalogue";
    let none = || Error::io("looking for the demo shop", format!("a folder {FOLDER} here or above"), "none", ".");
    let catalogue = folder::open(&nearest(FOLDER, |folder| folder.is_dir()).ok_or_else(none)?)?;
    let listings = catalogue.positions().map(|position| catalogue.listing(position));
    let record = |(line, listing): (u64, &Listing)| Record {
        line,
        id: listing.id.clone(),
        title: listing.title.clone(),
        ..Record::default()
    };
    Ok((2..).zip(listings).map(record).collect())
}

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn shop(name: &str, listings: Vec<Record>, words: &'static str) -> Result<Shop> {
    let mut cases = Vec::new();
    for line in lines(words) {
        let bad = || Error::listings("SHOP has PARTS = WORDS, or SHOP lacks = WORDS", line, "the words for kinds");
        let (head, words) = line.split_once('=').ok_or_else(bad)?;
        let (shop, kind) = head.trim().split_once(' ').ok_or_else(bad)?;
        if shop != name {
            continue;
        }
        let (kind, parts) = kind.split_once(' ').unwrap_or((kind, ""));
        let parts: Vec<&str> = parts.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
        let is_one = |record: &Record| parts.iter().any(|part| record.title.to_lowercase().contains(part));
        let relevant: BTreeSet<usize> = (0..listings.len()).filter(|i| is_one(&listings[*i])).collect();
        let case = |word: &str| Case { kind: kind.into(), query: word.trim().into(), relevant: relevant.clone() };
        cases.extend(words.split(';').map(case));
    }
    Ok(Shop { name: name.into(), listings, cases })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listings() -> Vec<Record> {
        let record = |title: &str| Record { id: title.into(), title: title.into(), ..Record::default() };
        ["Oak Chair", "Oak Table"].map(record).into()
    }

    #[test]
    fn a_word_fits_the_listings_whose_titles_hold_a_part() {
        let shop = shop("a", listings(), "a has chair,stool = Stuhl; seat\nb has table = Tisch").unwrap();
        assert_eq!(shop.cases.len(), 2);
        assert!(shop.cases.iter().all(|case| case.relevant == [0].into()));
    }

    #[test]
    fn a_word_for_what_the_shop_lacks_fits_nothing() {
        let shop = shop("a", listings(), "a lacks = Kühlschrank").unwrap();
        assert_eq!(shop.cases[0].query, "Kühlschrank");
        assert!(shop.cases[0].relevant.is_empty());
    }

    #[test]
    fn every_line_of_the_words_is_read() {
        for name in SHOPS {
            assert!(shop(name, listings(), WORDS).unwrap().cases.len() > 80, "{name}");
        }
    }
}
