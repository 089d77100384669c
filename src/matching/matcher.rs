//! The whole way of one query.

use std::collections::BTreeSet;

use serde::Deserialize;
use web_time::Instant;

use super::{Answer, Decision, Hit, Info, Lanes, Timings, fusion};
use crate::catalogue::{Catalogue, Listing};
use crate::encoder::{Encoder, Identity, Kind};
use crate::engine::Device;
use crate::pack::Pack;
use crate::photo::{PerceptualHash, decode};
use crate::search::{Position, Search, cosine};
use crate::{Error, Result};

/// Most hits of an answer.
pub const MAX_LIMIT: usize = 1_000;
/// Candidates that each lane proposes beyond the hits wanted, so that the lanes can disagree.
const CANDIDATES: usize = 32;

/// What the shopper gives.
#[derive(Default)]
pub struct Query<'a> {
    /// A picture file's bytes.
    pub photo: Option<&'a [u8]>,
    pub title: Option<&'a str>,
    /// Most hits wanted, 1 to [`MAX_LIMIT`].
    pub limit: usize,
    pub filter: Filter,
}

/// Which listings may be hits at all.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Filter {
    pub category: Option<String>,
    /// In the shop's currency, inclusive; listings without a price do not pass.
    pub min_price: Option<f64>,
    pub max_price: Option<f64>,
    /// Only listings that are in stock, or whose stock is not known.
    pub in_stock: bool,
}

impl Filter {
    fn passes(&self, listing: &Listing) -> bool {
        let above = |min: f64| listing.price.is_some_and(|p| p >= min);
        let below = |max: f64| listing.price.is_some_and(|p| p <= max);
        self.category.as_ref().is_none_or(|c| listing.category.as_ref() == Some(c))
            && self.min_price.is_none_or(above)
            && self.max_price.is_none_or(below)
            && !(self.in_stock && listing.stock.is_some_and(|s| s <= 0))
    }
}

/// A pack with its tokenizer, kept to lay it out again should the GPU be lost.
pub struct LoadedPack {
    pub pack: Pack,
    pub tokenizer: Option<Vec<u8>>,
}

/// A catalogue and its encoders on a device.
pub struct Matcher {
    catalogue: Catalogue,
    packs: Vec<LoadedPack>,
    encoders: Vec<Encoder>,
    search: Search,
    device: Device,
    /// What the face calls a GPU.
    gpu_name: &'static str,
}

/// The query's own vectors and hash.
struct Embedded {
    /// In the manifest's order.
    vectors: Vec<Option<Vec<f32>>>,
    hash: Option<PerceptualHash>,
}

impl Matcher {
    /// Lays the packs out; they must be the manifest's encoders, in its order. `gpu_name` is how the face calls a GPU.
    pub async fn new(
        device: Device,
        catalogue: Catalogue,
        packs: Vec<LoadedPack>,
        gpu_name: &'static str,
    ) -> Result<Self> {
        let expected = catalogue.manifest.fingerprints();
        let found: Vec<String> = packs.iter().map(|p| p.pack.fingerprint.clone()).collect();
        if expected != found {
            let message = |list: Vec<String>| format!("packs with fingerprints {}", list.join(", "));
            return Err(Error::manifest(message(expected), message(found), crate::catalogue::MANIFEST_FILE));
        }
        // A GPU that passed its self-test may still be too small for the encoders.
        let (device, encoders, search) = match lay_out(&device, &packs, &catalogue).await {
            Err(Error::Gpu { found, .. }) => {
                let device = instead_of_gpu(&found);
                let (encoders, search) = lay_out(&device, &packs, &catalogue).await?;
                (device, encoders, search)
            }
            laid_out => {
                let (encoders, search) = laid_out?;
                (device, encoders, search)
            }
        };
        Ok(Matcher { catalogue, packs, encoders, search, device, gpu_name })
    }

    /// The listings that may be the product, and whether the best one is.
    pub async fn answer(&mut self, query: &Query<'_>) -> Result<Answer> {
        match self.try_answer(query).await {
            Err(Error::Gpu { found, .. }) if matches!(self.device, Device::Gpu(_)) => {
                self.leave_gpu(found).await?;
                self.try_answer(query).await
            }
            other => other,
        }
    }

    /// The vector of a photo by the first image encoder.
    pub async fn embed_photo(&mut self, photo: &[u8]) -> Result<Vec<f32>> {
        self.embed_one(Kind::Image, Query { photo: Some(photo), ..Query::default() }).await
    }

    /// The vector of a title by the first text encoder.
    pub async fn embed_title(&mut self, title: &str) -> Result<Vec<f32>> {
        // A match may lack a title; here an empty one is an error of its own.
        crate::title::normalise(title)?;
        self.embed_one(Kind::Text, Query { title: Some(title), ..Query::default() }).await
    }

    /// What is loaded and where it runs.
    pub fn info(&self) -> Info {
        let manifest = &self.catalogue.manifest;
        Info {
            packs: manifest.encoders.clone(),
            shards: manifest.shards.len() as u64,
            listings: manifest.listings,
            bytes: self.catalogue.bytes() + manifest.encoders.iter().map(|e| e.bytes).sum::<u64>(),
            device: self.device_name().into(),
            adapter: self.device.adapter(),
            reason: self.device.reason(),
        }
    }

    /// The device, for tests that take it away.
    pub fn device(&self) -> &Device {
        &self.device
    }

    fn device_name(&self) -> &'static str {
        match self.device {
            Device::Cpu { .. } => "cpu",
            Device::Gpu(_) => self.gpu_name,
        }
    }

    async fn embed_one(&mut self, kind: Kind, query: Query<'_>) -> Result<Vec<f32>> {
        let embedded = match self.embed(&query, &mut Timings::default()).await {
            Err(Error::Gpu { found, .. }) if matches!(self.device, Device::Gpu(_)) => {
                self.leave_gpu(found).await?;
                self.embed(&query, &mut Timings::default()).await?
            }
            other => other?,
        };
        let name = if kind == Kind::Image { "photos" } else { "titles" };
        let none = || Error::argument("catalogue", format!("an encoder that reads {name}"), "none");
        embedded.vectors.into_iter().flatten().next().ok_or_else(none)
    }

    /// From the GPU to the CPU, saying why.
    async fn leave_gpu(&mut self, found: String) -> Result<()> {
        let device = instead_of_gpu(&found);
        (self.encoders, self.search) = lay_out(&device, &self.packs, &self.catalogue).await?;
        self.device = device;
        Ok(())
    }

    async fn embed(&mut self, query: &Query<'_>, timings: &mut Timings) -> Result<Embedded> {
        let title = query.title.filter(|t| !t.trim().is_empty());
        if query.photo.is_none() && title.is_none() {
            return Err(Error::EmptyQuery);
        }
        title.map(crate::title::normalise).transpose()?;
        let mut step = Stopwatch::start();
        let photo = query.photo.map(decode).transpose()?;
        let hash = photo.as_ref().map(PerceptualHash::of).transpose()?;
        if photo.is_some() {
            timings.decode = step.lap();
        }
        let mut vectors = Vec::with_capacity(self.encoders.len());
        for encoder in &mut self.encoders {
            vectors.push(match (encoder, &photo, title) {
                (Encoder::Image(encoder), Some(photo), _) => {
                    let vector = encoder.embed(photo).await?;
                    timings.embed_photo += step.lap();
                    Some(vector)
                }
                (Encoder::Text(encoder), _, Some(title)) => {
                    let vector = encoder.embed(title).await?;
                    timings.embed_title += step.lap();
                    Some(vector)
                }
                _ => None,
            });
        }
        if vectors.iter().all(Option::is_none) {
            let expected =
                if photo.is_some() { "an encoder that reads photos" } else { "an encoder that reads titles" };
            return Err(Error::argument("catalogue", expected, "none"));
        }
        Ok(Embedded { vectors, hash })
    }

    async fn try_answer(&mut self, query: &Query<'_>) -> Result<Answer> {
        if query.limit == 0 || query.limit > MAX_LIMIT {
            return Err(Error::argument("limit", format!("1 to {MAX_LIMIT}"), query.limit.to_string()));
        }
        let start = Instant::now();
        let mut timings = Timings::default();
        let embedded = self.embed(query, &mut timings).await?;
        let mut step = Stopwatch::start();
        let catalogue = &self.catalogue;
        let passes = |p: Position| query.filter.passes(&catalogue.shards[p.shard].listings[p.listing]);
        let keep = (query.filter != Filter::default()).then_some(&passes as &dyn Fn(Position) -> bool);
        let mut candidates = BTreeSet::new();
        for (encoder, vector) in embedded.vectors.iter().enumerate() {
            if let Some(vector) = vector {
                let wanted = query.limit + CANDIDATES;
                let nearest = self.search.nearest(catalogue, encoder, vector, wanted, keep).await?;
                candidates.extend(nearest.into_iter().map(|n| n.position));
            }
        }
        let mut pairs: Vec<(f32, Position, Lanes)> = candidates.into_iter().map(|p| self.pair(&embedded, p)).collect();
        pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let hits: Vec<Hit> =
            pairs.iter().take(query.limit).map(|(odds, p, lanes)| self.hit(*odds, *p, *lanes)).collect();
        timings.search = step.lap();
        timings.total = milliseconds(start);
        let probability = hits.first().map_or(0.0, |h| h.probability);
        Ok(Answer {
            decision: Decision::at(probability),
            probability,
            hits,
            device: self.device_name().into(),
            timings,
        })
    }

    /// Log-odds and lanes of a query and a listing.
    fn pair(&self, embedded: &Embedded, position: Position) -> (f32, Position, Lanes) {
        let shard = &self.catalogue.shards[position.shard];
        let mut cosines: Vec<(&Identity, f32)> = Vec::with_capacity(embedded.vectors.len());
        for (i, identity) in self.catalogue.manifest.encoders.iter().enumerate() {
            if let (Some(query), Some((codes, scale))) = (&embedded.vectors[i], shard.vectors[i].row(position.listing))
            {
                cosines.push((identity, cosine(query, codes, scale)));
            }
        }
        let mean = |kind: Kind| {
            let of_kind: Vec<f32> = cosines.iter().filter(|(e, _)| e.kind == kind).map(|(_, c)| *c).collect();
            (!of_kind.is_empty()).then(|| of_kind.iter().sum::<f32>() / of_kind.len() as f32)
        };
        let phash = embedded.hash.zip(shard.hashes[position.listing]).map(|(a, b)| a.distance(b));
        let lanes = Lanes { image: mean(Kind::Image), text: mean(Kind::Text), phash };
        let evidence = cosines.iter().map(|(e, cosine)| (e.kind, fusion::evidence(&e.name, *cosine)));
        (fusion::log_odds(evidence, &lanes), position, lanes)
    }

    fn hit(&self, log_odds: f32, position: Position, lanes: Lanes) -> Hit {
        let shard = &self.catalogue.shards[position.shard];
        let listing = &shard.listings[position.listing];
        let probability = fusion::probability(log_odds);
        Hit {
            id: listing.id.clone(),
            title: listing.title.clone(),
            probability,
            decision: Decision::at(probability),
            lanes,
            why: why(&lanes),
            price: listing.price,
            url: listing.url.clone(),
            thumbnail: shard.thumbnail(position.listing).map(<[u8]>::to_vec),
        }
    }
}

async fn lay_out(device: &Device, packs: &[LoadedPack], catalogue: &Catalogue) -> Result<(Vec<Encoder>, Search)> {
    let mut encoders = Vec::with_capacity(packs.len());
    for loaded in packs {
        encoders.push(Encoder::new(device, &loaded.pack, loaded.tokenizer.as_deref()).await?);
    }
    Ok((encoders, Search::new(device, catalogue).await?))
}

/// The CPU, saying what the GPU's failure was.
fn instead_of_gpu(failure: &str) -> Device {
    Device::Cpu { reason: Some(format!("the GPU failed: {}", failure.trim_end_matches('.'))) }
}

fn why(lanes: &Lanes) -> Vec<String> {
    let mut why = Vec::new();
    if let Some(bits) = lanes.phash.filter(|bits| *bits <= 10) {
        why.push(match bits {
            0 => "The pictures have the same fingerprint".into(),
            1 => "The pictures' fingerprints differ by 1 of 64 bits".into(),
            bits => format!("The pictures' fingerprints differ by {bits} of 64 bits"),
        });
    }
    why.extend(lanes.image.map(|cosine| format!("Likeness of the pictures: {cosine:.2}")));
    why.extend(lanes.text.map(|cosine| format!("Likeness of the titles: {cosine:.2}")));
    why
}

struct Stopwatch(Instant);

impl Stopwatch {
    fn start() -> Self {
        Stopwatch(Instant::now())
    }

    /// Milliseconds since the start or the last lap.
    fn lap(&mut self) -> f64 {
        let lap = milliseconds(self.0);
        self.0 = Instant::now();
        lap
    }
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}
