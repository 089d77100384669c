//! Recipes that are and that are not.

use std::path::Path;

use super::recipe::Recipe;
use super::search::Search;

const GOOD: &str = r#"
name = "test"
[data]
sets = ["abt-buy"]
[model]
pack = "minilm"
trained = "linear_adapter"
[loss]
kind = "contrastive"
margin = 0.5
[training]
epochs = 3
"#;

fn read(text: &str) -> crate::Result<Recipe> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recipe.toml");
    std::fs::write(&path, text).unwrap();
    Recipe::read(&path).map(|(_, recipe)| recipe)
}

#[test]
fn keys_that_do_not_exist_and_values_that_cannot_be_are_errors_that_name_the_key() {
    let recipe = read(GOOD).unwrap();
    assert_eq!((recipe.seed, recipe.training.epochs, recipe.training.groups), (1, 3, 32));
    let cases: &[(&str, &str, &[&str])] = &[
        ("epochs = 3", "epochs = 0", &["training.epochs", "1 to 10000", "found 0"]),
        ("epochs = 3", "epochs = -3", &["epochs", "-3"]),
        ("epochs = 3", "epochs = \"many\"", &["epochs", "many"]),
        ("epochs = 3", "epoch = 3", &["epoch", "expected one of", "epochs"]),
        ("epochs = 3", "learning_rate = nan", &["training.learning_rate", "NaN"]),
        ("epochs = 3", "weight_decay = inf", &["training.weight_decay", "inf"]),
        ("margin = 0.5", "margin = 5.0", &["loss.margin", "0.01 to 2", "5"]),
        ("margin = 0.5", "temperature = 0.5", &["temperature"]),
        ("margin = 0.5", "margin = 0.5\nscale = 1.0", &["scale"]),
        ("\"contrastive\"", "\"cross\"", &["cross", "contrastive"]),
        ("\"linear_adapter\"", "\"head\"", &["head", "linear_adapter"]),
        ("\"linear_adapter\"", "\"all\"", &["model.checkpoint", "none"]),
        ("\"minilm\"", "\"minilm\"\nhidden = 30", &["model.hidden", "multiple of 4", "30"]),
        ("\"test\"", "\"../test\"", &["name", "../test"]),
        ("\"test\"", "\"\"", &["name"]),
        ("[\"abt-buy\"]", "[]", &["data.sets"]),
        ("[\"abt-buy\"]", "[\"abt-buy\", \"abt-buy\"]", &["data.sets", "again"]),
        ("[\"abt-buy\"]", "[\"abt-buy\"]\nfolds = 1", &["data.folds", "2 to 20"]),
        ("[\"abt-buy\"]", "[\"abt-buy\"]\ntest_share = 1.0", &["data.test_share", "1"]),
        ("[data]", "[augmentation]\nsingle_items = true\n[data]", &["augmentation.single_items"]),
        ("[data]", "[augmentation.photos]\nflip = 1.5\n[data]", &["augmentation.photos.flip", "1.5"]),
        ("[data]", "[search]\nlimit = 0\nvalues = { \"loss.margin\" = [0.1] }\n[data]", &["search.limit", "0"]),
        ("[data]", "data", &["expected"]),
    ];
    for (from, to, parts) in cases {
        assert!(GOOD.contains(from), "{from}");
        let error = read(&GOOD.replacen(from, to, 1)).err();
        let text = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(parts.iter().all(|part| text.contains(part)), "{to}: {text}");
    }
    assert_eq!(Recipe::read(Path::new("none.toml")).err().unwrap().code(), "io");
}

#[test]
fn the_recipes_that_come_along_can_be_read_and_bear_their_file_s_name() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/lab/recipes"));
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let (_, recipe) = Recipe::read(&path).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(path.file_stem().unwrap().to_str(), Some(recipe.name.as_str()));
        count += 1;
    }
    assert!(count >= 20, "{count}");
}

#[test]
fn a_value_to_search_that_its_key_cannot_have_is_an_error_with_the_key() {
    let text = format!("{GOOD}\n[search]\nlimit = 4\n[search.values]\n\"loss.margin\" = [0.1]");
    let table: toml::Table = toml::from_str(&text).unwrap();
    let search = Recipe::of(table.clone(), "here").unwrap().search.unwrap();
    let refused = |values: &[(&str, toml::Value)], search: &Search| {
        let values = values.iter().map(|(key, value)| (key.to_string(), vec![value.clone()])).collect();
        let search = Search { values, ..search.clone() };
        let tried = search.check("here").and_then(|()| search.tables(&table, 1, "here"));
        let recipes =
            tried.and_then(|tables| tables.into_iter().try_for_each(|(_, t)| Recipe::of(t, "here").map(drop)));
        recipes.unwrap_err().to_string()
    };
    assert!(refused(&[("training.epochs", toml::Value::from("many"))], &search).contains("epochs"));
    assert!(refused(&[("training.pace", toml::Value::from(1))], &search).contains("pace"));
    assert!(refused(&[("training.epochs", toml::Value::from(0))], &search).contains("training.epochs"));
    assert!(refused(&[("data.test_share", toml::Value::from(0.5))], &search).contains("data.test_share"));
}
