//! Words that a text encoder's vocabulary does not hold, and titles as the merchant wrote them.

use crate::support::{Shop, answer, text, tiny};
use serde_json::{Value, json};
use twinlens::merchant::folder;

/// The encoder knows the words red, blue, tea, cup and pen.
const LISTINGS: &str = "id,title\na,red tea\nb,red чай\nc,red кофе\nd,blue  cup™ &amp;amp; <b>tea</b> 🔥\n";

fn built() -> (Shop, Value) {
    let shop = Shop::with(LISTINGS);
    tiny::write_models(&shop.path("models"));
    let models = text(&shop.path("models"));
    let summary = answer(&shop.build_arguments(&["--encoders", tiny::TITLE, "--models", &models]));
    (shop, summary)
}

fn matched(shop: &Shop, title: &str) -> Value {
    let (models, catalogue) = (text(&shop.path("models")), text(&shop.path("catalogue")));
    answer(
        &["match", "--catalogue", &catalogue, "--models", &models, "--title", title, "--device", "cpu"]
            .map(String::from),
    )
}

#[test]
fn a_title_with_a_word_that_the_encoder_does_not_know_has_no_vector() {
    let (shop, summary) = built();
    assert_eq!(summary["readable"], json!([{"encoder": tiny::TITLE, "titles": 4, "read": 2}]));
    let catalogue = folder::open(&shop.path("catalogue")).unwrap();
    let vectors = &catalogue.shards[0].vectors[0];
    let has_vector: Vec<bool> = (0..4).map(|listing| vectors.row(listing).is_some()).collect();
    assert_eq!(has_vector, [true, false, false, true]);
}

#[test]
fn a_query_that_no_encoder_reads_is_answered_by_its_words_and_says_so() {
    let (shop, _) = built();
    let found = matched(&shop, "red кофе");
    assert_eq!((&found["unread"], &found["hits"][0]["id"]), (&json!(["кофе"]), &json!("c")));
    assert_eq!(matched(&shop, "red tea 🔥")["unread"], json!([]));
}

#[test]
fn a_hit_has_its_title_as_the_merchant_wrote_it_without_html() {
    let (shop, _) = built();
    assert_eq!(matched(&shop, "blue cup & tea")["hits"][0]["title"], "blue cup™ & tea 🔥");
}
