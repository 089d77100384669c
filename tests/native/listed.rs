//! What is asked for without a query: what is like a listing, a category, and what the shop has.

use crate::support::tiny::TinyCatalogue;
use twinlens::catalogue::{Catalogue, Row, Shard, ShardEntry};
use twinlens::digest::sha256_hex;
use twinlens::matching::{CategoryInfo, Filter, Listings, Matcher, PriceRange};
use twinlens::search::cosine;

fn matcher() -> Matcher {
    opened(TinyCatalogue::new(|_| ()).catalogue().unwrap())
}

/// No encoder is needed for any of it.
fn opened(catalogue: Catalogue) -> Matcher {
    pollster::block_on(Matcher::open(catalogue, Box::new(|_| Box::pin(async { panic!("no pack is needed") })), "gpu"))
        .unwrap()
}

fn ids(listings: &Listings) -> Vec<&str> {
    listings.hits.iter().map(|hit| hit.id.as_str()).collect()
}

fn of_category(name: &str) -> Filter {
    Filter { category: Some(name.into()), ..Filter::default() }
}

/// The sum of the cosines of two listings in both lanes, each in standard deviations of its background, within the range
/// that the lane has.
fn likeness(catalogue: &Catalogue, a: usize, b: usize) -> f32 {
    let row = |number: usize| catalogue.shards[number / 3].row(number % 3).vectors;
    let pairs = row(a).into_iter().zip(row(b)).zip(&catalogue.manifest.backgrounds);
    pairs
        .map(|((a, b), background)| {
            let ((codes, scale), (other, other_scale)) = (a.unwrap(), b.unwrap());
            let floats: Vec<f32> = codes.iter().map(|code| f32::from(*code) * scale).collect();
            ((cosine(&floats, &other, other_scale) - background.mean) / background.deviation).clamp(-4.0, 16.0)
        })
        .sum()
}

#[test]
fn the_listings_most_like_one_are_its_nearest_by_both_vectors_without_itself() {
    let catalogue = TinyCatalogue::new(|_| ()).catalogue().unwrap();
    for asked in 0..6 {
        let mut expected: Vec<usize> = (0..6).filter(|other| *other != asked).collect();
        expected.sort_by(|a, b| likeness(&catalogue, asked, *b).total_cmp(&likeness(&catalogue, asked, *a)));
        let expected: Vec<String> = expected.iter().map(|number| format!("p{number}")).collect();
        let found = matcher().similar(&format!("p{asked}"), &Filter::default(), 10).unwrap();
        assert_eq!((ids(&found), found.total), (expected.iter().map(String::as_str).collect(), 5));
        let few = matcher().similar(&format!("p{asked}"), &Filter::default(), 2).unwrap();
        assert_eq!((ids(&few), few.total), (ids(&found)[..2].to_vec(), 5));
    }
}

/// A shop of that many listings with vectors of their own.
fn shop_of(count: usize) -> Matcher {
    let mut tiny = TinyCatalogue::new(|_| ());
    let read = tiny.catalogue().unwrap();
    let vector =
        |i: usize, length: usize| -> Vec<f32> { (0..length).map(|d| ((i * 7 + d * d) as f32).cos()).collect() };
    let row = |i: usize| {
        let mut row = read.shards[i % 2].row(i / 2 % 3);
        row.listing.id = format!("m{i:03}");
        row.listing.group = None;
        row.vectors = (0..2).map(|e| Some(Row::quantise(&vector(i, tiny.manifest.dimension(e))))).collect();
        row
    };
    let file = Shard::write(&(0..count).map(row).collect::<Vec<_>>(), &tiny.manifest).unwrap();
    let listings = count as u64;
    let entry =
        ShardEntry { file: "shard.safetensors".into(), bytes: file.len() as u64, sha256: sha256_hex(&file), listings };
    (tiny.manifest.shards, tiny.manifest.listings, tiny.shards) = (vec![entry], listings, vec![file]);
    (tiny.manifest.pictures, tiny.manifest.pictures_side) = (Vec::new(), 0);
    opened(tiny.catalogue().unwrap())
}

#[test]
fn more_similar_listings_begin_with_those_of_a_lower_limit() {
    let matcher = shop_of(100);
    let all = matcher.similar("m007", &Filter::default(), 1_000).unwrap();
    assert_eq!((all.hits.len(), all.total), (99, 99));
    for limit in [1, 10, 33, 60] {
        let few = matcher.similar("m007", &Filter::default(), limit).unwrap();
        assert_eq!((ids(&few), few.total), (ids(&all)[..limit].to_vec(), 99));
    }
}

#[test]
fn similar_listings_are_those_that_pass_the_filter_in_the_same_order() {
    let matcher = matcher();
    let all = matcher.similar("p0", &Filter::default(), 10).unwrap();
    let odd = matcher.similar("p0", &of_category("odd"), 10).unwrap();
    let expected: Vec<&str> = ids(&all).into_iter().filter(|id| ["p1", "p3", "p5"].contains(id)).collect();
    assert_eq!((ids(&odd), odd.total), (expected, 3));
    let dear = Filter { min_price: Some(9.0), ..Filter::default() };
    assert!(matcher.similar("p0", &dear, 10).unwrap().hits.is_empty());
    let wrong = Filter { min_price: Some(-1.0), ..Filter::default() };
    assert_eq!(matcher.similar("p0", &wrong, 10).unwrap_err().code(), "bad-argument");
    assert_eq!(matcher.browse(&wrong, 10, 0).unwrap_err().code(), "bad-argument");
}

#[test]
fn a_category_is_listed_as_the_filter_lets_it() {
    let filter = Filter { max_price: Some(2.0), ..of_category("odd") };
    let found = matcher().browse(&filter, 10, 0).unwrap();
    assert_eq!((ids(&found), found.total), (vec!["p1"], 1));
}

#[test]
fn a_similar_listing_says_how_it_is_alike() {
    let found = matcher().similar("p0", &Filter::default(), 1).unwrap();
    let hit = &found.hits[0];
    assert!(hit.lanes.image.is_some() && hit.lanes.text.is_some() && !hit.why.is_empty(), "{hit:?}");
}

#[test]
fn an_id_that_no_listing_has_is_an_error_that_names_it() {
    let error = matcher().similar("p9", &Filter::default(), 10).unwrap_err();
    assert_eq!(error.code(), "bad-argument");
    assert!(error.to_string().contains("\"p9\""), "{error}");
    assert_eq!(matcher().similar("p1", &Filter::default(), 0).unwrap_err().code(), "bad-argument");
}

#[test]
fn a_category_is_listed_in_the_shops_order() {
    let matcher = matcher();
    let odd = matcher.browse(&of_category("odd"), 10, 0).unwrap();
    assert_eq!((ids(&odd), odd.total), (vec!["p1", "p3", "p5"], 3));
    let page = matcher.browse(&of_category("odd"), 1, 1).unwrap();
    assert_eq!((ids(&page), page.total), (vec!["p3"], 3));
    assert_eq!(ids(&matcher.browse(&Filter::default(), 2, 3).unwrap()), ["p3", "p4"]);
    assert_eq!(matcher.browse(&of_category("none"), 10, 0).unwrap().total, 0);
    assert!(matcher.browse(&of_category("odd"), 10, 99).unwrap().hits.is_empty());
}

#[test]
fn a_listing_is_shown_with_what_a_card_needs() {
    let all = matcher().browse(&Filter::default(), 6, 0).unwrap();
    let hit = &all.hits[1];
    assert_eq!((hit.title.as_str(), hit.price, hit.category.as_deref()), ("blue cup", Some(1.5), Some("odd")));
    assert_eq!((hit.in_stock, hit.group, hit.picture_place), (Some(true), Some(0), Some([0, 1])));
    assert_eq!((all.hits[2].in_stock, all.hits[2].group), (Some(false), None));
    assert_eq!(all.hits[4].picture_place, Some([1, 1]));
}

#[test]
fn the_info_has_the_categories_and_what_things_cost() {
    let info = matcher().info();
    let category = |name: &str| CategoryInfo { name: name.into(), count: 3 };
    assert_eq!(info.categories, [category("even"), category("odd")]);
    assert_eq!(info.prices, Some(PriceRange { min: 0.5, max: 5.5, currency: None }));
}
