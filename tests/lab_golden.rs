//! Trained weights in the lab: MobileNetV2 (`../shared/models`) against its reference vectors, and its packs against it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by a panic")]
#![cfg(feature = "lab")]

use std::path::{Path, PathBuf};

use burn::prelude::*;
use burn::tensor::TensorData;
use safetensors::SafeTensors;
use twinlens::engine::{Input, Plan, cpu};
use twinlens::lab::checkpoint::Checkpoint;
use twinlens::lab::export::{ImageModel, Statement, values};
use twinlens::lab::models::mobilenet_v2;
use twinlens::pack::import::float::{GraphBuilder, Sample, Scheme};
use twinlens::pack::{Pack, Preprocessing, Source};

const SIDE: usize = 224;

fn shared(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(path);
    if !path.exists() {
        println!("skipped: {} is not there", path.display());
        return None;
    }
    Some(path)
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

#[test]
fn mobilenet_v2_has_its_reference_vectors_and_its_packs_are_near_them() {
    let (Some(weights), Some(golden)) =
        (shared("models/mobilenet-v2.safetensors"), shared("golden/mobilenet-v2.safetensors"))
    else {
        return;
    };
    let checkpoint = Checkpoint::read(&weights).unwrap();
    let layout = checkpoint.layout(mobilenet_v2::LAYOUTS).unwrap();
    assert_eq!(layout.name, "TensorFlow, batch norms folded");
    let device = Device::flex();
    let mut model = mobilenet_v2::folded_config().init(&device);
    checkpoint.load(&mut model, layout).unwrap();
    let bytes = std::fs::read(golden).unwrap();
    let golden = SafeTensors::deserialize(&bytes).unwrap();
    let photos = golden.tensors().into_iter().filter_map(|(name, view)| {
        let photo = name.strip_suffix(".pixels")?.to_string();
        let pixels: Vec<f32> = view.data().iter().map(|byte| f32::from(*byte) / 127.5 - 1.0).collect();
        let expected = golden.tensor(&format!("{photo}.embedding")).unwrap().data().to_vec();
        let expected: Vec<f32> = expected.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        Some((photo, pixels, expected))
    });
    let mut photos: Vec<_> = photos.collect();
    // The file's order is that of a hash map, and which photos are for calibration depends on it.
    photos.sort_by(|(a, ..), (b, ..)| a.cmp(b));
    assert!(photos.len() >= 4);
    for (photo, pixels, expected) in &photos {
        let x: Tensor<4> = Tensor::from_data(TensorData::new(pixels.clone(), [1, SIDE, SIDE, 3]), &device);
        let found = values(model.embed(x.permute([0, 3, 1, 2]))).unwrap();
        let cosine = cosine(&found, expected);
        assert!(cosine >= 0.9999, "{photo}: a cosine of {cosine} to the reference");
    }
    let mut builder = GraphBuilder::default();
    let dimension = model.export(&mut builder, SIDE as u32).unwrap();
    let side = SIDE as u32;
    let preprocessing = Preprocessing::Image { width: side, height: side, mean: [0.5; 3], deviation: [0.5; 3] };
    let source =
        Source { package: "google-coral test_data".into(), file: "mobilenet_v2".into(), sha256: "0".repeat(64) };
    let statement = Statement { name: "mobilenet-v2".into(), preprocessing, source, licence: "Apache-2.0".into() };
    let encoder = statement.encoder(builder, dimension as u32);
    // Calibrated on one half of the photos, compared on all.
    let calibration: Vec<_> = photos.iter().step_by(2).map(|(_, pixels, _)| Sample::Pixels(pixels.clone())).collect();
    for (scheme, least) in [(Scheme::Int8, 0.99), (Scheme::Int4, 0.90)] {
        let quantised = encoder.quantise(scheme, &calibration).unwrap();
        let worst = quantised.layers.iter().max_by(|a, b| a.outputs.partial_cmp(&b.outputs).unwrap()).unwrap();
        println!("{scheme:?}: furthest layer {} ({:.4} of its outputs)", worst.layer, worst.outputs.unwrap());
        assert!(quantised.layers.iter().all(|layer| layer.outputs.is_some()));
        let pack = Pack::read(&quantised.pack, "mobilenet-v2", None).unwrap();
        let mut runner = cpu::Runner::new(Plan::new(&pack).unwrap(), &pack);
        for (photo, pixels, expected) in &photos {
            let cosine = cosine(&runner.run(Input::Pixels(pixels)).unwrap(), expected);
            println!("{scheme:?}, {photo}: {cosine:.5}");
            assert!(cosine >= least, "{scheme:?}, {photo}: a cosine of {cosine} to the reference");
        }
    }
}
