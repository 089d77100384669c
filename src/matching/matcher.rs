//! The whole way of one query.

use std::pin::Pin;

use web_time::Instant;

use super::answer::Contributions;
use super::decide::Decided;
use super::filter::check_price;
use super::probe::Probe;
use super::ranker::{Ranked, Ranker, Scored};
use super::retrieve::Retrieved;
use super::why::why;
use super::{Answer, Filter, Hit, Info, Timings};
use crate::catalogue::Catalogue;
use crate::encoder::{Encoder, Identity, Kind};
use crate::engine::Device;
use crate::pack::Pack;
use crate::photo::Source;
use crate::search::{Mask, Search};
use crate::title::{Gtin, NormalTitle};
use crate::{Error, Result};

/// Most hits of an answer.
pub const MAX_LIMIT: usize = 1_000;

const READS_PHOTOS: &str = "an encoder that reads photos";
const READS_TITLES: &str = "an encoder that reads titles";

/// What the shopper gives.
#[derive(Default)]
pub struct Query<'a> {
    pub photo: Option<Source<'a>>,
    pub title: Option<&'a str>,
    /// In the shop's currency, where it is known; 0 or more.
    pub price: Option<f64>,
    /// The digits under a bar code; one in the title is found there, and, where neither is, a bar code in the photo.
    pub gtin: Option<Gtin>,
    /// Most hits wanted, 1 to [`MAX_LIMIT`].
    pub limit: usize,
    pub filter: Filter,
}

/// A pack with its tokenizer.
pub struct LoadedPack {
    pub pack: Pack,
    pub tokenizer: Option<Vec<u8>>,
}

/// Gets an encoder's pack again, should the GPU be lost: once packs are laid out, nothing here keeps a copy of them.
pub type Reload = Box<dyn Fn(Identity) -> Pin<Box<dyn Future<Output = Result<LoadedPack>>>>>;

/// A catalogue and its encoders on a device.
pub struct Matcher {
    ranker: Ranker,
    reload: Reload,
    encoders: Vec<Encoder>,
    search: Search,
    device: Device,
    /// What the face calls a GPU.
    gpu_name: &'static str,
}

impl Matcher {
    /// Lays the packs out; they must be the manifest's encoders, in its order. `gpu_name` is how the face calls a GPU.
    pub async fn new(
        device: Device,
        catalogue: Catalogue,
        packs: Vec<LoadedPack>,
        reload: Reload,
        gpu_name: &'static str,
    ) -> Result<Self> {
        let expected = &catalogue.manifest.encoders;
        let found: Vec<Identity> = packs.iter().map(|p| Identity::of(&p.pack)).collect();
        // Every field: vectors of another length or kind would be compared all the same, and mean nothing.
        if *expected != found {
            let message = |list: &[Identity]| list.iter().map(Identity::to_string).collect::<Vec<_>>().join(" and ");
            let found = format!("packs of {}", message(&found));
            return Err(Error::manifest(message(expected), found, crate::catalogue::MANIFEST_FILE));
        }
        let laid_out = lay_out(&device, packs, &catalogue).await;
        let (device, encoders, search) = match laid_out {
            // A GPU may compute wrongly, or be too small for the encoders.
            Err(Error::Gpu { found, .. }) => lay_out_instead(&found, &reload, &catalogue).await?,
            laid_out => {
                let (encoders, search) = laid_out?;
                (device, encoders, search)
            }
        };
        Ok(Matcher { ranker: Ranker::new(catalogue), reload, encoders, search, device, gpu_name })
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
    pub async fn embed_photo(&mut self, photo: Source<'_>) -> Result<Vec<f32>> {
        let (photo, _) = photo.read()?;
        self.embed_one(Kind::Image, async |encoder: &mut Encoder| match encoder {
            Encoder::Image(encoder) => encoder.embed(&photo).await.map(Some),
            Encoder::Text(_) => Ok(None),
        })
        .await
    }

    /// The vector of a title by the first text encoder.
    pub async fn embed_title(&mut self, title: &str) -> Result<Vec<f32>> {
        let title = NormalTitle::of(title)?;
        self.embed_one(Kind::Text, async |encoder: &mut Encoder| match encoder {
            Encoder::Text(encoder) => encoder.embed(&title).await.map(Some),
            Encoder::Image(_) => Ok(None),
        })
        .await
    }

    /// What is loaded and where it runs.
    pub fn info(&self) -> Info {
        let manifest = &self.ranker.catalogue.manifest;
        Info {
            packs: manifest.encoders.clone(),
            shards: manifest.shards.len() as u64,
            listings: manifest.listings,
            bytes: manifest.bytes() + manifest.encoders.iter().map(|e| e.bytes).sum::<u64>(),
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

    /// The vector of the first encoder that gives one, on the CPU should the GPU fail.
    async fn embed_one(
        &mut self,
        kind: Kind,
        embed: impl AsyncFn(&mut Encoder) -> Result<Option<Vec<f32>>>,
    ) -> Result<Vec<f32>> {
        let found = match self.first(&embed).await {
            Err(Error::Gpu { found, .. }) if matches!(self.device, Device::Gpu(_)) => {
                self.leave_gpu(found).await?;
                self.first(&embed).await?
            }
            other => other?,
        };
        let expected = if kind == Kind::Image { READS_PHOTOS } else { READS_TITLES };
        found.ok_or_else(|| Error::argument("catalogue", expected, "none"))
    }

    async fn first(
        &mut self,
        embed: &impl AsyncFn(&mut Encoder) -> Result<Option<Vec<f32>>>,
    ) -> Result<Option<Vec<f32>>> {
        for encoder in &mut self.encoders {
            if let Some(vector) = embed(encoder).await? {
                return Ok(Some(vector));
            }
        }
        Ok(None)
    }

    /// From the GPU to the CPU, saying why.
    async fn leave_gpu(&mut self, found: String) -> Result<()> {
        (self.device, self.encoders, self.search) =
            lay_out_instead(&found, &self.reload, &self.ranker.catalogue).await?;
        Ok(())
    }

    async fn embed(&mut self, query: &Query<'_>, timings: &mut Timings) -> Result<Probe> {
        let title = query.title.filter(|t| !t.trim().is_empty()).map(NormalTitle::of).transpose()?;
        if query.photo.is_none() && title.is_none() {
            return Err(Error::EmptyQuery);
        }
        let typed = query.gtin.or_else(|| Gtin::in_title(title.as_ref()?.as_str()));
        let mut probe = Probe::default();
        let mut step = Stopwatch::start();
        if let Some(photo) = query.photo {
            let (photo, notes) = photo.read()?;
            probe = Probe { notes, ..Probe::hashed(&photo)? };
            if typed.is_none() && self.ranker.has_gtins() {
                probe.read_gtin(&photo, |gtin| !self.ranker.with_gtin(gtin).is_empty());
            }
            timings.decode = step.lap();
            probe.embed_photo(&self.ranker.catalogue, &mut self.encoders, &photo).await?;
            timings.embed_photo = step.lap();
        }
        if let Some(title) = title {
            probe.embed_title(&self.ranker.catalogue, &mut self.encoders, title).await?;
            timings.embed_title = step.lap();
        }
        let reads = |kind: Kind| self.ranker.catalogue.manifest.encoders.iter().any(|encoder| encoder.kind == kind);
        let is_read = query.photo.is_some() && reads(Kind::Image) || probe.title.is_some() && reads(Kind::Text);
        if !is_read {
            let expected = if query.photo.is_some() { READS_PHOTOS } else { READS_TITLES };
            return Err(Error::argument("catalogue", expected, "none"));
        }
        probe.price = query.price;
        probe.gtin = typed.or(probe.gtin);
        Ok(probe)
    }

    async fn try_answer(&mut self, query: &Query<'_>) -> Result<Answer> {
        if query.limit == 0 || query.limit > MAX_LIMIT {
            return Err(Error::argument("limit", format!("1 to {MAX_LIMIT}"), query.limit.to_string()));
        }
        check_price("price", "a price", query.price)?;
        let start = Instant::now();
        let mask = query.filter.mask(&self.ranker.catalogue)?;
        let mut timings = Timings::default();
        let probe = self.embed(query, &mut timings).await?;
        let (ranked, further) = self.ranked(&probe, mask.as_ref(), query.limit, &mut timings).await?;
        let mut step = Stopwatch::start();
        let decided = Decided::of(&self.ranker, &probe, &ranked);
        let scored: Vec<&Scored> = ranked.scored.iter().chain(&further).take(query.limit).collect();
        let hits: Vec<Hit> =
            scored.iter().enumerate().map(|(rank, hit)| self.hit(&decided, rank, hit, scored[0])).collect();
        timings.fuse += step.lap();
        timings.total = milliseconds(start);
        let probability = hits.first().map_or(0.0, |h| h.probability);
        Ok(Answer {
            decision: decided.decision,
            probability,
            presence: ranked.presence,
            fits: decided.fits,
            prefers: decided.prefers,
            unread: probe.unread,
            notes: probe.notes,
            hits,
            device: self.device_name().into(),
            timings,
        })
    }

    /// The candidates, best first; where fewer are found than hits are wanted, further listings too, best first.
    async fn ranked(
        &mut self,
        probe: &Probe,
        mask: Option<&Mask>,
        limit: usize,
        timings: &mut Timings,
    ) -> Result<(Ranked, Vec<Scored>)> {
        let (ranker, search) = (&self.ranker, &mut self.search);
        let mut step = Stopwatch::start();
        let pool = Retrieved::search(ranker, search, probe, mask).await?;
        timings.search = step.lap();
        timings.scan = pool.scan_ms;
        let candidates = ranker.candidates(probe, pool.lexical.as_ref(), pool.positions.iter().copied());
        let ranked = ranker.rank(probe, candidates);
        let mut beyond = Vec::new();
        timings.fuse = step.lap();
        let allowed = mask.map_or(ranker.catalogue.manifest.listings as usize, Mask::count);
        if ranked.scored.len() < limit.min(allowed) {
            // The same listings whatever the limit, so that the hits of a lower limit are the first ones of a higher one.
            let more = Retrieved::search_many(ranker, search, probe, mask, MAX_LIMIT).await?;
            timings.search += step.lap();
            timings.scan += more.scan_ms;
            let further = more.positions.difference(&pool.positions).copied();
            let further = ranker.candidates(probe, more.lexical.as_ref(), further);
            beyond = ranker.rank_further(probe.mode(), &ranked.scored, further);
            timings.fuse += step.lap();
        }
        Ok((ranked, beyond))
    }

    fn hit(&self, decided: &Decided, rank: usize, scored: &Scored, first: &Scored) -> Hit {
        let Scored { candidate, prediction, log_odds, probability } = scored;
        let shard = &self.ranker.catalogue.shards[candidate.position.shard];
        let listing = &shard.listings[candidate.position.listing];
        let further = candidate
            .lanes
            .picture
            .checked_sub(1)
            .and_then(|place| shard.gallery.thumbnail(shard.gallery.of(candidate.position.listing).start + place));
        // Nothing is shown of customers' photos.
        let picture = candidate.lanes.image.filter(|_| candidate.lanes.picture == 0 || further.is_some());
        let picture = picture.map(|_| candidate.lanes.picture as u32);
        Hit {
            id: listing.id.clone(),
            title: listing.title.clone(),
            probability: *probability,
            decision: decided.of_hit(&self.ranker, rank, scored, first),
            lanes: candidate.lanes.shown(),
            log_odds: *log_odds,
            contributions: Contributions(prediction.contributions.clone()),
            why: why(&candidate.lanes, &prediction.contributions),
            price: listing.price,
            url: listing.url.clone(),
            currency: listing.currency.clone(),
            picture,
            thumbnail: further.or_else(|| shard.thumbnail(candidate.position.listing)).map(<[u8]>::to_vec),
        }
    }
}

/// Lays packs out one by one, each freed before the next.
async fn lay_out(device: &Device, packs: Vec<LoadedPack>, catalogue: &Catalogue) -> Result<(Vec<Encoder>, Search)> {
    let mut encoders = Vec::with_capacity(packs.len());
    for loaded in packs {
        encoders.push(Encoder::new(device, &loaded.pack, loaded.tokenizer.as_deref()).await?);
    }
    Ok((encoders, Search::new(device, catalogue).await?))
}

/// Gets the packs again and lays them out on the CPU, saying what the GPU's failure was.
async fn lay_out_instead(
    failure: &str,
    reload: &Reload,
    catalogue: &Catalogue,
) -> Result<(Device, Vec<Encoder>, Search)> {
    let device = Device::Cpu { reason: Some(format!("the GPU failed: {}", failure.trim_end_matches('.'))) };
    let mut packs = Vec::with_capacity(catalogue.manifest.encoders.len());
    for identity in &catalogue.manifest.encoders {
        packs.push(reload(identity.clone()).await?);
    }
    let (encoders, search) = lay_out(&device, packs, catalogue).await?;
    Ok((device, encoders, search))
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
