//! What the network reads of each item: made by the frozen part of the encoder, once.

use std::path::Path;

use burn::prelude::*;
use fastrand::Rng;
use sha2::{Digest, Sha256};

use super::augment;
use super::corpus::{Content, Corpus, Reads};
use super::kept::{self, Vectors};
use super::network::{Batch, Network, pooled, through};
use super::recipe::{Recipe, Trained};
use crate::catalogue::{stored_vector, unit};
use crate::digest::{hex, sha256_hex};
use crate::encoder::{Encoder, Kind};
use crate::engine;
use crate::lab::checkpoint::Checkpoint;
use crate::lab::export::values;
use crate::lab::models::bert::{Bert, BertConfig, Kind as Family, LAYOUTS};
use crate::merchant::decode::decode;
use crate::merchant::models::Models;
use crate::merchant::parallel;
use crate::photo::Photo;
use crate::title::NormalTitle;
use crate::{Error, Result};

/// Share of the sides that the nearer view of a photo shows, as in a catalogue.
const MIDDLE: f32 = 0.7;
/// Titles that a BERT reads at once.
const TITLES_AT_ONCE: usize = 32;

/// One reading of an item.
#[derive(Debug, Clone)]
pub struct View {
    /// The untrained encoder's vector, of length 1.
    pub untrained: Vec<f32>,
    pub input: Input,
}

impl View {
    /// What an adapter reads.
    fn of_vector(untrained: Vec<f32>) -> Self {
        View { untrained, input: Input::Vector }
    }
}

/// What the network gets besides the untrained vector.
#[derive(Debug, Clone)]
pub enum Input {
    /// Nothing: an adapter reads the vector.
    Vector,
    Tokens(Vec<u32>),
    /// `[tokens, width]`, what frozen blocks give.
    States(Vec<f32>),
}

/// Readings of all items: as they are, and changed.
type Readings = (Vec<Vec<View>>, Vec<Vec<View>>);

/// The readings of all items.
pub struct Inputs {
    /// Of each item as it is: a title once, a photo whole and its middle.
    pub own: Vec<Vec<View>>,
    /// Of its changed copies.
    pub changed: Vec<Vec<View>>,
    /// Length of a vector.
    pub width: usize,
}

impl Inputs {
    /// The untrained encoder's vector of each item.
    pub fn untrained(&self) -> Vec<Vec<f32>> {
        let vector = |views: &Vec<View>| {
            stored_vector(None, &views.iter().map(|view| view.untrained.clone()).collect::<Vec<_>>())
        };
        self.own.iter().map(vector).collect()
    }

    /// A batch of views on a device.
    pub fn batch(&self, views: &[&View], device: &Device) -> Batch {
        match views.first().map(|view| &view.input) {
            Some(Input::Tokens(_)) => {
                let tokens = |view: &&View| match &view.input {
                    Input::Tokens(tokens) => tokens.clone(),
                    _ => Vec::new(),
                };
                let (ids, mask) = token_batch(&views.iter().map(tokens).collect::<Vec<_>>(), device);
                Batch::Tokens(ids, mask)
            }
            Some(Input::States(_)) => {
                let states = |view: &&View| match &view.input {
                    Input::States(states) => states.clone(),
                    _ => Vec::new(),
                };
                let rows: Vec<Vec<f32>> = views.iter().map(states).collect();
                let lengths: Vec<usize> = rows.iter().map(|row| row.len() / self.width.max(1)).collect();
                let longest = lengths.iter().copied().max().unwrap_or_default();
                let mut padded = rows.into_iter().map(|mut row| {
                    row.resize(longest * self.width, 0.0);
                    row
                });
                let values: Vec<f32> = padded.by_ref().flatten().collect();
                let shape = [views.len(), longest, self.width];
                Batch::States(Tensor::from_data(TensorData::new(values, shape), device), mask(&lengths, device))
            }
            _ => Batch::Vectors(self.untrained_batch(views, device)),
        }
    }

    /// The untrained vectors of views.
    pub fn untrained_batch(&self, views: &[&View], device: &Device) -> Tensor<2> {
        let values: Vec<f32> = views.iter().flat_map(|view| view.untrained.iter().copied()).collect();
        Tensor::from_data(TensorData::new(values, [views.len(), self.width]), device)
    }
}

impl Input {
    /// Numbers in it.
    pub fn len(&self) -> usize {
        match self {
            Input::Vector => 0,
            Input::Tokens(tokens) => tokens.len(),
            Input::States(states) => states.len(),
        }
    }
}

/// Token ids, padded with 0, and their mask.
fn token_batch(titles: &[Vec<u32>], device: &Device) -> (Tensor<2, Int>, Tensor<2>) {
    let lengths: Vec<usize> = titles.iter().map(Vec::len).collect();
    let longest = lengths.iter().copied().max().unwrap_or_default();
    let row = |tokens: &Vec<u32>| {
        let mut row: Vec<i64> = tokens.iter().map(|token| i64::from(*token)).collect();
        row.resize(longest, 0);
        row
    };
    let ids: Vec<i64> = titles.iter().flat_map(row).collect();
    let ids = Tensor::from_data(TensorData::new(ids, [titles.len(), longest]), device);
    (ids, mask(&lengths, device))
}

/// 1 for each token, 0 for padding.
fn mask(lengths: &[usize], device: &Device) -> Tensor<2> {
    let longest = lengths.iter().copied().max().unwrap_or_default();
    let row = |length: &usize| {
        let mut row = vec![1.0f32; *length];
        row.resize(longest, 0.0);
        row
    };
    let values: Vec<f32> = lengths.iter().flat_map(row).collect();
    Tensor::from_data(TensorData::new(values, [lengths.len(), longest]), device)
}

/// The encoder that a recipe starts from.
pub struct Untrained {
    pub encoder: Encoder,
    /// Of its pack.
    fingerprint: String,
    pub reads: Reads,
    /// Float weights, where they are trained.
    pub bert: Option<Bert>,
    /// Blocks of it that stay as they are.
    frozen: usize,
    /// Whether all of it is trained.
    is_all: bool,
}

impl Untrained {
    /// # Errors
    /// Where the pack or the checkpoint cannot be read or do not fit the recipe.
    pub fn load(recipe: &Recipe, models: &Models, weights: &Path) -> Result<Self> {
        let device = engine::Device::Cpu { reason: None };
        let (identity, encoder) = models.encoder(&recipe.model.pack, &device)?;
        let reads = if identity.kind == Kind::Text { Reads::Titles } else { Reads::Photos };
        let is_all = recipe.model.trained == Trained::All;
        let fingerprint = identity.fingerprint.clone();
        let mut untrained = Untrained { encoder, fingerprint, reads, bert: None, frozen: 0, is_all };
        let Some(file) = &recipe.model.checkpoint else { return Ok(untrained) };
        if reads == Reads::Photos {
            let expected = "model.trained: an adapter for an encoder that reads photos";
            return Err(Error::recipe(expected, format!("{:?}", recipe.model.trained), recipe.name.clone()));
        }
        let checkpoint = Checkpoint::read(&weights.join(file))?;
        let config = BertConfig { dropout: recipe.model.dropout, ..BertConfig::of(&checkpoint, Family::Bert)? };
        if config.width != identity.dimension as usize {
            let expected = format!("weights of width {}, which the pack has", identity.dimension);
            return Err(Error::pack(expected, config.width.to_string(), checkpoint.place()));
        }
        untrained.frozen = config.blocks - recipe.trained_blocks(config.blocks)?;
        let mut bert = config.init(&Device::flex());
        checkpoint.load(&mut bert, checkpoint.layout(LAYOUTS)?)?;
        untrained.bert = Some(bert);
        Ok(untrained)
    }

    /// The readings of a corpus, changed copies only of items that are `changed`. Vectors for an adapter are kept in the folder
    /// `vectors`, if there is one.
    pub fn inputs(
        &self,
        corpus: &Corpus,
        recipe: &Recipe,
        vectors: Option<&Path>,
        changed: &(dyn Fn(usize) -> bool + Sync),
        advance: &(dyn Fn(usize) + Sync),
    ) -> Result<Inputs> {
        let copies = recipe.augmentation.views;
        let readings = corpus.items.iter().enumerate().map(|(i, item)| Reading {
            content: &item.content,
            copies: if changed(i) { copies } else { 0 },
            seed: recipe.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ i as u64,
        });
        let readings: Vec<Reading> = readings.collect();
        let (own, changed) = match &self.bert {
            None => match vectors {
                Some(folder) => self.kept_by_pack(folder, &readings, recipe, advance)?,
                None => self.by_pack(&readings, recipe, advance)?,
            },
            Some(bert) => self.by_bert(bert, &readings, recipe, advance)?,
        };
        let width = own.iter().flatten().map(|view| view.untrained.len()).next().unwrap_or_default();
        Ok(Inputs { own, changed, width })
    }

    fn kept_by_pack(
        &self,
        folder: &Path,
        readings: &[Reading],
        recipe: &Recipe,
        advance: &(dyn Fn(usize) + Sync),
    ) -> Result<Readings> {
        let augmentation = serde_json::to_string(&recipe.augmentation)
            .map_err(|e| Error::recipe("a recipe that can be written", e.to_string(), &*recipe.name))?;
        let mut hash = Sha256::new();
        hash.update(format!("{}\n{augmentation}\n", self.fingerprint));
        for Reading { content, copies, seed } in readings {
            let digest = match content {
                Content::Title(title) => sha256_hex(title.as_bytes()),
                Content::Photo(path) => sha256_hex(&bytes_of(path)?),
            };
            hash.update(format!("{digest} {copies} {seed}\n"));
        }
        let file = kept::file(folder, &hex(&hash.finalize()));
        if let Some((own, changed)) = kept::read(&file) {
            advance(readings.len());
            let views = |items: Vectors| -> Vec<Vec<View>> {
                items.into_iter().map(|vectors| vectors.into_iter().map(View::of_vector).collect()).collect()
            };
            return Ok((views(own), views(changed)));
        }
        let (own, changed) = self.by_pack(readings, recipe, advance)?;
        let vectors = |items: &[Vec<View>]| -> Vectors {
            items.iter().map(|views| views.iter().map(|view| view.untrained.clone()).collect()).collect()
        };
        kept::write(&file, &vectors(&own), &vectors(&changed))?;
        Ok((own, changed))
    }

    fn by_pack(&self, readings: &[Reading], recipe: &Recipe, advance: &(dyn Fn(usize) + Sync)) -> Result<Readings> {
        let one = |encoders: &mut [Encoder], reading: &Reading| -> Result<(Vec<View>, Vec<View>)> {
            let encoder = encoders.first_mut();
            let views = match (encoder, reading.content) {
                (Some(Encoder::Text(encoder)), Content::Title(title)) => {
                    let mut embed = |title: &str| {
                        Ok::<_, Error>(View::of_vector(pollster::block_on(
                            encoder.embed(&NormalTitle::of_listing(title)),
                        )?))
                    };
                    let own = vec![embed(title)?];
                    (own, reading.titles(title, recipe).iter().map(|title| embed(title)).collect::<Result<_>>()?)
                }
                (Some(Encoder::Image(encoder)), Content::Photo(path)) => {
                    let photo = read_photo(path)?;
                    let mut embed =
                        |photo: &Photo| Ok::<_, Error>(View::of_vector(pollster::block_on(encoder.embed(photo))?));
                    let own = vec![embed(&photo)?, embed(&photo.centre(MIDDLE))?];
                    (own, reading.photos(&photo, recipe).map(|photo| embed(&photo)).collect::<Result<_>>()?)
                }
                _ => return Err(Error::argument("encoder", "one that reads what the items are", "another")),
            };
            advance(1);
            Ok(views)
        };
        let mut forks = vec![self.encoder.fork().ok_or_else(|| Error::argument("device", "the CPU", "another"))?];
        Ok(parallel::map(&mut forks, readings, one)?.into_iter().unzip())
    }

    fn by_bert(
        &self,
        bert: &Bert,
        readings: &[Reading],
        recipe: &Recipe,
        advance: &(dyn Fn(usize) + Sync),
    ) -> Result<Readings> {
        let Encoder::Text(tokenizer) = &self.encoder else {
            return Err(Error::argument("encoder", "one that reads titles", "another"));
        };
        // Of each title its item and whether it is changed.
        let mut titles: Vec<(usize, bool, Vec<u32>)> = Vec::new();
        for (i, reading) in readings.iter().enumerate() {
            let Content::Title(title) = reading.content else { continue };
            let mut add = |title: &str, is_changed: bool| {
                titles.push((i, is_changed, tokenizer.tokens(&NormalTitle::of_listing(title))?));
                Ok::<_, Error>(())
            };
            add(title, false)?;
            reading.titles(title, recipe).iter().try_for_each(|title| add(title, true))?;
        }
        // Titles of like length together: padding costs as much as tokens.
        let mut order: Vec<usize> = (0..titles.len()).collect();
        order.sort_by_key(|i| titles[*i].2.len());
        let mut views: Vec<Option<View>> = vec![None; titles.len()];
        for some in order.chunks(TITLES_AT_ONCE) {
            let made = self.read_titles(bert, &some.iter().map(|i| titles[*i].2.clone()).collect::<Vec<_>>())?;
            some.iter().zip(made).for_each(|(i, view)| views[*i] = Some(view));
            advance(some.iter().filter(|i| !titles[**i].1).count());
        }
        let mut own: Vec<Vec<View>> = vec![Vec::new(); readings.len()];
        let mut changed = own.clone();
        for ((item, is_changed, _), view) in titles.into_iter().zip(views) {
            let views = if is_changed { &mut changed } else { &mut own };
            views[item].extend(view);
        }
        Ok((own, changed))
    }

    fn read_titles(&self, bert: &Bert, titles: &[Vec<u32>]) -> Result<Vec<View>> {
        let (ids, mask) = token_batch(titles, &Device::flex());
        let [_, longest] = ids.dims();
        let frozen = Bert { blocks: Vec::new(), ..bert.clone() };
        let states = through(&bert.blocks[..self.frozen], frozen.tokens(ids, mask.clone()), &mask);
        let [_, _, width] = states.dims();
        let vectors = pooled(through(&bert.blocks[self.frozen..], states.clone(), &mask), mask);
        let vectors = values(vectors)?;
        let states = values(states)?;
        let view = |(row, tokens): (usize, &Vec<u32>)| View {
            untrained: unit(vectors[row * width..(row + 1) * width].to_vec()),
            input: match self.is_all {
                true => Input::Tokens(tokens.clone()),
                false => Input::States(states[row * longest * width..][..tokens.len() * width].to_vec()),
            },
        };
        Ok(titles.iter().enumerate().map(view).collect())
    }

    /// The network in its state before training, on a device with gradients.
    pub fn network(&self, recipe: &Recipe, width: usize, device: &Device) -> Network {
        let mut network = Network { adapter: None, blocks: Vec::new(), bert: None, centres: None };
        match (recipe.model.trained, &self.bert) {
            (Trained::All, Some(bert)) => network.bert = Some(bert.clone().train()),
            (Trained::LastLayers, Some(bert)) => network.blocks = bert.blocks[self.frozen..].to_vec().train(),
            (trained, _) => {
                let hidden = (trained == Trained::ResidualAdapter).then_some(recipe.model.hidden);
                let adapter = super::network::Adapter::new(width, hidden, recipe.model.dropout, recipe.seed, device);
                network.adapter = Some(adapter);
            }
        }
        network
    }

    /// The BERT with what was trained of it.
    pub fn trained_bert(&self, network: &Network) -> Option<Bert> {
        let mut bert = network.bert.as_ref().or(self.bert.as_ref())?.valid();
        bert.blocks.truncate(bert.blocks.len().saturating_sub(network.blocks.len()));
        bert.blocks.extend(network.blocks.iter().map(Module::valid));
        Some(bert)
    }
}

/// An item to be read.
struct Reading<'a> {
    content: &'a Content,
    /// Number of changed copies.
    copies: usize,
    seed: u64,
}

impl Reading<'_> {
    fn titles(&self, title: &str, recipe: &Recipe) -> Vec<String> {
        let mut rng = Rng::with_seed(self.seed);
        (0..self.copies).map(|_| augment::title(title, &recipe.augmentation.titles, &mut rng)).collect()
    }

    fn photos(&self, photo: &Photo, recipe: &Recipe) -> impl Iterator<Item = Photo> {
        let mut rng = Rng::with_seed(self.seed);
        (0..self.copies).map(move |_| augment::photo(photo, &recipe.augmentation.photos, &mut rng))
    }
}

fn bytes_of(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|e| Error::io("reading a photo", "a file", e, path.display().to_string()))
}

fn read_photo(path: &Path) -> Result<Photo> {
    let failed = |e: Error| Error::listings("photos that can be read", e.to_string(), path.display().to_string());
    decode(bytes_of(path)?).map_err(failed)
}
