//! From a trained network to a pack: an adapter is added to the encoder's own, a fine-tuned BERT is quantised anew.

use super::corpus::{Content, Corpus};
use super::inputs::Untrained;
use super::measure::cosine;
use super::network::{Adapter, Network};
use super::recipe::Recipe;
use crate::digest::sha256_hex;
use crate::encoder::Encoder;
use crate::engine;
use crate::kernels::{Activation, Node, Operation, l2_normalize, linear};
use crate::lab::export::{Statement, matrix};
use crate::merchant::decode::decode;
use crate::merchant::models::tokenizer_file;
use crate::merchant::parallel;
use crate::pack::import::float::{GraphBuilder, Sample, Scheme};
use crate::pack::{Header, Pack, PackWriter, Preprocessing};
use crate::title::NormalTitle;
use crate::{Error, Result};

/// Titles by which the biases of a fine-tuned encoder are corrected for rounding.
const CALIBRATION: usize = 24;
/// Items by which the pack is compared with the network.
const COMPARED: usize = 48;
/// Least cosine between a pack's vector and the network's.
const LEAST_AGREEMENT: f32 = 0.99;

/// The pack of a trained network, by the name that the recipe gives; `tokenizer` is the file of the encoder's, to be written beside
/// it as [`tokenizer_file`] names it.
pub fn pack(
    recipe: &Recipe,
    base: &Pack,
    tokenizer: Option<&[u8]>,
    untrained: &Untrained,
    network: &Network,
    corpus: &Corpus,
) -> Result<Vec<u8>> {
    let preprocessing = match (&base.header.preprocessing, tokenizer) {
        (Preprocessing::Text { prefix, max_tokens, .. }, Some(tokenizer)) => Preprocessing::Text {
            tokenizer: tokenizer_file(&recipe.name),
            tokenizer_sha256: sha256_hex(tokenizer),
            prefix: prefix.clone(),
            max_tokens: *max_tokens,
        },
        (other, _) => other.clone(),
    };
    if let Some(adapter) = &network.adapter {
        return with_adapter(recipe, base, preprocessing, adapter);
    }
    let bert = untrained.trained_bert(network).ok_or_else(|| Error::training("a network", "none", &*recipe.name))?;
    let Preprocessing::Text { max_tokens, .. } = preprocessing else {
        return Err(base.error("a pack that reads titles", "another"));
    };
    let mut builder = GraphBuilder::default();
    let width = bert.export(&mut builder, max_tokens as usize)?;
    let statement = Statement {
        name: recipe.name.clone(),
        preprocessing,
        source: base.header.source.clone(),
        licence: base.header.licence.clone(),
    };
    let calibration = calibration(untrained, corpus)?;
    Ok(statement.encoder(builder, width as u32).quantise(Scheme::Int8, &calibration)?.pack)
}

/// Tokens of some titles of the training part.
fn calibration(untrained: &Untrained, corpus: &Corpus) -> Result<Vec<Sample>> {
    let Encoder::Text(encoder) = &untrained.encoder else { return Ok(Vec::new()) };
    let training = corpus.training();
    let step = (training.len() / CALIBRATION).max(1);
    let titles = training.into_iter().step_by(step).take(CALIBRATION);
    let sample = |item: usize| match &corpus.items[item].content {
        Content::Title(title) => Some(encoder.tokens(&NormalTitle::of_listing(title)).map(Sample::Tokens)),
        Content::Photo(_) => None,
    };
    titles.filter_map(sample).collect()
}

/// The encoder's pack with the adapter's layers after its own L2 normalisation, and another after them.
fn with_adapter(recipe: &Recipe, base: &Pack, preprocessing: Preprocessing, adapter: &Adapter) -> Result<Vec<u8>> {
    let header = &base.header;
    let mut graph = header.graph.clone();
    let names: Vec<String> =
        graph.iter().flat_map(|node| [node.values().input, node.values().output].map(str::to_string)).collect();
    let Some(Node::L2Normalize(last)) = graph.last_mut() else {
        return Err(base.error("a graph that ends in l2_normalize", "another"));
    };
    // No value of the encoder's has this name, whatever adapters it has already.
    let prefix =
        (0..).map(|i| format!("adapter{i}")).find(|prefix| names.iter().all(|name| !name.starts_with(prefix.as_str())));
    let prefix = prefix.unwrap_or_default();
    let embedding = last.output.clone();
    let encoded = format!("{prefix}.input");
    last.output = encoded.clone();
    let mut writer = PackWriter::default();
    writer.copy(base);
    let mut add = |part: &str, input: &str, layer: &burn::nn::Linear, activation, residual: Option<&str>| {
        let ((weights, width), bias) = matrix(layer)?;
        let name = format!("{prefix}.{part}");
        let rows = weights.len() / width;
        writer.int8(&name, &weights, width);
        writer.f32(format!("{name}.bias"), &bias.unwrap_or_else(|| vec![0.0; rows]));
        let residual = residual.map(str::to_string);
        graph.push(
            linear::Node { input: input.into(), weight: name.clone(), activation, residual, output: name.clone() }
                .into(),
        );
        Ok::<_, Error>(name)
    };
    let inner = match &adapter.inner {
        Some(inner) => add("inner", &encoded, inner, Activation::Gelu, None)?,
        None => encoded.clone(),
    };
    let adapted = add("outer", &inner, &adapter.outer, Activation::None, Some(&encoded))?;
    graph.push(l2_normalize::Node { input: adapted, output: embedding }.into());
    writer.finish(Header {
        name: recipe.name.clone(),
        quantisation: format!("{}; adapter int8, a scale per row", header.quantisation),
        preprocessing,
        graph,
        self_sha256: String::new(),
        ..header.clone()
    })
}

/// The least cosine between the vectors of a pack and those of the network it was made of, over some items of the corpus.
///
/// # Errors
/// [`Error::Training`] where it is too small; what [`Pack::read`] and the engine refuse.
pub fn agreement(pack: &[u8], tokenizer: Option<&[u8]>, corpus: &Corpus, vectors: &[Vec<f32>]) -> Result<f32> {
    let pack = Pack::read(pack, "the trained pack", None)?;
    let device = engine::Device::Cpu { reason: None };
    let encoder = pollster::block_on(Encoder::new(&device, &pack, tokenizer))?;
    let known: Vec<usize> = (0..corpus.items.len()).filter(|item| !vectors[*item].is_empty()).collect();
    let compared: Vec<usize> = known.iter().copied().step_by((known.len() / COMPARED).max(1)).collect();
    let cosine_of = |encoders: &mut [Encoder], item: &usize| {
        let vector = match (encoders.first_mut(), &corpus.items[*item].content) {
            (Some(Encoder::Text(encoder)), Content::Title(title)) => {
                pollster::block_on(encoder.embed(&NormalTitle::of_listing(title)))?
            }
            (Some(Encoder::Image(encoder)), Content::Photo(path)) => {
                let place = path.display().to_string();
                let bytes = std::fs::read(path).map_err(|e| Error::io("reading a photo", "a file", e, place))?;
                let views = pollster::block_on(encoder.embed_views(&decode(bytes)?))?;
                crate::catalogue::stored_vector(None, &views)
            }
            _ => return Err(Error::argument("encoder", "one that reads what the items are", "another")),
        };
        Ok(cosine(&vector, &vectors[*item]))
    };
    let cosines = parallel::map(&mut [encoder], &compared, cosine_of)?;
    let least = cosines.into_iter().fold(1.0, f32::min);
    if least < LEAST_AGREEMENT {
        let expected = format!("a pack whose vectors have a cosine of at least {LEAST_AGREEMENT} to the network's");
        return Err(Error::training(expected, least.to_string(), pack.header.name.clone()));
    }
    Ok(least)
}
