//! ONNX files of exporters become packs whose embeddings are those of onnxruntime, and damaged ones become errors.

#[path = "../support/seeded.rs"]
mod seeded;

use std::path::{Path, PathBuf};

use serde_json::Value;
use twinlens::engine::{Device, Input, Runner};
use twinlens::pack::import::float::{FloatEncoder, Sample, Scheme};
use twinlens::pack::import::onnx::{self, Normalisation, Options, Pooling};
use twinlens::pack::{Pack, Preprocessing, Source};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/onnx");

/// The fixtures: the files that have numbers beside them.
fn fixtures() -> Vec<(PathBuf, Value)> {
    let Ok(folder) = std::fs::read_dir(FOLDER) else { return Vec::new() };
    let files = folder.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "json"));
    let with_model = |path: PathBuf| {
        let model = path.with_extension("onnx");
        let read = |path: &Path| serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        model.is_file().then(|| (model, read(&path)))
    };
    let mut found: Vec<_> = files.filter_map(with_model).collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

fn options(path: &Path, numbers: &Value) -> Options {
    let name = path.file_stem().unwrap().to_string_lossy().to_string();
    let shape = numbers["output_shape"].as_array().unwrap();
    // What users of these files do with the last layer: sentence-transformers takes the mean, a vision transformer the class.
    let is_image = numbers["input"]["pixel_values"].is_object();
    let pooling = if is_image { Pooling::First } else { Pooling::Mean };
    let side = || numbers["input"]["pixel_values"]["shape"][1].as_u64().unwrap() as u32;
    Options {
        name,
        output: numbers["output_name"].as_str().map(str::to_string),
        pooling: (shape.len() == 3).then_some(pooling),
        size: is_image.then(|| (side(), side())),
        normalisation: Normalisation::HALF,
        max_tokens: None,
        tokenizer: Some(("test.tokenizer.json".into(), b"{}".to_vec())),
        prefix: String::new(),
        source: Source { package: "none".into(), file: "none".into(), sha256: String::new() },
        licence: "CC0-1.0".into(),
    }
}

/// The embedding that onnxruntime's numbers make, of length 1.
fn expected(numbers: &Value, is_image: bool) -> Vec<f32> {
    let values: Vec<f32> = numbers["output"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap() as f32).collect();
    let shape = numbers["output_shape"].as_array().unwrap();
    let width = shape[shape.len() - 1].as_u64().unwrap() as usize;
    let rows = values.len() / width;
    let pooled: Vec<f32> = match (shape.len(), is_image) {
        (3, true) => values[..width].to_vec(),
        (3, false) => (0..width).map(|c| values[c..].iter().step_by(width).sum::<f32>() / rows as f32).collect(),
        _ => values,
    };
    let length = pooled.iter().map(|v| v * v).sum::<f32>().sqrt();
    pooled.iter().map(|v| v / length).collect()
}

fn sample(input: &Value) -> Sample {
    let pixels = &input["pixel_values"];
    let is_wanted = pixels.is_object();
    if is_wanted {
        let shape = pixels["shape"].as_array().unwrap();
        let count = shape.iter().map(|n| n.as_u64().unwrap() as usize).product();
        return Sample::Pixels(seeded::input(pixels["key"].as_str().unwrap(), count));
    }
    Sample::Tokens(input["input_ids"].as_array().unwrap().iter().map(|v| v.as_u64().unwrap() as u32).collect())
}

fn on_cpu(pack: &[u8], sample: &Sample) -> Vec<f32> {
    let pack = Pack::read(pack, "test", None).unwrap();
    let mut runner = pollster::block_on(Runner::new(&Device::Cpu { reason: None }, &pack)).unwrap();
    let input = match sample {
        Sample::Pixels(pixels) => Input::Pixels(pixels),
        Sample::Tokens(tokens) => Input::Tokens(tokens),
    };
    pollster::block_on(runner.run(input)).unwrap()
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

/// What is wrong with one fixture and one of its inputs.
fn compared(encoder: &FloatEncoder, pack: &[u8], numbers: &Value, is_half: bool) -> Result<(f32, f32), String> {
    let sample = sample(&numbers["input"]);
    let is_image = matches!(encoder.preprocessing, Preprocessing::Image { .. });
    let expected = expected(numbers, is_image);
    let float = encoder.run(&sample).map_err(|e| e.to_string())?;
    if float.len() != expected.len() {
        return Err(format!("{} values, expected {}", float.len(), expected.len()));
    }
    let largest = expected.iter().fold(0.0f32, |m, v| m.max(v.abs()));
    let error = float.iter().zip(&expected).map(|(a, b)| (a - b).abs() / largest).fold(0.0, f32::max);
    let quantised = cosine(&on_cpu(pack, &sample), &expected);
    // Where the graph computes in half precision, onnxruntime's own numbers are that far off.
    if error > if is_half { 2e-3 } else { 1e-4 } || quantised < 0.99 {
        return Err(format!("float off by {error:e}, int8 at cosine {quantised}"));
    }
    Ok((error, quantised))
}

#[test]
fn files_of_exporters_give_the_embeddings_of_onnxruntime() {
    let fixtures = fixtures();
    if fixtures.is_empty() {
        println!("skipped: no files in {FOLDER}");
        return;
    }
    let mut failures = Vec::new();
    for (path, numbers) in &fixtures {
        let name = path.file_stem().unwrap().to_string_lossy();
        let read = onnx::read(std::fs::read(path).unwrap(), &name, options(path, numbers));
        let encoder = match read {
            Ok(encoder) => encoder,
            Err(error) => {
                failures.push(format!("{name}: {error}"));
                continue;
            }
        };
        let pack = encoder.quantise(Scheme::Int8, &[]).unwrap().pack;
        let cases = [Some(numbers), numbers.get("other")];
        for case in cases.into_iter().flatten() {
            match compared(&encoder, &pack, case, name.ends_with("-f16")) {
                Ok((error, cosine)) => {
                    println!(
                        "{name}: {} nodes, float off by {error:.1e}, int8 at cosine {cosine:.5}",
                        encoder.graph.len()
                    );
                }
                Err(found) => failures.push(format!("{name}: {found}")),
            }
        }
    }
    assert!(failures.is_empty(), "{} of {} files:\n{}", failures.len(), fixtures.len(), failures.join("\n"));
}

#[test]
fn damaged_files_are_errors_and_never_a_panic() {
    let mut random = fastrand::Rng::with_seed(7);
    for (path, numbers) in fixtures().iter().step_by(3) {
        let whole = std::fs::read(path).unwrap();
        for round in 0..60 {
            let mut bytes = whole.clone();
            if round % 3 == 0 {
                bytes.truncate(random.usize(..whole.len()));
            } else {
                // Names, shapes and attributes lie before and between the weights.
                for _ in 0..1 + round / 4 {
                    let at = random.usize(..bytes.len().min(60_000));
                    bytes[at] = random.u8(..);
                }
            }
            if let Err(error) = onnx::read(bytes, "damaged", options(path, numbers)) {
                assert!(!error.to_string().is_empty());
            }
        }
    }
}
