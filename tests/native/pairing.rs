//! `twinlens dedup` and `twinlens match-catalogues`, as a merchant runs them.

use std::collections::BTreeSet;

use crate::support::{self, Shop, models, outcome, refused, text, twinlens};
use serde_json::Value;

/// Two rows of one product, with a title that would like to be a program, and one of another.
const LISTINGS: &str = "id,image,title,price,url\n\
    a,1.png,<script>alert(1)</script> Sony WH1000XM4,199,https://shop.example/a\n\
    b,1.png,\"Sony WH1000XM4, headphones\",199,javascript:alert(2)\n\
    c,2.png,كرسي حديقة من خشب البلوط,40,\n";

fn dedup(shop: &Shop, more: &[&str]) -> Vec<String> {
    let listings = text(&shop.path("listings.csv"));
    let images = text(&shop.path("images"));
    let arguments = ["dedup", &listings, "--images", &images, "--encoders", "efficientnet-lite0", "--models"];
    let arguments = arguments.iter().map(ToString::to_string).chain([text(&models())]);
    arguments.chain(more.iter().map(ToString::to_string)).collect()
}

fn rows(csv: &str) -> Vec<csv::StringRecord> {
    csv::Reader::from_reader(csv.as_bytes()).records().map(Result::unwrap).collect()
}

#[test]
fn dedup_finds_a_product_that_is_there_twice_and_writes_it_in_every_form() {
    let shop = Shop::with(LISTINGS);
    let files = ["pairs.csv", "pairs.json", "report.html"].map(|name| text(&shop.path(name)));
    let [csv, json, html] = &files;
    let run = outcome(twinlens(&dedup(&shop, &["--out", csv, "--out", json, "--html", html, "--clusters"])));
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.stdout.starts_with("3 rows: 1 pairs (1 Match, 0 Unsure, 0 No-Match) in 1 clusters"), "{run:?}");

    let csv = std::fs::read_to_string(csv).unwrap();
    assert!(csv.starts_with("id_a,id_b,probability,decision,log_odds,cluster,at_least_one,why\n"), "{csv}");
    let rows = rows(&csv);
    assert_eq!(rows.len(), 1, "{csv}");
    assert_eq!([0, 1, 3, 5, 6].map(|i| &rows[0][i]), ["a", "b", "Match", "a", "false"]);
    let probability: f64 = rows[0][2].parse().unwrap();
    assert!((0.8..=1.0).contains(&probability));

    let json: Value = serde_json::from_str(&std::fs::read_to_string(json).unwrap()).unwrap();
    let pair = &json["pairs"][0];
    assert_eq!((&pair["id_a"], &pair["id_b"], &pair["cluster"]), (&"a".into(), &"b".into(), &"a".into()));
    let sum: f64 = pair["contributions"].as_object().unwrap().values().map(|v| v.as_f64().unwrap()).sum();
    assert!((sum - pair["log_odds"].as_f64().unwrap()).abs() < 1e-9, "{pair}");
    assert_eq!(json["clusters"][0]["ids"], serde_json::json!(["a", "b"]));
    assert_eq!(json["summary"]["matches"], 1);

    let html = std::fs::read_to_string(html).unwrap();
    assert!(html.contains("&lt;script&gt;alert(1)") && !html.contains("<script"), "a title is not escaped");
    assert!(html.contains("Sony WH1000XM4, headphones") && html.contains("lang=\"en\""));
    assert_eq!(html.matches("<img src=\"data:image/webp;base64,").count(), 2);
    assert_eq!(html.matches("src=").count(), 2, "the report loads something else");
    assert!(!html.contains("<link") && !html.contains("url(") && !html.contains("javascript:"));
    assert!(html.contains("<a href=\"https://shop.example/a\""));
}

#[test]
fn pairs_go_to_stdout_as_csv_or_as_one_json_document() {
    let shop = Shop::with(LISTINGS);
    let run = outcome(twinlens(&dedup(&shop, &[])));
    assert_eq!((run.code, rows(&run.stdout).len()), (Some(0), 1), "{run:?}");
    assert!(run.stderr.starts_with("3 rows: 1 pairs"), "{run:?}");
    let document = support::answer(&dedup(&shop, &["--at-least-one"]));
    let pairs = document["pairs"].as_array().unwrap();
    let ids = pairs.iter().flat_map(|pair| [&pair["id_a"], &pair["id_b"]]);
    let ids: BTreeSet<&str> = ids.map(|id| id.as_str().unwrap()).collect();
    assert_eq!(ids, BTreeSet::from(["a", "b", "c"]), "{document}");
    assert_eq!(document["summary"]["at_least_one"], 1);
}

#[test]
fn one_row_gives_no_pairs_and_a_row_of_nothing_is_told_of() {
    let shop = Shop::with("id,image,title\na,1.png,Tea\n");
    let run = outcome(twinlens(&dedup(&shop, &[])));
    assert_eq!((run.code, rows(&run.stdout).len()), (Some(0), 0), "{run:?}");
    shop.write("listings.csv", b"id,title\na,Tea\nb,\n");
    let report = text(&shop.path("report.html"));
    let run = outcome(twinlens(&dedup(&shop, &["--html", &report])));
    assert!(run.stderr.starts_with("listings.csv, line 3, b: row: expected a photo or a title"), "{run:?}");
    assert!(std::fs::read_to_string(report).unwrap().contains("No pairs are this probable"));
}

#[test]
fn what_cannot_be_read_or_written_is_refused_before_the_work() {
    let shop = Shop::with(LISTINGS);
    let nowhere = text(&shop.path("nowhere/pairs.csv"));
    refused(&dedup(&shop, &["--out", &nowhere])).says(&["a file that can be written", &nowhere]);
    let listings = text(&shop.path("listings.csv"));
    refused(&["dedup", &listings]).says(&["--images", "3 rows name an image"]);
    assert!(support::misused(&["dedup", &listings, "--out", "pairs.xml"]).contains(".csv, .json or .html"));
    assert!(support::misused(&["dedup", &listings, "--min-probability", "1.5"]).contains("from 0 to 1"));
}

#[test]
fn two_catalogues_are_matched_by_title_without_images() {
    let shop = Shop::with("id,title,price\n1,Sony WH1000XM4 headphones,199\n2,Oak garden chair,40\n3,Fountain pen,9\n");
    shop.write("other.csv", b"sku,name,price\n2,Sony headphones WH1000XM4 black,189\n1,garden chair made of oak,42\n");
    let (a, b) = (text(&shop.path("listings.csv")), text(&shop.path("other.csv")));
    let models = text(&models());
    let arguments = ["match-catalogues", &a, &b, "--encoders", "e5-small-latin", "--models", &models];
    let more = ["--at-least-one", "--mutual-best", "--blend", "--min-probability", "0.05"];
    let document = support::answer(&[&arguments[..], &more].concat());
    let pairs = document["pairs"].as_array().unwrap();
    let found: Vec<[&str; 2]> = pairs.iter().map(|p| ["id_a", "id_b"].map(|key| p[key].as_str().unwrap())).collect();
    assert!(found.contains(&["1", "2"]) && found.contains(&["2", "1"]), "{document}");
    assert!(found.iter().any(|ids| ids[0] == "3"), "{document}");
    assert_eq!((&document["summary"]["rows"], &document["summary"]["rows_b"]), (&3.into(), &2.into()));
    for cluster in document["clusters"].as_array().unwrap() {
        assert_eq!((cluster["ids_a"].as_array().unwrap().len(), cluster["ids_b"].as_array().unwrap().len()), (1, 1));
    }
}
