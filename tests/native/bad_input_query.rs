//! Titles that no encoder can read, and queries that are none.

use crate::support::{Shop, misused, models, refused, text};

/// Titles that cannot be read, each with what is said to be found.
fn unreadable_titles() -> [(String, &'static str); 5] {
    [
        ("a".repeat(100_000), "100000"),
        ("🔥👟🎉".into(), "only signs"),
        ("   ".into(), "only spaces and control characters"),
        ("\u{1}\u{2}\u{7f}".into(), "only spaces and control characters"),
        ("…!?".into(), "only signs"),
    ]
}

#[test]
fn a_title_that_cannot_be_read_is_refused_by_embed() {
    for (title, found) in unreadable_titles() {
        let refusal = refused(&["embed", "--title", &title, "--device", "cpu", "--models", &text(&models())]);
        assert_eq!(refusal.code, "bad-title");
        refusal.says(&[found]);
    }
}

#[test]
fn an_empty_title_is_refused_by_embed() {
    refused(&["embed", "--title", "", "--device", "cpu", "--models", &text(&models())]).says(&["an empty one"]);
}

#[test]
fn a_title_that_cannot_be_read_is_refused_by_match() {
    let shop = Shop::with("id,title\na,Red tea\n");
    shop.build(&["--encoders", "minilm"]);
    for (title, found) in unreadable_titles().iter().filter(|(title, _)| !title.trim().is_empty()) {
        let refusal = refused(&shop.match_arguments(&models(), &["--title", title]));
        assert_eq!(refusal.code, "bad-title");
        refusal.says(&[found]);
    }
}

#[test]
fn a_match_with_only_an_empty_title_is_refused_as_an_empty_query() {
    let shop = Shop::of_photos();
    for title in ["", "   "] {
        let refusal = refused(&shop.match_arguments(&models(), &["--title", title]));
        assert_eq!(refusal.code, "empty-query");
        refusal.says(&["expected a photo, a title or both"]);
    }
}

#[test]
fn a_title_for_a_catalogue_of_photos_is_refused() {
    let shop = Shop::of_photos();
    refused(&shop.match_arguments(&models(), &["--title", "Red tea"])).says(&["an encoder that reads titles"]);
}

#[test]
fn more_hits_than_an_answer_may_have_are_refused() {
    let shop = Shop::of_photos();
    for limit in ["0", "1001"] {
        let photo = text(&shop.path("images/1.png"));
        refused(&shop.match_arguments(&models(), &["--photo", &photo, "--limit", limit])).says(&["1 to 1000", limit]);
    }
}

#[test]
fn neither_photo_nor_title_is_bad_usage() {
    assert!(misused(&["embed"]).contains("Usage"));
    assert!(misused(&["match", "--catalogue", "anywhere"]).contains("Usage"));
}

#[test]
fn an_unknown_device_is_bad_usage_that_names_the_known() {
    let stderr = misused(&["embed", "--title", "Tea", "--device", "abacus"]);
    assert!(stderr.contains("abacus") && stderr.contains("auto, gpu, cpu"), "{stderr}");
}

#[test]
fn an_unknown_encoder_is_refused_with_the_names_of_the_known() {
    let refusal =
        refused(&["embed", "--title", "Tea", "--encoder", "word2vec", "--device", "cpu", "--models", &text(&models())]);
    assert_eq!(refusal.code, "bad-argument");
    refusal.says(&["word2vec", "e5-small-latin", "minilm"]);
}
