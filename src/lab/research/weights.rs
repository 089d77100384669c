//! Encoders by name: committed packs, and packs that are made of published weights.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use burn::prelude::Device;

use super::cache::Cache;
use super::rows::{Start, WEIGHTS};
use super::vectors::photo;
use crate::digest::sha256_hex;
use crate::encoder::{Encoder, Identity, Tokenizer, normalised};
use crate::engine;
use crate::fusion::Mode;
use crate::lab::checkpoint::Checkpoint;
use crate::lab::export::Statement;
use crate::lab::families;
use crate::lab::models::bert::{BertConfig, Kind, LAYOUTS};
use crate::lab::train::corpus::{Content, Corpus};
use crate::lab::train::write_whole;
use crate::merchant::models::{Models, tokenizer_file};
use crate::pack::import::float::{FloatEncoder, GraphBuilder, Sample, Scheme};
use crate::pack::{Preprocessing, Source};
use crate::title::NormalTitle;
use crate::{Error, Result};

/// Photos or titles of the training part by which biases are corrected.
const CALIBRATION: usize = 16;
/// Most tokens of a title.
const MAX_TOKENS: u32 = 128;

/// Weights by the names that `--weights` takes.
#[derive(Debug, Clone, Default)]
pub struct Files {
    files: BTreeMap<String, PathBuf>,
}

impl Files {
    /// Of `NAME=PATH` each.
    ///
    /// # Errors
    /// [`Error::Argument`] for another form, an unknown name, or a file that is not there.
    pub fn of(given: &[String]) -> Result<Self> {
        let mut files = BTreeMap::new();
        let names = || WEIGHTS.map(|(name, _)| name).join(", ");
        for text in given {
            let form = || Error::argument("weights", format!("NAME=PATH, of {}", names()), format!("{text:?}"));
            let (name, path) = text.split_once('=').ok_or_else(form)?;
            if !WEIGHTS.iter().any(|(own, _)| *own == name) {
                return Err(form());
            }
            let path = PathBuf::from(path);
            if !path.is_file() {
                let expected = format!("the weights of {name}");
                return Err(Error::io("looking for weights", expected, "no such file", path.display().to_string()));
            }
            files.insert(name.to_string(), path);
        }
        Ok(Files { files })
    }

    /// Adds weights unless others of that name were given.
    pub fn or(mut self, name: &str, path: PathBuf) -> Self {
        if path.is_file() {
            self.files.entry(name.into()).or_insert(path);
        }
        self
    }

    pub fn get(&self, name: &str) -> Option<&Path> {
        self.files.get(name).map(PathBuf::as_path)
    }
}

/// Where encoders come from.
pub struct Encoders<'a> {
    pub models: &'a Models,
    pub files: &'a Files,
    pub cache: &'a Cache,
}

impl Encoders<'_> {
    /// The folder that an untrained encoder's pack is in; `None` where its weights are not at hand. `corpus` is what a pack is
    /// calibrated by.
    ///
    /// # Errors
    /// Where weights are there but do not fit.
    pub fn models(&self, start: Start, corpus: &Corpus) -> Result<Option<Models>> {
        let Start::Weights(name) = start else { return Ok(Some(self.models.clone())) };
        let Some(path) = self.files.get(name) else { return Ok(None) };
        let sha256 = sha256_of(path)?;
        let folder = self.cache.below(&format!("packs/{name}-{}", &sha256[..16]))?;
        let models = Models::find(Some(&folder))?;
        let file = folder.join(format!("{name}.safetensors"));
        if !file.is_file() {
            let checkpoint = Checkpoint::read(path)?;
            let source = Source {
                package: "a checkpoint".into(),
                file: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                sha256,
            };
            let is_title = WEIGHTS.iter().any(|(own, mode)| *own == name && *mode == Mode::Title);
            let (encoder, samples) = match is_title {
                true => text_encoder(name, path, &checkpoint, source, (&folder, corpus))?,
                false => image_encoder(name, &checkpoint, source, corpus)?,
            };
            write_whole(&file, &encoder.quantise(Scheme::Int8, &samples)?.pack)?;
        }
        Ok(Some(models))
    }

    /// The untrained encoder.
    ///
    /// # Errors
    /// As [`Encoders::models`], and where a pack cannot be read.
    pub fn load(&self, start: Start, corpus: &Corpus) -> Result<Option<(Identity, Encoder)>> {
        let Some(models) = self.models(start, corpus)? else { return Ok(None) };
        models.encoder(start.name(), &engine::Device::Cpu { reason: None }).map(Some)
    }
}

/// SHA-256 of a file, in hex.
pub fn sha256_of(path: &Path) -> Result<String> {
    let failed = |e| Error::io("reading weights", "a file that can be read", e, path.display().to_string());
    Ok(sha256_hex(&std::fs::read(path).map_err(failed)?))
}

fn image_encoder(
    name: &str,
    checkpoint: &Checkpoint,
    source: Source,
    corpus: &Corpus,
) -> Result<(FloatEncoder, Vec<Sample>)> {
    let loaded = families::load(name, checkpoint, &Device::flex())?;
    let (side, mean, deviation) = (loaded.side, loaded.mean, loaded.deviation);
    let mut builder = GraphBuilder::default();
    let dimension = loaded.model.export(&mut builder, side)? as u32;
    if loaded.blue_first {
        builder.swap_red_and_blue();
    }
    let preprocessing = Preprocessing::Image { width: side, height: side, mean, deviation };
    let statement = Statement { name: name.into(), preprocessing, source, licence: "LicenseRef-as-published".into() };
    let mut samples = Vec::new();
    for item in calibration(corpus) {
        if let Content::Photo(path) = &corpus.items[item].content {
            samples.push(Sample::Pixels(normalised(&photo(path)?.resized(side, side)?, mean, deviation)));
        }
    }
    Ok((statement.encoder(builder, dimension), samples))
}

/// Of a checkpoint beside which its `tokenizer.json` lies.
fn text_encoder(
    name: &str,
    path: &Path,
    checkpoint: &Checkpoint,
    source: Source,
    (folder, corpus): (&Path, &Corpus),
) -> Result<(FloatEncoder, Vec<Sample>)> {
    let file = path.with_file_name("tokenizer.json");
    let failed = |e| {
        let expected = format!("tokenizer.json beside the weights of {name}");
        Error::io("reading a tokenizer", expected, e, file.display().to_string())
    };
    let json = std::fs::read(&file).map_err(failed)?;
    let mut model = BertConfig::of(checkpoint, Kind::Bert)?.init(&Device::flex());
    checkpoint.load(&mut model, checkpoint.layout(LAYOUTS)?)?;
    let mut builder = GraphBuilder::default();
    let dimension = model.export(&mut builder, MAX_TOKENS as usize)? as u32;
    let preprocessing = Preprocessing::Text {
        tokenizer: tokenizer_file(name),
        tokenizer_sha256: sha256_hex(&json),
        prefix: String::new(),
        max_tokens: MAX_TOKENS,
    };
    let unreadable = |e: tokenizers::Error| Error::pack("a tokenizer", e.to_string(), file.display().to_string());
    let tokenizer = Tokenizer::new(&json, MAX_TOKENS).map_err(unreadable)?;
    let mut samples = Vec::new();
    for item in calibration(corpus) {
        if let Content::Title(title) = &corpus.items[item].content {
            samples
                .push(Sample::Tokens(tokenizer.encode(NormalTitle::of_listing(title).as_str()).map_err(unreadable)?));
        }
    }
    write_whole(&folder.join(tokenizer_file(name)), &json)?;
    let statement = Statement { name: name.into(), preprocessing, source, licence: "LicenseRef-as-published".into() };
    Ok((statement.encoder(builder, dimension), samples))
}

/// Some items of the training part.
fn calibration(corpus: &Corpus) -> impl Iterator<Item = usize> {
    let training = corpus.training();
    let step = (training.len() / CALIBRATION).max(1);
    training.into_iter().step_by(step).take(CALIBRATION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_named_and_there() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let given = |name: &str, path: &Path| Files::of(&[format!("{name}={}", path.display())]);
        assert!(given("vgg19", file.path()).unwrap().get("vgg19").is_some());
        assert!(given("clip", file.path()).unwrap_err().to_string().contains("resnet50v2"));
        let missing = given("vgg19", Path::new("none.pth")).unwrap_err().to_string();
        assert!(missing.contains("vgg19") && missing.contains("none.pth"), "{missing}");
        assert!(Files::of(&["vgg19".into()]).unwrap_err().to_string().contains("NAME=PATH"));
    }
}
