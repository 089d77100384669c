//! Graphs of a few operations, from the file that holds them to their output on both engines.

use std::collections::HashMap;
use std::sync::OnceLock;

use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde_json::{Value, json};
use twinlens::digest::sha256_hex;
use twinlens::engine::{Device, Input, Plan, Preference, Runner};
use twinlens::pack::Pack;

/// Name, type, shape and bytes.
type Tensor = (&'static str, Dtype, Vec<usize>, Vec<u8>);

/// A pack of a net with those operations over 2 × 3 pixels, or over at most 4 tokens.
fn pack(kind: &str, graph: Value, dimension: u32, tensors: &[Tensor]) -> Pack {
    let preprocessing = match kind {
        "image" => json!({
            "kind": kind, "width": 3, "height": 2, "mean": [0.5, 0.5, 0.5], "deviation": [0.5, 0.5, 0.5],
        }),
        _ => json!({"kind": kind, "tokenizer": "none", "tokenizer_sha256": "", "prefix": "", "max_tokens": 4}),
    };
    let header = json!({
        "version": 1, "name": "test", "dimension": dimension, "quantisation": "int8", "licence": "CC0-1.0",
        "preprocessing": preprocessing, "graph": graph, "source": {"package": "none", "file": "none", "sha256": ""}, "self_sha256": "",
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
fn devices() -> &'static [Device] {
    static DEVICES: OnceLock<Vec<Device>> = OnceLock::new();
    DEVICES.get_or_init(|| {
        let gpu = pollster::block_on(Device::open(Preference::Gpu));
        let gpu = gpu.map_err(|e| println!("skipped on the GPU: {e}")).ok();
        [Some(Device::Cpu { reason: None }), gpu].into_iter().flatten().collect()
    })
}

/// A tensor of f32.
fn floats(name: &'static str, shape: &[usize], values: &[f32]) -> Tensor {
    (name, Dtype::F32, shape.to_vec(), f32s(values))
}

/// A tensor of int8.
fn codes(name: &'static str, shape: &[usize], values: &[i8]) -> Tensor {
    (name, Dtype::I8, shape.to_vec(), values.iter().map(|code| *code as u8).collect())
}

/// The values of a graph are pixels or rows of channels.
type Rows = Vec<Vec<f32>>;

/// Values that codes of 8 bits state exactly: 0 to 255 in steps of 1 / 128, of which 127 is zero.
fn pixels() -> Vec<f32> {
    (0..2 * 3 * 3).map(|i| ((i * 7 % 18 * 15) as f32 - 127.0) / 128.0).collect()
}

/// Takes each colour 4 times, and the sum of all. Filters are padded to 4 bytes.
const FILTERS: [[i8; 4]; 4] = [[100, 0, 0, 0], [0, 100, 0, 0], [0, 0, 100, 0], [100, 100, 100, 0]];
const BIAS: [f32; 4] = [0.5, -0.5, 0.0, 1.0];

fn stem_node() -> Value {
    json!({"op": "conv", "input": "pixels", "weight": "stem", "activation": "none", "output": "stem",
        "window": {"size": 1, "stride": 1, "pad_before": 0, "pad_after": 0}})
}

/// The tensors of [`stem_node`] and more.
fn with_stem(more: impl IntoIterator<Item = Tensor>) -> Vec<Tensor> {
    let stem = [
        codes("stem.q8", &[4, 4], FILTERS.as_flattened()),
        floats("stem.scale", &[4], &[0.04; 4]),
        floats("stem.bias", &[4], &BIAS),
    ];
    stem.into_iter().chain(more).collect()
}

/// What [`stem_node`] makes of [`pixels`]: 2 × 3 pixels of 4 channels.
fn stem() -> Rows {
    let product =
        |pixel: &[f32], filter: &[i8; 4]| pixel.iter().zip(filter).map(|(v, w)| v * f32::from(*w) * 0.04).sum::<f32>();
    let pixel = |pixel: &[f32]| FILTERS.iter().zip(BIAS).map(|(filter, bias)| bias + product(pixel, filter)).collect();
    pixels().chunks(3).map(pixel).collect()
}

fn map(rows: &Rows, f: impl Fn(usize, usize, f32) -> f32) -> Rows {
    rows.iter().enumerate().map(|(r, row)| row.iter().enumerate().map(|(c, v)| f(r, c, *v)).collect()).collect()
}

fn mean(rows: &[&Vec<f32>]) -> Vec<f32> {
    (0..rows[0].len()).map(|c| rows.iter().map(|row| row[c]).sum::<f32>() / rows.len() as f32).collect()
}

fn mean_of_all(rows: &Rows) -> Vec<f32> {
    mean(&rows.iter().collect::<Vec<_>>())
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// Runs the graph on every device; the output has to be `expected` as far as the CPU engine's codes allow.
#[track_caller]
fn assert_gives(pack: &Pack, input: Input<'_>, expected: &[f32]) {
    let largest = expected.iter().fold(1.0f32, |m, v| m.max(v.abs()));
    for device in devices() {
        let mut runner = pollster::block_on(Runner::new(device, pack)).unwrap();
        let found = pollster::block_on(runner.run(input)).unwrap();
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            let near = (found - expected).abs() < 2e-3 * largest;
            assert!(near, "{}: expected {expected}, found {found}", device.name());
        }
    }
}

#[track_caller]
fn assert_photo_gives(graph: Value, tensors: &[Tensor], expected: &[f32]) {
    assert_gives(&pack("image", graph, expected.len() as u32, tensors), Input::Pixels(&pixels()), expected);
}

#[test]
fn a_graph_with_hard_swish_gives_the_same_on_both_engines() {
    let graph = json!([
        stem_node(),
        {"op": "hard_swish", "input": "stem", "output": "swished"},
        {"op": "mean_pool", "input": "swished", "output": "pooled"},
        {"op": "l2_normalize", "input": "pooled", "output": "embedding"},
    ]);
    let expected = mean_of_all(&map(&stem(), |_, _, x| x * (x + 3.0).clamp(0.0, 6.0) / 6.0));
    let length = expected.iter().map(|v| v * v).sum::<f32>().sqrt();
    let expected: Vec<f32> = expected.iter().map(|v| v / length).collect();
    assert_photo_gives(graph, &with_stem([]), &expected);
}

#[test]
fn activations_affine_operations_sums_and_products_of_two_values() {
    let graph = json!([
        stem_node(),
        {"op": "activation", "input": "stem", "activation": "tanh", "output": "a"},
        {"op": "affine", "input": "a", "weight": "norm", "activation": "relu", "output": "b"},
        {"op": "affine", "input": "b", "weight": "scale", "bias": false, "activation": "none", "output": "c"},
        {"op": "add", "input": "c", "residual": "stem", "activation": "silu", "output": "d"},
        {"op": "mean_pool", "input": "d", "output": "mean"},
        {"op": "activation", "input": "mean", "activation": "sigmoid", "output": "gate"},
        {"op": "multiply", "input": "d", "other": "gate", "activation": "none", "output": "e"},
        {"op": "multiply", "input": "e", "other": "a", "activation": "hard_sigmoid", "output": "f"},
        {"op": "mean_pool", "input": "f", "output": "y"},
    ]);
    let (gain, bias, scale) = ([1.0, 2.0, -1.0, 0.5], [0.25, 0.5, 0.75, -0.25], [3.0, -2.0, 1.5, 1.0]);
    let tensors = with_stem([
        floats("norm.gain", &[4], &gain),
        floats("norm.bias", &[4], &bias),
        floats("scale.gain", &[4], &scale),
    ]);
    let stem = stem();
    let a = map(&stem, |_, _, x| x.tanh());
    let c = map(&a, |_, c, x| (x * gain[c] + bias[c]).max(0.0) * scale[c]);
    let d = map(&c, |r, c, x| (x + stem[r][c]) * sigmoid(x + stem[r][c]));
    let gate = mean_of_all(&d);
    let f = map(&d, |r, c, x| (x * sigmoid(gate[c]) * a[r][c] + 3.0).clamp(0.0, 6.0) / 6.0);
    assert_photo_gives(graph, &tensors, &mean_of_all(&f));
}

#[test]
fn pooling_by_windows() {
    // 2 × 3 pixels, the largest of 2 × 2, padded to 3 × 4: 2 × 3; of them means over 2 × 2 with a step of 2: 1 × 1.
    let window = |size: u32, stride: u32, pad_before: u32, pad_after: u32| json!({"size": size, "stride": stride, "pad_before": pad_before, "pad_after": pad_after});
    let stem = stem();
    let largest =
        |of: &[usize]| (0..4).map(|c| of.iter().map(|i| stem[*i][c]).fold(f32::MIN, f32::max)).collect::<Vec<_>>();
    let graph = |op: Value| json!([stem_node(), {"op": "max_pool", "input": "stem", "window": window(2, 1, 0, 1), "output": "a"}, op]);
    let a = [
        largest(&[0, 1, 3, 4]),
        largest(&[1, 2, 4, 5]),
        largest(&[2, 5]),
        largest(&[3, 4]),
        largest(&[4, 5]),
        largest(&[5]),
    ];
    let average =
        json!({"op": "average_pool", "input": "a", "window": window(2, 2, 0, 0), "count_padding": true, "output": "y"});
    assert_photo_gives(graph(average), &with_stem([]), &mean(&[&a[0], &a[1], &a[3], &a[4]]));
    // Of 3 × 3 around the first pixel, which has 4 of them.
    for (count_padding, factor) in [(false, 1.0), (true, 4.0 / 9.0)] {
        let average = json!({"op": "average_pool", "input": "a", "window": window(3, 3, 1, 0), "count_padding": count_padding, "output": "y"});
        let expected: Vec<f32> = mean(&[&a[0], &a[1], &a[3], &a[4]]).iter().map(|v| v * factor).collect();
        assert_photo_gives(graph(average), &with_stem([]), &expected);
    }
    let graph = json!([
        stem_node(),
        {"op": "adaptive_pool", "input": "stem", "height": 1, "width": 2, "output": "a"},
        {"op": "max_pool", "input": "a", "window": window(2, 1, 1, 0), "output": "b"},
        {"op": "take_row", "input": "b", "row": "last", "output": "y"},
    ]);
    let halves = [mean(&[&stem[0], &stem[1], &stem[3], &stem[4]]), mean(&[&stem[1], &stem[2], &stem[4], &stem[5]])];
    let expected: Vec<f32> = (0..4).map(|c| halves[0][c].max(halves[1][c])).collect();
    assert_photo_gives(graph, &with_stem([]), &expected);
}

#[test]
fn rows_beside_each_other_with_a_class_token_normalised_and_pooled_by_attention() {
    let graph = json!([
        stem_node(),
        {"op": "upsample", "input": "stem", "factor": 2, "output": "large"},
        {"op": "max_pool", "input": "large", "window": {"size": 2, "stride": 2, "pad_before": 0, "pad_after": 0}, "output": "small"},
        {"op": "concat", "input": "small", "other": "stem", "output": "wide"},
        {"op": "prepend", "input": "wide", "weight": "tokens", "class": true, "output": "tokens"},
        {"op": "prepend", "input": "tokens", "weight": "more", "class": false, "output": "more"},
        {"op": "rms_norm", "input": "more", "weight": "norm", "epsilon": 1e-6, "output": "normed"},
        {"op": "attention_pool", "input": "normed", "query": "head", "heads": 1, "output": "y"},
    ]);
    let values = |len: usize, step: f32| (0..len).map(|i| (i as f32 * step).sin()).collect::<Vec<f32>>();
    let (class, positions, more) = (values(8, 0.3), values(7 * 8, 0.7), values(7 * 8, 1.1));
    let (gain, query) = (values(8, 0.9), values(4, 2.0));
    let tensors = with_stem([
        floats("tokens.class", &[8], &class),
        floats("tokens.positions", &[7, 8], &positions),
        floats("more.positions", &[7, 8], &more),
        floats("norm.gain", &[8], &gain),
        floats("head.query", &[4], &query),
    ]);
    let mut rows: Rows = vec![class];
    rows.extend(stem().into_iter().map(|row| [row.clone(), row].concat()));
    let rows = map(&rows, |r, c, x| x + positions[r * 8 + c] + more[r * 8 + c]);
    let rms = |row: &Vec<f32>| (row.iter().map(|v| v * v).sum::<f32>() / 8.0 + 1e-6).sqrt();
    let normed = map(&rows, |r, c, x| x / rms(&rows[r]) * gain[c]);
    let shares: Vec<f32> =
        normed.iter().map(|row| (row.iter().zip(&query).map(|(k, q)| k * q).sum::<f32>() / 2.0).exp()).collect();
    let expected: Vec<f32> = (4..8)
        .map(|c| {
            normed.iter().zip(&shares).map(|(row, share)| row[c] * share).sum::<f32>() / shares.iter().sum::<f32>()
        })
        .collect();
    assert_photo_gives(graph, &tensors, &expected);
}

#[test]
fn a_transposed_convolution_adds_filters_where_they_overlap() {
    let graph = json!([
        stem_node(),
        {"op": "conv_transpose", "input": "stem", "weight": "up", "activation": "relu", "output": "up",
            "window": {"size": 3, "stride": 2, "pad_before": 1, "pad_after": 0}},
        {"op": "take_row", "input": "up", "row": "first", "output": "y"},
    ]);
    // [out][y][x][in].
    let filters: Vec<i8> = (0..4 * 9 * 4).map(|i| (i * 37 % 101) as i8 - 50).collect();
    let tensors = with_stem([
        codes("up.q8", &[4, 36], &filters),
        floats("up.scale", &[4], &[0.01, 0.02, 0.03, 0.04]),
        floats("up.bias", &[4], &[0.1, 0.2, 0.3, 0.4]),
    ]);
    // The first pixel of the output is in the middle of the first pixel's filters, and in no other one's.
    let x = &stem()[0];
    let expected: Vec<f32> = (0..4usize)
        .map(|n| {
            let sum: f32 = (0..4).map(|c| x[c] * f32::from(filters[n * 36 + 4 * 4 + c])).sum();
            (sum * 0.01 * (n + 1) as f32 + 0.1 * (n + 1) as f32).max(0.0)
        })
        .collect();
    assert_photo_gives(graph, &tensors, &expected);
}

const WIDTH: usize = 32;

/// A token table that is used as it is, and a projection to queries, keys and values that repeats each token.
fn text_tensors() -> Vec<Tensor> {
    let table: Vec<i8> = (0..8 * WIDTH).map(|i| (i * 53 % 201) as i32 - 100).map(|code| code as i8).collect();
    let projection: Vec<i8> = (0..3 * WIDTH * WIDTH).map(|i| i8::from(i / WIDTH % WIDTH == i % WIDTH)).collect();
    vec![
        codes("table.q8", &[8, WIDTH], &table),
        floats("table.scale", &[8], &[0.01; 8]),
        codes("qkv.q8", &[3 * WIDTH, WIDTH], &projection),
        floats("qkv.scale", &[3 * WIDTH], &[1.0; 3 * WIDTH]),
        floats("qkv.bias", &[3 * WIDTH], &[0.0; 3 * WIDTH]),
    ]
}

#[test]
fn with_a_mask_tokens_do_not_change_by_those_after_them() {
    let graph = |row: &str, causal: bool| {
        json!([
            {"op": "embed", "input": "tokens", "table": "table", "output": "x"},
            {"op": "linear", "input": "x", "weight": "qkv", "activation": "none", "residual": null, "output": "qkv"},
            {"op": "attention", "input": "qkv", "heads": 1, "causal": causal, "output": "attended"},
            {"op": "take_row", "input": "attended", "row": row, "output": "y"},
        ])
    };
    let tensors = text_tensors();
    let token = |t: u32| -> Vec<f32> {
        tensors[0].3[t as usize * WIDTH..][..WIDTH].iter().map(|code| f32::from(*code as i8) * 0.01).collect()
    };
    let attended = |query: u32, keys: &[u32]| -> Vec<f32> {
        let scale = 1.0 / (WIDTH as f32).sqrt();
        let dot = |key: u32| token(query).iter().zip(token(key)).map(|(q, k)| q * k).sum::<f32>();
        let shares: Vec<f32> = keys.iter().map(|key| (dot(*key) * scale).exp()).collect();
        let sum = |c: usize| keys.iter().zip(&shares).map(|(key, share)| token(*key)[c] * share).sum::<f32>();
        (0..WIDTH).map(|c| sum(c) / shares.iter().sum::<f32>()).collect()
    };
    for tokens in [&[5u32, 2, 7][..], &[3], &[1, 2, 3, 4]] {
        let last = tokens[tokens.len() - 1];
        for (row, causal, expected) in [
            ("first", true, token(tokens[0])),
            ("first", false, attended(tokens[0], tokens)),
            ("last", true, attended(last, tokens)),
        ] {
            let pack = pack("text", graph(row, causal), WIDTH as u32, &tensors);
            assert_gives(&pack, Input::Tokens(tokens), &expected);
        }
    }
}

#[track_caller]
fn assert_refused(kind: &str, node: Value, tensors: &[Tensor], expected: [&str; 2]) {
    let first = match kind {
        "image" => stem_node(),
        _ => json!({"op": "embed", "input": "tokens", "table": "table", "output": "stem"}),
    };
    let pack = pack(kind, json!([first, {"op": "mean_pool", "input": "stem", "output": "mean"}, node]), 4, tensors);
    let error = Plan::new(&pack).err().map_or("accepted".to_string(), |error| error.to_string());
    assert!(expected.iter().all(|part| error.contains(part)), "expected {expected:?}, found {error}");
}

#[test]
fn inputs_of_other_shapes_than_an_operation_takes_are_refused() {
    let (image, text) = (with_stem([]), text_tensors());
    let add = json!({"op": "add", "input": "stem", "residual": "mean", "activation": "none", "output": "sum"});
    assert_refused(
        "image",
        add,
        &image,
        ["a residual for sum of shape Shape { height: 2, width: 3", "height: 1, width: 1"],
    );
    let multiply =
        json!({"op": "multiply", "input": "mean", "other": "stem", "activation": "none", "output": "product"});
    assert_refused("image", multiply, &image, ["a factor for product of shape", "height: 2, width: 3"]);
    let colours =
        json!({"op": "multiply", "input": "stem", "other": "pixels", "activation": "none", "output": "product"});
    assert_refused("image", colours, &image, ["a factor for product of shape", "channels: 3"]);
    let concat = json!({"op": "concat", "input": "stem", "other": "mean", "output": "both"});
    assert_refused("image", concat, &image, ["a second input for both of shape", "height: 1, width: 1"]);
    let colours = json!({"op": "concat", "input": "stem", "other": "pixels", "output": "both"});
    assert_refused("image", colours, &image, ["channels of the second input of both a multiple of 4", "3"]);
    let adaptive = json!({"op": "adaptive_pool", "input": "stem", "height": 0, "width": 1, "output": "pooled"});
    assert_refused("image", adaptive, &image, ["windows along the sides of pooled", "0 × 1"]);
    let factor = json!({"op": "upsample", "input": "stem", "factor": 4_000_000_000u32, "output": "large"});
    assert_refused("image", factor, &image, ["a factor of large", "4000000000"]);
    let prepend = json!({"op": "prepend", "input": "stem", "weight": "none", "class": true, "output": "tokens"});
    assert_refused("image", prepend, &image, ["tensor none.class", "none of that name"]);
    // What has a row for each token has no fixed rows to pool, repeat or number.
    let window = json!({"size": 1, "stride": 1, "pad_before": 0, "pad_after": 0});
    for node in [
        json!({"op": "max_pool", "input": "stem", "window": window, "output": "y"}),
        json!({"op": "adaptive_pool", "input": "stem", "height": 1, "width": 1, "output": "y"}),
        json!({"op": "upsample", "input": "stem", "factor": 2, "output": "y"}),
        json!({"op": "prepend", "input": "stem", "weight": "table", "class": false, "output": "y"}),
    ] {
        assert_refused("text", node, &text, ["pixels for y", "tokens"]);
    }
}
