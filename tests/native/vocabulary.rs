//! A text encoder's pack that is cut to the pieces of its vocabulary that a shop needs.

use std::path::Path;

use crate::support::{Shop, refused, text};
use twinlens::encoder::TextEncoder;
use twinlens::engine::Device;
use twinlens::merchant::models::{Models, tokenizer_file};
use twinlens::merchant::vocabulary::cut;
use twinlens::title::NormalTitle;

/// A committed encoder with a vocabulary of the same kind as that of all scripts.
const WHOLE: &str = "e5-small-latin";
const TITLES: [&str; 4] =
    ["Braun Series 9 Pro Elektrorasierer", "Kopi bubuk 250 g", "Crème brûlée 2 x 100 g", "USB-C Hub 4K"];

fn models() -> (tempfile::TempDir, Models) {
    let folder = tempfile::tempdir().unwrap();
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    for file in [format!("{WHOLE}.safetensors"), tokenizer_file(WHOLE)] {
        std::fs::copy(committed.join(&file), folder.path().join(&file)).unwrap();
    }
    let models = Models::find(Some(folder.path())).unwrap();
    (folder, models)
}

fn titles(titles: &[&str]) -> Vec<NormalTitle> {
    titles.iter().map(|title| NormalTitle::of(title).unwrap()).collect()
}

fn vector(encoder: &mut TextEncoder, title: &str) -> Vec<f32> {
    pollster::block_on(encoder.embed(&NormalTitle::of(title).unwrap())).unwrap()
}

#[test]
fn a_cut_pack_is_smaller_and_encodes_the_titles_as_the_whole_one_does() {
    let (folder, models) = models();
    let found = cut(&models, WHOLE, &titles(&TITLES)).unwrap();
    assert!(found.pieces < found.of, "{found:?}");
    let bytes = |name: &str| {
        let size = |file: String| std::fs::metadata(folder.path().join(file)).unwrap().len();
        size(format!("{name}.safetensors")) + size(tokenizer_file(name))
    };
    assert_eq!(bytes(&found.encoder), found.bytes);
    assert!(found.bytes < bytes(WHOLE));
    let [mut whole, mut cut] =
        [WHOLE, &found.encoder].map(|name| models.text_encoder(name, &Device::Cpu { reason: None }).unwrap().1);
    for title in TITLES.iter().flat_map(|title| [title.to_string(), title.to_lowercase(), title.to_uppercase()]) {
        assert_eq!(vector(&mut whole, &title), vector(&mut cut, &title), "{title}");
    }
    // What no title of the shop says is read all the same.
    for title in ["Zahnbürste für Kinder", "sepatu lari pria", "ISO 8601"] {
        assert!(cut.unread(&NormalTitle::of(title).unwrap()).unwrap().is_empty(), "{title}");
    }
}

#[test]
fn the_same_titles_in_any_order_give_the_same_pack() {
    let (folder, models) = models();
    let read = |encoder: &str| std::fs::read(folder.path().join(format!("{encoder}.safetensors"))).unwrap();
    let first = cut(&models, WHOLE, &titles(&TITLES)).unwrap();
    let first_bytes = read(&first.encoder);
    let mut reversed = TITLES;
    reversed.reverse();
    let second = cut(&models, WHOLE, &titles(&reversed)).unwrap();
    assert_eq!(first.encoder, second.encoder);
    assert!(first_bytes == read(&second.encoder));
}

#[test]
fn a_pack_that_is_not_there_is_refused_with_the_command_that_makes_it() {
    let shop = Shop::with("id,title\na,red tea\n");
    let (_folder, models) = models();
    let models = text(models.folder());
    let arguments = ["--encoders", WHOLE, "--vocabulary", "shop", "--models", &models];
    refused(&shop.build_arguments(&arguments)).says(&["cargo xtask models e5-small", "e5-small.safetensors"]);
}
