//! Packs that are made here: what a graph means, and which graphs are refused before memory is asked for.

use twinlens::engine::{Device, Input, MAX_BYTES, Plan, Preference, Runner};
use twinlens::kernels::{Activation, Node, Window, conv, embed, l2_normalize, linear, mean_pool};
use twinlens::pack::{Header, Pack, PackWriter, Preprocessing, Source, VERSION};

const WIDTH: usize = 32;
const OUT: usize = 8;
const TOKENS: u32 = 6;

/// Values in −1..1 that repeat nowhere soon.
fn values(len: usize, step: f32) -> Vec<f32> {
    (0..len).map(|i| (i as f32 * step).sin()).collect()
}

fn pack(writer: PackWriter, preprocessing: Preprocessing, dimension: usize, graph: Vec<Node>) -> Pack {
    let header = Header {
        version: VERSION,
        name: "test".into(),
        dimension: dimension as u32,
        quantisation: "int8".into(),
        preprocessing,
        graph,
        source: Source { package: "none".into(), file: "none".into(), sha256: String::new() },
        licence: "MIT".into(),
        self_sha256: String::new(),
    };
    Pack::read(&writer.finish(header).unwrap(), "test.safetensors", None).unwrap()
}

fn titles(max_tokens: u32) -> Preprocessing {
    let (tokenizer, tokenizer_sha256, prefix) = ("t.json".into(), String::new(), String::new());
    Preprocessing::Text { tokenizer, tokenizer_sha256, prefix, max_tokens }
}

fn photos(width: u32, height: u32) -> Preprocessing {
    Preprocessing::Image { width, height, mean: [0.0; 3], deviation: [1.0; 3] }
}

fn embed() -> Node {
    let [input, table, positions, output] = ["tokens", "table", "positions", "x"].map(String::from);
    embed::Node { input, table, positions: Some(positions), output }.into()
}

fn linear(input: &str, weight: &str, residual: Option<&str>, output: &str) -> Node {
    let activation = Activation::None;
    let [input, weight, output] = [input, weight, output].map(String::from);
    linear::Node { input, weight, activation, residual: residual.map(String::from), output }.into()
}

fn mean_pool(input: &str, output: &str) -> Node {
    mean_pool::Node { input: input.into(), output: output.into() }.into()
}

fn normalise(input: &str) -> Node {
    l2_normalize::Node { input: input.into(), output: "embedding".into() }.into()
}

/// Token and position tables of [`WIDTH`], and a matrix `head` to [`OUT`].
fn weights() -> PackWriter {
    let mut writer = PackWriter::default();
    writer.int8("table", &values(10 * WIDTH, 0.37), WIDTH);
    writer.int8("positions", &values(TOKENS as usize * WIDTH, 0.11), WIDTH);
    writer.int8("head", &values(OUT * WIDTH, 0.23), WIDTH);
    writer.f32("head.bias", &values(OUT, 0.5));
    writer
}

/// Embedding, mean, and after it a linear layer, in f32.
fn by_hand(tokens: &[u32]) -> Vec<f32> {
    let (table, positions) = (values(10 * WIDTH, 0.37), values(TOKENS as usize * WIDTH, 0.11));
    let (head, bias) = (values(OUT * WIDTH, 0.23), values(OUT, 0.5));
    let value = |row: usize, i: usize| table[tokens[row] as usize * WIDTH + i] + positions[row * WIDTH + i];
    let mean: Vec<f32> =
        (0..WIDTH).map(|i| (0..tokens.len()).map(|row| value(row, i)).sum::<f32>() / tokens.len() as f32).collect();
    let out = |o: usize| bias[o] + (0..WIDTH).map(|i| head[o * WIDTH + i] * mean[i]).sum::<f32>();
    let y: Vec<f32> = (0..OUT).map(out).collect();
    let length = y.iter().map(|v| v * v).sum::<f32>().sqrt();
    y.iter().map(|v| v / length).collect()
}

fn assert_a_linear_layer_after_pooling_runs_once(device: &Device) {
    let graph = vec![embed(), mean_pool("x", "mean"), linear("mean", "head", None, "y"), normalise("y")];
    let pack = pack(weights(), titles(TOKENS), OUT, graph);
    let mut runner = pollster::block_on(Runner::new(device, &pack)).unwrap();
    // The longest first and last: nothing of a longer title is left in the buffers for a shorter one.
    for tokens in [&[3, 1, 4, 1, 5, 9][..], &[2], &[6, 5, 3], &[5, 8, 9, 7, 9, 3]] {
        let found = pollster::block_on(runner.run(Input::Tokens(tokens))).unwrap();
        for (found, expected) in found.iter().zip(by_hand(tokens)) {
            assert!((found - expected).abs() < 0.02, "{} tokens: expected {expected}, found {found}", tokens.len());
        }
    }
}

#[test]
fn a_linear_layer_after_pooling_runs_once_on_the_cpu() {
    assert_a_linear_layer_after_pooling_runs_once(&Device::Cpu { reason: None });
}

#[test]
fn a_linear_layer_after_pooling_runs_once_on_the_gpu() {
    match pollster::block_on(Device::open(Preference::Gpu)) {
        Ok(device) => assert_a_linear_layer_after_pooling_runs_once(&device),
        Err(error) => println!("skipped: {error}"),
    }
}

#[test]
fn a_plan_says_of_each_step_whether_it_runs_per_token() {
    let graph = vec![embed(), mean_pool("x", "mean"), linear("mean", "head", None, "y"), normalise("y")];
    let plan = Plan::new(&pack(weights(), titles(TOKENS), OUT, graph)).unwrap();
    assert_eq!(plan.steps.iter().map(|step| step.per_token).collect::<Vec<_>>(), [true, true, false, false]);
    let rows: Vec<u32> = plan.calls(3).map(|call| call.rows()).collect();
    assert_eq!(rows, [3, 3, 1, 1]);
}

fn refused(pack: &Pack) -> String {
    Plan::new(pack).err().map(|error| error.to_string()).unwrap_or("accepted".into())
}

#[test]
fn a_graph_whose_embedding_still_has_a_row_for_each_token_is_refused() {
    // With one token at most it has the right number of values.
    let graph = vec![embed(), linear("x", "head", None, "y")];
    assert!(refused(&pack(weights(), titles(1), OUT, graph)).contains("a graph that gives 8 values"));
}

#[test]
fn a_residual_that_is_per_token_is_not_added_to_what_is_not() {
    let mut writer = weights();
    writer.int8("square", &values(WIDTH * WIDTH, 0.7), WIDTH);
    writer.f32("square.bias", &values(WIDTH, 0.5));
    let graph = vec![embed(), mean_pool("x", "mean"), linear("mean", "square", Some("x"), "y"), normalise("y")];
    assert!(refused(&pack(writer, titles(1), WIDTH, graph)).contains("a residual for y"));
}

#[test]
fn a_graph_that_lays_the_same_weights_out_again_and_again_is_refused() {
    let side = 1024;
    let mut writer = PackWriter::default();
    writer.int8("table", &values(4 * side, 0.37), side);
    writer.int8("positions", &values(4 * side, 0.11), side);
    writer.int8("square", &values(side * side, 0.7), side);
    writer.f32("square.bias", &values(side, 0.5));
    let mut graph = vec![embed(), mean_pool("x", "v0")];
    graph.extend((0..300).map(|i| linear(&format!("v{i}"), "square", None, &format!("v{}", i + 1))));
    let pack = pack(writer, titles(4), side, graph);
    assert!(pack.bytes < 2 << 20);
    assert!(refused(&pack).contains(&format!("at most {MAX_BYTES} bytes")), "{}", refused(&pack));
}

/// A convolution with filters of 3 × 3, its mean, and its embedding.
fn convolution(window: Window) -> Vec<Node> {
    let [input, weight, output] = ["pixels", "filters", "y"].map(String::from);
    vec![
        conv::Node { input, weight, window, activation: Activation::None, output }.into(),
        mean_pool("y", "mean"),
        normalise("mean"),
    ]
}

fn filters() -> PackWriter {
    let mut writer = PackWriter::default();
    writer.int8("filters", &values(4 * 27, 0.3), 27);
    writer.f32("filters.bias", &values(4, 0.5));
    writer
}

#[test]
fn a_graph_over_too_many_pixels_is_refused() {
    let refused =
        |width, height| refused(&pack(filters(), photos(width, height), 4, convolution(Window::same(3, 1, 8))));
    assert_eq!(refused(8, 8), "accepted");
    assert!(refused(8_000, 8_000).contains(&format!("at most {MAX_BYTES} bytes")), "{}", refused(8_000, 8_000));
    for (width, height) in [(20_000, 20_000), (u32::MAX, u32::MAX), (0, 10)] {
        assert!(refused(width, height).contains("an input of 1 to 2^28 values"));
    }
}

#[test]
fn a_window_of_any_size_stride_or_padding_is_an_error_and_no_overflow() {
    let sizes = [0, 1, 3, 64, 1 << 16, u32::MAX];
    let mut pack = pack(filters(), photos(8, 8), 4, convolution(Window::same(3, 1, 8)));
    assert_eq!(refused(&pack), "accepted");
    for size in sizes {
        for stride in sizes {
            for (pad_before, pad_after) in [(0, 0), (1, 1), (0, u32::MAX), (u32::MAX, u32::MAX), (u32::MAX - 9, 1)] {
                let window = Window { size, stride, pad_before, pad_after };
                pack.header.graph = convolution(window);
                let is_right = size == 3 && (1..64).contains(&stride) && pad_before < 3 && pad_after < 3;
                assert_eq!(refused(&pack) == "accepted", is_right, "{window:?}: {}", refused(&pack));
            }
        }
    }
}

#[test]
fn all_packs_that_come_with_twinlens_fit_the_limit_as_does_a_whole_vocabulary() {
    let read = |name: &str| {
        let path = format!("{}/models/{name}.safetensors", env!("CARGO_MANIFEST_DIR"));
        Pack::read(&std::fs::read(&path).unwrap(), &path, None).unwrap()
    };
    for name in ["efficientnet-lite0", "efficientnet-lite2", "minilm", "e5-small-latin"] {
        assert!(Plan::new(&read(name)).unwrap().bytes() < MAX_BYTES / 2);
    }
    let latin = Plan::new(&read("e5-small-latin")).unwrap().bytes();
    // 250,037 tokens of 384 int4 and a scale of two bytes for 32 of them.
    assert!(latin + 250_037 * (384 / 2 + 384 / 16) < MAX_BYTES);
}
