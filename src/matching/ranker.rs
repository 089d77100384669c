//! From what is known of a query to its scored candidates.

use std::collections::{BTreeSet, HashMap};
use std::sync::OnceLock;

use super::lanes::{Compared, Edit, Lanes, Likeness, coverage, log_ratio};
use crate::catalogue::Catalogue;
use crate::encoder::Kind;
use crate::fusion::{Decision, Evidence, Mode, Model, Prediction, Predictor, probability};
use crate::photo::{ColourHistogram, PerceptualHash};
use crate::search::lexical::{LexicalIndex, LexicalScores};
use crate::search::{Position, cosine};
use crate::title::{Gtin, Parsed};

/// Candidates that each lane proposes beyond the hits wanted, so that the lanes can disagree.
pub const CANDIDATES: usize = 32;
/// Perceptual hashes that differ by no more bits propose a candidate.
const NEAR_BITS: u32 = 10;

/// What is known of the thing that is looked for.
#[derive(Debug, Clone, Default)]
pub struct Probe {
    /// One an encoder, in the manifest's order; of length 1.
    pub vectors: Vec<Option<Vec<f32>>>,
    pub hash: Option<PerceptualHash>,
    pub colour_histogram: Option<ColourHistogram>,
    pub title: Option<ProbeTitle>,
    pub price: Option<f64>,
    pub gtin: Option<Gtin>,
}

/// A title in its normal form and what was read out of it.
#[derive(Debug, Clone)]
pub struct ProbeTitle {
    pub normal: String,
    pub parsed: Parsed,
}

impl ProbeTitle {
    /// Of a title in its normal form.
    pub fn of(normal: String) -> Self {
        ProbeTitle { parsed: Parsed::of(&normal), normal }
    }
}

impl Probe {
    /// Which predictor it comes before.
    pub fn mode(&self) -> Mode {
        match (self.hash.is_some(), self.title.is_some()) {
            (true, true) => Mode::Both,
            (true, false) => Mode::Photo,
            (false, _) => Mode::Title,
        }
    }
}

/// A listing that may be what is looked for.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub position: Position,
    pub lanes: Lanes,
}

/// A candidate with what the predictor found.
#[derive(Debug, Clone)]
pub struct Scored {
    pub candidate: Candidate,
    pub prediction: Prediction,
    /// Sum of the prediction's contributions.
    pub log_odds: f64,
    /// 0 to 1.
    pub probability: f64,
}

/// A catalogue with what is derived from it once it is loaded.
pub struct Ranker {
    pub catalogue: Catalogue,
    lexical: LexicalIndex,
    /// Read out of the titles as they come up.
    parsed: Vec<OnceLock<Parsed>>,
    gtins: HashMap<Gtin, Vec<Position>>,
}

impl Ranker {
    /// Indexes a catalogue.
    pub fn new(catalogue: Catalogue) -> Self {
        let listings = || catalogue.shards.iter().flat_map(|shard| &shard.listings);
        let lexical = LexicalIndex::new(listings().map(|l| l.title.as_str()));
        let parsed = listings().map(|_| OnceLock::new()).collect();
        let mut gtins: HashMap<Gtin, Vec<Position>> = HashMap::new();
        for position in catalogue.positions() {
            if let Some(gtin) = catalogue.listing(position).gtin.as_deref().and_then(Gtin::parse) {
                gtins.entry(gtin).or_default().push(position);
            }
        }
        Ranker { catalogue, lexical, parsed, gtins }
    }

    /// The model that decides.
    pub fn model(&self) -> &Model {
        &self.catalogue.manifest.decision
    }

    /// How the probe's title reads beside every listing's.
    pub fn lexical(&self, probe: &Probe) -> Option<LexicalScores> {
        probe.title.as_ref().map(|title| self.lexical.scores(&title.normal))
    }

    /// Adds to `found` what titles, perceptual hashes and GTINs propose, `wanted` a lane; `keep` says what may be proposed.
    pub fn propose(
        &self,
        probe: &Probe,
        lexical: Option<&LexicalScores>,
        wanted: usize,
        keep: Option<&dyn Fn(Position) -> bool>,
        found: &mut BTreeSet<Position>,
    ) {
        let kept = |position: &Position| keep.is_none_or(|keep| keep(*position));
        for scores in lexical.iter().flat_map(|l| [&l.tf_idf, &l.bm25]) {
            let mut best: Vec<(f32, Position)> = scores
                .iter()
                .zip(self.catalogue.positions())
                .filter(|(s, p)| **s > 0.0 && kept(p))
                .map(|(s, p)| (*s, p))
                .collect();
            self.keep_best(&mut best, wanted);
            found.extend(best.into_iter().map(|(_, position)| position));
        }
        if let Some(hash) = probe.hash {
            let near = self.catalogue.positions().filter_map(|position| {
                let bits = self.catalogue.shards[position.shard].hashes[position.listing]?.distance(hash);
                (bits <= NEAR_BITS && kept(&position)).then_some((-(bits as f32), position))
            });
            let mut near: Vec<(f32, Position)> = near.collect();
            self.keep_best(&mut near, wanted);
            found.extend(near.into_iter().map(|(_, position)| position));
        }
        let same = probe.gtin.and_then(|gtin| self.gtins.get(&gtin));
        found.extend(same.into_iter().flatten().copied().filter(kept));
    }

    /// Lanes of each of those listings.
    pub fn candidates(
        &self,
        probe: &Probe,
        lexical: Option<&LexicalScores>,
        positions: impl IntoIterator<Item = Position>,
    ) -> Vec<Candidate> {
        positions
            .into_iter()
            .map(|position| Candidate { position, lanes: self.lanes(probe, lexical, position) })
            .collect()
    }

    /// Judges candidates; best first, of equal ones the one with the lower id.
    pub fn rank(&self, mode: Mode, candidates: Vec<Candidate>) -> Vec<Scored> {
        self.rank_with(self.model().predictor(mode), candidates)
    }

    /// The same by a predictor that is not this catalogue's.
    pub fn rank_with(&self, predictor: &Predictor, candidates: Vec<Candidate>) -> Vec<Scored> {
        let evidence: Vec<Evidence> = candidates.iter().map(|c| c.lanes.evidence()).collect();
        let predictions = predictor.predict(&evidence);
        let mut scored: Vec<Scored> = candidates
            .into_iter()
            .zip(predictions)
            .map(|(candidate, prediction)| {
                let log_odds = prediction.log_odds();
                Scored { candidate, prediction, log_odds, probability: probability(log_odds) }
            })
            .collect();
        let id = |scored: &Scored| &self.catalogue.listing(scored.candidate.position).id;
        scored.sort_by(|a, b| b.log_odds.total_cmp(&a.log_odds).then_with(|| id(a).cmp(id(b))));
        scored
    }

    /// The decision at a probability.
    pub fn decide(&self, probability: f64) -> Decision {
        self.model().thresholds.decide(probability)
    }

    fn lanes(&self, probe: &Probe, lexical: Option<&LexicalScores>, position: Position) -> Lanes {
        let shard = &self.catalogue.shards[position.shard];
        let listing = &shard.listings[position.listing];
        let number = self.catalogue.number(position);
        let manifest = &self.catalogue.manifest;
        let likeness = |kind: Kind| {
            let cosines = manifest.encoders.iter().enumerate().filter(|(_, e)| e.kind == kind).filter_map(|(i, _)| {
                let (codes, scale) = shard.vectors[i].row(position.listing)?;
                Some((cosine(probe.vectors.get(i)?.as_ref()?, codes, scale), manifest.backgrounds[i]))
            });
            Likeness::of(cosines)
        };
        let titles = probe.title.as_ref().filter(|_| !listing.title.is_empty());
        let parse = || self.parsed[number].get_or_init(|| Parsed::of(&listing.title));
        let both = titles.map(|title| (&title.parsed, parse()));
        let rarity = |word: &str| self.lexical.rarity(word);
        let listing_gtin = || {
            let own = listing.gtin.as_deref().and_then(Gtin::parse);
            own.or_else(|| both.and_then(|(_, listing)| listing.gtin))
        };
        Lanes {
            image: likeness(Kind::Image),
            text: likeness(Kind::Text),
            colour_histogram: probe
                .colour_histogram
                .zip(shard.colour_histograms[position.listing])
                .map(|(a, b)| a.bhattacharyya(&b)),
            phash: probe.hash.zip(shard.hashes[position.listing]).map(|(a, b)| a.distance(b)),
            tf_idf: titles.and(lexical).map(|scores| scores.tf_idf[number]),
            bm25: titles.and(lexical).map(|scores| scores.bm25[number]),
            edit: both.map(|(query, listing)| Edit::of(&query.words, &listing.words)),
            coverage: both.and_then(|(query, listing)| coverage::words(query, listing, rarity)),
            coverage_back: both.and_then(|(query, listing)| coverage::words(listing, query, rarity)),
            code: both.and_then(|(query, listing)| coverage::codes(query, listing, rarity)),
            code_back: both.and_then(|(query, listing)| coverage::codes(listing, query, rarity)),
            attributes: both.map(|(query, listing)| Compared::of(&query.attributes, &listing.attributes)),
            price: log_ratio(probe.price, listing.price),
            gtin: probe.gtin.and_then(|gtin| Some((gtin, listing_gtin()?))),
        }
    }

    /// Cuts to the best `wanted`, of equal ones those with the lower ids: how a catalogue is ordered changes nothing.
    fn keep_best(&self, scored: &mut Vec<(f32, Position)>, wanted: usize) {
        let order = |a: &(f32, Position), b: &(f32, Position)| {
            b.0.total_cmp(&a.0).then_with(|| self.catalogue.listing(a.1).id.cmp(&self.catalogue.listing(b.1).id))
        };
        if scored.len() > wanted {
            scored.select_nth_unstable_by(wanted, order);
            scored.truncate(wanted);
        }
    }
}
