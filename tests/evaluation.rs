//! The evaluations themselves: on data of their own making, and on a small shop of Shopee's shape.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by a panic")]
#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::path::Path;

use support::{answer, models, text};

#[test]
fn products_that_differ_in_one_value_do_not_pass_for_one_another() {
    let report = answer(&["eval", "lookalike", "--models", &text(&models())]);
    let found = &report["lookalikes"];
    assert!(found["pairs"].as_u64().unwrap() >= 500);
    assert!(found["false_match"].as_f64().unwrap() <= 0.02, "{found}");
    // A predictor that never says Match would pass the line above.
    assert!(found["found"].as_f64().unwrap() >= 0.95 && found["true_match"].as_f64().unwrap() >= 0.4, "{found}");
}

#[test]
fn rows_of_shopees_shape_are_matched_among_themselves() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/apparel");
    if !data.join("listings.csv").exists() {
        return println!("skipped: {} is not there", data.display());
    }
    // Kaggle's layout: train.csv beside a folder train_images.
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("train_images")).unwrap();
    let mut reader = csv::Reader::from_path(data.join("listings.csv")).unwrap();
    let headers = reader.headers().unwrap().clone();
    let column = |name: &str| headers.iter().position(|h| h == name).unwrap();
    let mut writer = csv::Writer::from_path(folder.path().join("train.csv")).unwrap();
    writer.write_record(["posting_id", "image", "image_phash", "title", "label_group"]).unwrap();
    for row in reader.records().map(Result::unwrap).take(40) {
        let get = |name: &str| row[column(name)].to_string();
        std::fs::copy(data.join(get("image")), folder.path().join("train_images").join(get("image"))).unwrap();
        let phash = "0000000000000000".to_string();
        writer.write_record([get("posting_id"), get("image"), phash, get("title"), get("label_group")]).unwrap();
    }
    writer.flush().unwrap();
    drop(writer);
    let report = answer(&["eval", "shopee", "--data", &text(folder.path()), "--models", &text(&models())]);
    let of = |name: &str| {
        let rows = report["groups"].as_array().unwrap();
        rows.iter().find(|row| row["name"] == name).unwrap()["row_wise_f1"]["value"].as_f64().unwrap()
    };
    assert_eq!(report["listings"], 40);
    // Rows of one product have one title here.
    assert!(of("Twinlens") > 0.8 && of("Twinlens") >= of("pHash alone"), "{}", report["groups"]);
}
