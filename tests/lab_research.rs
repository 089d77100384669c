//! `twinlens research` over small shops that are made here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by a panic")]
#![cfg(feature = "lab")]

mod support;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use image::{Rgb, RgbImage};
use serde_json::Value;
use tempfile::TempDir;

use support::{Outcome, models, one_clear_line, outcome, twinlens};

const MAKERS: [&str; 6] = ["corva", "belmont", "ridge", "tanaka", "orlo", "venn"];
const THINGS: [&str; 5] = ["camera", "speaker", "printer", "phone", "kettle"];
const EXTRA: [&str; 6] = ["black", "silver", "new", "portable", "digital", "wireless"];

/// Two tables of thirty products, each once in either, written otherwise.
fn tables(folder: &Path, title: &str) {
    std::fs::create_dir_all(folder).unwrap();
    let header = format!("id,{title},description,price\n");
    let (mut left, mut right) = (header.clone(), header);
    let products = MAKERS.iter().flat_map(|maker| THINGS.iter().map(move |thing| (*maker, *thing)));
    let products: Vec<(&str, &str)> = products.collect();
    for (i, (maker, thing)) in products.iter().enumerate() {
        writeln!(left, "{i},{maker} {thing} {},,", EXTRA[i % 6]).unwrap();
        writeln!(right, "{i},{} {thing} {maker},a {thing} that {maker} makes,9.5", EXTRA[(i * 5 + 1) % 6]).unwrap();
    }
    std::fs::write(folder.join("tableA.csv"), left).unwrap();
    std::fs::write(folder.join("tableB.csv"), right).unwrap();
    for (name, remainder) in [("train", 0), ("valid", 1), ("test", 2)] {
        let mut pairs = "ltable_id,rtable_id,label\n".to_string();
        for i in (0..products.len()).filter(|i| i % 3 == remainder) {
            writeln!(pairs, "{i},{i},1\n{i},{},0", (i + 5) % products.len()).unwrap();
        }
        std::fs::write(folder.join(format!("{name}.csv")), pairs).unwrap();
    }
}

/// Ten products of two pictures each, the second of other light.
fn pictures(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    let mut listings = "posting_id,image,title,label_group,role,price\n".to_string();
    for product in 0..10u32 {
        for (role, light) in [("catalogue", 40u32), ("query", 70)] {
            let stripes = |x: u32, y: u32| {
                let on = (x / (4 + product) + y / (14 - product)).is_multiple_of(2);
                let colour = [product * 25, 255 - product * 25, light * 3].map(|v| v.min(255) as u8);
                Rgb(if on { colour } else { [light as u8; 3] })
            };
            let file = format!("{product}-{role}.png");
            RgbImage::from_fn(64, 64, stripes).save(folder.join(&file)).unwrap();
            let title = format!("{} {} {product}", MAKERS[product as usize % 6], THINGS[product as usize % 5]);
            writeln!(listings, "{product}-{role},{file},{title},{product},{role},{product}").unwrap();
        }
    }
    std::fs::write(folder.join("listings.csv"), listings).unwrap();
}

struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        tables(&folder.path().join("data/abt_buy"), "name");
        tables(&folder.path().join("data/amazon_google"), "title");
        pictures(&folder.path().join("data/apparel"));
        Place { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn outcome(&self, more: &[&str]) -> Outcome {
        let mut command = twinlens(&["--json", "research", "--no-folds"]);
        command.arg("--data").arg(self.path("data")).arg("--models").arg(models());
        command.arg("--cache").arg(self.path("results")).args(more);
        outcome(command)
    }

    fn run(&self, more: &[&str]) -> Value {
        let run = self.outcome(more);
        assert_eq!(run.code, Some(0), "{run:?}");
        serde_json::from_str(&run.stdout).unwrap()
    }

    fn refused(&self, more: &[&str], parts: &[&str]) {
        let line = one_clear_line(&self.outcome(more));
        for part in parts {
            assert!(line.contains(part), "{part:?} is not in {line}");
        }
    }
}

fn cell<'a>(found: &'a Value, row: &str, task: &str) -> &'a Value {
    let rows = found["rows"].as_array().unwrap();
    let row = rows.iter().find(|own| own["key"] == row).unwrap_or_else(|| panic!("no row {row}"));
    let cells = row["cells"].as_array().unwrap();
    cells.iter().find(|cell| cell["task"] == task).unwrap_or_else(|| panic!("no cell {task} in {row}"))
}

#[test]
fn figures_keep_their_names_and_a_rerun_gives_the_same() {
    let place = Place::new();
    let found = place.run(&["--only", "tfidf_words,levenshtein"]);
    let figures = found["figures"].as_object().unwrap();
    let of_row = |key: &str| {
        let prefix = format!("research.{key}.");
        let own = figures.keys().filter_map(|name| name.strip_prefix(&prefix)).map(str::to_string);
        own.collect::<Vec<String>>()
    };
    let mut names = of_row("abt.tfidf_words");
    names.sort();
    let expected = [
        "accuracy",
        "accuracy.high",
        "accuracy.low",
        "all.r1",
        "all.r5",
        "bytes",
        "f1",
        "f1.high",
        "f1.low",
        "false_match",
        "false_no_match",
        "folds.deviation",
        "folds.r1",
        "ms",
        "queries",
        "r1",
        "r1.high",
        "r1.low",
        "r5",
        "r5.high",
        "r5.low",
        "true_match",
        "true_no_match",
    ];
    assert_eq!(names, expected);
    for task in ["abt", "amazon", "apparel.title", "abt.description"] {
        let own = &cell(&found, "tfidf_words", task)["measured"];
        // Maker and thing name each product.
        assert!(own["recall_at_5"]["value"].as_f64().unwrap() > 0.8, "{task}: {own}");
        assert!(own["queries"].as_u64().unwrap() > 0, "{task}");
    }
    let again = place.run(&["--only", "tfidf_words,levenshtein"]);
    assert_eq!(again["figures"], found["figures"]);
    // Rows that are not asked for are shown as they were kept, others as not run.
    let other = place.run(&["--only", "tfidf_trigrams"]);
    assert_eq!(cell(&other, "levenshtein", "abt")["measured"], cell(&found, "levenshtein", "abt")["measured"]);
    assert_eq!(cell(&other, "minilm", "abt")["reason"], "not run");
}

#[test]
fn photos_and_titles_are_scored_together() {
    let place = Place::new();
    let found = place.run(&["--only", "lite0", "--quick"]);
    let photo = &cell(&found, "lite0", "apparel.photo")["measured"];
    assert_eq!(photo["queries"], 2);
    assert!(photo["milliseconds"].as_f64().unwrap() > 0.0 && photo["bytes"].as_u64().unwrap() > 1_000_000);
    let both = &cell(&found, "tfidf_trigrams_lite0", "apparel.both")["measured"];
    let recall = |measured: &Value| measured["whole"]["recall_at_1"].as_f64().unwrap();
    assert!(recall(both) >= recall(photo), "{both} {photo}");
    // Nothing of Grocery is there, whose photos the recipes learn from.
    let trained = cell(&found, "lite0_supcon", "apparel.photo")["reason"].as_str().unwrap();
    assert!(trained.contains("grocery-labelled"), "{trained}");
    let without = cell(&found, "vgg19", "apparel.photo")["reason"].as_str().unwrap();
    assert!(without.contains("--weights vgg19=PATH"), "{without}");
}

#[test]
fn a_trained_row_stands_beside_its_untrained_encoder() {
    let place = Place::new();
    let quick = place.run(&["--only", "minilm_supcon", "--quick"]);
    assert_eq!(cell(&quick, "minilm_supcon", "abt")["reason"], "not run: --quick");
    let found = place.run(&["--only", "minilm_supcon"]);
    for task in ["abt", "amazon"] {
        let own = &cell(&found, "minilm_supcon", task)["measured"];
        let gain = own["gain"]["value"].as_f64().unwrap();
        let before = &cell(&found, "minilm", task)["reason"];
        assert_eq!(before, &Value::Null, "the untrained row was measured beside it");
        let recall =
            |row: &str| cell(&found, row, task)["measured"]["recall_at_1"]["value"].as_f64().unwrap_or(f64::NAN);
        assert!((recall("minilm_supcon") - recall("minilm") - gain).abs() < 1e-9, "{own}");
        let losses = own["validation_loss"].as_array().unwrap();
        assert!(losses.iter().all(|loss| loss.as_f64().unwrap().is_finite()), "{losses:?}");
    }
    // Kept: now it needs no training.
    let kept = place.run(&["--only", "tfidf_words", "--quick"]);
    assert_eq!(
        cell(&kept, "minilm_supcon", "abt")["measured"]["recall_at_1"],
        cell(&found, "minilm_supcon", "abt")["measured"]["recall_at_1"]
    );
}

#[test]
fn what_is_not_there_or_does_not_fit_is_named() {
    let place = Place::new();
    place.refused(&["--only", "clip"], &["clip", "tfidf_words"]);
    place.refused(&["--weights", "clip=weights.pth"], &["clip", "resnet50v2"]);
    place.refused(&["--weights", "vgg19=none.pth"], &["vgg19", "none.pth"]);
    let empty = place.path("empty");
    std::fs::create_dir(&empty).unwrap();
    place.refused(&["--shopee", empty.to_str().unwrap(), "--only", "tfidf"], &["train.csv", "empty"]);
    let weights = place.path("weights.safetensors");
    std::fs::write(&weights, b"no weights at all").unwrap();
    let given = format!("vgg19={}", weights.display());
    place.refused(&["--weights", &given, "--only", "vgg19"], &["weights.safetensors"]);
    let given = format!("mobilenet-v2={}", weights.display());
    place.refused(&["--weights", &given, "--only", "mobilenet_v2_f32"], &["weights.safetensors"]);
    for (data, expected) in [("none", "data sets"), ("empty", "abt_buy")] {
        let mut command = twinlens(&["research", "--only", "tfidf"]);
        command.arg("--data").arg(place.path(data)).arg("--models").arg(models());
        command.arg("--cache").arg(place.path("results"));
        let line = one_clear_line(&outcome(command));
        assert!(line.contains(expected) && line.contains(data), "{line}");
    }
}
