//! The evaluations themselves: on data of their own making, and on a small shop of Shopee's shape.

use std::path::Path;

use crate::support::{answer, models, text};

#[test]
fn products_that_differ_in_one_value_do_not_pass_for_one_another() {
    let report = answer(&["eval", "lookalike", "--models", &text(&models())]);
    let found = &report["lookalikes"];
    assert!(found["pairs"].as_u64().unwrap() >= 500);
    assert!(found["false_match"].as_f64().unwrap() <= 0.02, "{found}");
    // A predictor that never says Match would pass the line above.
    assert!(found["found"].as_f64().unwrap() >= 0.95 && found["true_match"].as_f64().unwrap() >= 0.4, "{found}");
}

/// Writes a shop of each name, all of the same four listings, and the queries asked of them.
fn shops_folder(cases: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let listings = "posting_id,image,title,price\n\
        a,,Westbrook Orchard Cider 500 ml,\n\
        b,,Kalter Hahn Filterkaffee 250 g,\n\
        c,,Mirador Desk Lamp Black,\n\
        d,,Petrichor Rain Jacket Green M,\n";
    for name in ["dense", "sparse", "scripts"] {
        std::fs::write(folder.path().join(format!("{name}.csv")), listings).unwrap();
    }
    std::fs::write(
        folder.path().join("cases.csv"),
        format!("case,kind,catalogue,title,expected_id,acceptable\n{cases}"),
    )
    .unwrap();
    folder
}

#[test]
fn every_case_of_a_shop_is_told_with_its_answer_and_counted() {
    let folder = shops_folder(
        "1,identical,dense,Mirador Desk Lamp Black,c,Match\n2,amount,dense,Westbrook Orchard Cider 2 l,,No-Match\n",
    );
    let report = answer(&["eval", "cousins", "--data", &text(folder.path()), "--models", &text(&models())]);
    let dense = &report["shops"][0];
    assert_eq!((&dense["name"], &dense["listings"]), (&"dense".into(), &4.into()));
    let [pasted, other] = [0, 1].map(|i| &dense["answers"][i]);
    assert_eq!((&pasted["id"], &pasted["is_right"], &pasted["decision"]), (&"c".into(), &true.into(), &"Match".into()));
    assert_eq!((&other["expected"], &other["is_right"]), (&serde_json::json!([]), &false.into()));
    assert_eq!((&dense["counts"]["there"], &dense["counts"]["not_there"]), (&1.into(), &1.into()));
    assert_eq!(report["pooled"]["match"], 1.0);
}

#[test]
fn a_shop_in_scripts_that_no_pack_reads_is_skipped_with_the_reason() {
    let folder = shops_folder("1,amount,dense,Westbrook Orchard Cider 2 l,,No-Match\n");
    let packs = tempfile::tempdir().unwrap();
    for file in ["e5-small-latin.safetensors", "e5-small-latin.tokenizer.json"] {
        std::fs::copy(models().join(file), packs.path().join(file)).unwrap();
    }
    let report = answer(&["eval", "cousins", "--data", &text(folder.path()), "--models", &text(packs.path())]);
    assert_eq!(report["shops"].as_array().unwrap().len(), 2);
    assert!(report["skipped"][0].as_str().unwrap().contains("scripts: no pack"), "{}", report["skipped"]);
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
