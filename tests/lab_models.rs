//! The lab's reference models against other implementations (`tests/reference`), and their packs against them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by a panic")]
#![cfg(feature = "lab")]

#[path = "support/seeded.rs"]
mod seeded;

use std::collections::BTreeMap;
use std::path::Path;

use burn::module::Module;
use burn::prelude::*;
use burn::tensor::TensorData;
use serde_json::Value;
use twinlens::digest::sha256_hex;
use twinlens::engine::{Input, Plan, cpu};
use twinlens::lab::checkpoint::{Checkpoint, Layout, Values};
use twinlens::lab::export::{ImageModel, Statement, values};
use twinlens::lab::models::{bert, efficientnet_lite, mobilenet_v2, resnet, resnet_v2, vgg};
use twinlens::pack::import::float::{FloatEncoder, GraphBuilder, Sample, Scheme};
use twinlens::pack::{Pack, Preprocessing, Source};

/// Largest difference from another implementation, relative to the root mean square of its values.
const PARITY: f32 = 1e-4;
/// Least cosine of an int8 pack's embedding to the float encoder's.
const INT8_COSINE: f32 = 0.99;

fn reference(name: &str) -> (Value, Checkpoint) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference");
    let read = |file: String| std::fs::read(folder.join(&file)).unwrap_or_else(|e| panic!("{file}: {e}"));
    let reference: Value = serde_json::from_slice(&read(format!("{name}.json"))).unwrap();
    let keys: Vec<seeded::Key> = serde_json::from_slice(&read(format!("{name}.keys.json"))).unwrap();
    let gain = reference["gain"].as_f64().unwrap();
    let tensor = |key: seeded::Key| (key.key.clone(), Values { values: key.values(gain), shape: key.shape });
    let tensors: BTreeMap<_, _> = keys.into_iter().filter(seeded::Key::is_float).map(tensor).collect();
    (reference, Checkpoint::new(tensors, name))
}

fn f32s(value: &Value) -> Vec<f32> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap() as f32).collect()
}

/// The largest difference of two vectors, relative to the root mean square of the second.
fn difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    let square = b.iter().map(|v| v * v).sum::<f32>() / b.len() as f32;
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) / square.sqrt()
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

fn normalised(values: &[f32]) -> Vec<f32> {
    let norm = values.iter().map(|v| v * v).sum::<f32>().sqrt();
    values.iter().map(|v| v / norm).collect()
}

fn statement(name: &str, preprocessing: Preprocessing) -> Statement {
    let source = Source { package: "seeded weights".into(), file: name.into(), sha256: "0".repeat(64) };
    Statement { name: name.into(), preprocessing, source, licence: "Apache-2.0".into() }
}

/// The float encoder against the model, and the int8 pack on the CPU engine against the float encoder; gives the pack.
fn assert_exported(encoder: &FloatEncoder, samples: &[(Sample, Vec<f32>)]) -> Vec<u8> {
    let inputs: Vec<_> = samples.iter().map(|(sample, _)| sample.clone()).collect();
    let quantised = encoder.quantise(Scheme::Int8, &inputs).unwrap();
    assert!(quantised.layers.iter().all(|layer| layer.weights < 0.02), "{:?}", quantised.layers);
    let pack = Pack::read(&quantised.pack, &encoder.name, None).unwrap();
    let mut runner = cpu::Runner::new(Plan::new(&pack).unwrap(), &pack);
    for (sample, expected) in samples {
        let float = encoder.run(sample).unwrap();
        let error = difference(&float, &normalised(expected));
        assert!(error <= PARITY, "{}: the float encoder differs by {error}", encoder.name);
        let input = match sample {
            Sample::Pixels(pixels) => Input::Pixels(pixels),
            Sample::Tokens(tokens) => Input::Tokens(tokens),
        };
        let cosine = cosine(&runner.run(input).unwrap(), &float);
        assert!(cosine >= INT8_COSINE, "{}: the pack has a cosine of {cosine}", encoder.name);
        println!("{}: float {error:.1e}, int8 cosine {cosine:.5}", encoder.name);
    }
    quantised.pack
}

fn assert_image_model<M: ImageModel + Module>(name: &str, mut model: M, layouts: &'static [Layout], layout: &str) {
    let (reference, checkpoint) = reference(name);
    let found = checkpoint.layout(layouts).unwrap();
    assert_eq!(found.name, layout);
    checkpoint.load(&mut model, found).unwrap();
    let mut samples = Vec::new();
    for case in [&reference, &reference["other"]] {
        let input = &case["input"];
        let shape: Vec<usize> =
            input["shape"].as_array().unwrap().iter().map(|v| v.as_u64().unwrap() as usize).collect();
        let pixels = seeded::input(input["key"].as_str().unwrap(), shape.iter().product());
        let data = TensorData::new(pixels.clone(), shape.clone());
        let x: Tensor<4> = Tensor::from_data(data, &Device::flex());
        let output = values(model.embed(x.permute([0, 3, 1, 2]))).unwrap();
        let error = difference(&output, &f32s(&case["output"]));
        assert!(error <= PARITY, "{name} differs from the reference by {error}");
        samples.push((Sample::Pixels(pixels), output));
    }
    let side = reference["input"]["shape"][1].as_u64().unwrap() as u32;
    let mut builder = GraphBuilder::default();
    let dimension = model.export(&mut builder, side).unwrap();
    let preprocessing = Preprocessing::Image { width: side, height: side, mean: [0.5; 3], deviation: [0.5; 3] };
    let encoder = statement(name, preprocessing).encoder(builder, dimension as u32);
    offer(name, &assert_exported(&encoder, &samples), None);
}

/// `tokenizer` is that of the committed pack of that name, where the vocabulary is the same.
fn assert_text_model(name: &str, kind: bert::Kind, tokenizer: Option<&str>) {
    let (reference, checkpoint) = reference(name);
    let mut model = bert::BertConfig::of(&checkpoint, kind).unwrap().init(&Device::flex());
    checkpoint.load(&mut model, checkpoint.layout(bert::LAYOUTS).unwrap()).unwrap();
    let mut samples = Vec::new();
    for case in [&reference, &reference["other"]] {
        let ids: Vec<u32> =
            case["input"]["ids"].as_array().unwrap().iter().map(|v| v.as_u64().unwrap() as u32).collect();
        let device = Device::flex();
        // Padding behind the title changes nothing.
        for padding in [0, 5] {
            let padded = ids.iter().map(|id| *id as i32).chain(std::iter::repeat_n(1, padding)).collect::<Vec<_>>();
            let mask: Vec<f32> = (0..padded.len()).map(|i| f32::from(u8::from(i < ids.len()))).collect();
            let shape = [1, padded.len()];
            let mask = Tensor::from_data(TensorData::new(mask, shape), &device);
            let output =
                values(model.forward(Tensor::from_data(TensorData::new(padded, shape), &device), mask)).unwrap();
            let error = difference(&output, &f32s(&case["output"]));
            assert!(error <= PARITY, "{name} with padding {padding} differs from the reference by {error}");
            if padding == 0 {
                samples.push((Sample::Tokens(ids.clone()), output));
            }
        }
    }
    let max_tokens = 64;
    let mut builder = GraphBuilder::default();
    let dimension = model.export(&mut builder, max_tokens).unwrap();
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let tokenizer = tokenizer.map(|name| std::fs::read(models.join(format!("{name}.tokenizer.json"))).unwrap());
    let preprocessing = Preprocessing::Text {
        tokenizer: format!("{name}.tokenizer.json"),
        tokenizer_sha256: tokenizer.as_deref().map_or("0".repeat(64), sha256_hex),
        prefix: String::new(),
        max_tokens: max_tokens as u32,
    };
    let pack = assert_exported(&statement(name, preprocessing).encoder(builder, dimension as u32), &samples);
    if tokenizer.is_some() {
        offer(name, &pack, tokenizer.as_deref());
    }
}

#[test]
fn resnet18_of_torchvision() {
    let model = resnet::ResNetConfig::resnet18().init(&Device::flex());
    assert_image_model("torchvision-resnet18", model, resnet::LAYOUTS, "torchvision");
}

#[test]
fn resnet50_of_torchvision_and_keras() {
    let model = resnet::ResNetConfig::resnet50().init(&Device::flex());
    assert_image_model("torchvision-resnet50", model, resnet::LAYOUTS, "torchvision");
    let model = resnet::ResNetConfig::resnet50_keras().init(&Device::flex());
    assert_image_model("keras-resnet50", model, resnet::LAYOUTS, "Keras");
}

#[test]
fn resnet50v2_of_keras() {
    let model = resnet_v2::ResNetV2Config::keras50().init(&Device::flex());
    assert_image_model("keras-resnet50v2", model, resnet_v2::LAYOUTS, "Keras");
}

#[test]
fn vgg19_of_torchvision_and_keras() {
    assert_image_model("torchvision-vgg19", vgg::vgg19(&Device::flex()), vgg::LAYOUTS, "torchvision");
    assert_image_model("keras-vgg19", vgg::vgg19(&Device::flex()), vgg::LAYOUTS, "Keras");
}

#[test]
fn mobilenet_v2_of_torchvision_and_keras() {
    let model = mobilenet_v2::torchvision_config().init(&Device::flex());
    assert_image_model("torchvision-mobilenetv2", model, mobilenet_v2::LAYOUTS, "torchvision");
    let model = mobilenet_v2::keras_config().init(&Device::flex());
    assert_image_model("keras-mobilenetv2", model, mobilenet_v2::LAYOUTS, "Keras");
}

#[test]
fn efficientnet_lite0_of_timm() {
    let model = efficientnet_lite::timm_config().init(&Device::flex());
    assert_image_model("timm-efficientnet-lite0", model, efficientnet_lite::LAYOUTS, "timm");
    let model = efficientnet_lite::config(1.0, 1.0).init(&Device::flex());
    assert_image_model("timm-tf-efficientnet-lite0", model, efficientnet_lite::LAYOUTS, "timm");
}

#[test]
fn bert_of_hugging_face() {
    assert_text_model("bert-minilm", bert::Kind::Bert, Some("minilm"));
    assert_text_model("bert-prefixed", bert::Kind::Bert, None);
}

#[test]
fn xlm_r_of_hugging_face() {
    assert_text_model("xlm-roberta-e5", bert::Kind::XlmR, None);
}

#[test]
fn a_checkpoint_that_does_not_fit_names_every_tensor_at_once() {
    let (_, checkpoint) = reference("torchvision-resnet18");
    let mut tensors: BTreeMap<String, Values> =
        checkpoint.names().map(|name| (name.to_string(), checkpoint.get(name).unwrap().clone())).collect();
    tensors.remove("bn1.bias");
    tensors.remove("layer2.0.conv1.weight");
    tensors.insert("layer9.extra".into(), Values { shape: vec![1], values: vec![0.0] });
    tensors.get_mut("conv1.weight").unwrap().shape = vec![64, 3, 49, 1];
    let mut model = resnet::ResNetConfig::resnet18().init(&Device::flex());
    let broken = Checkpoint::new(tensors, "broken.safetensors");
    let error = broken.load(&mut model, &resnet::LAYOUTS[0]).unwrap_err().to_string();
    for part in [
        "2 missing: stages.1.blocks.0.convs.0.conv.weight, stem.norm.beta",
        "1 of no use: layer9.extra",
        "conv1.weight",
    ] {
        assert!(error.contains(part), "{error}");
    }
    let error = Checkpoint::new(BTreeMap::new(), "empty").layout(resnet::LAYOUTS).err().unwrap().to_string();
    assert!(error.contains("torchvision, Hugging Face, Keras"), "{error}");
}

/// Writes a pack where the tests in Chromium look for it, if they are to follow.
fn offer(name: &str, pack: &[u8], tokenizer: Option<&[u8]>) {
    let Some(folder) = std::env::var_os("TWINLENS_LAB_PACKS") else { return };
    let folder = Path::new(&folder);
    std::fs::write(folder.join(format!("{name}.safetensors")), pack).unwrap();
    if let Some(tokenizer) = tokenizer {
        std::fs::write(folder.join(format!("{name}.tokenizer.json")), tokenizer).unwrap();
    }
}
