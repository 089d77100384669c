//! The packs against reference vectors made outside this project.

use std::path::{Path, PathBuf};

use safetensors::SafeTensors;
use twinlens::encoder::Encoder;
use twinlens::engine::{Device, Preference};
use twinlens::pack::{Pack, Preprocessing};
use twinlens::photo::decode;
use twinlens::title::NormalTitle;

fn shared(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(path);
    if !path.exists() {
        println!("skipped: {} is not there", path.display());
        return None;
    }
    Some(path)
}

fn devices() -> Vec<Device> {
    let gpu = pollster::block_on(Device::open(Preference::Gpu));
    let gpu = gpu.map_err(|e| println!("skipped on the GPU: {e}")).ok();
    [Some(Device::Cpu { reason: None }), gpu].into_iter().flatten().collect()
}

fn encoder(name: &str, device: &Device) -> Encoder {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let path = models.join(format!("{name}.safetensors"));
    let pack = Pack::read(&std::fs::read(&path).unwrap(), name, None).unwrap();
    let tokenizer = match &pack.header.preprocessing {
        Preprocessing::Text { tokenizer, .. } => Some(std::fs::read(models.join(tokenizer)).unwrap()),
        Preprocessing::Image { .. } => None,
    };
    pollster::block_on(Encoder::new(device, &pack, tokenizer.as_deref())).unwrap()
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

fn f32s(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

fn photos_agree(net: &str, encoder_name: &str) {
    let (Some(golden), Some(data)) = (shared("golden/photos.safetensors"), shared("data")) else { return };
    let bytes = std::fs::read(golden).unwrap();
    let golden = SafeTensors::deserialize(&bytes).unwrap();
    for device in devices() {
        let Encoder::Image(mut encoder) = encoder(encoder_name, &device) else {
            panic!("{encoder_name} reads no photos")
        };
        for (name, pixels) in golden.tensors() {
            let Some(image) = name.strip_prefix(&format!("{net}.")).and_then(|n| n.strip_suffix(".pixels")) else {
                continue;
            };
            let expected = f32s(golden.tensor(&format!("{net}.{image}.embedding")).unwrap().data());
            let found = pollster::block_on(encoder.embed_pixels(pixels.data())).unwrap();
            let from_pixels = cosine(&found, &expected);
            // The names of the golden images are their paths with slashes made underscores.
            let path = ["apparel_", "grocery_catalogue_", "grocery_val_", "grocery_"].iter().find_map(|folder| {
                let path = data.join(folder.replace('_', "/")).join(image.strip_prefix(folder)?);
                path.exists().then_some(path)
            });
            let photo = decode(&std::fs::read(path.unwrap()).unwrap()).unwrap();
            let from_jpeg = cosine(&pollster::block_on(encoder.embed(&photo)).unwrap(), &expected);
            println!(
                "{encoder_name} on {}: {image}: {from_pixels:.5} from pixels, {from_jpeg:.5} from the JPEG",
                device.name()
            );
            assert!(from_pixels >= 0.99, "{encoder_name} on {}: {image}: {from_pixels} from pixels", device.name());
            assert!(from_jpeg >= 0.98, "{encoder_name} on {}: {image}: {from_jpeg} from the JPEG", device.name());
        }
    }
}

fn titles_agree(key: &str, encoder_name: &str, least: f32) {
    let Some(golden) = shared("golden/titles.json") else { return };
    let golden: serde_json::Value = serde_json::from_slice(&std::fs::read(golden).unwrap()).unwrap();
    for device in devices() {
        let Encoder::Text(mut encoder) = encoder(encoder_name, &device) else {
            panic!("{encoder_name} reads no titles")
        };
        for row in golden["rows"].as_array().unwrap() {
            let title = row["title"].as_str().unwrap();
            let Some(expected) = row[key].as_array().filter(|_| !title.is_empty()) else { continue };
            let expected: Vec<f32> = expected.iter().map(|v| v.as_f64().unwrap() as f32).collect();
            let found = pollster::block_on(encoder.embed(&NormalTitle::of(title).unwrap())).unwrap();
            let cosine = cosine(&found, &expected);
            println!("{encoder_name} on {}: {cosine:.5} {title}", device.name());
            assert!(cosine >= least, "{encoder_name} on {}: {title:?}: {cosine}", device.name());
        }
    }
}

#[test]
fn lite0_gives_the_reference_vectors() {
    photos_agree("lite0", "efficientnet-lite0");
}

#[test]
fn lite2_gives_the_reference_vectors() {
    photos_agree("lite2", "efficientnet-lite2");
}

#[test]
fn minilm_gives_the_reference_vectors() {
    titles_agree("minilm", "minilm", 0.99);
}

#[test]
fn e5_small_latin_gives_the_reference_vectors() {
    titles_agree("e5", "e5-small-latin", 0.998);
}

#[test]
fn minilm_cuts_titles_into_the_reference_tokens() {
    let Some(golden) = shared("golden/titles.json") else { return };
    let golden: serde_json::Value = serde_json::from_slice(&std::fs::read(golden).unwrap()).unwrap();
    let Encoder::Text(encoder) = encoder("minilm", &Device::Cpu { reason: None }) else {
        panic!("minilm reads no titles")
    };
    for row in golden["rows"].as_array().unwrap().iter().filter(|r| r["title"] != "") {
        let expected: Vec<u64> = row["minilm_ids"].as_array().unwrap().iter().map(|v| v.as_u64().unwrap()).collect();
        let found: Vec<u64> = encoder
            .tokens(&NormalTitle::of(row["title"].as_str().unwrap()).unwrap())
            .unwrap()
            .into_iter()
            .map(u64::from)
            .collect();
        assert_eq!(found, expected, "{}", row["title"]);
    }
}
