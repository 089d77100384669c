//! Image and text encoders from ONNX files, as `docs/import-onnx.md` describes it.
//!
//! `file` reads the model, `fold` evaluates what is constant, `lift` drafts the operations of a pack, `simplify` and `pad` bring
//! them into the form that the kernels take, `emit` writes them.

mod beside;
mod draft;
mod emit;
mod expression;
mod file;
mod fold;
mod functions;
mod inputs;
mod lift;
mod missing;
mod pad;
mod schema;
mod simplify;
mod strides;
mod tensor;
#[cfg(test)]
mod tests;
mod view;

use std::collections::HashMap;

pub use beside::{Normalisation, tokenizer};
use draft::{Draft, Operation};
use emit::{Emitted, emitted};
pub use file::MAX_FILE;
use file::{File, Part};
use inputs::{Kind, Pixels};
use lift::{Lift, Value};
use missing::Missing;
use view::{Grid, Id};

use super::float::{FloatEncoder, Weights};
use crate::digest::sha256_hex;
use crate::pack::{Preprocessing, Source};
use crate::{Error, Result};

/// What the rows of an encoder's last layer become, where its graph leaves that to its user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooling {
    Mean,
    /// The first row: that of the class token.
    First,
    Last,
}

/// What the file does not say.
#[derive(Debug, Clone)]
pub struct Options {
    /// Of the encoder.
    pub name: String,
    /// The value that is the embedding; may be left out where the file has one output, or one of a known name.
    pub output: Option<String>,
    pub pooling: Option<Pooling>,
    /// Height and width of the pixels, where the file leaves them open.
    pub size: Option<(u32, u32)>,
    pub normalisation: Normalisation,
    /// Of a text encoder; otherwise as many as it has positions, at most 512.
    pub max_tokens: Option<u32>,
    /// File name and bytes of a text encoder's tokenizer, as it will lie beside the pack.
    pub tokenizer: Option<(String, Vec<u8>)>,
    /// Before each title.
    pub prefix: String,
    pub source: Source,
    pub licence: String,
}

/// Names of outputs that are embeddings.
const EMBEDDINGS: [&str; 3] = ["image_embeds", "text_embeds", "sentence_embedding"];
/// Most tokens of a text encoder, and of a text that its reading is checked with.
const MAX_TOKENS: usize = 512;
const FEW_TOKENS: usize = 7;

/// Makes an encoder of an ONNX file's bytes; `place` is its path, for messages.
///
/// # Errors
/// [`Error::Pack`] for a file that is no ONNX model or has something that packs have not, all of it in one message;
/// [`Error::Argument`] for an option that is missing or contradicts the file.
pub fn read(bytes: Vec<u8>, place: &str, options: Options) -> Result<FloatEncoder> {
    let file = File::read(bytes, place)?;
    let output = output(&file, options.output.as_deref())?;
    let part = file.part(&output)?;
    let import = Import { part: &part, output: &output, place, options: &options };
    let inputs = inputs::kinds(&part.inputs, place)?;
    let is_text = inputs.iter().any(|(_, kind)| *kind == Kind::Tokens);
    let (made, preprocessing) = if is_text { import.text(&inputs)? } else { import.image(&inputs)? };
    let encoder = FloatEncoder {
        name: options.name.clone(),
        dimension: made.dimension,
        preprocessing,
        graph: made.emitted.graph,
        weights: made.emitted.weights,
        source: options.source.clone(),
        licence: options.licence.clone(),
    };
    Ok(encoder)
}

/// The value that is the embedding.
fn output(file: &File, wanted: Option<&str>) -> Result<String> {
    let outputs: Vec<String> = file.outputs().into_iter().map(|output| output.name).collect();
    if let Some(wanted) = wanted {
        if outputs.iter().any(|name| name == wanted) || file.makes(wanted) {
            return Ok(wanted.into());
        }
        let expected = format!("an output ({}) or another value of the graph", outputs.join(", "));
        return Err(Error::argument("output", expected, format!("{wanted:?}")));
    }
    let known: Vec<&String> = outputs.iter().filter(|name| EMBEDDINGS.contains(&name.as_str())).collect();
    match (outputs.as_slice(), known.as_slice()) {
        ([only], _) => Ok(only.clone()),
        (_, [known]) => Ok((*known).clone()),
        _ => {
            let expected = "the name of the output that is the embedding";
            Err(Error::argument("output", expected, format!("none for the outputs {}", outputs.join(", "))))
        }
    }
}

struct Import<'a> {
    part: &'a Part<'a>,
    output: &'a str,
    place: &'a str,
    options: &'a Options,
}

/// Of each channel.
type GainAndBias = (Vec<f32>, Vec<f32>);

/// What a graph has become.
struct Made {
    emitted: Emitted,
    dimension: u32,
    /// What the graph does with each channel of the pixels before anything else.
    pixels: Option<GainAndBias>,
}

impl Import<'_> {
    fn image(&self, inputs: &[(String, Kind)]) -> Result<(Made, Preprocessing)> {
        let Pixels { height, width, value } = inputs::pixels(&self.part.inputs, self.options.size, self.place)?;
        let grid = Grid { height, width, channels: 3, per_token: false };
        let mut values = inputs::constants(inputs, 1);
        values.extend(value);
        let made = self.made("pixels", grid, values)?;
        let Normalisation { mut mean, mut deviation } = self.options.normalisation;
        if let Some((gain, bias)) = &made.pixels {
            // gain · (x − mean) / deviation + bias is another mean and deviation.
            for c in 0..3 {
                mean[c] -= bias[c] * deviation[c] / gain[c];
                deviation[c] /= gain[c];
            }
            if mean.iter().chain(&deviation).any(|v| !v.is_finite()) {
                return Err(self.error("pixels that the graph multiplies by 0".into()));
            }
        }
        let preprocessing = Preprocessing::Image { width: width as u32, height: height as u32, mean, deviation };
        Ok((made, preprocessing))
    }

    /// Reads the graph for the longest text that it takes, and for a short one to see that it is the same.
    fn text(&self, inputs: &[(String, Kind)]) -> Result<(Made, Preprocessing)> {
        let Some((tokenizer, json)) = &self.options.tokenizer else {
            return Err(Error::argument("tokenizer", "the tokenizer.json of a text encoder", "none"));
        };
        let stated = inputs::length(&self.part.inputs);
        let lengths = match (stated, self.options.max_tokens) {
            (Some(length), None) => vec![length],
            (_, Some(most)) => vec![most as usize],
            (None, None) => self.lengths(),
        };
        let is_bounded = |n: &usize| (1..=inputs::MAX_TOKENS).contains(n);
        if let Some(tokens) = lengths.iter().find(|n| !is_bounded(n)) {
            let expected = format!("1 to {} tokens", inputs::MAX_TOKENS);
            return Err(Error::argument("max-tokens", expected, tokens.to_string()));
        }
        // A text that is longer than there are positions fails; so does every text where operations are missing.
        let mut made = Err(self.error("no number of tokens".into()));
        let mut length = 0;
        for tokens in lengths {
            made = self.tokens(inputs, tokens);
            length = tokens;
            if made.is_ok() {
                break;
            }
        }
        let made = made?;
        if stated.is_none() {
            let short = self.tokens(inputs, FEW_TOKENS.min(length))?;
            if !is_same(&made.emitted, &short.emitted) {
                let found = format!("others for {length} tokens than for {FEW_TOKENS}");
                return Err(Error::pack("the same operations and weights for texts of all lengths", found, self.place));
            }
        }
        let preprocessing = Preprocessing::Text {
            tokenizer: tokenizer.clone(),
            tokenizer_sha256: sha256_hex(json),
            prefix: self.options.prefix.clone(),
            max_tokens: length as u32,
        };
        Ok((made, preprocessing))
    }

    /// Numbers of tokens to try, the largest first: the graph's tables of positions have one row for each, or two more.
    fn lengths(&self) -> Vec<usize> {
        let tables = self.part.constants.values().filter(|t| matches!(t.shape.len(), 2 | 3));
        let rows = tables.flat_map(|t| t.shape[t.shape.len() - 2].checked_sub(2).map(|n| [n, n + 2])).flatten();
        let mut lengths: Vec<usize> = rows.filter(|n| (1..=MAX_TOKENS).contains(n)).chain([MAX_TOKENS]).collect();
        lengths.sort_unstable_by(|a, b| b.cmp(a));
        lengths.dedup();
        lengths
    }

    fn tokens(&self, inputs: &[(String, Kind)], length: usize) -> Result<Made> {
        let grid = Grid { height: length, width: 1, channels: 1, per_token: true };
        self.made("tokens", grid, inputs::constants(inputs, length))
    }

    fn error(&self, reason: String) -> Error {
        Error::pack("an encoder of operations that a pack has", reason, self.place)
    }

    /// The pack's graph for an input of that shape.
    fn made(&self, input: &str, grid: Grid, values: HashMap<String, Value>) -> Result<Made> {
        let mut lift = Lift::new(grid, values);
        lift.read(self.part);
        let mut missing = std::mem::take(&mut lift.missing);
        let output = match self.embedding(&mut lift) {
            Ok(output) => output,
            Err(reason) => {
                // Where nodes are missing the output is, too.
                if missing.is_empty() {
                    missing.add("the output".into(), reason, self.output);
                }
                return Err(missing.error(self.place));
            }
        };
        let (draft, output) = simplify::simplified(lift.draft, output);
        let (draft, output, pixels) = without_affine_pixels(draft, output);
        if !missing.is_empty() {
            return Err(missing.error(self.place));
        }
        let mut failures = Missing::default();
        refuse(&draft, &mut failures);
        if !failures.is_empty() {
            return Err(failures.error(self.place));
        }
        let dimension = draft.grid(output).channels as u32;
        let (draft, output) = pad::with_wide_tables(draft, output);
        let draft = pad::padded(draft, output).map_err(|reason| self.error(reason))?;
        Ok(Made { emitted: emitted(&draft, input, output, self.place)?, dimension, pixels })
    }

    /// The embedding: the output, pooled if it has several rows, of length 1.
    fn embedding(&self, lift: &mut Lift) -> std::result::Result<Id, String> {
        let value = lift.values.get(self.output).cloned().ok_or("a value that nothing makes")?;
        let Value::Mapped(mapped) = value else { return Err(value.describe()) };
        let view = lift.whole(&mapped)?;
        let grid = lift.draft.grid(view.value);
        let view = match self.options.pooling {
            _ if grid.rows() == 1 => view,
            Some(Pooling::Mean) => lift.mean(&view),
            Some(pooling) => {
                let is_last = pooling == Pooling::Last;
                let one = Grid { height: 1, width: 1, channels: grid.channels, per_token: false };
                view.of(lift.draft.push(Operation::TakeRow { input: view.value, is_last }, one))
            }
            None if view.is_channels_first(grid) => lift.mean(&view),
            None => {
                return Err(format!(
                    "a value of {} rows: state how they are pooled (--pooling mean, first or last)",
                    grid.rows()
                ));
            }
        };
        let grid = lift.draft.grid(view.value);
        if matches!(lift.draft.entries[view.value].operation, Operation::L2Normalize { .. }) {
            return Ok(view.value);
        }
        Ok(lift.draft.push(Operation::L2Normalize { input: view.value }, grid))
    }
}

/// The draft without an operation on each channel of the pixels, which is for the preprocessing, and that operation.
fn without_affine_pixels(mut draft: Draft, output: Id) -> (Draft, Id, Option<GainAndBias>) {
    let readers: Vec<Id> =
        (0..draft.entries.len()).filter(|id| draft.entries[*id].operation.reads().contains(&0)).collect();
    let [only] = readers[..] else { return (draft, output, None) };
    let Operation::Affine { gain, bias, activation: crate::kernels::Activation::None, .. } =
        draft.entries[only].operation.clone()
    else {
        return (draft, output, None);
    };
    if draft.grid(0).per_token || only == output {
        return (draft, output, None);
    }
    draft.entries.iter_mut().for_each(|entry| entry.operation.rename(|id| if id == only { 0 } else { id }));
    let (draft, output) = simplify::simplified(draft, output);
    (draft, output, Some((gain, bias)))
}

/// Notes the operations that are in a draft but not in a pack in that place.
fn refuse(draft: &Draft, missing: &mut Missing) {
    for entry in &draft.entries {
        if let Operation::Prepend { .. } = entry.operation
            && entry.grid.per_token
        {
            missing.add("Add".into(), "positions added to tokens after the embedding", "positions");
        }
    }
}

/// Whether two readings of a text encoder differ in nothing but how many positions they have.
fn is_same(long: &Emitted, short: &Emitted) -> bool {
    let is_same_weight = |(name, a): (&String, &Weights)| match (a, short.weights.get(name)) {
        (
            Weights::Matrix { values, width, bias: None },
            Some(Weights::Matrix { values: fewer, width: same, bias: None }),
        ) => width == same && values.starts_with(fewer),
        (a, b) => Some(a) == b,
    };
    long.graph == short.graph && long.weights.len() == short.weights.len() && long.weights.iter().all(is_same_weight)
}
