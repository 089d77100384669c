//! A merchant's CSV and folder of images, as merchants have them.

use crate::support::{self, Refusal, Shop, encoded, misused, picture, refused, text};
use image::ImageFormat;
use serde_json::Value;
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

/// Line, id and the rest of each of a summary's problems.
fn problems(summary: &Value) -> Vec<(u64, &str, String)> {
    let all = summary["problems"].as_array().unwrap();
    let text = |p: &Value| ["field", "expected", "found"].map(|key| p[key].as_str().unwrap().to_string());
    let message = |p: &Value| {
        let [field, expected, found] = text(p);
        format!("{field}: expected {expected}, found {found}")
    };
    all.iter().map(|p| (p["line"].as_u64().unwrap(), p["id"].as_str().unwrap(), message(p))).collect()
}

/// What `twinlens check` says of a CSV.
fn checked(csv: impl AsRef<[u8]>) -> Value {
    let shop = Shop::with(csv);
    support::answer(&["check", &text(&shop.path("listings.csv"))])
}

/// That a CSV of several rows is read but for one problem, on that line, which holds those words; and refused with `--strict`.
fn one_problem(csv: impl AsRef<[u8]>, line: u64, words: &[&str]) {
    let shop = Shop::with(csv);
    let listings = text(&shop.path("listings.csv"));
    let report = support::answer(&["check", &listings]);
    let found = problems(&report);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, line, "{found:?}");
    words.iter().for_each(|word| assert!(found[0].2.contains(word), "{word:?} is not in {found:?}"));
    refused(&["check", &listings, "--strict"]).says(&[&format!("line {line}")]);
}

#[test]
fn a_csv_without_an_id_column_is_refused_with_the_columns_it_has() {
    refused_csv("name,price\nTea,1\n").says(&["a column posting_id (or id, sku", "columns name, price"]);
}

#[test]
fn a_csv_with_neither_title_nor_image_column_is_refused() {
    refused_csv("id,price\n1,1\n").says(&["a column title (or name) or image", "columns id, price"]);
}

#[test]
fn ids_that_two_products_share_are_refused_with_both_lines() {
    refused_csv("id,title\na,Tea\nb,Cup\na,Pen\n").says(&["every id once", "\"a\" on line 2", "line 4"]);
}

#[test]
fn lines_are_counted_over_line_breaks_of_every_kind() {
    refused_csv("id,title\r\na,Tea\r\nb,Cup\r\na,Pen\r\n").says(&["on line 2", "line 4"]);
    refused_csv("id,title\n\n\na,Tea\n\na,Pen\n").says(&["on line 4", "line 6"]);
    refused_csv("\u{feff}id,title\r\na,\"Tea\r\nleaves\"\r\na,Pen\r\n").says(&["on line 2", "line 4"]);
    refused_csv("id,title\ra,\"Tea\rleaves\"\ra,Pen\r").says(&["on line 2", "line 4"]);
}

#[test]
fn bytes_that_are_not_utf_8_are_read_in_the_encoding_that_they_are_in() {
    let report = checked(b"id;title;precio\na;T\xe9 verde para la ma\xf1ana;1\nb;Caf\xe9;2\n");
    assert!(report["format"].as_str().unwrap().contains("windows-1252"), "{report}");
    assert_eq!(report["with_price"], 2);
    let utf_16: Vec<u8> = "id,title\na,Té\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(checked([&[0xff, 0xfe], utf_16.as_slice()].concat())["format"].as_str().unwrap().contains("UTF-16LE"));
}

#[test]
fn text_that_was_damaged_before_is_a_problem() {
    one_problem("id,title\na,Tea\nb,CafÃ©\n", 3, &["title", "Café"]);
    one_problem("id,title\na,Té\nb,Caf\u{fffd}\n", 3, &["title", "decoded"]);
}

#[test]
fn a_row_with_too_many_fields_is_left_out_and_reported() {
    one_problem("id,title\na,Tea\nb,Cup, blue\n", 3, &["2 cells", "3"]);
}

#[test]
fn a_row_with_too_few_fields_is_read_and_reported() {
    one_problem("id,title,price\na,Tea,1\nb,Cup\n", 3, &["3 cells", "2"]);
}

#[test]
fn a_quote_that_does_not_end_is_refused_with_its_line() {
    refused_csv("id,title\na,Tea\nb,\"Cup\nc,Pen\n").says(&["quote", "line 3"]);
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
fn a_row_without_an_id_is_left_out_and_reported() {
    one_problem("id,title\na,Tea\n ,Total\n", 3, &["an id in every row"]);
}

#[test]
fn a_price_that_is_no_number_is_a_problem_of_its_row() {
    for price in ["cheap", "1,299", "NaN", "inf", "-5", "1 - 2"] {
        one_problem(format!("id,title,price\na,Tea,\"{price}\"\nb,Cup,2\n"), 2, &["price", price]);
    }
}

#[test]
fn a_stock_that_is_no_whole_number_is_a_problem_of_its_row() {
    one_problem("id,title,stock\na,Tea,1\nb,Cup,2.5\n", 3, &["stock", "2.5"]);
}

#[test]
fn a_gtin_that_is_none_is_a_problem_of_its_row() {
    one_problem("id,title,ean\na,Tea,4006381333931\nb,Cup,4.00638E+12\n", 3, &["gtin", "Excel"]);
    one_problem("id,title,ean\na,Tea,4006381333931\nb,Cup,4006381333932\n", 3, &["gtin", "check digit"]);
}

#[test]
fn files_that_are_no_feeds_are_refused_by_name() {
    for (bytes, name) in [
        (&b"PK\x03\x04\x14\x00"[..], "Excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "Excel"),
        (b"PAR1\x15\x04", "Parquet"),
        (b"%PDF-1.4", "PDF"),
        (b"<!DOCTYPE html><html></html>", "HTML"),
        (b"\x1f\x8b\x08\x00", "gzip"),
    ] {
        refused_csv(bytes).says(&[name]);
    }
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
    assert!(
        problems.iter().all(|p| p.2.contains("expected a file of that name in the folder of images")),
        "{problems:?}"
    );
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
    assert_eq!(
        problems(&summary),
        [(3, "b", "row: expected a photo or a title, found neither that can be read".into())]
    );
}

#[test]
fn problems_stand_on_stderr_and_the_summary_on_stdout() {
    let shop = Shop::with("id,image\na,none.png\nb,2.png\n");
    let run = support::outcome(support::twinlens(&shop.build_arguments(&[])));
    assert_eq!(run.code, Some(0));
    assert!(run.stderr.starts_with("line 2, a: image: expected"), "{run:?}");
    assert!(run.stdout.starts_with("CSV (UTF-8, comma): 2 listings from 2 rows\n"), "{run:?}");
    assert!(run.stdout.contains("\n2 listings (1 with a photo"), "{run:?}");
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
