//! `twinlens import`: makes a pack from published weights (feature `import`).

use std::path::{Path, PathBuf};

use crate::digest::sha256_hex;
use crate::engine::Plan;
use crate::pack::import::float::Scheme;
use crate::pack::import::onnx::{self, Normalisation, Options, Pooling};
use crate::pack::import::{self, Output};
use crate::pack::{MAX_PACK_BYTES, MAX_TOKENIZER_BYTES, Pack, Source};
use crate::{Error, Result};

/// Make the packs of a known encoder from the unpacked package that publishes its weights, or a pack from an ONNX file
#[derive(clap::Args)]
pub struct Arguments {
    /// Name of the encoder, or an ONNX file (docs/import-onnx.md)
    encoder: String,
    /// Folder into which the package of a known encoder was unpacked
    #[arg(long)]
    from: Option<PathBuf>,
    /// Folder to write to
    #[arg(long, default_value = "models")]
    out: PathBuf,
    /// SPDX expression of the licence of an ONNX file's weights
    #[arg(long, conflicts_with = "from")]
    licence: Option<String>,
    /// Name of an ONNX file's encoder; otherwise that of the file
    #[arg(long)]
    name: Option<String>,
    /// Where an ONNX file is published, for the pack's header
    #[arg(long)]
    source: Option<String>,
    /// The value of an ONNX graph that is the embedding
    #[arg(long)]
    output: Option<String>,
    /// How the rows of that value become one
    #[arg(long)]
    pooling: Option<PoolingName>,
    /// Height and width of an ONNX file's pixels, where it leaves them open: 224 or 256x192
    #[arg(long, value_parser = size)]
    size: Option<(u32, u32)>,
    /// Mean of red, green and blue, 0 to 1: one number or three with commas
    #[arg(long, value_parser = colours)]
    mean: Option<[f32; 3]>,
    /// Standard deviation of red, green and blue
    #[arg(long, value_parser = colours)]
    deviation: Option<[f32; 3]>,
    /// The tokenizer.json of an ONNX file's text encoder
    #[arg(long)]
    tokenizer: Option<PathBuf>,
    /// What such an encoder expects before each title, as "query: "
    #[arg(long)]
    prefix: Option<String>,
    /// Most tokens of a title
    #[arg(long)]
    max_tokens: Option<u32>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum PoolingName {
    Mean,
    First,
    Last,
}

fn size(text: &str) -> std::result::Result<(u32, u32), String> {
    let (height, width) = text.split_once('x').unwrap_or((text, text));
    let side = |text: &str| text.parse().map_err(|e| format!("{text:?}: {e}"));
    Ok((side(height)?, side(width)?))
}

fn colours(text: &str) -> std::result::Result<[f32; 3], String> {
    let numbers: Vec<f32> = text
        .split(',')
        .map(|part| part.trim().parse::<f32>().map_err(|e| format!("{part:?}: {e}")))
        .collect::<std::result::Result<_, _>>()?;
    match numbers[..] {
        [all] => Ok([all; 3]),
        [red, green, blue] => Ok([red, green, blue]),
        _ => Err(format!("{} numbers, neither one nor three", numbers.len())),
    }
}

pub fn run(arguments: &Arguments, json: bool) -> Result<()> {
    let is_onnx = Path::new(&arguments.encoder).extension().is_some_and(|e| e.eq_ignore_ascii_case("onnx"));
    let outputs = match (&arguments.from, &arguments.licence) {
        (Some(from), _) => import::import(&arguments.encoder, from)?,
        (None, Some(licence)) => from_onnx(arguments, licence)?,
        (None, None) if is_onnx => {
            let expected = "the SPDX expression of the weights' licence, which a pack states (--licence MIT)";
            return Err(Error::argument("licence", expected, "none"));
        }
        (None, None) => {
            let expected = "the folder of the unpacked package (--from), or an ONNX file and its licence (--licence)";
            return Err(Error::argument("from", expected, "none"));
        }
    };
    for output in outputs {
        let path = arguments.out.join(&output.file);
        std::fs::write(&path, &output.bytes)
            .map_err(|e| Error::io("writing a pack", "a file that can be written", e, path.display().to_string()))?;
        let sha256 = sha256_hex(&output.bytes);
        if json {
            super::print(
                &serde_json::json!({"file": output.file, "bytes": output.bytes.len(), "sha256": sha256}).to_string(),
            );
        } else {
            super::print(&format!("{sha256}  {} ({} bytes)", output.file, output.bytes.len()));
        }
    }
    Ok(())
}

fn from_onnx(arguments: &Arguments, licence: &str) -> Result<Vec<Output>> {
    let path = Path::new(&arguments.encoder);
    let place = path.display().to_string();
    let bytes = read(path, onnx::MAX_FILE)?;
    let of_file = |part: Option<&std::ffi::OsStr>| part.map_or(String::new(), |name| name.to_string_lossy().into());
    let (file, stem) = (of_file(path.file_name()), of_file(path.file_stem()));
    let name = arguments.name.clone().unwrap_or(stem);
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || !name.chars().all(is_name) {
        return Err(Error::argument("name", "letters, digits, `-`, `_` and `.`", format!("{name:?}")));
    }
    let tokenizer = arguments.tokenizer.as_ref().map(|path| {
        let json = onnx::tokenizer(&read(path, MAX_TOKENIZER_BYTES)?, &path.display().to_string())?;
        Ok::<_, Error>((format!("{name}.tokenizer.json"), json))
    });
    let tokenizer = tokenizer.transpose()?;
    let normalisation = normalisation(arguments, path, tokenizer.is_none())?;
    let source = Source {
        package: arguments.source.clone().unwrap_or_else(|| "a local file".into()),
        file,
        sha256: sha256_hex(&bytes),
    };
    let pooling = arguments.pooling.map(|name| match name {
        PoolingName::Mean => Pooling::Mean,
        PoolingName::First => Pooling::First,
        PoolingName::Last => Pooling::Last,
    });
    let options = Options {
        name: name.clone(),
        output: arguments.output.clone(),
        pooling,
        size: arguments.size,
        normalisation,
        max_tokens: arguments.max_tokens,
        tokenizer: tokenizer.clone(),
        prefix: arguments.prefix.clone().unwrap_or_default(),
        source,
        licence: licence.into(),
    };
    let encoder = onnx::read(bytes, &place, options)?;
    let quantised = encoder.quantise(Scheme::Int8, &[])?;
    // What the engines would refuse is refused here.
    let pack = Pack::read(&quantised.pack, &place, None)?;
    Plan::new(&pack)?;
    if quantised.pack.len() as u64 > MAX_PACK_BYTES {
        let found = format!("{} bytes", quantised.pack.len());
        return Err(Error::pack(format!("a pack of at most {MAX_PACK_BYTES} bytes"), found, place));
    }
    if let Some(worst) = quantised.layers.iter().max_by(|a, b| a.weights.total_cmp(&b.weights)) {
        eprintln!(
            "{} layers; the largest error of int8 weights is {:.4} in {}",
            quantised.layers.len(),
            worst.weights,
            worst.layer
        );
    }
    let pack = Output { file: format!("{name}.safetensors"), bytes: quantised.pack };
    let tokenizer = tokenizer.map(|(file, bytes)| Output { file, bytes });
    Ok([Some(pack), tokenizer].into_iter().flatten().collect())
}

/// What is done to the colours: as the command line says, or a file beside the model, or its name; otherwise a guess.
fn normalisation(arguments: &Arguments, path: &Path, is_image: bool) -> Result<Normalisation> {
    let mut known = None;
    let folders = path.ancestors().skip(1).take(2);
    for file in folders.map(|folder| folder.join("preprocessor_config.json")).filter(|file| file.is_file()) {
        known = Normalisation::from_json(&read(&file, 1 << 20)?).map(|n| (n, format!("as {} says", file.display())));
        if known.is_some() {
            break;
        }
    }
    let named = || Normalisation::of_family(&path.display().to_string());
    let known = known.or_else(|| named().map(|(n, family)| (n, format!("as {family} has it, by the file's name"))));
    let (of_model, why) = known.unwrap_or((Normalisation::HALF, "a guess, as nothing says it".into()));
    if is_image && (arguments.mean.is_none() || arguments.deviation.is_none()) {
        let Normalisation { mean, deviation } = of_model;
        eprintln!("colours: mean {mean:?}, deviation {deviation:?}, {why} (--mean, --deviation)");
    }
    Ok(Normalisation {
        mean: arguments.mean.unwrap_or(of_model.mean),
        deviation: arguments.deviation.unwrap_or(of_model.deviation),
    })
}

/// A file's bytes, if it is not larger than that.
fn read(path: &Path, most: u64) -> Result<Vec<u8>> {
    let place = path.display().to_string();
    let length = std::fs::metadata(path).map(|metadata| metadata.len()).unwrap_or(0);
    if length > most {
        return Err(Error::io("reading a file", format!("at most {most} bytes"), format!("{length} bytes"), place));
    }
    super::read(path)
}
