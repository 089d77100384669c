//! The pictures that shoppers see: files of their own, one beside each shard.

use crate::support::{Shop, alter, answer, encoded, flip, misused, models, picture, refused, text};
use image::{GenericImage, ImageFormat};
use serde_json::Value;
use twinlens::merchant::folder;

/// Two listings, the first with two pictures of 96 × 64 pixels, the second with none.
fn shop() -> Shop {
    Shop::with("id,image,title\na,\"1.png, 2.png\",Red tea\nb,,Blue cup\nc,3.png,Green pen\n")
}

fn manifest(shop: &Shop) -> Value {
    serde_json::from_slice(&std::fs::read(shop.path("catalogue/catalogue.json")).unwrap()).unwrap()
}

/// Width and height of each picture of the first shard, `None` where there is none.
fn sizes(shop: &Shop) -> Vec<Option<(u32, u32)>> {
    let catalogue = folder::open(&shop.path("catalogue")).unwrap();
    let pictures = &folder::pictures(&shop.path("catalogue"), &catalogue).unwrap()[0];
    let size = |row| {
        let picture = image::load_from_memory(pictures.get(row)?).unwrap();
        Some((picture.width(), picture.height()))
    };
    (0..catalogue.shards[0].pictures()).map(size).collect()
}

#[test]
fn pictures_lie_beside_the_shards_listing_after_listing() {
    let shop = shop();
    let summary = shop.build(&[]);
    assert_eq!(sizes(&shop), [Some((96, 64)), Some((96, 64)), None, Some((96, 64))]);
    let manifest = manifest(&shop);
    assert_eq!((&manifest["pictures_side"], manifest["pictures"].as_array().unwrap().len()), (&320.into(), 1));
    assert_eq!(manifest["pictures"][0]["bytes"], summary["picture_bytes"]);
    let places = ["1.png", "2.png", "3.png"].map(|photo| {
        let photo = text(&shop.path(&format!("images/{photo}")));
        answer(&shop.match_arguments(&models(), &["--photo", &photo]))["hits"][0]["picture_place"].clone()
    });
    assert_eq!(places, [[0, 0], [0, 1], [0, 3]].map(|place| serde_json::json!(place)));
}

#[test]
fn the_merchant_says_how_large_they_are() {
    let shop = shop();
    shop.build(&["--pictures", "48"]);
    assert_eq!(sizes(&shop)[0], Some((48, 32)));
    shop.build(&["--pictures", "0"]);
    let manifest = manifest(&shop);
    assert_eq!((&manifest["pictures_side"], &manifest["pictures"]), (&0.into(), &serde_json::json!([])));
    let photo = text(&shop.path("images/1.png"));
    let answer = answer(&shop.match_arguments(&models(), &["--photo", &photo]));
    assert_eq!((&answer["hits"][0]["id"], &answer["hits"][0]["picture_place"]), (&"a".into(), &Value::Null));
    misused(&shop.build_arguments(&["--pictures", "2001"]));
}

#[test]
fn an_update_keeps_pictures_and_makes_those_of_another_size_without_encoding_anew() {
    let shop = shop();
    shop.build(&[]);
    let before = manifest(&shop)["pictures"].clone();
    assert_eq!(shop.build(&["--update"])["reused"], 3);
    assert_eq!(manifest(&shop)["pictures"], before);
    assert_eq!(shop.build(&["--update", "--pictures", "48"])["reused"], 3);
    assert_eq!(sizes(&shop), [Some((48, 32)), Some((48, 32)), None, Some((48, 32))]);
    shop.build(&["--update", "--pictures", "0"]);
    assert_eq!(shop.build(&["--update"])["reused"], 3);
    assert_eq!(manifest(&shop)["pictures"], before);
}

#[test]
fn pictures_of_the_catalogue_before_go_with_its_shards() {
    let shop = shop();
    shop.build(&[]);
    shop.build(&["--pictures", "48"]);
    let files = |shop: &Shop| shop.files().iter().filter(|name| name.starts_with("pictures-")).count();
    assert_eq!(files(&shop), 2);
    shop.build(&["--pictures", "48", "--keep-generations", "0"]);
    assert_eq!(files(&shop), 1);
}

#[test]
fn damaged_pictures_are_refused_and_hinder_no_answer() {
    let shop = shop();
    shop.build(&[]);
    let name = shop.files().into_iter().find(|name| name.starts_with("pictures-")).unwrap();
    alter(&shop.path("catalogue").join(&name), flip);
    assert_eq!(shop.best_of_photo("images/1.png"), "a");
    let refusal = refused(&shop.build_arguments(&["--update"]));
    assert_eq!(refusal.code, "bad-shard");
    refusal.says(&[&name]);
}

#[test]
fn the_manifest_states_pictures_that_fit_its_shards() {
    let shop = shop();
    shop.build(&[]);
    let refused_after = |change: &dyn Fn(&mut Value)| {
        shop.build(&[]);
        shop.change_manifest(change);
        refused(&shop.match_arguments(&models(), &["--title", "tea"]))
    };
    refused_after(&|m| m["pictures"] = serde_json::json!([])).says(&["expected 1 files of pictures"]);
    refused_after(&|m| m["pictures_side"] = 0.into()).says(&["expected 0 files of pictures"]);
    refused_after(&|m| m["pictures"][0]["bytes"] = 3.into()).says(&["pictures-", "found 3"]);
    refused_after(&|m| m["pictures"][0]["file"] = "../x".into()).says(&["plain file"]);
    refused_after(&|m| m["encoders"][0]["preliminary"] = true.into()).says(&["preliminary encoders that read titles"]);
    refused_after(&|m| m["encoders"][0]["tokenizer_bytes"] = 3.into()).says(&["a tokenizer of", "found 3"]);
}

#[test]
fn a_region_of_a_photo_is_matched_as_a_photo_of_its_own() {
    let shop = Shop::of_photos();
    let mut side_by_side = image::DynamicImage::new_rgb8(192, 64);
    side_by_side.copy_from(&picture(1), 0, 0).unwrap();
    side_by_side.copy_from(&picture(2), 96, 0).unwrap();
    shop.write("both.png", &encoded(&side_by_side, ImageFormat::Png));
    let photo = text(&shop.path("both.png"));
    let hit = |region: &str| {
        let answer = answer(&shop.match_arguments(&models(), &["--photo", &photo, "--region", region]));
        (answer["hits"][0]["id"].clone(), answer["hits"][0]["lanes"]["image"].as_f64().unwrap())
    };
    for (region, id) in [("0,0,0.5,1", "a"), ("0.5,0,0.5,1", "b")] {
        let (found, cosine) = hit(region);
        assert_eq!(found, id);
        assert!(cosine > 0.99, "{cosine}");
    }
    misused(&shop.match_arguments(&models(), &["--photo", &photo, "--region", "0.6,0,0.5,1"]));
    misused(&shop.match_arguments(&models(), &["--title", "tea", "--region", "0,0,1,1"]));
}
