//! Burn and our kernels on one wgpu device: the same encoder, layer by layer.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by a panic")]
#![cfg(feature = "lab")]

#[path = "support/seeded.rs"]
mod seeded;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use burn::prelude::*;
use burn::tensor::TensorData;
use burn::tensor::wgpu::WgpuSetup;
use twinlens::engine::gpu::{Gpu, Handles, Runner};
use twinlens::engine::{Input, Plan};
use twinlens::lab::checkpoint::{Checkpoint, Values};
use twinlens::lab::export::{ImageModel, Statement, values};
use twinlens::lab::graph;
use twinlens::lab::models::{bert, resnet};
use twinlens::pack::import::float::{FloatEncoder, GraphBuilder, Sample, Scheme};
use twinlens::pack::{Pack, Preprocessing, Source};

/// Largest difference of a layer's output, relative to its root mean square. Both sides add in f32, in different orders.
const TOLERANCE: f32 = 1e-3;

fn checkpoint(name: &str) -> Checkpoint {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/reference/{name}.keys.json"));
    let keys: Vec<seeded::Key> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let tensor = |key: seeded::Key| (key.key.clone(), Values { values: key.values(0.7), shape: key.shape });
    let tensors: BTreeMap<_, _> = keys.into_iter().filter(seeded::Key::is_float).map(tensor).collect();
    Checkpoint::new(tensors, name)
}

fn statement(name: &str, preprocessing: Preprocessing) -> Statement {
    let source = Source { package: "seeded weights".into(), file: name.into(), sha256: "0".repeat(64) };
    Statement { name: name.into(), preprocessing, source, licence: "Apache-2.0".into() }
}

/// One device with Burn and our engine on it; `None`, and a line that says so, without a GPU.
fn shared_device() -> Option<(Handles, Device)> {
    let mut handles = pollster::block_on(Handles::open()).map_err(|e| println!("skipped: {e}")).ok()?;
    // Burn's kernels take more than what every WebGPU device has, which is all that ours take.
    let descriptor = wgpu::DeviceDescriptor {
        required_features: handles.adapter.features() - wgpu::Features::all_experimental_mask(),
        required_limits: handles.adapter.limits(),
        ..Default::default()
    };
    (handles.device, handles.queue) = pollster::block_on(handles.adapter.request_device(&descriptor)).unwrap();
    let backend = handles.adapter.get_info().backend;
    let Handles { instance, adapter, device, queue } = handles.clone();
    let setup = WgpuSetup { instance, adapter, device, queue, backend };
    Some((handles, Device::wgpu_options().setup(setup).init().unwrap()))
}

/// Compares every value of the graph; both sides have the weights that the int8 pack has.
fn assert_layers_agree(encoder: &FloatEncoder, sample: &Sample, handles: &Handles, device: &Device) {
    let pack = Pack::read(&encoder.quantise(Scheme::Int8, &[]).unwrap().pack, &encoder.name, None).unwrap();
    let plan = Plan::new(&pack).unwrap();
    let burn = graph::run(&encoder.dequantised(Scheme::Int8), sample, device).unwrap();
    assert_eq!(burn.len(), plan.steps.len());
    let gpu = Gpu::over(handles.clone());
    let input = match sample {
        Sample::Pixels(pixels) => Input::Pixels(pixels),
        Sample::Tokens(tokens) => Input::Tokens(tokens),
    };
    let mut largest = 0.0f32;
    for (i, (name, expected)) in burn.iter().enumerate() {
        let mut until = plan.clone();
        until.steps.truncate(i + 1);
        (until.output, until.dimension) = (plan.steps[i].y, expected.len());
        let mut runner = pollster::block_on(Runner::new(gpu.clone(), until, &pack.words)).unwrap();
        let found = pollster::block_on(runner.run(input)).unwrap();
        let square = expected.iter().map(|v| v * v).sum::<f32>() / expected.len() as f32;
        let error = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) / square.sqrt();
        assert!(error <= TOLERANCE, "{}: {name} differs by {error}", encoder.name);
        largest = largest.max(error);
    }
    println!("{}: {} layers agree, the furthest within {largest:.1e}", encoder.name, burn.len());
}

/// The least of three times, in milliseconds.
fn milliseconds(mut run: impl FnMut()) -> f64 {
    let times = (0..3).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed().as_secs_f64() * 1e3
    });
    times.fold(f64::INFINITY, f64::min)
}

#[test]
fn resnet18_agrees_with_burn_layer_by_layer_on_the_same_device() {
    let Some((handles, device)) = shared_device() else { return };
    let checkpoint = checkpoint("torchvision-resnet18");
    let mut model = resnet::ResNetConfig::resnet18().init(&device);
    checkpoint.load(&mut model, checkpoint.layout(resnet::LAYOUTS).unwrap()).unwrap();
    let side = 96;
    let mut builder = GraphBuilder::default();
    let dimension = model.export(&mut builder, side).unwrap();
    let preprocessing = Preprocessing::Image { width: side, height: side, mean: [0.5; 3], deviation: [0.5; 3] };
    let encoder = statement("resnet18", preprocessing).encoder(builder, dimension as u32);
    let pixels = seeded::input("input", (side * side * 3) as usize);
    assert_layers_agree(&encoder, &Sample::Pixels(pixels.clone()), &handles, &device);

    let pack = Pack::read(&encoder.quantise(Scheme::Int8, &[]).unwrap().pack, "resnet18", None).unwrap();
    let gpu = Gpu::over(handles);
    let mut runner = pollster::block_on(Runner::new(gpu, Plan::new(&pack).unwrap(), &pack.words)).unwrap();
    let ours = milliseconds(|| drop(pollster::block_on(runner.run(Input::Pixels(&pixels))).unwrap()));
    let shape = [1, side as usize, side as usize, 3];
    let x = Tensor::<4>::from_data(TensorData::new(pixels.clone(), shape), &device).permute([0, 3, 1, 2]);
    let burns = milliseconds(|| drop(values(model.embed(x.clone())).unwrap()));
    println!("resnet18 at {side} pixels: {ours:.0} ms with our kernels, {burns:.0} ms with Burn's");
}

#[test]
fn a_bert_agrees_with_burn_layer_by_layer_on_the_same_device() {
    let Some((handles, device)) = shared_device() else { return };
    let checkpoint = checkpoint("bert-prefixed");
    let config = bert::BertConfig::of(&checkpoint, bert::Kind::Bert).unwrap();
    let mut model = config.init(&device);
    checkpoint.load(&mut model, checkpoint.layout(bert::LAYOUTS).unwrap()).unwrap();
    let mut builder = GraphBuilder::default();
    let dimension = model.export(&mut builder, 32).unwrap();
    let preprocessing = Preprocessing::Text {
        tokenizer: "tokenizer.json".into(),
        tokenizer_sha256: "0".repeat(64),
        prefix: String::new(),
        max_tokens: 32,
    };
    let encoder = statement("bert", preprocessing).encoder(builder, dimension as u32);
    let tokens: Vec<u32> = (0..16).map(|i| (i * 311 + 7) % config.vocabulary as u32).collect();
    assert_layers_agree(&encoder, &Sample::Tokens(tokens.clone()), &handles, &device);

    let pack = Pack::read(&encoder.quantise(Scheme::Int8, &[]).unwrap().pack, "bert", None).unwrap();
    let mut runner =
        pollster::block_on(Runner::new(Gpu::over(handles), Plan::new(&pack).unwrap(), &pack.words)).unwrap();
    let ours = milliseconds(|| drop(pollster::block_on(runner.run(Input::Tokens(&tokens))).unwrap()));
    let ids = tokens.iter().map(|token| *token as i32).collect::<Vec<_>>();
    let ids = Tensor::<2, Int>::from_data(TensorData::new(ids, [1, tokens.len()]), &device);
    let mask = Tensor::<2>::ones([1, tokens.len()], &device);
    let burns = milliseconds(|| drop(values(model.forward(ids.clone(), mask.clone())).unwrap()));
    println!("bert of 2 blocks over {} tokens: {ours:.0} ms with our kernels, {burns:.0} ms with Burn's", tokens.len());
}
