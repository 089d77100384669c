//! Pairs of small catalogues without encoders: titles alone, by the general model.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::Path;

use super::*;
use crate::catalogue::{Background, Catalogue, Manifest, Row, Shard, ShardEntry, VERSION};
use crate::encoder::{Encoder, Identity, Kind};
use crate::fusion::{self, Decision};
use crate::merchant::build::{self, Source};
use crate::merchant::feed::Problem;
use crate::merchant::learn;
use crate::merchant::listings::Record;

const ALL: Options = Options { min_probability: 0.0, mutual_best: false, at_least_one: false };
const LIKELY: Options = Options { min_probability: 0.5, ..ALL };

/// Ids, titles and GTINs of six rows: two pairs of one product each, and two products of their own.
const SHOP: [(&str, &str, &str); 6] = [
    ("a", "Sony WH1000XM4 headphones black", ""),
    ("b", "Garden chair, solid oak", ""),
    ("c", "sony headphones wh1000xm4 black", ""),
    ("d", "Green tea 250 g loose leaves", "4006381333931"),
    ("e", "Sencha aus Japan", "4006381333931"),
    ("f", "Running shoes for children", ""),
];

fn records(rows: &[(&str, &str, &str)]) -> Vec<Record> {
    let record = |(line, (id, title, gtin)): (u64, &(&str, &str, &str))| Record {
        line,
        id: id.to_string(),
        title: title.to_string(),
        gtins: (!gtin.is_empty()).then(|| gtin.to_string()).into_iter().collect(),
        ..Record::default()
    };
    (2..).zip(rows).map(record).collect()
}

fn ranker(records: &[Record]) -> Ranker {
    let folder = tempfile::tempdir().unwrap();
    let source = Source {
        records,
        images: Path::new(""),
        further_images: &[],
        customer_photos: &[],
        customer_titles: &[],
        identities: &[],
        update: false,
        keep_generations: 0,
        strict: false,
        pictures_side: Some(0),
    };
    let general = |_: Catalogue, _: &mut [Encoder], _: &build::Summary| learn::prior();
    build::build(&source, folder.path(), &mut [], &general, &|_| {}).unwrap();
    Ranker::new(crate::merchant::folder::open(folder.path()).unwrap())
}

/// The pairs within some rows, with the rows' ids.
fn pairs(rows: &[(&str, &str, &str)], options: Options) -> Vec<(String, String, Pair)> {
    let records = records(rows);
    let mut found = Vec::new();
    let mut keep = |pair: Pair| {
        found.push((records[pair.a].id.clone(), records[pair.b].id.clone(), pair));
        Ok(ControlFlow::Continue(()))
    };
    within(&ranker(&records), &options, &|_| {}, &mut keep).unwrap();
    found
}

/// The pairs between two lists, with the rows' ids.
fn pairs_between(
    first: &[(&str, &str, &str)],
    second: &[(&str, &str, &str)],
    options: Options,
) -> (Vec<(String, String, Pair)>, Vec<Problem>) {
    let (a, b) = (records(first), records(second));
    let mut found = Vec::new();
    let mut keep = |pair: Pair| {
        found.push((a[pair.a].id.clone(), b[pair.b].id.clone(), pair));
        Ok(ControlFlow::Continue(()))
    };
    let rows = Rows { records: &a, images: Path::new(""), blend: None };
    let problems = between(&ranker(&b), rows, &mut [], &options, &|_| {}, &mut keep).unwrap();
    (found, problems)
}

fn ids(pairs: &[(String, String, Pair)]) -> Vec<(&str, &str)> {
    let mut ids: Vec<_> = pairs.iter().map(|(a, b, _)| (a.as_str(), b.as_str())).collect();
    ids.sort();
    ids
}

#[test]
fn one_product_twice_is_one_pair_with_the_lower_id_first() {
    assert_eq!(ids(&pairs(&SHOP, LIKELY)), [("a", "c"), ("d", "e")]);
}

#[test]
fn rows_of_one_gtin_match_whatever_their_titles_say() {
    let found = pairs(&SHOP, LIKELY);
    let (.., pair) = found.iter().find(|(a, ..)| a == "d").unwrap();
    assert_eq!(pair.decision, Decision::Match);
    assert!(pair.why[0].starts_with("Same GTIN"), "{:?}", pair.why);
}

#[test]
fn the_order_of_the_rows_changes_no_pair() {
    let by_ids = |rows: &[(&str, &str, &str)]| {
        let one = |(a, b, pair): (String, String, Pair)| ((a, b), (pair.log_odds, pair.why));
        pairs(rows, ALL).into_iter().map(one).collect::<BTreeMap<_, _>>()
    };
    let expected = by_ids(&SHOP);
    assert!(expected.len() > 2);
    let mut rows = SHOP;
    for rotation in 0..rows.len() {
        rows.rotate_left(1);
        rows.swap(0, rotation);
        let found = by_ids(&rows);
        assert!(found.keys().eq(expected.keys()), "{found:?}");
        for (key, (log_odds, why)) in &found {
            assert!((log_odds - expected[key].0).abs() < 1e-3, "{key:?}: {log_odds} and {}", expected[key].0);
            assert_eq!(why, &expected[key].1);
        }
    }
}

#[test]
fn contributions_add_up_to_the_log_odds_of_the_probability() {
    for (.., pair) in pairs(&SHOP, ALL) {
        let sum: f64 = pair.contributions.0.iter().map(|(_, share)| share).sum();
        assert!((sum - pair.log_odds).abs() < 1e-9);
        assert!((fusion::probability(sum) - pair.probability).abs() < 1e-9);
    }
}

#[test]
fn one_row_has_no_pair() {
    assert!(pairs(&SHOP[..1], Options { at_least_one: true, ..ALL }).is_empty());
}

#[test]
fn rows_that_are_all_the_same_hang_together() {
    let names: Vec<String> = (0..100).map(|i| format!("{i:03}")).collect();
    let rows: Vec<(&str, &str, &str)> = names.iter().map(|id| (id.as_str(), SHOP[0].1, "")).collect();
    let found = pairs(&rows, ALL);
    assert!(found.iter().all(|(.., pair)| pair.probability.is_finite() && pair.log_odds.is_finite()));
    let mut links = Clusters::default();
    found.iter().for_each(|(.., pair)| links.add(pair.a, pair.b, pair.log_odds));
    assert_eq!(links.found(100, &|a, b| a.cmp(&b))[0].members.len(), 100);
}

#[test]
fn a_row_without_photo_and_title_has_no_pair() {
    let rows = [("a", "", "4006381333931"), ("b", "Green tea", "4006381333931"), ("c", "Green tea", "")];
    assert_eq!(ids(&pairs(&rows, Options { at_least_one: true, ..ALL })), [("b", "c")]);
    let (found, problems) = pairs_between(&rows[..1], &rows[1..], ALL);
    assert!(found.is_empty());
    assert_eq!((problems[0].line, problems[0].found.as_str()), (2, "neither that can be read"));
}

#[test]
fn at_least_one_gives_every_row_its_best_partner_and_marks_it() {
    let found = pairs(&SHOP, Options { at_least_one: true, ..LIKELY });
    let rows = |pairs: &[(String, String, Pair)]| {
        pairs.iter().flat_map(|(a, b, _)| [a.clone(), b.clone()]).collect::<BTreeSet<String>>()
    };
    assert!(rows(&found).len() > 4);
    assert_eq!(rows(&found), rows(&pairs(&SHOP, ALL)), "a row has candidates and no partner");
    for (a, b, pair) in &found {
        assert_eq!(pair.at_least_one, pair.probability < 0.5, "{a} {b}");
    }
    let nothing_else = Options { min_probability: 1.0, at_least_one: true, ..ALL };
    let (between, _) = pairs_between(&SHOP[1..2], &[("x", "Garden table", "")], nothing_else);
    assert_eq!(ids(&between), [("b", "x")]);
    assert!(between[0].2.at_least_one);
}

#[test]
fn mutual_best_partners_have_one_partner_each() {
    let gtin = "4006381333931";
    let rows = [("a", SHOP[0].1, gtin), ("b", SHOP[0].1, gtin), ("c", "sony headphones", gtin), SHOP[1], SHOP[5]];
    assert_eq!(ids(&pairs(&rows, LIKELY)).len(), 3);
    let mutual = Options { mutual_best: true, ..LIKELY };
    assert_eq!(ids(&pairs(&rows, mutual)), [("a", "b")]);
    assert_eq!(ids(&pairs_between(&rows[..3], &rows[2..], mutual).0), [("c", "c")]);
    let everyone = Options { at_least_one: true, ..mutual };
    assert_eq!(ids(&pairs_between(&rows[..3], &rows[2..], everyone).0), [("a", "c"), ("b", "c"), ("c", "c")]);
}

#[test]
fn lists_that_share_ids_are_kept_apart() {
    let second = [("a", "Garden chair, solid oak", ""), ("b", "Sony WH1000XM4 headphones black", "")];
    let (found, problems) = pairs_between(&SHOP[..2], &second, LIKELY);
    assert_eq!(ids(&found), [("a", "b"), ("b", "a")]);
    assert!(problems.is_empty());
    let (a, b) = (records(&SHOP[..2]), records(&second));
    let lists = Lists { first: &a, second: Some(&b) };
    let mut links = Clusters::default();
    found.iter().for_each(|(.., pair)| {
        let [a, b] = lists.nodes(pair);
        links.add(a, b, pair.log_odds);
    });
    let members: Vec<Vec<usize>> = lists.clusters(links).into_iter().map(|c| c.members).collect();
    assert_eq!(members, [[0, 3], [1, 2]]);
}

#[test]
fn a_search_stops_when_nobody_reads_on() {
    let records = records(&SHOP);
    let mut taken = 0;
    let mut stop = |_| {
        taken += 1;
        Ok(ControlFlow::Break(()))
    };
    within(&ranker(&records), &ALL, &|_| {}, &mut stop).unwrap();
    assert_eq!(taken, 1);
}

#[test]
fn a_cluster_is_named_after_its_first_row_and_tells_its_weakest_link() {
    let mut links = Clusters::default();
    // 4 and 5 are joined by 1.0, although a chain of 3.0 and 2.0 joins them better.
    [(1, 2, 5.0), (5, 3, 2.0), (4, 3, 3.0), (4, 5, 1.0)].into_iter().for_each(|(a, b, odds)| links.add(a, b, odds));
    let found = links.found(7, &|a, b| b.cmp(&a));
    assert_eq!(found.iter().map(|c| c.members.clone()).collect::<Vec<_>>(), [vec![5, 4, 3], vec![2, 1]]);
    assert_eq!(found[0].weakest, (5, 3));
    assert!((found[0].probability - fusion::probability(2.0)).abs() < 1e-12);
    assert!(Clusters::default().found(0, &|a, b| a.cmp(&b)).is_empty());
}

/// A catalogue of one encoder with those vectors.
fn of_vectors(vectors: &[[f32; 4]]) -> Catalogue {
    let identity = Identity {
        name: "test".into(),
        kind: Kind::Image,
        dimension: 4,
        bytes: 0,
        fingerprint: String::new(),
        tokenizer_bytes: 0,
        preliminary: false,
        pictures: None,
    };
    let mut manifest = Manifest {
        version: VERSION,
        self_sha256: String::new(),
        listings: vectors.len() as u64,
        encoders: vec![identity],
        projections: vec![None],
        backgrounds: vec![Background { mean: 0.1, deviation: 0.1 }],
        decision: learn::prior().unwrap(),
        shards: Vec::new(),
        pictures: Vec::new(),
        pictures_side: 0,
    };
    let row = |(i, vector): (usize, &[f32; 4])| Row {
        listing: crate::catalogue::Listing { id: i.to_string(), ..Default::default() },
        vectors: vec![Some(Row::quantise(vector))],
        hash: None,
        colour_histogram: None,
        thumbnail: Vec::new(),
        further: Vec::new(),
    };
    let file = Shard::write(&vectors.iter().enumerate().map(row).collect::<Vec<_>>(), &manifest).unwrap();
    manifest.shards.push(ShardEntry {
        file: "shard".into(),
        bytes: file.len() as u64,
        sha256: crate::digest::sha256_hex(&file),
        listings: vectors.len() as u64,
    });
    let shard = Shard::read(&file, &manifest.shards[0], &manifest, "here").unwrap();
    Catalogue::new(manifest, vec![shard], vec![None]).unwrap()
}

#[test]
fn blending_draws_neighbours_together_and_leaves_the_others_alone() {
    let mut catalogue = of_vectors(&[[1.0, 0.0, 0.0, 0.0], [0.8, 0.6, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]]);
    let vector = |catalogue: &Catalogue, row: usize| {
        let (codes, scale) = catalogue.shards[0].vectors[0].row(row).unwrap();
        codes.iter().map(|code| f32::from(*code) * scale).collect::<Vec<f32>>()
    };
    let cosine = |catalogue: &Catalogue, a: usize, b: usize| {
        vector(catalogue, a).iter().zip(vector(catalogue, b)).map(|(x, y)| x * y).sum::<f32>()
    };
    let alone = vector(&catalogue, 2);
    Blend { rounds: 1, deviations: 4.0 }.catalogue(&mut catalogue);
    assert!(cosine(&catalogue, 0, 1) > 0.95, "{}", cosine(&catalogue, 0, 1));
    assert!((cosine(&catalogue, 0, 0) - 1.0).abs() < 0.01);
    assert_eq!(vector(&catalogue, 2), alone);
    let mut probe = Probe { vectors: vec![Some(vec![0.8, -0.6, 0.0, 0.0])], ..Probe::default() };
    Blend { rounds: 1, deviations: 0.0 }.probe(&catalogue, &mut probe);
    let blended = probe.vectors[0].clone().unwrap();
    assert!(blended[0] > 0.9 && (blended.iter().map(|v| v * v).sum::<f32>() - 1.0).abs() < 1e-5, "{blended:?}");
}

#[test]
fn a_report_escapes_what_merchants_write_and_follows_web_addresses_only() {
    let mut records =
        records(&[("a", "<script>alert(1)</script> كرسي", SHOP[3].2), ("b", "\"quoted\" & chair", SHOP[3].2)]);
    records[0].url = Some("javascript:alert(1)".into());
    records[1].url = Some("https://shop.example/?a=1&b=2".into());
    let mut found = Vec::new();
    let mut keep = |pair: Pair| {
        found.push(pair);
        Ok(ControlFlow::Continue(()))
    };
    within(&ranker(&records), &Options { at_least_one: true, ..ALL }, &|_| {}, &mut keep).unwrap();
    let report = report::Report {
        heading: "Duplicates in <file>.csv",
        lists: Lists { first: &records, second: None },
        summary: &Summary { rows: 2, pairs: 1, ..Summary::default() },
        clusters: &[],
        pairs: &found,
        thumbnail: &|_, _| Some(vec![1, 2, 3]),
    };
    let mut html = Vec::new();
    report.write(&mut html).unwrap();
    let html = String::from_utf8(html).unwrap();
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt; كرسي") && !html.contains("<script"), "{html}");
    assert!(html.contains("&quot;quoted&quot; &amp; chair") && html.contains("&lt;file&gt;"));
    assert!(html.contains("href=\"https://shop.example/?a=1&amp;b=2\"") && !html.contains("javascript:"));
    assert!(html.contains("src=\"data:image/webp;base64,AQID\""));
}
