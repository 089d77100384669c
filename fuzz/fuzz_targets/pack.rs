//! A pack, its plan, and, where that is a small one, a run of it on the CPU.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use twinlens::Result;
use twinlens::digest::sha256_hex;
use twinlens::engine::{Device, Input, Plan, Runner};
use twinlens::pack::quantise::int8_rows;
use twinlens::pack::{Pack, PackWriter};

/// Most arithmetic and most memory that a run may take: time is for the reader and the plan.
const MAX_FLOPS: u64 = 1_000_000;
const MAX_WORDS: usize = 1 << 18;

fuzz_target!(
    init: twinlens_fuzz::plant(&[photo_pack(), title_pack()], |bytes| Plan::new(&read(bytes)?)),
    |bytes: &[u8]| {
        let _ = Pack::begin(bytes, "", bytes.len() as u64, "fuzz");
        let Ok(pack) = read(bytes) else { return };
        let Ok(plan) = Plan::new(&pack) else { return };
        let tokens = plan.max_tokens.unwrap_or_default();
        let flops = plan.costs(tokens).iter().map(|cost| cost.flops as u64).fold(0, u64::saturating_add);
        let words: usize = plan.buffers.iter().sum();
        if flops > MAX_FLOPS || words > MAX_WORDS {
            return;
        }
        let device = Device::Cpu { reason: None };
        let Ok(mut runner) = pollster::block_on(Runner::new(&device, &pack)) else { return };
        let pixels = vec![0.5; plan.buffers[plan.input]];
        let ids = vec![u32::MAX; tokens as usize];
        let input = if plan.max_tokens.is_some() { Input::Tokens(&ids) } else { Input::Pixels(&pixels) };
        let _ = pollster::block_on(runner.run(input));
    }
);

/// As a manifest that vouches for whatever the bytes are has it read.
fn read(bytes: &[u8]) -> Result<Pack> {
    Pack::read(bytes, "fuzz", Some(&sha256_hex(bytes)))
}

fn header(dimension: u32, preprocessing: Value, graph: Value) -> twinlens::pack::Header {
    let header = json!({
        "version": twinlens::pack::VERSION, "name": "fuzz", "dimension": dimension, "quantisation": "int8",
        "preprocessing": preprocessing, "graph": graph, "licence": "MIT", "self_sha256": "",
        "source": {"package": "none", "file": "none", "sha256": ""},
    });
    serde_json::from_value(header).expect("a header in today's format")
}

/// Values that differ, for `[rows, width]`.
fn values(rows: usize, width: usize) -> Vec<f32> {
    (0..rows * width).map(|i| (i % 7) as f32 / 7.0 - 0.4).collect()
}

/// A net over 4 × 4 pixels with every operation that photos take.
fn photo_pack() -> Vec<u8> {
    let mut writer = PackWriter::default();
    writer.int8("conv", &values(4, 27), 27);
    writer.int8_depthwise("depthwise", &int8_rows(&values(4, 9), 9));
    writer.int8("linear", &values(4, 4), 4);
    writer.int8("transposed", &values(4, 16), 16);
    writer.int8("keys", &values(8, 8), 8);
    for (name, width) in [("conv", 4), ("depthwise", 4), ("linear", 4), ("norm", 4), ("transposed", 4), ("keys", 8)] {
        writer.f32(format!("{name}.bias"), &values(width, 1));
    }
    writer.f32("norm.gain", &values(4, 1));
    writer.f32("tokens.gain", &values(8, 1));
    writer.f32("tokens.class", &values(8, 1));
    writer.f32("tokens.positions", &values(17, 8));
    writer.f32("head.query", &values(4, 1));
    let preprocessing = json!({
        "kind": "image", "width": 4, "height": 4, "mean": [0.5, 0.5, 0.5], "deviation": [0.5, 0.5, 0.5],
    });
    let graph = json!([
        {"op": "conv", "input": "pixels", "weight": "conv", "activation": "relu6", "output": "a",
            "window": {"size": 3, "stride": 2, "pad_before": 0, "pad_after": 1}},
        {"op": "depthwise", "input": "a", "weight": "depthwise", "activation": "relu6", "output": "b",
            "window": {"size": 3, "stride": 1, "pad_before": 1, "pad_after": 1}},
        {"op": "linear", "input": "b", "weight": "linear", "activation": "none", "residual": "a", "output": "c"},
        {"op": "mean_pool", "input": "c", "output": "mean"},
        {"op": "activation", "input": "mean", "activation": "sigmoid", "output": "gate"},
        {"op": "multiply", "input": "c", "other": "gate", "activation": "none", "output": "d"},
        {"op": "affine", "input": "d", "weight": "norm", "activation": "silu", "output": "e"},
        {"op": "add", "input": "e", "residual": "a", "activation": "relu", "output": "f"},
        {"op": "max_pool", "input": "f", "output": "g", "window": {"size": 2, "stride": 1, "pad_before": 0, "pad_after": 1}},
        {"op": "average_pool", "input": "g", "count_padding": false, "output": "h",
            "window": {"size": 2, "stride": 1, "pad_before": 1, "pad_after": 0}},
        {"op": "upsample", "input": "h", "factor": 2, "output": "i"},
        {"op": "conv_transpose", "input": "h", "weight": "transposed", "activation": "hard_swish", "output": "j",
            "window": {"size": 2, "stride": 2, "pad_before": 0, "pad_after": 0}},
        {"op": "concat", "input": "i", "other": "j", "output": "k"},
        {"op": "adaptive_pool", "input": "k", "height": 4, "width": 4, "output": "l"},
        {"op": "prepend", "input": "l", "weight": "tokens", "class": true, "output": "m"},
        {"op": "rms_norm", "input": "m", "weight": "tokens", "epsilon": 1e-5, "output": "n"},
        {"op": "linear", "input": "n", "weight": "keys", "activation": "gelu_tanh", "residual": "n", "output": "o"},
        {"op": "attention_pool", "input": "o", "query": "head", "heads": 1, "output": "p"},
        {"op": "l2_normalize", "input": "p", "output": "q"},
    ]);
    writer.finish(header(4, preprocessing, graph)).expect("a pack can be written")
}

/// A net over 4 tokens with every operation that titles take.
fn title_pack() -> Vec<u8> {
    const WIDTH: usize = 32;
    let mut writer = PackWriter::default();
    writer.int8("table", &values(8, WIDTH), WIDTH);
    writer.int8("positions", &values(4, WIDTH), WIDTH);
    writer.f32("norm.gain", &values(WIDTH, 1));
    writer.f32("norm.bias", &values(WIDTH, 1));
    writer.int8("projection", &values(3 * WIDTH, WIDTH), WIDTH);
    writer.f32("projection.bias", &values(3 * WIDTH, 1));
    let preprocessing = json!({
        "kind": "text", "tokenizer": "none", "tokenizer_sha256": "", "prefix": "", "max_tokens": 4,
    });
    let graph = json!([
        {"op": "embed", "input": "tokens", "table": "table", "positions": "positions", "output": "a"},
        {"op": "layer_norm", "input": "a", "weight": "norm", "epsilon": 1e-5, "output": "b"},
        {"op": "linear", "input": "b", "weight": "projection", "activation": "gelu", "residual": null, "output": "c"},
        {"op": "attention", "input": "c", "heads": 2, "causal": true, "output": "d"},
        {"op": "take_row", "input": "d", "row": "last", "output": "e"},
        {"op": "l2_normalize", "input": "e", "output": "f"},
    ]);
    writer.finish(header(WIDTH as u32, preprocessing, graph)).expect("a pack can be written")
}
