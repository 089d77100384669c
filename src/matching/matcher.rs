//! The whole way of one query.

use std::borrow::Cow;

use web_time::Instant;

use super::answer::{Contributions, Timings};
use super::attach::{LoadedPack, NO_DEVICE, Prepared, Reload};
use super::decide::{Completeness, Decided};
use super::probe::Probe;
use super::query::MAX_LIMIT;
use super::ranker::{Ranked, Ranker, Scored};
use super::retrieve::Retrieved;
use super::why::why;
use super::{Answer, Hit, Query};
use crate::catalogue::{Catalogue, Listing, Position};
use crate::encoder::{Encoder, Identity, Kind};
use crate::engine::Device;
use crate::photo::{Photo, Source};
use crate::search::{Mask, Search};
use crate::title::{Gtin, NormalTitle};
use crate::{Error, Result};

const READS_PHOTOS: &str = "an encoder that reads photos";
const READS_TITLES: &str = "an encoder that reads titles";

/// A catalogue, and those of its encoders that are there, on a device.
pub struct Matcher {
    pub(super) ranker: Ranker,
    pub(super) reload: Reload,
    /// In the manifest's order.
    pub(super) encoders: Vec<Option<Encoder>>,
    pub(super) search: Search,
    pub(super) device: Device,
    /// What the face calls a GPU.
    gpu_name: &'static str,
}

impl Matcher {
    /// A catalogue without its encoders, which are to be attached; until then titles are compared by their letters.
    /// `gpu_name` is how the face calls a GPU.
    pub async fn open(catalogue: Catalogue, reload: Reload, gpu_name: &'static str) -> Result<Self> {
        let search = Search::new(&NO_DEVICE, &catalogue).await?;
        let encoders = catalogue.manifest.encoders.iter().map(|_| None).collect();
        Ok(Matcher { ranker: Ranker::new(catalogue), reload, encoders, search, device: NO_DEVICE, gpu_name })
    }

    /// A catalogue with all its encoders. The packs must be the manifest's, in its order.
    pub async fn new(
        device: Device,
        catalogue: Catalogue,
        packs: Vec<LoadedPack>,
        reload: Reload,
        gpu_name: &'static str,
    ) -> Result<Self> {
        let mut matcher = Self::open(catalogue, reload, gpu_name).await?;
        let expected = matcher.ranker.catalogue.manifest.encoders.clone();
        if expected.len() != packs.len() {
            let found = format!("{} packs", packs.len());
            return Err(Error::manifest(format!("{} packs", expected.len()), found, crate::catalogue::MANIFEST_FILE));
        }
        for (identity, pack) in expected.into_iter().zip(packs) {
            let on = if identity.preliminary { &NO_DEVICE } else { &device };
            let given = std::cell::Cell::new(Some(pack));
            let load = async |_: &Device| match given.take() {
                Some(pack) => Ok(pack),
                None => (matcher.reload)(identity.clone()).await,
            };
            let prepared = Prepared::new(identity.clone(), on, load).await?;
            matcher.attach(prepared).await?;
        }
        Ok(matcher)
    }

    /// The listings that may be the product, and whether the best one is.
    pub async fn answer(&mut self, query: &Query<'_>) -> Result<Answer> {
        match self.try_answer(query).await {
            Err(Error::Gpu { found, .. }) if matches!(self.device, Device::Gpu(_)) => {
                self.leave_gpu(&found).await?;
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

    /// The device, for tests that take it away.
    pub fn device(&self) -> &Device {
        &self.device
    }

    pub(super) fn device_name(&self) -> &'static str {
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
                self.leave_gpu(&found).await?;
                self.first(&embed).await?
            }
            other => other?,
        };
        found.ok_or_else(|| self.lacks(kind))
    }

    /// Whether the manifest has encoders of that kind, whatever stands in for them.
    fn has(&self, kind: Kind) -> bool {
        self.ranker.catalogue.manifest.encoders.iter().any(|encoder| encoder.kind == kind)
    }

    /// The error of a query that no encoder reads: none does, or none is there yet.
    fn lacks(&self, kind: Kind) -> Error {
        let expected = if kind == Kind::Image { READS_PHOTOS } else { READS_TITLES };
        match self.has(kind) {
            true => Error::NotReady { expected: expected.into() },
            false => Error::argument("catalogue", expected, "none"),
        }
    }

    /// The encoders that are there, with their indices in the manifest.
    fn attached(encoders: &mut [Option<Encoder>]) -> impl Iterator<Item = (usize, &mut Encoder)> {
        encoders.iter_mut().enumerate().filter_map(|(i, encoder)| Some((i, encoder.as_mut()?)))
    }

    /// Of the encoders that are no stand-ins those that are there, or those that are not.
    fn of_kind(&self, kind: Kind, attached: bool) -> impl Iterator<Item = &Identity> {
        let manifest = &self.ranker.catalogue.manifest;
        let encoders = manifest.encoders.iter().zip(&self.encoders);
        let is_one = move |(identity, encoder): &(&Identity, &Option<Encoder>)| {
            identity.kind == kind && encoder.is_some() == attached && !manifest.stands_in(identity)
        };
        encoders.filter(is_one).map(|(identity, _)| identity)
    }

    /// What is still to be loaded of what a query with those inputs uses, as [`Identity::stage`] calls it.
    fn waiting(&self, photo: bool, title: bool) -> Vec<&'static str> {
        let asked = [(photo, Kind::Image), (title, Kind::Text)].into_iter().filter(|(asked, _)| *asked);
        asked.filter_map(|(_, kind)| self.of_kind(kind, false).next()).map(Identity::stage).collect()
    }

    async fn first(
        &mut self,
        embed: &impl AsyncFn(&mut Encoder) -> Result<Option<Vec<f32>>>,
    ) -> Result<Option<Vec<f32>>> {
        let manifest = &self.ranker.catalogue.manifest;
        for (i, encoder) in Self::attached(&mut self.encoders) {
            if !manifest.stands_in(&manifest.encoders[i])
                && let Some(vector) = embed(encoder).await?
            {
                return Ok(Some(vector));
            }
        }
        Ok(None)
    }

    async fn embed(&mut self, query: &Query<'_>, timings: &mut Timings) -> Result<Probe> {
        let title = query.title.filter(|t| !t.trim().is_empty()).map(NormalTitle::of).transpose()?;
        if query.photo.is_none() && title.is_none() {
            return Err(Error::EmptyQuery);
        }
        // While no encoder of photos is there, the title alone is asked for.
        let is_seen = !self.has(Kind::Image) || self.of_kind(Kind::Image, true).next().is_some();
        if !is_seen && title.is_none() {
            return Err(self.lacks(Kind::Image));
        }
        let typed = query.gtin.or_else(|| Gtin::in_title(title.as_ref()?.as_str()));
        let mut probe = Probe::default();
        let mut step = Stopwatch::start();
        if let Some(photo) = query.photo {
            let (mut photo, notes) = photo.read()?;
            if let Some(region) = &query.region {
                photo = Cow::Owned(Photo::part(&photo, region)?);
            }
            probe = if is_seen { Probe::hashed(&photo)? } else { Probe::default() };
            probe.notes = notes;
            if typed.is_none() && self.ranker.has_gtins() {
                probe.read_gtin(&photo, |gtin| !self.ranker.with_gtin(gtin).is_empty());
            }
            timings.decode = step.lap();
            let encoders = Self::attached(&mut self.encoders);
            probe.embed_photo_by(&self.ranker.catalogue, encoders, &photo).await?;
            timings.embed_photo = step.lap();
        }
        if let Some(title) = title {
            self.embed_title_of(&mut probe, title).await?;
            timings.embed_title = step.lap();
        }
        let is_read = query.photo.is_some() && self.has(Kind::Image) || probe.title.is_some() && self.has(Kind::Text);
        if !is_read {
            return Err(self.lacks(if query.photo.is_some() { Kind::Image } else { Kind::Text }));
        }
        probe.price = query.price;
        probe.gtin = typed.or(probe.gtin);
        Ok(probe)
    }

    /// Adds a title: by the preliminary encoder only as long as another is missing and none of those that are there reads it.
    async fn embed_title_of(&mut self, probe: &mut Probe, title: NormalTitle) -> Result<()> {
        let is_waiting = !self.waiting(false, true).is_empty();
        let (catalogue, encoders) = (&self.ranker.catalogue, &mut self.encoders);
        let manifest = &catalogue.manifest;
        let stands_in = |i: usize| manifest.stands_in(&manifest.encoders[i]);
        let others = Self::attached(encoders).filter(|(i, _)| !stands_in(*i));
        probe.embed_title_by(catalogue, others, title.clone()).await?;
        if is_waiting {
            let is_read = |i: usize| manifest.encoders[i].compares_titles() && probe.vectors[i].is_some();
            if !(0..probe.vectors.len()).any(is_read) {
                let preliminary = Self::attached(encoders).filter(|(i, _)| stands_in(*i));
                probe.embed_title_by(catalogue, preliminary, title).await?;
            }
            // Those that are missing may read all of it.
            probe.unread.clear();
        }
        Ok(())
    }

    async fn try_answer(&mut self, query: &Query<'_>) -> Result<Answer> {
        query.check()?;
        let start = Instant::now();
        let mask = query.filter.mask(&self.ranker.catalogue)?;
        let mut timings = Timings::default();
        let probe = self.embed(query, &mut timings).await?;
        let waiting = self.waiting(query.photo.is_some(), probe.title.is_some());
        let (ranked, further) = self.ranked(&probe, mask.as_ref(), query.limit, &mut timings).await?;
        let mut step = Stopwatch::start();
        let completeness = match (query.photo.is_some() && !self.waiting(true, false).is_empty(), waiting.is_empty()) {
            (true, _) => Completeness::WithoutPhoto,
            (false, false) => Completeness::WithoutWords,
            (false, true) => Completeness::Whole,
        };
        let decided = Decided::of(&self.ranker, &probe, &ranked, completeness);
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
            complete: waiting.is_empty(),
            waiting,
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
            beyond = ranker.rank_further(probe, &ranked.scored, further);
            timings.fuse += step.lap();
        }
        Ok((ranked, beyond))
    }

    fn hit(&self, decided: &Decided, rank: usize, scored: &Scored, first: &Scored) -> Hit {
        let Scored { candidate, prediction, log_odds, probability } = scored;
        let Position { shard, listing } = candidate.position;
        let content = &self.ranker.catalogue.shards[shard];
        // Nothing is shown of customers' photos.
        let nearest = candidate.lanes.picture;
        let is_shown = nearest == 0 || content.is_shown(listing, nearest);
        let picture = candidate.lanes.image.filter(|_| is_shown).map(|_| nearest);
        let Listing { id, title, price, url, currency, category, in_stock, group, .. } =
            content.listings[listing].clone();
        Hit {
            id,
            title,
            probability: *probability,
            decision: decided.of_hit(&self.ranker, rank, scored, first),
            lanes: candidate.lanes.shown(),
            log_odds: *log_odds,
            contributions: Contributions(prediction.contributions.clone()),
            why: why(&candidate.lanes, &prediction.contributions),
            price,
            currency,
            url,
            category,
            in_stock,
            group,
            picture: picture.map(|picture| picture as u32),
            picture_place: self.ranker.catalogue.picture_place(candidate.position, picture.unwrap_or(0)),
        }
    }
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

pub(super) fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}
