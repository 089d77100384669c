//! Encoders in f32 from their published weights: what their packs lose by rounding.

use std::path::Path;

use burn::prelude::*;
use rayon::prelude::*;

use crate::catalogue::stored_vector;
use crate::encoder::{Encoder, MIDDLE};
use crate::engine;
use crate::lab::checkpoint::Checkpoint;
use crate::lab::families;
use crate::lab::models::bert::{BertConfig, Kind, LAYOUTS};
use crate::lab::train::corpus::{Content, Corpus, Item};
use crate::merchant::models::Models;
use crate::pack::import;
use crate::pack::import::float::{FloatEncoder, GraphBuilder, Sample};
use crate::title::NormalTitle;
use crate::{Error, Result};

use super::float::vector_of;
use super::vectors::photo;

/// The vectors of a set's items, as a catalogue stores them, by the weights in `file` of the encoder of that name; of other items
/// none.
///
/// # Errors
/// Where the weights are not those of the encoder, or an item cannot be read.
pub fn vectors(
    name: &str,
    file: &Path,
    models: &Models,
    (corpus, set): (&Corpus, usize),
    advance: &(dyn Fn(usize) + Sync),
) -> Result<Vec<Vec<f32>>> {
    let (_, encoder) = models.encoder(name, &engine::Device::Cpu { reason: None })?;
    match encoder {
        Encoder::Image(_) => of_photos(name, file, (corpus, set), advance),
        Encoder::Text(words) => {
            let float = text_encoder(name, file, models)?;
            let vector = |item: &Item| {
                let Content::Title(title) = &item.content else {
                    return Err(Error::argument("items", "titles", "photos"));
                };
                let vector = float.run(&Sample::Tokens(words.tokens(&NormalTitle::of_listing(title))?))?;
                advance(1);
                Ok(stored_vector(None, &[vector]))
            };
            let own = |item: &Item| if item.set == set { vector(item) } else { Ok(Vec::new()) };
            corpus.items.par_iter().map(own).collect()
        }
    }
}

fn of_photos(
    name: &str,
    file: &Path,
    (corpus, set): (&Corpus, usize),
    advance: &(dyn Fn(usize) + Sync),
) -> Result<Vec<Vec<f32>>> {
    let device = Device::flex();
    let loaded = families::load(name, &Checkpoint::read(file)?, &device)?;
    let vector = |item: &Item| match &item.content {
        Content::Photo(path) if item.set == set => {
            let whole = photo(path)?;
            let views = [vector_of(&loaded, &whole, &device)?, vector_of(&loaded, &whole.centre(MIDDLE), &device)?];
            advance(1);
            Ok(stored_vector(None, &views))
        }
        _ => Ok(Vec::new()),
    };
    corpus.items.iter().map(vector).collect()
}

/// A text encoder in f32 with the graph of its pack, or with that of the family of its checkpoint.
fn text_encoder(name: &str, file: &Path, models: &Models) -> Result<FloatEncoder> {
    let pack = models.pack(name)?;
    if name.starts_with("e5-") {
        return import::e5_in_float(&pack, file);
    }
    let checkpoint = Checkpoint::read(file)?;
    let mut model = BertConfig::of(&checkpoint, Kind::Bert)?.init(&Device::flex());
    checkpoint.load(&mut model, checkpoint.layout(LAYOUTS)?)?;
    let mut builder = GraphBuilder::default();
    let max_tokens = pack.header.max_tokens().ok_or_else(|| pack.error("a text encoder", "another"))?;
    let dimension = model.export(&mut builder, max_tokens as usize)? as u32;
    let GraphBuilder { graph, weights } = builder;
    let crate::pack::Header { name, preprocessing, source, licence, .. } = pack.header;
    Ok(FloatEncoder { name, dimension, preprocessing, graph, weights, source, licence })
}
