//! A merchant's CSV and folder of images, as merchants have them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by a panic")]
#![cfg(not(target_arch = "wasm32"))]

mod support;

use image::ImageFormat;
use serde_json::Value;
use support::{Refusal, Shop, encoded, misused, picture, refused, text};
use twinlens::merchant::folder;

/// How a CSV is refused, by a message that names the file.
fn refused_csv(csv: impl AsRef<[u8]>) -> Refusal {
    let shop = Shop::with(csv);
    let refusal = refused(&shop.build_arguments(&[]));
    assert_eq!(refusal.code, "bad-listings");
    refusal.says(&[&text(&shop.path("listings.csv"))]);
    assert_eq!(shop.files(), Vec::<String>::new(), "a catalogue was begun");
    refusal
}

/// Titles in a built catalogue.
fn titles(shop: &Shop) -> Vec<String> {
    let catalogue = folder::open(&shop.path("catalogue")).unwrap();
    catalogue.shards.iter().flat_map(|s| &s.listings).map(|l| l.title.clone()).collect()
}

/// Line, id and message of each of a summary's problems.
fn problems(summary: &Value) -> Vec<(u64, &str, &str)> {
    let all = summary["problems"].as_array().unwrap();
    all.iter()
        .map(|p| (p["line"].as_u64().unwrap(), p["id"].as_str().unwrap(), p["message"].as_str().unwrap()))
        .collect()
}

#[test]
fn a_csv_without_an_id_column_is_refused_with_the_columns_it_has() {
    refused_csv("name,price\nTea,1\n").says(&["a column posting_id (or id, sku)", "columns name, price"]);
}

#[test]
fn a_csv_with_neither_title_nor_image_column_is_refused() {
    refused_csv("id,price\n1,1\n").says(&["a column title (or name) or image", "columns id, price"]);
}

#[test]
fn a_duplicate_id_is_refused_with_both_lines() {
    refused_csv("id,title\na,Tea\nb,Cup\na,Pen\n").says(&["every id once", "\"a\" on line 2", "line 4"]);
}

#[test]
fn lines_are_counted_over_line_breaks_of_every_kind() {
    refused_csv("id,title\r\na,Tea\r\nb,Cup\r\na,Pen\r\n").says(&["on line 2", "line 4"]);
    refused_csv("id,title\n\n\na,Tea\n\na,Pen\n").says(&["on line 4", "line 6"]);
    refused_csv("\u{feff}id,title\r\na,\"Tea\r\nleaves\"\r\na,Pen\r\n").says(&["on line 2", "line 4"]);
}

#[test]
fn bad_utf_8_is_refused_with_its_line() {
    refused_csv(b"id,title\na,Tea\nb,Caf\xe9\n").says(&["in UTF-8", "not UTF-8", "line 3"]);
}

#[test]
fn bad_utf_8_in_the_headers_is_refused_on_line_1() {
    refused_csv(b"id,title,pr\xe9cio\na,Tea,1\n").says(&["not UTF-8", "line 1"]);
}

#[test]
fn a_row_with_too_many_fields_is_refused_with_its_line() {
    refused_csv("id,title\na,Tea\nb,Cup, blue\n").says(&["3 fields under 2 headers", "line 3"]);
}

#[test]
fn a_row_with_too_few_fields_is_refused_with_its_line() {
    refused_csv("id,title\na,Tea\nb\n").says(&["1 fields under 2 headers", "line 3"]);
}

#[test]
fn an_empty_file_is_refused_as_one_without_columns() {
    refused_csv("").says(&["a column posting_id", "found no columns"]);
}

#[test]
fn headers_alone_are_refused() {
    refused_csv("id,title\n").says(&["at least one row", "none"]);
}

#[test]
fn a_row_without_an_id_is_refused_with_its_line() {
    refused_csv("id,title\na,Tea\n ,Cup\n").says(&["an id in every row", "line 3"]);
}

#[test]
fn a_price_that_is_no_number_is_refused_with_its_line() {
    for price in ["cheap", "12,50", "NaN", "inf"] {
        refused_csv(format!("id,title,price\na,Tea,\"{price}\"\n")).says(&["a price such as 12.50", price, "line 2"]);
    }
}

#[test]
fn a_stock_that_is_no_whole_number_is_refused_with_its_line() {
    refused_csv("id,title,stock\na,Tea,1\nb,Cup,2.5\n").says(&["a whole number in stock", "2.5", "line 3"]);
}

#[test]
fn a_picture_in_place_of_a_csv_is_refused() {
    refused_csv(encoded(&picture(1), ImageFormat::Png));
}

#[test]
fn a_csv_that_is_not_there_is_refused_with_its_path() {
    let shop = Shop::with("id,title\na,Tea\n");
    std::fs::remove_file(shop.path("listings.csv")).unwrap();
    let refusal = refused(&shop.build_arguments(&[]));
    assert_eq!(refusal.code, "io");
    refusal.says(&[&text(&shop.path("listings.csv"))]);
}

#[test]
fn a_folder_of_images_that_is_not_there_is_refused_with_its_path() {
    let shop = Shop::with("id,title\na,Tea\n");
    std::fs::remove_dir_all(shop.path("images")).unwrap();
    refused(&shop.build_arguments(&[])).says(&["a folder", &text(&shop.path("images"))]);
}

#[test]
fn a_build_without_a_folder_to_write_to_is_bad_usage() {
    assert!(misused(&["build", "listings.csv", "--images", "."]).contains("--out"));
}

#[test]
fn an_encoder_named_twice_is_refused() {
    let shop = Shop::with("id,title\na,Tea\n");
    refused(&shop.build_arguments(&["--encoders", "minilm,efficientnet-lite0,minilm"]))
        .says(&["every name once", "minilm"]);
}

#[test]
fn a_quoted_line_break_in_a_title_becomes_a_space() {
    let shop = Shop::with("id,title\na,\"Green\ntea\"\nb,Cup\n");
    shop.build(&[]);
    assert_eq!(titles(&shop), ["Green tea", "Cup"]);
}

#[test]
fn an_update_keeps_titles_in_their_normal_form() {
    let shop = Shop::with("id,title\na,\"Green\ntea\"\nb,🔥\n");
    shop.build(&[]);
    shop.build(&["--update"]);
    assert_eq!(titles(&shop), ["Green tea", ""]);
}

#[test]
fn an_image_that_leaves_the_folder_is_a_problem_and_is_not_read() {
    let shop = Shop::with("id,image,title\na,1.png,Tea\nb,../outside.png,Cup\nc,/outside.png,Pen\n");
    shop.write("outside.png", &encoded(&picture(3), ImageFormat::Png));
    let summary = shop.build(&[]);
    let problems = problems(&summary);
    assert_eq!(problems.iter().map(|p| (p.0, p.1)).collect::<Vec<_>>(), [(3, "b"), (4, "c")]);
    assert!(problems.iter().all(|p| p.2.contains("expected a file below the folder of images")), "{problems:?}");
    assert_eq!(summary["with_photo"], 1);
}

#[test]
fn a_listing_whose_image_is_missing_or_broken_is_reported_and_still_found_by_its_title() {
    let csv =
        "id,image,title\na,1.png,Red tea kettle\nb,none.png,Blue garden chair\nc,broken.jpg,Green running shoes\n";
    let shop = Shop::with(csv);
    let jpeg = encoded(&picture(2), ImageFormat::Jpeg);
    shop.write("images/broken.jpg", &jpeg[..jpeg.len() / 2]);
    let summary = shop.build(&["--encoders", "efficientnet-lite0,minilm"]);
    let problems = problems(&summary);
    assert_eq!(problems.iter().map(|p| (p.0, p.1)).collect::<Vec<_>>(), [(3, "b"), (4, "c")]);
    assert!(problems[0].2.contains("none.png") && problems[1].2.contains("expected a whole JPEG"), "{problems:?}");
    assert_eq!(shop.best(&["--title", "blue chair for the garden"]), "b");
    assert_eq!(shop.best(&["--title", "green shoes"]), "c");
}

#[test]
fn a_title_that_cannot_be_read_is_a_problem_and_the_photo_still_finds_its_listing() {
    let long = "word ".repeat(20_000);
    let shop = Shop::with(format!("id,image,title\na,1.png,🔥\nb,2.png,{long}\nc,3.png,Pen\n"));
    let summary = shop.build(&[]);
    let problems = problems(&summary);
    assert_eq!(problems.iter().map(|p| (p.0, p.1)).collect::<Vec<_>>(), [(2, "a"), (3, "b")]);
    assert!(problems.iter().all(|p| p.2.starts_with("title: expected")), "{problems:?}");
    assert_eq!(shop.best_of_photo("images/2.png"), "b");
}

#[test]
fn a_row_with_neither_photo_nor_title_is_a_problem() {
    let shop = Shop::with("id,image,title\na,1.png,Tea\nb,,\n");
    let summary = shop.build(&[]);
    assert_eq!(problems(&summary), [(3, "b", "listing: expected a photo or a title, found neither that can be read")]);
}

#[test]
fn problems_stand_on_stderr_and_the_summary_on_stdout() {
    let shop = Shop::with("id,image\na,none.png\nb,2.png\n");
    let run = support::outcome(support::twinlens(&shop.build_arguments(&[])));
    assert_eq!(run.code, Some(0));
    assert!(run.stderr.starts_with("line 2, a: reading an image: expected"), "{run:?}");
    assert!(run.stdout.starts_with("2 listings (1 with a photo"), "{run:?}");
}

#[test]
fn an_update_takes_over_what_is_unchanged_and_encodes_what_changed() {
    let shop = Shop::with("id,image,title,price\na,1.png,Tea,1\nb,2.png,Cup,2\nc,3.png,Pen,3\n");
    assert_eq!(shop.build(&[])["reused"], 0);
    shop.write("images/2.png", &encoded(&picture(7), ImageFormat::Png));
    shop.write("listings.csv", b"id,image,title,price\na,1.png,Tea,9\nb,2.png,Cup,2\nd,3.png,Pen,3\n");
    shop.write("query.png", &encoded(&picture(7), ImageFormat::Png));
    let summary = shop.build(&["--update"]);
    assert_eq!((&summary["reused"], &summary["listings"]), (&1.into(), &3.into()));
    let answer =
        support::answer(&shop.match_arguments(&support::models(), &["--photo", &text(&shop.path("query.png"))]));
    assert_eq!(answer["hits"][0]["id"], "b");
    assert!(answer["hits"][0]["lanes"]["image"].as_f64().unwrap() > 0.99, "{answer}");
    let price = answer["hits"].as_array().unwrap().iter().find(|h| h["id"] == "a").map(|h| &h["price"]);
    assert_eq!(price, Some(&9.0.into()), "a price is taken from the new CSV");
}

#[test]
fn an_update_reports_again_what_is_still_broken() {
    let shop = Shop::with("id,image,title\na,1.png,Tea\nb,broken.png,Cup\nc,3.png,🔥\n");
    shop.write("images/broken.png", b"no picture");
    let first = shop.build(&[]);
    let second = shop.build(&["--update"]);
    assert_eq!(problems(&first), problems(&second));
    assert_eq!(second["reused"], 1);
}

#[test]
fn an_update_with_other_encoders_takes_nothing_over() {
    let shop = Shop::of_photos();
    let summary = shop.build(&["--update", "--encoders", "efficientnet-lite2"]);
    assert_eq!(summary["reused"], 0);
}
