//! Training over a few seeded vectors.

use std::path::{Path, PathBuf};

use burn::prelude::*;
use fastrand::Rng;

use super::corpus::{Content, Corpus, Item, Part, Reads, Side};
use super::inputs::{Input, Inputs, Untrained, View};
use super::loss::margin_at;
use super::measure::measure;
use super::network::Network;
use super::recipe::Recipe;
use super::state::State;
use super::trainer::{Event, Options, Trainer};
use crate::catalogue::unit;
use crate::lab::export::values;
use crate::merchant::models::Models;

const WIDTH: usize = 128;
const GROUPS: usize = 60;

fn recipe(loss: &str, more: &str) -> Recipe {
    let text = format!(
        "name = \"test\"\ndata = {{ sets = [\"here\"] }}\nloss = {{ {loss} }}\n{more}\n\
         model = {{ pack = \"e5-table\", trained = \"residual_adapter\", hidden = 32 }}\n\
         [training]\nepochs = 4\ngroups = 8\nlearning_rate = 3e-3\npatience = 9\n"
    );
    Recipe::of(toml::from_str(&text).unwrap(), "here").unwrap()
}

/// Groups of a query and a candidate that differ in much that does not matter: a direction of noise that an adapter can learn to
/// leave out.
fn data() -> (Corpus, Inputs) {
    let mut rng = Rng::with_seed(11);
    let (mut items, mut own) = (Vec::new(), Vec::new());
    for group in 0..GROUPS {
        let telling: Vec<f32> = (0..WIDTH / 2).map(|_| rng.f32() - 0.5).collect();
        for side in [Side::Query, Side::Candidate] {
            let noise = (0..WIDTH / 2).map(|_| (rng.f32() - 0.5) * 2.2);
            let vector = unit(telling.iter().copied().chain(noise).collect());
            let part = match group % 5 {
                0 => Part::Test,
                1 => Part::Validation,
                _ => Part::Training,
            };
            let content = Content::Title(format!("{group} {side:?}"));
            let (title, category) = (String::new(), Some((group % 3).to_string()));
            items.push(Item { content, title, side, set: 0, group, part, category });
            own.push(vec![View { untrained: vector, input: Input::Vector }]);
        }
    }
    let changed = vec![Vec::new(); own.len()];
    let corpus = Corpus { sets: vec!["here".into()], trained: 1, items, groups: GROUPS, pairs: Vec::new() };
    (corpus, Inputs { own, changed, width: WIDTH })
}

fn untrained(recipe: &Recipe) -> Untrained {
    let models = Models::find(Some(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/models")))).unwrap();
    let untrained = Untrained::load(recipe, &models, &PathBuf::new()).unwrap();
    assert_eq!(untrained.reads, Reads::Titles);
    untrained
}

fn parameters(network: &Network) -> Vec<f32> {
    let adapter = network.adapter.as_ref().unwrap();
    let inner = adapter.inner.as_ref().unwrap();
    [values(inner.weight.val().inner()).unwrap(), values(adapter.outer.weight.val().inner()).unwrap()].concat()
}

const LOSSES: [&str; 7] = [
    "kind = \"contrastive\", margin = 1.0",
    "kind = \"triplet\", margin = 0.3, negatives = \"category_random\"",
    "kind = \"triplet\", margin = 0.3, negatives = \"category_hard\"",
    "kind = \"triplet\", margin = 0.3, negatives = \"batch_hard\"",
    "kind = \"supervised_contrastive\", temperature = 0.1",
    "kind = \"supervised_contrastive\", temperature = 0.1, source_aware = true",
    "kind = \"arcface\", scale = 16.0, margin = 0.3, ramp = 2",
];

#[test]
fn each_loss_brings_together_what_is_learnt_from() {
    let (corpus, inputs) = data();
    for loss in LOSSES {
        let mut recipe = recipe(loss, "");
        recipe.training.epochs = 12;
        let categories = super::categories::assign(&corpus, &inputs.untrained(), recipe.categories, 1);
        assert_eq!((categories.count, categories.from_data), (3, corpus.items.len()));
        let untrained = untrained(&recipe);
        let categories = recipe.needs_categories().then_some(&categories);
        let trainer = Trainer { recipe: &recipe, corpus: &corpus, inputs: &inputs, untrained: &untrained, categories };
        let state = trainer.train(&Options::default(), &mut |_| {}).unwrap();
        let vectors = trainer.embed(&state.network, &|_| true).unwrap();
        let figure = |vectors: &[Vec<f32>]| measure(&corpus, vectors, 0, Part::Training).mean_reciprocal_rank;
        let (before, after) = (figure(&inputs.untrained()), figure(&vectors));
        assert!(after > before + 0.05, "{loss}: {before} before, {after} after");
    }
}

#[test]
fn the_first_epoch_is_the_untrained_encoder() {
    let (corpus, inputs) = data();
    let recipe = recipe(LOSSES[4], "");
    let untrained = untrained(&recipe);
    let trainer =
        Trainer { recipe: &recipe, corpus: &corpus, inputs: &inputs, untrained: &untrained, categories: None };
    let network = untrained.network(&recipe, WIDTH, &Device::flex().autodiff());
    let vectors = trainer.embed(&network, &|_| true).unwrap();
    for (found, expected) in vectors.iter().zip(inputs.untrained()) {
        assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-6));
    }
    assert_eq!(margin_at(0, 5, 0.3), 0.0);
}

#[test]
fn a_run_that_was_stopped_goes_on_to_the_same_bits() {
    let (corpus, inputs) = data();
    let folder = tempfile::tempdir().unwrap();
    for (i, loss) in [LOSSES[1], LOSSES[5], LOSSES[6]].into_iter().enumerate() {
        let recipe = recipe(loss, "");
        let untrained = untrained(&recipe);
        let assigned = super::categories::assign(&corpus, &inputs.untrained(), recipe.categories, 1);
        let categories = Some(&assigned);
        let trainer = Trainer { recipe: &recipe, corpus: &corpus, inputs: &inputs, untrained: &untrained, categories };
        let (whole, parted) = (folder.path().join(format!("whole{i}")), folder.path().join(format!("parted{i}")));
        let run = |state: &Path, resume, stop_after| {
            trainer.train(&Options { state: Some(state), resume, stop_after }, &mut |_| {}).unwrap()
        };
        let expected = run(&whole, false, None);
        let begun = run(&parted, false, Some(2));
        assert_eq!(begun.progress.epoch(), 2);
        let found = run(&parted, true, None);
        assert_eq!(found.progress, expected.progress);
        assert_eq!(parameters(&found.network), parameters(&expected.network));
        assert_eq!(parameters(&found.best), parameters(&expected.best));
        assert_ne!(parameters(&begun.network), parameters(&expected.network));
        // Also from a state before the first epoch.
        assert_eq!(run(&parted, false, Some(0)).progress.epoch(), 0);
        assert_eq!(parameters(&run(&parted, true, None).network), parameters(&expected.network));
    }
}

#[test]
fn another_recipe_s_state_and_a_damaged_one_are_refused() {
    let (corpus, inputs) = data();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let train = |recipe: &Recipe, resume| -> crate::Result<State> {
        let untrained = untrained(recipe);
        let trainer = Trainer { recipe, corpus: &corpus, inputs: &inputs, untrained: &untrained, categories: None };
        trainer.train(&Options { state: Some(&path), resume, stop_after: Some(1) }, &mut |_| {})
    };
    let first = recipe(LOSSES[4], "");
    assert!(train(&first, true).err().unwrap().to_string().contains("begun"));
    train(&first, false).unwrap();
    let other = recipe(LOSSES[4], "seed = 2");
    assert!(train(&other, true).err().unwrap().to_string().contains("this recipe's run"));
    let bytes = std::fs::read(&path).unwrap();
    for len in [0, 9, bytes.len() / 2, bytes.len() - 1] {
        std::fs::write(&path, &bytes[..len]).unwrap();
        assert!(train(&first, true).is_err(), "the first {len} bytes were accepted");
    }
}

#[test]
fn a_loss_that_is_no_number_stops_with_its_batch_and_keeps_the_state() {
    let (corpus, mut inputs) = data();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let recipe = recipe(LOSSES[4], "");
    let untrained = untrained(&recipe);
    let options = |resume| Options { state: Some(&path), resume, stop_after: Some(1) };
    let trainer =
        Trainer { recipe: &recipe, corpus: &corpus, inputs: &inputs, untrained: &untrained, categories: None };
    trainer.train(&options(false), &mut |_| {}).unwrap();
    let before = std::fs::read(&path).unwrap();
    // A changed copy, which no validation reads.
    let poisoned = View { untrained: vec![f32::NAN; WIDTH], input: Input::Vector };
    for (item, changed) in corpus.items.iter().zip(&mut inputs.changed) {
        if item.part == Part::Training {
            *changed = vec![poisoned.clone(); 8];
        }
    }
    let trainer =
        Trainer { recipe: &recipe, corpus: &corpus, inputs: &inputs, untrained: &untrained, categories: None };
    let mut batches = 0;
    let mut tell = |event: Event| batches += usize::from(matches!(event, Event::Batch(..)));
    let error = trainer.train(&options(true), &mut tell).err().unwrap();
    assert_eq!(error.code(), "training-failed");
    assert!(error.to_string().contains(&format!("epoch 2, batch {}", batches + 1)), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}
