//! Float encoders and the packs that they become.

use fastrand::Rng;
use twinlens::engine::{Input, Plan, cpu};
use twinlens::kernels::{Activation, Window, attention, embed};
use twinlens::pack::import::float::{Convolution, FloatEncoder, GraphBuilder, Sample, Scheme, Weights};
use twinlens::pack::{Pack, Preprocessing, Source};

const SIDE: u32 = 12;

fn numbers(rng: &mut Rng, count: usize) -> Vec<f32> {
    (0..count).map(|_| rng.f32() - 0.5).collect()
}

fn encoder(preprocessing: Preprocessing, builder: GraphBuilder, dimension: u32) -> FloatEncoder {
    let GraphBuilder { graph, weights } = builder;
    let source = Source { package: "seeded weights".into(), file: "none".into(), sha256: "0".repeat(64) };
    let (name, licence) = ("tea".into(), "Apache-2.0".into());
    FloatEncoder { name, dimension, preprocessing, graph, weights, source, licence }
}

/// A convolution, a depthwise one, a 1×1 one, a sum, a norm of channels and a pool.
fn image_encoder(rng: &mut Rng) -> FloatEncoder {
    let mut builder = GraphBuilder::default();
    let conv = |rng: &mut Rng, shape: [usize; 4], groups, window| {
        let values = numbers(rng, shape.iter().product());
        Convolution { values, shape, groups, bias: numbers(rng, shape[0]), window }
    };
    let stem = conv(rng, [8, 3, 3, 3], 1, Window::same(3, 2, SIDE));
    let mut value = builder.convolution("stem", "pixels", stem, Activation::Relu).unwrap();
    let depthwise = conv(rng, [8, 1, 3, 3], 8, Window::same(3, 1, SIDE / 2));
    value = builder.convolution("depthwise", &value, depthwise, Activation::Relu6).unwrap();
    let pointwise = conv(rng, [8, 8, 1, 1], 1, Window { size: 1, stride: 1, pad_before: 0, pad_after: 0 });
    value = builder.convolution("pointwise", &value, pointwise, Activation::None).unwrap();
    value = builder.add("sum", &value, "stem", Activation::Relu);
    value = builder.affine("affine", &value, numbers(rng, 8), numbers(rng, 8), Activation::Gelu);
    value = builder.max_pool("pool", &value, Window { size: 3, stride: 2, pad_before: 1, pad_after: 1 }, true);
    value = builder.linear("head", &value, (numbers(rng, 32 * 8), 8), Some(numbers(rng, 32)), Activation::None, None);
    builder.finish(&value, false);
    let preprocessing = Preprocessing::Image { width: SIDE, height: SIDE, mean: [0.5; 3], deviation: [0.5; 3] };
    encoder(preprocessing, builder, 32)
}

fn text_encoder(rng: &mut Rng) -> FloatEncoder {
    let mut builder = GraphBuilder::default();
    let table = |values| Weights::Matrix { values, width: 32, bias: None };
    builder.weights.insert("table".into(), table(numbers(rng, 40 * 32)));
    builder.weights.insert("positions".into(), table(numbers(rng, 16 * 32)));
    let (input, positions) = ("tokens".into(), Some("positions".into()));
    builder.graph.push(embed::Node { input, table: "table".into(), positions, output: "embedded".into() }.into());
    let mut value = builder.layer_norm("norm", "embedded", vec![1.0; 32], numbers(rng, 32), 1e-5);
    value = builder.linear("qkv", &value, (numbers(rng, 96 * 32), 32), Some(numbers(rng, 96)), Activation::None, None);
    let node = attention::Node { input: value, heads: 4, causal: false, output: "context".into() };
    builder.graph.push(node.into());
    let rows = (numbers(rng, 32 * 32), 32);
    value = builder.linear("attended", "context", rows, Some(numbers(rng, 32)), Activation::Gelu, Some("norm"));
    builder.finish(&value, false);
    let preprocessing = Preprocessing::Text {
        tokenizer: "tea.tokenizer.json".into(),
        tokenizer_sha256: "0".repeat(64),
        prefix: String::new(),
        max_tokens: 16,
    };
    encoder(preprocessing, builder, 32)
}

fn samples(rng: &mut Rng, encoder: &FloatEncoder) -> Vec<Sample> {
    let sample = |rng: &mut Rng, i: usize| match encoder.preprocessing {
        Preprocessing::Image { .. } => Sample::Pixels(numbers(rng, (SIDE * SIDE * 3) as usize)),
        Preprocessing::Text { .. } => Sample::Tokens((0..=i * 2).map(|_| rng.u32(0..40)).collect()),
    };
    (0..6).map(|i| sample(rng, i)).collect()
}

fn on_the_cpu(pack: &[u8], samples: &[Sample]) -> Vec<Vec<f32>> {
    let pack = Pack::read(pack, "tea", None).unwrap();
    let mut runner = cpu::Runner::new(Plan::new(&pack).unwrap(), &pack);
    let run = |sample: &Sample| match sample {
        Sample::Pixels(pixels) => runner.run(Input::Pixels(pixels)).unwrap(),
        Sample::Tokens(tokens) => runner.run(Input::Tokens(tokens)).unwrap(),
    };
    samples.iter().map(run).collect()
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[test]
fn a_pack_gives_what_the_float_encoder_gives_with_the_weights_that_the_pack_has() {
    let mut rng = Rng::with_seed(7);
    for encoder in [image_encoder(&mut rng), text_encoder(&mut rng)] {
        let samples = samples(&mut rng, &encoder);
        for scheme in [Scheme::Int8, Scheme::Int4] {
            let quantised = encoder.quantise(scheme, &[]).unwrap();
            assert!(quantised.layers.iter().all(|layer| layer.weights > 0.0 && layer.outputs.is_none()));
            let reference = encoder.dequantised(scheme);
            for (found, sample) in on_the_cpu(&quantised.pack, &samples).iter().zip(&samples) {
                let cosine = cosine(found, &reference.run(sample).unwrap());
                assert!(cosine > 0.999, "{scheme:?}: a cosine of {cosine}");
            }
        }
    }
}

#[test]
fn calibration_takes_the_mean_error_out_of_every_layer() {
    let mut rng = Rng::with_seed(8);
    let encoder = image_encoder(&mut rng);
    let samples = samples(&mut rng, &encoder);
    let quantised = encoder.quantise(Scheme::Int8, &samples).unwrap();
    let layers: Vec<&str> = quantised.layers.iter().map(|layer| layer.layer.as_str()).collect();
    assert_eq!(layers, ["stem", "depthwise", "pointwise", "head"]);
    assert!(quantised.layers.iter().all(|layer| layer.outputs.is_some_and(|error| error > 0.0 && error < 0.05)));
    let error = |pack: &[u8]| {
        let found = on_the_cpu(pack, &samples);
        found
            .iter()
            .zip(&samples)
            .map(|(found, sample)| 1.0 - cosine(found, &encoder.run(sample).unwrap()))
            .sum::<f32>()
    };
    let without = encoder.quantise(Scheme::Int8, &[]).unwrap();
    assert!(error(&quantised.pack) <= error(&without.pack) * 1.5, "calibrated biases are no worse");
    assert_ne!(quantised.pack, without.pack);
}

#[test]
fn weights_that_do_not_fit_the_graph_are_refused() {
    let mut rng = Rng::with_seed(9);
    let encoder = image_encoder(&mut rng);
    let pixels = Sample::Pixels(numbers(&mut rng, (SIDE * SIDE * 3) as usize));
    let refused = |change: &dyn Fn(&mut FloatEncoder)| {
        let mut encoder = encoder.clone();
        change(&mut encoder);
        encoder.run(&pixels).unwrap_err().to_string()
    };
    assert!(refused(&|e| drop(e.weights.remove("stem"))).contains("weights of stem"));
    assert!(refused(&|e| drop(e.weights.remove("affine"))).contains("affine.gain"));
    assert!(refused(&|e| e.graph.truncate(0)).contains("a graph of at least one node"));
    assert!(refused(&|e| drop(e.graph.remove(0))).contains("value stem"));
    let narrow = Weights::Matrix { values: vec![0.0; 32 * 4], width: 4, bias: None };
    assert!(refused(&|e| drop(e.weights.insert("head".into(), narrow.clone()))).contains("a matrix"));
    let wrong = encoder.run(&Sample::Tokens(vec![1])).unwrap_err().to_string();
    assert!(wrong.contains("pixels"), "{wrong}");
}
