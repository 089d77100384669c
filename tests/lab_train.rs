//! `twinlens train` over a small shop of two sources: adapters and a fine-tuned BERT, from the recipe to the pack.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by a panic")]
#![cfg(feature = "lab")]

mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use burn::prelude::*;
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde_json::{Value, json};
use tempfile::TempDir;
use twinlens::digest::sha256_hex;
use twinlens::lab::checkpoint::Checkpoint;
use twinlens::lab::export::Statement;
use twinlens::lab::models::bert::{BertConfig, Kind, LAYOUTS};
use twinlens::pack::import::float::{GraphBuilder, Scheme};
use twinlens::pack::{Pack, Preprocessing, Source};

use support::{models, outcome, twinlens};

/// Sizes of the small BERT.
const WIDTH: usize = 32;
const INNER: usize = 64;
const BLOCKS: usize = 2;
const POSITIONS: usize = 16;

const MAKERS: [&str; 6] = ["corva", "belmont", "ridge", "tanaka", "orlo", "venn"];
const THINGS: [&str; 5] = ["camera", "speaker", "printer", "phone", "kettle"];
const EXTRA: [&str; 6] = ["black", "silver", "new", "portable", "digital", "wireless"];

/// Two tables in the layout of `abt_buy`: thirty products, each once in either, written otherwise, and further ones of the second.
fn data(folder: &Path) {
    let folder = folder.join("abt_buy");
    std::fs::create_dir_all(&folder).unwrap();
    let products: Vec<(&str, &str)> =
        MAKERS.iter().flat_map(|maker| THINGS.iter().map(move |thing| (*maker, *thing))).collect();
    let (mut left, mut right) = ("id,name,description,price\n".to_string(), String::new());
    right.clone_from(&left);
    for (i, (maker, thing)) in products.iter().enumerate() {
        writeln!(left, "{i},{maker} {thing} {},,", EXTRA[i % 6]).unwrap();
        writeln!(right, "{i},{} {thing} {maker},,9.5", EXTRA[(i * 5 + 1) % 6]).unwrap();
    }
    for (i, extra) in EXTRA.iter().enumerate() {
        writeln!(right, "{},{extra} bag,,", products.len() + i).unwrap();
    }
    std::fs::write(folder.join("tableA.csv"), left).unwrap();
    std::fs::write(folder.join("tableB.csv"), right).unwrap();
    for (name, remainder) in [("train", 0), ("valid", 1), ("test", 2)] {
        let mut pairs = "ltable_id,rtable_id,label\n".to_string();
        for i in (0..products.len()).filter(|i| i % 3 == remainder) {
            writeln!(pairs, "{i},{i},1\n{i},{},0", (i + 5) % products.len()).unwrap();
        }
        std::fs::write(folder.join(format!("{name}.csv")), pairs).unwrap();
    }
}

struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        data(folder.path());
        Place { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn recipe(&self, text: &str) -> PathBuf {
        let path = self.path("recipe.toml");
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Runs `twinlens train`; its JSON document.
    fn train(&self, recipe: &str, models: &Path, out: &str, more: &[&str]) -> Value {
        let run = outcome(self.command(recipe, models, out, more));
        assert_eq!(run.code, Some(0), "{run:?}");
        serde_json::from_str(&run.stdout).unwrap()
    }

    fn command(&self, recipe: &str, models: &Path, out: &str, more: &[&str]) -> std::process::Command {
        let recipe = self.recipe(recipe);
        let mut command = twinlens(&["--json", "train", "--recipe"]);
        command.arg(recipe).arg("--data").arg(self.folder.path()).arg("--models").arg(models);
        command.arg("--weights").arg(self.folder.path()).arg("--out").arg(self.path(out)).args(more);
        command
    }
}

fn adapter(loss: &str) -> String {
    format!(
        "name = \"adapted\"\ndata = {{ sets = [\"abt-buy\"], validation_share = 0.2 }}\nloss = {{ {loss} }}\n\
         model = {{ pack = \"e5-table\", trained = \"residual_adapter\", hidden = 64 }}\n\
         training = {{ epochs = 4, groups = 6, learning_rate = 3e-3, patience = 9 }}\n\
         augmentation = {{ views = 1, single_items = true }}\n"
    )
}

const SUPERVISED: &str = "kind = \"supervised_contrastive\", temperature = 0.1, source_aware = true";

#[test]
fn an_adapter_becomes_a_pack_that_the_engine_runs_as_it_was_trained() {
    let place = Place::new();
    let report = place.train(&adapter(SUPERVISED), &models(), "out", &[]);
    assert_eq!(report["epochs"].as_array().unwrap().len(), 5);
    assert_eq!(report["after"][0]["candidates"], 36);
    assert!(report["pack"]["agreement"].as_f64().unwrap() >= 0.99, "{}", report["pack"]);
    let file = place.path("out/adapted.safetensors");
    let bytes = std::fs::read(&file).unwrap();
    let pack = Pack::read(&bytes, "adapted", None).unwrap();
    assert_eq!((pack.header.name.as_str(), pack.header.dimension), ("adapted", 128));
    assert_eq!(report["pack"]["sha256"], sha256_hex(&bytes).as_str());
    let page = std::fs::read_to_string(place.path("out/adapted.html")).unwrap();
    assert!(page.contains("<svg") && page.contains("polyline") && !page.contains("<script"));
    // The pack is an encoder like any other, by its name in its folder.
    let models = place.path("out");
    let run = outcome({
        let mut command = twinlens(&["--json", "embed", "--title", "corva camera", "--encoder", "adapted"]);
        command.arg("--device").arg("cpu").arg("--models").arg(models);
        command
    });
    assert_eq!(run.code, Some(0), "{run:?}");
    let embedded: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(embedded["embedding"].as_array().unwrap().len(), 128);
}

#[test]
fn categories_are_made_where_the_data_has_none() {
    let place = Place::new();
    let recipe = adapter("kind = \"triplet\", margin = 0.3, negatives = \"category_hard\"");
    let report = place.train(&(recipe + "categories = { from = \"words\", clusters = 3 }\n"), &models(), "out", &[]);
    let categories = &report["categories"];
    let count = |name: &str| categories[name].as_u64().unwrap();
    assert_eq!(count("from_data"), 0);
    assert!(count("from_words") > 0 && count("count") > 1, "{categories}");
}

#[test]
fn an_interrupted_run_goes_on_to_the_same_pack() {
    let place = Place::new();
    let recipe = adapter("kind = \"arcface\", scale = 16.0, margin = 0.2, ramp = 2");
    let whole = place.train(&recipe, &models(), "whole", &[]);
    let begun = place.train(&recipe, &models(), "parted", &["--stop-after", "1"]);
    assert_eq!((begun["is_finished"].as_bool(), begun["epochs"].as_array().unwrap().len()), (Some(false), 2));
    assert!(!place.path("parted/adapted.safetensors").exists());
    let parted = place.train(&recipe, &models(), "parted", &["--resume"]);
    assert_eq!(parted["epochs"], whole["epochs"]);
    assert_eq!(parted["pack"]["sha256"], whole["pack"]["sha256"]);
}

#[test]
fn a_full_disk_keeps_the_state_of_the_last_whole_epoch_from_which_training_goes_on() {
    let place = Place::new();
    let recipe = adapter(SUPERVISED);
    let whole = place.train(&recipe, &models(), "whole", &[]);
    let out = place.path("small-disk");
    std::fs::create_dir(&out).unwrap();
    let mount = std::process::Command::new("mount").args(["-t", "tmpfs", "-o", "size=8m", "none"]).arg(&out).output();
    if !mount.is_ok_and(|mount| mount.status.success()) {
        println!("skipped: a small file system cannot be mounted here");
        return;
    }
    let outcome = std::panic::catch_unwind(|| {
        place.train(&recipe, &models(), "small-disk", &["--stop-after", "1"]);
        let state = std::fs::read(out.join("adapted.state")).unwrap();
        let filler = out.join("filler");
        // Until nothing more fits.
        let mut file = std::fs::File::create(&filler).unwrap();
        while std::io::Write::write_all(&mut file, &[0; 4096]).is_ok() {}
        drop(file);
        let run = outcome(place.command(&recipe, &models(), "small-disk", &["--resume"]));
        assert_eq!(run.code, Some(1), "{run:?}");
        assert!(run.stderr.contains("room for it in its folder; what was there before is kept"), "{run:?}");
        assert!(std::fs::read(out.join("adapted.state")).unwrap() == state, "another state");
        std::fs::remove_file(filler).unwrap();
        let resumed = place.train(&recipe, &models(), "small-disk", &["--resume"]);
        assert_eq!(resumed["epochs"], whole["epochs"]);
        assert_eq!(resumed["pack"]["sha256"], whole["pack"]["sha256"]);
    });
    std::process::Command::new("umount").arg(&out).status().unwrap();
    outcome.unwrap();
}

#[test]
fn folds_and_searches_test_each_group_and_keep_the_best() {
    let place = Place::new();
    let folds = adapter(SUPERVISED).replace("validation_share = 0.2", "validation_share = 0.2, folds = 3");
    let report = place.train(&folds, &models(), "folds", &[]);
    let tested = report["folds"].as_array().unwrap().iter().map(|fold| fold["after"][0]["queries"].as_u64().unwrap());
    // Each product is asked for in one fold.
    assert_eq!(tested.collect::<Vec<_>>(), [10, 10, 10]);
    let search = "[search]\nlimit = 3\n[search.values]\n\"training.learning_rate\" = [1e-3, 3e-3]\n\"model.hidden\" = [16, 32]\n";
    let report = place.train(&(adapter(SUPERVISED) + search), &models(), "search", &[]);
    let tried: Vec<f64> =
        report["tried"].as_array().unwrap().iter().map(|t| t["mean_reciprocal_rank"].as_f64().unwrap()).collect();
    assert_eq!(tried.len(), 3);
    assert!(tried.iter().all(|figure| *figure <= tried[0]));
    assert!(place.path("search/adapted.safetensors").exists());
}

#[test]
fn what_is_missing_or_wrong_is_one_line_that_names_it() {
    let place = Place::new();
    let good = adapter(SUPERVISED);
    let cases = [
        (good.replace("epochs = 4", "epoch = 4"), vec![], "epoch"),
        (good.replace("\"abt-buy\"", "\"abt-sell\""), vec![], "abt-sell"),
        (good.replace("\"abt-buy\"", "\"amazon-google\""), vec![], "tableA.csv"),
        (good.replace("e5-table", "e5-chair"), vec![], "e5-chair"),
        (
            good.replace("residual_adapter", "all").replace("hidden = 64", "checkpoint = \"none.bin\""),
            vec![],
            "none.bin",
        ),
        (good, vec!["--resume"], "adapted.state"),
    ];
    for (recipe, more, part) in cases {
        let mut command = place.command(&recipe, &models(), "out", &more);
        command.env("NO_COLOR", "1");
        let run = outcome(command);
        assert_eq!(run.code, Some(1), "{run:?}");
        assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
    }
    let mut command = twinlens(&["train", "--recipe", "none.toml"]);
    command.arg("--data").arg(place.folder.path());
    let run = outcome(command);
    assert!(run.stderr.contains("none.toml") && run.stderr.lines().count() == 1, "{run:?}");
}

/// Seeded weights of a small BERT by Hugging Face's names.
fn small_weights(vocabulary: usize) -> BTreeMap<String, (Vec<usize>, Vec<f32>)> {
    let mut rng = fastrand::Rng::with_seed(7);
    let mut tensors = BTreeMap::new();
    let mut add = |name: String, shape: &[usize], centre: f32, spread: f32| {
        let values = (0..shape.iter().product()).map(|_| centre + (rng.f32() - 0.5) * spread).collect();
        tensors.insert(name, (shape.to_vec(), values));
    };
    for (name, rows) in [("word", vocabulary), ("position", POSITIONS), ("token_type", 2)] {
        let spread = if name == "word" { 1.0 } else { 0.1 };
        add(format!("embeddings.{name}_embeddings.weight"), &[rows, WIDTH], 0.0, spread);
    }
    let mut norms = vec!["embeddings.LayerNorm".to_string()];
    let mut layers = Vec::new();
    for block in 0..BLOCKS {
        let name = |part: &str| format!("encoder.layer.{block}.{part}");
        for part in ["query", "key", "value"] {
            layers.push((name(&format!("attention.self.{part}")), [WIDTH, WIDTH]));
        }
        layers.push((name("attention.output.dense"), [WIDTH, WIDTH]));
        layers.push((name("intermediate.dense"), [INNER, WIDTH]));
        layers.push((name("output.dense"), [WIDTH, INNER]));
        norms.extend([name("attention.output.LayerNorm"), name("output.LayerNorm")]);
    }
    for (name, shape) in layers {
        add(format!("{name}.weight"), &shape, 0.0, 0.5);
        add(format!("{name}.bias"), &shape[..1], 0.0, 0.1);
    }
    for name in norms {
        add(format!("{name}.weight"), &[WIDTH], 1.0, 0.1);
        add(format!("{name}.bias"), &[WIDTH], 0.0, 0.1);
    }
    tensors
}

/// Writes the weights of a small BERT, and its pack and tokenizer in a folder of models.
fn small_bert(place: &Place) -> PathBuf {
    let words: Vec<&str> = ["[UNK]", "bag"].into_iter().chain(MAKERS).chain(THINGS).chain(EXTRA).collect();
    let weights = small_weights(words.len());
    let bytes: BTreeMap<&String, Vec<u8>> = weights
        .iter()
        .map(|(name, (_, values))| (name, values.iter().flat_map(|v| v.to_le_bytes()).collect()))
        .collect();
    let view = |(name, (shape, _)): (&String, &(Vec<usize>, Vec<f32>))| {
        (name.clone(), TensorView::new(Dtype::F32, shape.clone(), &bytes[name]).unwrap())
    };
    let file = place.path("small.safetensors");
    std::fs::write(&file, safetensors::serialize(weights.iter().map(view), None).unwrap()).unwrap();
    let vocabulary: serde_json::Map<String, Value> =
        words.iter().enumerate().map(|(i, word)| (word.to_string(), i.into())).collect();
    let model = json!({"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 100, "vocab": vocabulary});
    let tokenizer = json!({"version": "1.0", "added_tokens": [], "normalizer": {"type": "BertNormalizer", "clean_text": true,
        "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
        "pre_tokenizer": {"type": "BertPreTokenizer"}, "model": model});
    let tokenizer = serde_json::to_vec(&tokenizer).unwrap();
    let checkpoint = Checkpoint::read(&file).unwrap();
    let mut bert = BertConfig::of(&checkpoint, Kind::Bert).unwrap().init(&Device::flex());
    checkpoint.load(&mut bert, checkpoint.layout(LAYOUTS).unwrap()).unwrap();
    let mut builder = GraphBuilder::default();
    let width = bert.export(&mut builder, POSITIONS).unwrap();
    let statement = Statement {
        name: "small".into(),
        preprocessing: Preprocessing::Text {
            tokenizer: "small.tokenizer.json".into(),
            tokenizer_sha256: sha256_hex(&tokenizer),
            prefix: String::new(),
            max_tokens: POSITIONS as u32,
        },
        source: Source { package: "seeded weights".into(), file: "small.safetensors".into(), sha256: "0".repeat(64) },
        licence: "Apache-2.0".into(),
    };
    let models = place.path("models");
    std::fs::create_dir_all(&models).unwrap();
    let pack = statement.encoder(builder, width as u32).quantise(Scheme::Int8, &[]).unwrap().pack;
    std::fs::write(models.join("small.safetensors"), pack).unwrap();
    std::fs::write(models.join("small.tokenizer.json"), tokenizer).unwrap();
    models
}

fn fine_tuned(trained: &str) -> String {
    format!(
        "name = \"tuned\"\ndata = {{ sets = [\"abt-buy\"], validation_share = 0.2 }}\nloss = {{ {SUPERVISED} }}\n\
         model = {{ pack = \"small\", trained = \"{trained}\", layers = 1, checkpoint = \"small.safetensors\", dropout = 0.2 }}\n\
         training = {{ epochs = 3, groups = 6, learning_rate = 1e-3, preserve = 0.1, patience = 9 }}\n"
    )
}

#[test]
fn a_fine_tuned_bert_resumes_to_the_same_bits_with_dropout_and_becomes_a_pack() {
    let place = Place::new();
    let models = small_bert(&place);
    for trained in ["last_layers", "all"] {
        let recipe = fine_tuned(trained);
        let whole = place.train(&recipe, &models, &format!("{trained}-whole"), &[]);
        assert!(whole["pack"]["agreement"].as_f64().unwrap() >= 0.99, "{}", whole["pack"]);
        let losses: Vec<f64> =
            whole["epochs"].as_array().unwrap().iter().filter_map(|epoch| epoch["loss"].as_f64()).collect();
        assert!(losses.len() == 3 && losses[2] < losses[0], "{losses:?}");
        let parted = format!("{trained}-parted");
        place.train(&recipe, &models, &parted, &["--stop-after", "2"]);
        let parted = place.train(&recipe, &models, &parted, &["--resume"]);
        assert_eq!(parted["epochs"], whole["epochs"]);
        assert_eq!(parted["pack"]["sha256"], whole["pack"]["sha256"]);
    }
}
