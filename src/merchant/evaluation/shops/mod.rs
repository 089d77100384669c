//! Generated shops of five kinds, dense (several products of a line) and sparse (one), with queries whose answers are known by
//! construction.
//!
//! Those that figures are measured on and those that a model may be fitted to are made of different words.

mod product;
mod queries;
mod vocabulary;

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;

use product::Product;
use queries::Shelf;
use vocabulary::{Vocabulary, vocabularies};

use super::dataset::{ALL_ENCODERS, Dataset, Query};
use super::shop::Shop;
use crate::Result;
use crate::merchant::listings::Record;

/// What the shops are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Nothing is fitted to them.
    Evaluation,
    Fitting,
}

const COMMON: &str = include_str!("../data/shops-common.txt");
const EVALUATION: &str = include_str!("../data/shops-evaluation.txt");
const FITTING: &str = include_str!("../data/shops-fitting.txt");

/// Products of a sparse shop; lines and products a line of a dense one.
const SPARSE: usize = 180;
const DENSE: (usize, usize) = (40, 5);
/// Queries for products that a shop has, and as many for others.
const QUERIES: usize = 150;
/// Of a data set of photos, how many quarters of the products are in a shop that takes its pictures.
const SHOWN: usize = 3;
/// How often a product is drawn before its place stays empty.
const DRAWS: usize = 50;

/// All shops of a purpose, a dense and a sparse one of each kind, always the same.
pub fn generated(purpose: Purpose) -> Result<Vec<Shop>> {
    let text = match purpose {
        Purpose::Evaluation => EVALUATION,
        Purpose::Fitting => FITTING,
    };
    let vocabularies = vocabularies(COMMON, text)?;
    let each = vocabularies.iter().zip(1..);
    Ok(each.flat_map(|(vocabulary, seed)| [true, false].map(|is_dense| shop(vocabulary, is_dense, seed))).collect())
}

fn shop(vocabulary: &Vocabulary, is_dense: bool, seed: u64) -> Shop {
    let mut rng = Rng::with_seed(seed * 2 + u64::from(is_dense));
    let products = if is_dense { dense(vocabulary, &mut rng) } else { sparse(vocabulary, &mut rng) };
    let record = |(i, product): (usize, &Product)| Record {
        line: i as u64 + 2,
        id: format!("p{i}"),
        title: product.title(vocabulary),
        ..Record::default()
    };
    Shop {
        name: format!("{} {}", vocabulary.name, if is_dense { "dense" } else { "sparse" }),
        listings: products.iter().enumerate().map(record).collect(),
        cases: Shelf { vocabulary, products: &products }.cases(QUERIES, &mut rng),
    }
}

/// One product of each maker and type.
fn sparse(vocabulary: &Vocabulary, rng: &mut Rng) -> Vec<Product> {
    let mut products: Vec<Product> = Vec::new();
    for i in 0..SPARSE {
        let is_new = |drawn: &Product| !products.iter().any(|p| p.of == drawn.of && p.brand == drawn.brand);
        let of = i % vocabulary.types.len();
        let drawn = (0..DRAWS).map(|_| Product::random(vocabulary, of, rng)).find(is_new);
        products.extend(drawn);
    }
    products
}

/// Several products of each line, which differ in one value or two.
fn dense(vocabulary: &Vocabulary, rng: &mut Rng) -> Vec<Product> {
    let (lines, a_line) = DENSE;
    let mut products: Vec<Product> = Vec::new();
    for i in 0..lines {
        let of = i % vocabulary.types.len();
        let is_same_line = |p: &Product, q: &Product| p.of == q.of && p.brand == q.brand && p.name == q.name;
        let is_new = |drawn: &Product| !products.iter().any(|p| is_same_line(p, drawn));
        let Some(first) = (0..DRAWS).map(|_| Product::random(vocabulary, of, rng)).find(is_new) else { continue };
        let mut line = vec![first];
        for _ in 0..DRAWS {
            let axis = rng.usize(..vocabulary.types[of].axes.len());
            let next = rng.choice(&line).and_then(|known| known.clone().with_another_value(vocabulary, axis, rng));
            line.extend(next.filter(|next| !line.contains(next)));
            if line.len() == a_line {
                break;
            }
        }
        products.extend(line);
    }
    products
}

impl Shop {
    /// Its listings and queries as a data set; a query that the shop does not have answers is relevant to no listing.
    pub fn dataset(&self) -> Dataset {
        let query = |(group, case): (u64, &super::shop::Case)| Query {
            title: case.query.clone(),
            relevant: case.relevant.clone(),
            group: case.relevant.first().map_or(self.listings.len() as u64 + group, |first| *first as u64),
            ..Query::default()
        };
        Dataset {
            images: Default::default(),
            listings: self.listings.clone(),
            queries: (0..).zip(&self.cases).map(query).collect(),
            examples: Vec::new(),
            further_images: Vec::new(),
            customer_photos: Vec::new(),
            pairs: None,
            is_symmetric: false,
            encoders: &["e5-small-latin"],
        }
    }

    /// Its first listings, each with a picture of a data set of photos, asked by its queries with the photos from which that may be
    /// learnt; queries for what the shop does not have go with photos of products whose pictures it does not have.
    pub fn with_photos(&self, photos: &Dataset) -> Dataset {
        let mut of_product: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        for query in &photos.examples {
            query.relevant.iter().for_each(|i| of_product.entry(*i).or_default().push(&query.image));
        }
        let shown = photos.listings.len() * SHOWN / 4;
        let not_shown: Vec<&str> = of_product.range(shown..).flat_map(|(_, images)| images.iter().copied()).collect();
        let own = self.dataset();
        let listings: Vec<Record> = own
            .listings
            .into_iter()
            .zip(&photos.listings[..shown])
            .map(|(listing, shown)| Record { images: shown.images.clone(), ..listing })
            .collect();
        let query = |(i, query): (usize, Query)| {
            let relevant: BTreeSet<usize> = query.relevant.iter().copied().filter(|i| *i < listings.len()).collect();
            let images = relevant.first().map_or(Some(&not_shown), |first| of_product.get(first))?;
            let image = (*images.get(i % images.len().max(1))?).to_string();
            Some(Query { image, relevant, ..query })
        };
        let queries = own.queries.into_iter().enumerate().filter_map(query).collect();
        Dataset { images: photos.images.clone(), listings, queries, encoders: ALL_ENCODERS, ..self.dataset() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shops() -> Vec<Shop> {
        [Purpose::Evaluation, Purpose::Fitting].map(|purpose| generated(purpose).unwrap()).concat()
    }

    /// Words of more than three letters that only one of the files may hold: names, nouns, and values that are words.
    fn words(text: &'static str) -> BTreeSet<String> {
        let mut texts: Vec<&str> = Vec::new();
        for vocabulary in vocabularies(COMMON, text).unwrap() {
            texts.extend(vocabulary.brands.iter().chain(&vocabulary.names));
            texts.extend(vocabulary.types.iter().flat_map(|kind| kind.nouns.clone()));
            let own = vocabulary.axes.iter().filter(|(name, _)| !COMMON.contains(&format!("axis {name} ")));
            texts.extend(own.flat_map(|(_, axis)| axis.values.concat()));
        }
        let words = texts.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric()));
        words.filter(|word| word.chars().count() > 3).map(str::to_lowercase).collect()
    }

    #[test]
    fn evaluation_and_fitting_share_no_words() {
        let (evaluation, fitting) = (words(EVALUATION), words(FITTING));
        let is_content = |word: &&String| !["ohne", "sans", "with", "without"].contains(&word.as_str());
        let shared: Vec<&String> = evaluation.intersection(&fitting).filter(is_content).collect();
        assert!(evaluation.len() > 500 && fitting.len() > 300, "{} and {}", evaluation.len(), fitting.len());
        assert!(shared.is_empty(), "{shared:?}");
    }

    #[test]
    fn there_are_ten_shops_of_150_to_250_listings_with_enough_queries_of_both_kinds() {
        for purpose in [Purpose::Evaluation, Purpose::Fitting] {
            let shops = generated(purpose).unwrap();
            assert_eq!(shops.len(), 10);
            for shop in shops {
                assert!((150..=250).contains(&shop.listings.len()), "{}: {}", shop.name, shop.listings.len());
                let there = shop.cases.iter().filter(|case| !case.relevant.is_empty()).count();
                let not_there = shop.cases.len() - there;
                assert!(there >= 140 && not_there >= 140, "{}: {there} and {not_there}", shop.name);
            }
        }
    }

    #[test]
    fn no_query_for_another_product_is_the_title_of_a_listing() {
        for shop in shops() {
            let titles: BTreeSet<&str> = shop.listings.iter().map(|record| record.title.as_str()).collect();
            let wrong = shop.cases.iter().find(|c| c.relevant.is_empty() && titles.contains(c.query.as_str()));
            assert_eq!(wrong, None, "{}", shop.name);
        }
    }

    #[test]
    fn no_two_listings_have_one_title() {
        for shop in shops() {
            let titles: BTreeSet<&str> = shop.listings.iter().map(|record| record.title.as_str()).collect();
            assert_eq!(titles.len(), shop.listings.len(), "{}", shop.name);
        }
    }

    #[test]
    fn an_identical_query_fits_the_listing_of_that_title() {
        for shop in shops() {
            for case in shop.cases.iter().filter(|case| case.kind == "there: identical") {
                let is_own = |i: &usize| shop.listings[*i].title == case.query;
                assert!(case.relevant.iter().any(is_own), "{}: {}", shop.name, case.query);
            }
        }
    }

    #[test]
    fn the_same_shops_are_generated_every_time() {
        assert_eq!(shops(), shops());
    }
}
