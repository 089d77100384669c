//! `twinlens export`: a pack of a checkpoint of one of the lab's models (feature `lab`).

use std::path::{Path, PathBuf};

use burn::prelude::Device;
use serde_json::json;

use crate::digest::sha256_hex;
use crate::encoder::{Tokenizer, normalised};
use crate::engine::{Input, Plan, cpu};
use crate::lab::checkpoint::Checkpoint;
use crate::lab::export::Statement;
use crate::lab::families;
use crate::lab::models::bert::{BertConfig, Kind, LAYOUTS};
use crate::pack::import::float::{FloatEncoder, GraphBuilder, Quantised, Sample, Scheme};
use crate::pack::{Pack, Preprocessing, Source};
use crate::title::NormalTitle;
use crate::{Error, Result};

/// Most inputs that biases are corrected by, and that the pack is compared on.
const CALIBRATION: usize = 32;

/// Make a pack of a checkpoint of a known family of encoders
#[derive(clap::Args)]
pub struct Arguments {
    /// resnet18, resnet50, resnet50v2, vgg19, mobilenet-v2, efficientnet-lite0 to -lite2, bert or xlm-r
    family: String,
    /// Checkpoint: safetensors or a PyTorch state dictionary, with the names that torchvision, timm, Keras or Hugging Face give
    #[arg(long, value_name = "FILE")]
    weights: PathBuf,
    /// Name of the encoder
    #[arg(long)]
    name: String,
    /// SPDX expression of the weights' licence
    #[arg(long)]
    licence: String,
    /// Photos in a folder, or titles in a file of one a line, by which biases are corrected and on which the pack is compared
    #[arg(long, value_name = "PATH")]
    calibration: Option<PathBuf>,
    /// How rows of linear layers and tables are stored
    #[arg(long, default_value = "int8", value_parser = ["int8", "int4"])]
    scheme: String,
    /// Side of the photos in pixels; without it, the family's own
    #[arg(long, value_parser = clap::value_parser!(u32).range(32..=1024))]
    side: Option<u32>,
    /// Tokenizer of a text encoder, in the format of the `tokenizers` library
    #[arg(long, value_name = "FILE")]
    tokenizer: Option<PathBuf>,
    /// What a text encoder expects before each title, such as "query: "
    #[arg(long, default_value = "")]
    prefix: String,
    /// Most tokens of a title
    #[arg(long, default_value_t = 128, value_parser = clap::value_parser!(u32).range(1..=512))]
    max_tokens: u32,
    /// Folder to write to
    #[arg(long, default_value = "models")]
    out: PathBuf,
}

pub fn run(arguments: &Arguments, json: bool) -> Result<()> {
    let checkpoint = Checkpoint::read(&arguments.weights)?;
    let source = Source {
        package: "a checkpoint".into(),
        file: arguments.weights.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        sha256: sha256_hex(&read(&arguments.weights, "reading a checkpoint")?),
    };
    let tokenizer = match (&arguments.tokenizer, is_text(&arguments.family)) {
        (Some(path), true) => Some(read(path, "reading a tokenizer")?),
        (None, false) => None,
        (None, true) => return Err(Error::argument("tokenizer", "--tokenizer FILE for a text encoder", "none")),
        (Some(_), false) => return Err(Error::argument("tokenizer", "none for photos", "--tokenizer")),
    };
    let encoder = match &tokenizer {
        Some(tokenizer) => text_encoder(arguments, &checkpoint, tokenizer, source)?,
        None => image_encoder(arguments, &checkpoint, source)?,
    };
    let inputs = match &arguments.calibration {
        Some(path) => inputs(&encoder.preprocessing, path, tokenizer.as_deref())?,
        None => Vec::new(),
    };
    let scheme = if arguments.scheme == "int4" { Scheme::Int4 } else { Scheme::Int8 };
    let quantised = encoder.quantise(scheme, &inputs)?;
    let cosines = cosines(&encoder, &quantised, &inputs)?;
    write(&arguments.out, &format!("{}.safetensors", arguments.name), &quantised.pack)?;
    if let Some(tokenizer) = &tokenizer {
        write(&arguments.out, &format!("{}.tokenizer.json", arguments.name), tokenizer)?;
    }
    report(&arguments.name, &quantised, &cosines, json);
    Ok(())
}

fn is_text(family: &str) -> bool {
    matches!(family, "bert" | "xlm-r")
}

fn image_encoder(arguments: &Arguments, checkpoint: &Checkpoint, source: Source) -> Result<FloatEncoder> {
    let loaded = families::load(&arguments.family, checkpoint, &Device::flex())?;
    let side = arguments.side.unwrap_or(loaded.side);
    let mut builder = GraphBuilder::default();
    let dimension = loaded.model.export(&mut builder, side)?;
    if loaded.blue_first {
        builder.swap_red_and_blue();
    }
    let preprocessing =
        Preprocessing::Image { width: side, height: side, mean: loaded.mean, deviation: loaded.deviation };
    let licence = arguments.licence.clone();
    Ok(Statement { name: arguments.name.clone(), preprocessing, source, licence }.encoder(builder, dimension as u32))
}

fn text_encoder(
    arguments: &Arguments,
    checkpoint: &Checkpoint,
    tokenizer: &[u8],
    source: Source,
) -> Result<FloatEncoder> {
    let kind = if arguments.family == "bert" { Kind::Bert } else { Kind::XlmR };
    let mut model = BertConfig::of(checkpoint, kind)?.init(&Device::flex());
    checkpoint.load(&mut model, checkpoint.layout(LAYOUTS)?)?;
    let mut builder = GraphBuilder::default();
    let dimension = model.export(&mut builder, arguments.max_tokens as usize)?;
    let preprocessing = Preprocessing::Text {
        tokenizer: format!("{}.tokenizer.json", arguments.name),
        tokenizer_sha256: sha256_hex(tokenizer),
        prefix: arguments.prefix.clone(),
        max_tokens: arguments.max_tokens,
    };
    let licence = arguments.licence.clone();
    Ok(Statement { name: arguments.name.clone(), preprocessing, source, licence }.encoder(builder, dimension as u32))
}

/// The first photos of a folder, or titles of a file.
fn inputs(preprocessing: &Preprocessing, path: &Path, tokenizer: Option<&[u8]>) -> Result<Vec<Sample>> {
    match (preprocessing, tokenizer) {
        (Preprocessing::Image { width, height, mean, deviation }, _) => {
            let failed = |e| Error::io("reading photos to calibrate by", "a folder", e, path.display().to_string());
            let entries = std::fs::read_dir(path).map_err(failed)?;
            let mut files: Vec<PathBuf> =
                entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
            files.sort();
            let sample = |file: &PathBuf| {
                let photo = crate::photo::decode(&super::read_photo(file)?).map_err(|e| super::about_photo(e, file))?;
                Ok(Sample::Pixels(normalised(&photo.resized(*width, *height)?, *mean, *deviation)))
            };
            files.iter().take(CALIBRATION).map(sample).collect()
        }
        (Preprocessing::Text { prefix, max_tokens, .. }, Some(tokenizer)) => {
            let text = String::from_utf8_lossy(&read(path, "reading titles to calibrate by")?).into_owned();
            let place = || path.display().to_string();
            let tokenizer = Tokenizer::new(tokenizer, *max_tokens)
                .map_err(|e| Error::pack("a tokenizer", e.to_string(), "--tokenizer"))?;
            let sample = |title: &str| {
                let title = NormalTitle::of(title)?;
                let tokens = tokenizer.encode(&format!("{prefix}{}", title.as_str()));
                Ok(Sample::Tokens(tokens.map_err(|e| Error::pack("a title that can be read", e.to_string(), place()))?))
            };
            text.lines().filter(|line| !line.trim().is_empty()).take(CALIBRATION).map(sample).collect()
        }
        (Preprocessing::Text { .. }, None) => Ok(Vec::new()),
    }
}

/// Of the pack's vectors to the float encoder's, an input each.
fn cosines(encoder: &FloatEncoder, quantised: &Quantised, inputs: &[Sample]) -> Result<Vec<f32>> {
    let pack = Pack::read(&quantised.pack, &encoder.name, None)?;
    let mut runner = cpu::Runner::new(Plan::new(&pack)?, &pack);
    let cosine = |sample: &Sample| {
        let input = match sample {
            Sample::Pixels(pixels) => Input::Pixels(pixels),
            Sample::Tokens(tokens) => Input::Tokens(tokens),
        };
        Ok(runner.run(input)?.iter().zip(encoder.run(sample)?).map(|(a, b)| a * b).sum())
    };
    inputs.iter().map(cosine).collect()
}

fn report(name: &str, quantised: &Quantised, cosines: &[f32], json: bool) {
    let least = cosines.iter().copied().reduce(f32::min);
    let mean = least.map(|_| cosines.iter().sum::<f32>() / cosines.len() as f32);
    let (file, bytes) = (format!("{name}.safetensors"), quantised.pack.len());
    if json {
        let cosine = json!({ "inputs": cosines.len(), "least": least, "mean": mean });
        let sha256 = sha256_hex(&quantised.pack);
        let document =
            json!({ "file": file, "bytes": bytes, "sha256": sha256, "layers": quantised.layers, "cosine": cosine });
        super::print(&document.to_string());
        return;
    }
    super::print(&format!("{:<32} {:>9} {:>9}", "layer", "weights", "outputs"));
    for layer in &quantised.layers {
        let outputs = layer.outputs.map_or("-".into(), |error| format!("{error:.4}"));
        super::print(&format!("{:<32} {:>9.4} {outputs:>9}", layer.layer, layer.weights));
    }
    if let (Some(least), Some(mean)) = (least, mean) {
        super::print(&format!("cosine to float over {} inputs: {mean:.5}, least {least:.5}", cosines.len()));
    }
    super::print(&format!("{}  {file} ({bytes} bytes)", sha256_hex(&quantised.pack)));
}

fn read(path: &Path, doing: &'static str) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|e| Error::io(doing, "a file that can be read", e, path.display().to_string()))
}

/// Writes the whole file or nothing.
fn write(folder: &Path, file: &str, bytes: &[u8]) -> Result<()> {
    let path = folder.join(file);
    let failed = |e| Error::io("writing a pack", "a file that can be written", e, path.display().to_string());
    let mut whole = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    std::io::Write::write_all(&mut whole, bytes).map_err(failed)?;
    whole.persist(&path).map(drop).map_err(|e| failed(e.error))
}
