//! `twinlens eval photos` over cases that are made here.

use crate::support::{answer, encoded, models, picture, refused, text};
use image::ImageFormat;
use serde_json::json;

#[test]
fn cases_come_out_as_wanted_or_are_listed_with_what_was_found() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("a.png", &encoded(&picture(1), ImageFormat::Png));
    write("same.bmp", &encoded(&picture(1), ImageFormat::Bmp));
    write("other.png", &encoded(&picture(7), ImageFormat::Png));
    write("a.pdf", b"%PDF-1.7");
    write("a.avif", b"\0\0\0\x1cftypavif\0\0\0\0");
    let case = |file: &str, rest: serde_json::Value| {
        let mut case = json!({"file": file, "kind": "a kind"});
        case.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        case
    };
    let like = json!({"want": "read", "like": "a.png", "cosine": 0.999});
    let cases = json!([
        case("same.bmp", like.clone()),
        case("other.png", like.clone()),
        case("a.pdf", json!({"want": "refused", "says": "pdf"})),
        case("a.png", json!({"want": "refused", "says": ""})),
        case("a.avif", json!({"want": "read", "like": "a.png", "cosine": 0.9, "or_refused_natively": "AVIF"})),
        case("absent.jpg", like),
    ]);
    write("cases.json", cases.to_string().as_bytes());
    let arguments = ["eval", "photos", "--data", &text(folder.path()), "--models", &text(&models())].map(String::from);
    let found = &answer(&arguments)["photos"];
    assert_eq!((&found["cases"], &found["read"]), (&json!(6), &json!(0.5)));
    let wrong: Vec<_> =
        found["wrong"].as_array().unwrap().iter().map(|wrong| wrong["file"].as_str().unwrap()).collect();
    assert_eq!(wrong, ["other.png", "a.png", "absent.jpg"]);
}

#[test]
fn a_folder_without_a_list_of_cases_is_refused_with_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["eval", "photos", "--data", &text(folder.path()), "--models", &text(&models())].map(String::from);
    refused(&arguments).says(&["a list of cases", &text(&folder.path().join("cases.json"))]);
}
