//! Titles that customers typed, from which a shop's projection of titles is learnt.

use crate::support::{Shop, answer, models, text};
use fastrand::Rng;
use serde_json::Value;

const KINDS: [&str; 8] = ["teapot", "lamp", "jacket", "keyboard", "blender", "tent", "puzzle", "drill"];
const LOOKS: [&str; 8] = ["red", "oak", "steel", "striped", "foldable", "quiet", "large", "matte"];
const MAKERS: [&str; 6] = ["Norvik", "Halden", "Castor", "Ilmari", "Bexley", "Tosca"];
/// What shoppers type beside a product's name, and what says nothing of it.
const BESIDE: [&str; 4] =
    ["free shipping best offer of the week", "gift for mum", "where can I buy this in london", "cheap deal 2026 sale"];

/// A shop of titles, each with a query in other words.
fn shop() -> Shop {
    let mut rng = Rng::with_seed(11);
    let mut listings = "id,title\n".to_string();
    let mut typed = "id,title,label_group\n".to_string();
    for at in 0..192 {
        let [kind, look, other] = [KINDS[at % 8], LOOKS[at / 8 % 8], LOOKS[(at / 8 + 3) % 8]];
        let maker = MAKERS[at % 6];
        listings += &format!("l{at},{maker} {look} {kind} with {other} handle\n");
        let beside = BESIDE[rng.usize(..4)];
        typed += &format!("q{at},{kind} {look} {maker} {beside},l{at}\n");
    }
    let shop = Shop::with(listings);
    shop.write("queries.csv", typed.as_bytes());
    shop
}

fn build(shop: &Shop, more: &[&str]) -> Value {
    let queries = text(&shop.path("queries.csv"));
    shop.build(&[&["--encoders", "minilm", "--queries", queries.as_str()], more].concat())
}

#[test]
fn many_titles_of_customers_teach_the_projection_and_an_update_keeps_it() {
    let shop = shop();
    let summary = build(&shop, &[]);
    assert_eq!(summary["learnt_from_titles"], 192, "{summary}");
    let projection = |shop: &Shop| shop.files().into_iter().find(|name| name.starts_with("projection-")).unwrap();
    let taught = projection(&shop);
    let query = ["--title", "drill foldable Halden cheap deal 2026 sale"];
    let arguments = shop.match_arguments(&models(), &query);
    let hits = answer(&arguments)["hits"].clone();
    assert!(hits[0]["title"].as_str().unwrap().contains("drill"), "{hits}");
    let updated = build(&shop, &["--update"]);
    assert_eq!((&updated["learnt_from_titles"], projection(&shop)), (&192.into(), taught));
}

#[test]
fn what_is_typed_again_and_again_teaches_once() {
    let shop = shop();
    let typed = std::fs::read_to_string(shop.path("queries.csv")).unwrap();
    let one = typed.lines().nth(1).unwrap();
    let rows: Vec<String> = (0..200).map(|at| format!("again{at}{}", &one[one.find(',').unwrap()..])).collect();
    shop.write("queries.csv", format!("id,title,label_group\n{}\n", rows.join("\n")).as_bytes());
    assert_eq!(build(&shop, &[])["learnt_from_titles"], 0);
}

#[test]
fn few_titles_teach_nothing() {
    let shop = shop();
    let typed = std::fs::read_to_string(shop.path("queries.csv")).unwrap();
    let few: Vec<&str> = typed.lines().take(32).collect();
    shop.write("queries.csv", few.join("\n").as_bytes());
    assert_eq!(build(&shop, &[])["learnt_from_titles"], 0);
}
