//! Rows that are variants of one product become one listing.

use std::collections::HashMap;

use petgraph::unionfind::UnionFind;

use super::item::Item;
use super::price::Price;
use crate::merchant::listings::Record;
use crate::{Error, Result};

/// What becomes of the variants of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Variants {
    /// One listing with the SKUs and GTINs of all.
    #[default]
    Together,
    /// A listing each; those of one product are told to be the same.
    Separate,
}

/// The products of a feed in the order of their first rows, each as its rows; the row of the product itself, where there is
/// one, comes first.
fn products(items: &[Item]) -> Vec<Vec<&Item>> {
    let mut by_id: HashMap<&str, usize> = HashMap::new();
    let mut by_sku: HashMap<&str, usize> = HashMap::new();
    let mut by_group: HashMap<&str, usize> = HashMap::new();
    let mut same = UnionFind::<usize>::new(items.len());
    let mut is_parent = vec![false; items.len()];
    for (row, item) in items.iter().enumerate() {
        same.union(row, *by_id.entry(&item.id).or_insert(row));
        if let Some(group) = &item.group {
            same.union(row, *by_group.entry(group).or_insert(row));
        }
        if let Some(sku) = item.skus.first() {
            by_sku.entry(sku).or_insert(row);
        }
    }
    let find = |name: &str| by_id.get(name).or_else(|| by_sku.get(name)).copied();
    for (row, item) in items.iter().enumerate() {
        let parent = item.parent.as_deref().and_then(find).map(|parent| (parent, row));
        let children = item.children.iter().filter_map(|sku| Some((row, by_sku.get(sku.as_str()).copied()?)));
        for (parent, child) in parent.into_iter().chain(children).filter(|(parent, child)| parent != child) {
            same.union(parent, child);
            if let Some(is_parent) = is_parent.get_mut(parent) {
                *is_parent = true;
            }
        }
    }
    let mut products: Vec<Vec<&Item>> = Vec::new();
    let mut places: HashMap<usize, usize> = HashMap::new();
    for ((row, item), is_parent) in items.iter().enumerate().zip(is_parent) {
        let place = *places.entry(same.find(row)).or_insert(products.len());
        match products.get_mut(place) {
            Some(product) if is_parent => product.insert(0, item),
            Some(product) => product.push(item),
            None => products.push(vec![item]),
        }
    }
    products
}

/// How products became listings.
#[derive(Default)]
pub struct Grouped {
    pub records: Vec<Record>,
    /// Lines of the first rows of products that are not published.
    pub unpublished: Vec<u64>,
    /// Products of more than one row.
    pub of_several: u64,
}

/// Makes listings; `place` is the feed's path.
///
/// # Errors
/// Rows of one id whose titles or label groups differ: nobody knows to which of the two a link leads.
pub fn listings(items: &[Item], variants: Variants, place: &str) -> Result<Grouped> {
    let mut grouped = Grouped::default();
    for rows in products(items) {
        let Some((first, others)) = rows.split_first() else { continue };
        if let Some(other) = others.iter().find(|other| other.id == first.id && contradicts(first, other)) {
            let found = format!("{:?} on line {} and again, with another title or label group", first.id, first.line);
            return Err(Error::listings(
                "every id once, or rows that agree",
                found,
                format!("{place}, line {}", other.line),
            ));
        }
        if first.is_unpublished {
            grouped.unpublished.push(first.line);
            continue;
        }
        let (shown, hidden): (Vec<&Item>, Vec<&Item>) =
            rows.iter().partition(|item| !item.is_unpublished || is_child(item, first));
        grouped.unpublished.extend(hidden.iter().map(|item| item.line));
        grouped.of_several += u64::from(shown.len() > 1);
        match variants {
            Variants::Together => grouped.records.push(together(&shown)),
            Variants::Separate => grouped.records.extend(separate(&shown)),
        }
    }
    Ok(grouped)
}

/// Whether a row is hidden only because its product shows it (Magento's "Not Visible Individually").
fn is_child(item: &Item, product: &Item) -> bool {
    item.skus.first().is_some_and(|sku| product.children.contains(sku))
}

fn contradicts(a: &Item, b: &Item) -> bool {
    let folded = |title: &str| title.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let titles = !a.title.is_empty() && !b.title.is_empty() && folded(&a.title) != folded(&b.title);
    let groups = a.label_group.is_some() && b.label_group.is_some() && a.label_group != b.label_group;
    titles || groups
}

/// One listing of all rows.
fn together(rows: &[&Item]) -> Record {
    let first = |value: &dyn Fn(&Item) -> Option<String>| rows.iter().find_map(|row| value(row));
    let all = |value: &dyn Fn(&Item) -> Vec<String>| {
        let mut values: Vec<String> = Vec::new();
        for value in rows.iter().flat_map(|row| value(row)) {
            if !values.contains(&value) {
                values.push(value);
            }
        }
        values
    };
    let price = cheapest(rows.iter().filter_map(|row| row.price.as_ref()));
    let counts: Vec<i64> = rows.iter().filter_map(|row| row.stock?.1).collect();
    let states: Vec<bool> = rows.iter().filter_map(|row| Some(row.stock?.0)).collect();
    Record {
        line: rows.first().map_or(0, |row| row.line),
        id: first(&|row| Some(row.id.clone())).unwrap_or_default(),
        title: title(rows),
        images: all(&|row| row.images.clone()),
        price: price.map(|price| price.amount),
        currency: price.and_then(|price| price.currency.clone()),
        url: first(&|row| row.url.clone()),
        category: first(&|row| row.category.clone()),
        gtins: all(&|row| row.gtins.clone()),
        skus: all(&|row| row.skus.clone()),
        stock: (!counts.is_empty()).then(|| counts.iter().fold(0, |sum, count| i64::saturating_add(sum, *count))),
        in_stock: (!states.is_empty()).then(|| states.contains(&true)),
        label_group: first(&|row| row.label_group.clone()),
        role: first(&|row| row.role.clone()),
    }
}

fn cheapest<'a>(prices: impl Iterator<Item = &'a Price>) -> Option<&'a Price> {
    prices.min_by(|a, b| a.amount.total_cmp(&b.amount))
}

/// The first row's title; of rows that are only held together by a group, what their titles begin with in common, where that is
/// two words or more.
fn title(rows: &[&Item]) -> String {
    let titles: Vec<&str> = rows.iter().map(|row| row.title.as_str()).filter(|title| !title.is_empty()).collect();
    let Some((first, others)) = titles.split_first() else { return String::new() };
    let is_group = rows.len() > 1 && rows.iter().all(|row| row.group.is_some() && row.parent.is_none());
    if !is_group {
        return (*first).to_string();
    }
    let words: Vec<&str> = first.split_whitespace().collect();
    let same = |other: &&str| words.iter().zip(other.split_whitespace()).take_while(|(a, b)| **a == *b).count();
    let common = others.iter().map(same).min().unwrap_or(words.len());
    let common = words.get(..common).unwrap_or_default().join(" ");
    let common = common.trim_end_matches([' ', '-', '–', ',', '/', '|', ':', '(']);
    if common.split(' ').count() > 1 { common.to_string() } else { (*first).to_string() }
}

/// A listing for each row that is a variant: that has a price, an SKU, a GTIN or an option. Pictures of the other rows are of all.
fn separate(rows: &[&Item]) -> Vec<Record> {
    let Some(product) = rows.first() else { return Vec::new() };
    let is_variant =
        |row: &&&Item| row.price.is_some() || !row.skus.is_empty() || !row.gtins.is_empty() || !row.options.is_empty();
    let mut variants: Vec<&Item> = rows.iter().filter(is_variant).copied().collect();
    // The row of a product with rows of variants cannot be bought itself.
    let is_only_parent =
        |row: &Item| rows.iter().any(|other| other.id != row.id && other.parent.is_some()) && row.parent.is_none();
    variants.retain(|row| !is_only_parent(row));
    if variants.len() < 2 {
        return vec![together(rows)];
    }
    let shared: Vec<&Item> =
        rows.iter().filter(|row| !variants.iter().any(|variant| variant.line == row.line)).copied().collect();
    let mut used: Vec<String> = Vec::new();
    variants
        .iter()
        .enumerate()
        .map(|(i, variant)| {
            let mut own = vec![*variant];
            own.extend(&shared);
            own.push(product);
            let mut record = together(&own);
            record.gtins = variant.gtins.clone();
            record.skus = variant.skus.clone();
            record.in_stock = variant.stock.map(|stock| stock.0);
            record.stock = variant.stock.and_then(|stock| stock.1);
            let is_unique = |id: &&String| !used.contains(id);
            let shares_id = variants.iter().any(|other| other.line != variant.line && other.id == variant.id);
            record.id = match variant.skus.first().filter(|sku| shares_id && **sku != variant.id).filter(is_unique) {
                Some(sku) => sku.clone(),
                None if shares_id && i > 0 => format!("{}-{}", variant.id, i + 1),
                None => variant.id.clone(),
            };
            used.push(record.id.clone());
            if variant.title.is_empty() || shares_id {
                record.title = std::iter::once(product.title.as_str())
                    .chain(variant.options.iter().map(String::as_str))
                    .collect::<Vec<_>>()
                    .join(" ");
            }
            record.label_group = record.label_group.or_else(|| Some(product.id.clone()));
            record
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Options, parse};
    use super::*;

    fn records(feed: &str, variants: Variants) -> Vec<Record> {
        parse(feed.as_bytes(), "test", None, &Options { variants, ..Options::default() }).unwrap().records
    }

    const SHOPIFY: &str = "Handle,Title,Option1 Value,Variant SKU,Variant Price,Variant Barcode,Image Src,Status\n\
        tea,Green tea,250 g,t1,3.50,4006381333931,https://x/1.jpg,active\n\
        tea,,500 g,t2,3.00,9783161484100,,\n\
        tea,,,,,,https://x/2.jpg,\n\
        cup,Cup,Default Title,c1,9.00,,https://x/3.jpg,draft\n";

    #[test]
    fn rows_of_a_handle_are_one_listing_with_all_variants() {
        let records = records(SHOPIFY, Variants::Together);
        assert_eq!(records.len(), 1);
        let tea = &records[0];
        assert_eq!((tea.id.as_str(), tea.title.as_str(), tea.price), ("tea", "Green tea", Some(3.0)));
        assert_eq!((tea.skus.join(" "), tea.gtins.join(" ")), ("t1 t2".into(), "4006381333931 9783161484100".into()));
        assert_eq!(tea.images, ["https://x/1.jpg", "https://x/2.jpg"]);
    }

    #[test]
    fn separate_variants_have_their_own_number_and_option_and_share_pictures() {
        let records = records(SHOPIFY, Variants::Separate);
        let titles: Vec<(&str, &str)> = records.iter().map(|r| (r.id.as_str(), r.title.as_str())).collect();
        assert_eq!(titles, [("t1", "Green tea 250 g"), ("t2", "Green tea 500 g")]);
        assert!(records.iter().all(|r| r.label_group.as_deref() == Some("tea") && r.images.len() == 2));
        assert_eq!(records[1].gtins, ["9783161484100"]);
    }

    #[test]
    fn variations_belong_to_the_row_that_their_parent_names() {
        let woo = "ID,Type,SKU,Name,Published,In stock?,Regular price,Images,Parent\n\
            9,variation,h-s,Hoodie - S,1,1,52,s.jpg,id:7\n\
            7,variable,h,Hoodie,1,1,,\"a.jpg, b.jpg\",\n\
            8,variation,h-m,Hoodie - M,1,0,50,m.jpg,h\n\
            10,simple,cup,Cup,0,1,9,c.jpg,\n";
        let records = records(woo, Variants::Together);
        assert_eq!(records.len(), 1);
        assert_eq!((records[0].id.as_str(), records[0].title.as_str(), records[0].price), ("7", "Hoodie", Some(50.0)));
        assert_eq!(records[0].images, ["a.jpg", "b.jpg", "s.jpg", "m.jpg"]);
        assert_eq!(records[0].in_stock, Some(true));
    }

    #[test]
    fn a_configurable_product_takes_its_variations_though_they_are_hidden() {
        let magento = "sku,product_type,name,price,base_image,visibility,configurable_variations\n\
            h-s,simple,Hoodie S,52,s.jpg,Not Visible Individually,\n\
            h,configurable,Hoodie,,h.jpg,\"Catalog, Search\",\"sku=h-s,size=S\"\n\
            x,simple,Gone,1,x.jpg,Not Visible Individually,\n";
        let records = records(magento, Variants::Together);
        assert_eq!(records.len(), 1);
        assert_eq!((records[0].id.as_str(), records[0].price), ("h", Some(52.0)));
        assert_eq!(records[0].skus, ["h", "h-s"]);
    }

    #[test]
    fn items_of_one_group_are_one_listing_by_what_their_titles_share() {
        let google = "id\ttitle\timage_link\tprice\titem_group_id\n\
            1\tLuma hoodie - red / S\thttps://x/1.jpg\t52.00 USD\th\n\
            2\tLuma hoodie - blue / M\thttps://x/2.jpg\t50.00 USD\th\n\
            3\tCup\thttps://x/3.jpg\t9.00 USD\tc\n";
        let records = records(google, Variants::Together);
        let titles: Vec<&str> = records.iter().map(|r| r.title.as_str()).collect();
        assert_eq!(titles, ["Luma hoodie", "Cup"]);
        assert_eq!((records[0].price, records[0].currency.as_deref()), (Some(50.0), Some("USD")));
    }

    #[test]
    fn rows_of_one_id_that_contradict_one_another_are_an_error_with_both_lines() {
        let error = parse(b"id,title\na,Tea\nb,Cup\na,Pen\n", "test", None, &Options::default()).unwrap_err();
        assert!(error.to_string().contains("line 2") && error.to_string().contains("line 4"), "{error}");
        assert_eq!(records("id,title,size\na,Tea,S\na,Tea,M\n", Variants::Together).len(), 1);
    }
}
