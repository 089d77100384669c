//! Graphs of a few operations, from the file that holds them to their output on both engines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by a panic")]
#![cfg(not(target_arch = "wasm32"))]

use std::collections::HashMap;

use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde_json::{Value, json};
use twinlens::digest::sha256_hex;
use twinlens::engine::{Device, Input, Preference, Runner};
use twinlens::pack::Pack;

/// A pack of a net over 2 × 3 pixels with those operations, whose tensors are (name, type, shape, bytes).
fn pack(graph: Value, dimension: u32, tensors: &[(&str, Dtype, Vec<usize>, Vec<u8>)]) -> Pack {
    let header = json!({
        "version": 1, "name": "test", "dimension": dimension, "quantisation": "int8", "licence": "CC0-1.0",
        "preprocessing": {"kind": "image", "width": 3, "height": 2, "mean": [0.5, 0.5, 0.5], "deviation": [0.5, 0.5, 0.5]},
        "graph": graph, "source": {"package": "none", "file": "none", "sha256": ""}, "self_sha256": "",
    });
    let metadata = HashMap::from([("twinlens.pack".to_string(), header.to_string())]);
    let views = tensors
        .iter()
        .map(|(name, dtype, shape, bytes)| (*name, TensorView::new(*dtype, shape.clone(), bytes).unwrap()));
    let file = safetensors::serialize(views, Some(metadata)).unwrap();
    Pack::read(&file, "test.safetensors", Some(&sha256_hex(&file))).unwrap()
}

fn f32s(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

/// The CPU, and the GPU where there is one.
fn devices() -> Vec<Device> {
    let gpu = pollster::block_on(Device::open(Preference::Gpu));
    let gpu = gpu.map_err(|e| println!("skipped on the GPU: {e}")).ok();
    [Some(Device::Cpu { reason: None }), gpu].into_iter().flatten().collect()
}

#[test]
fn a_graph_with_hard_swish_gives_the_same_on_both_engines() {
    let graph = json!([
        {"op": "conv", "input": "pixels", "weight": "stem", "activation": "none", "output": "stem",
            "window": {"size": 1, "stride": 1, "pad_before": 0, "pad_after": 0}},
        {"op": "hard_swish", "input": "stem", "output": "swished"},
        {"op": "mean_pool", "input": "swished", "output": "pooled"},
        {"op": "l2_normalize", "input": "pooled", "output": "embedding"},
    ]);
    // Each filter takes one colour, 4 times; the last takes all three. Filters are padded to 4 bytes.
    let filters: [[i8; 4]; 4] = [[100, 0, 0, 0], [0, 100, 0, 0], [0, 0, 100, 0], [100, 100, 100, 0]];
    let (scale, bias) = ([0.04f32; 4], [0.5f32, -0.5, 0.0, 1.0]);
    let tensors = [
        ("stem.q8", Dtype::I8, vec![4, 4], filters.as_flattened().iter().map(|w| *w as u8).collect()),
        ("stem.scale", Dtype::F32, vec![4], f32s(&scale)),
        ("stem.bias", Dtype::F32, vec![4], f32s(&bias)),
    ];
    let pack = pack(graph, 4, &tensors);
    let pixels: Vec<f32> = (0..2 * 3 * 3).map(|i| (i * 7 % 18) as f32 / 8.5 - 1.0).collect();

    let mut expected = [0.0f32; 4];
    for pixel in pixels.chunks(3) {
        for (n, filter) in filters.iter().enumerate() {
            let x = bias[n] + pixel.iter().zip(filter).map(|(v, w)| v * f32::from(*w) * scale[n]).sum::<f32>();
            expected[n] += x * (x + 3.0).clamp(0.0, 6.0) / 6.0;
        }
    }
    let length = expected.iter().map(|v| v * v).sum::<f32>().sqrt();

    for device in devices() {
        let mut runner = pollster::block_on(Runner::new(&device, &pack)).unwrap();
        let found = pollster::block_on(runner.run(Input::Pixels(&pixels))).unwrap();
        for (found, expected) in found.iter().zip(expected.map(|v| v / length)) {
            // As far as the CPU engine's codes of the pixels allow.
            assert!((found - expected).abs() < 2e-3, "{}: expected {expected}, found {found}", device.name());
        }
    }
}
