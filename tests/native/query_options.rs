//! Price, GTIN and filters of `twinlens match`, in a shop whose listings differ in them alone.

use crate::support::{Shop, answer, misused, models, refused};
use serde_json::Value;

/// Two listings of each title; of the first the id is the lower.
const LISTINGS: &str = "id,title,price,category,gtin,stock\n\
    a,Enamel mug blue,5,kitchen,4006381333931,0\n\
    b,Enamel mug blue,50,garden,4012345678901,3\n";

fn shop() -> Shop {
    let shop = Shop::with(LISTINGS);
    shop.build(&["--encoders", "e5-small-latin"]);
    shop
}

/// The answer to the title of both listings, with further arguments.
fn asked(shop: &Shop, more: &[&str]) -> Value {
    answer(&shop.match_arguments(&models(), &[&["--title", "Enamel mug blue"], more].concat()))
}

fn ids(answer: &Value) -> Vec<&str> {
    answer["hits"].as_array().unwrap().iter().map(|hit| hit["id"].as_str().unwrap()).collect()
}

#[test]
fn a_filter_leaves_only_the_listings_that_pass_it() {
    let shop = shop();
    assert_eq!(ids(&asked(&shop, &[])), ["a", "b"]);
    for (filter, id) in [
        (&["--category", "garden"][..], "b"),
        (&["--min-price", "10"], "b"),
        (&["--max-price", "10"], "a"),
        (&["--in-stock"], "b"),
    ] {
        assert_eq!(ids(&asked(&shop, filter)), [id], "{filter:?}");
    }
}

#[test]
fn a_price_is_evidence_for_the_listing_that_costs_it() {
    let answer = asked(&shop(), &["--price", "50"]);
    assert_eq!(ids(&answer)[0], "b", "{answer}");
    assert_eq!(answer["hits"][0]["lanes"]["price"], 0.0);
}

#[test]
fn the_listing_with_the_gtin_of_the_query_is_a_match() {
    let answer = asked(&shop(), &["--gtin", "4012345678901"]);
    assert_eq!((ids(&answer)[0], answer["decision"].as_str()), ("b", Some("Match")), "{answer}");
}

#[test]
fn options_that_no_listing_could_have_are_refused_by_their_names() {
    let shop = shop();
    let arguments = |more: &[&str]| shop.match_arguments(&models(), &[&["--title", "Enamel mug blue"], more].concat());
    refused(&arguments(&["--min-price", "9", "--max-price", "3"])).says(&["9", "3"]);
    refused(&arguments(&["--price", "NaN"])).says(&["price"]);
    assert!(misused(&arguments(&["--gtin", "123"])).contains("--gtin"));
}
