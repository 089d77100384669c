//! From what is known of a query to its scored candidates.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::cohort::{Backgrounds, Cohort};
use super::lanes::{Alignment, Compared, Edit, Lanes, Likeness, coverage, log_ratio};
use super::probe::Probe;
use crate::catalogue::{Catalogue, Vectors};
use crate::encoder::{Identity, Kind};
use crate::fusion::{Decision, Evidence, Model, Prediction, Predictor, Rule, probability};
use crate::photo::hellinger_similarity;
use crate::search::lexical::{LexicalIndex, LexicalScores};
use crate::search::{Position, cosine, mean_cosine};
use crate::sort::sorted_by;
use crate::title::attributes::{Agreement, Attribute, Colour};
use crate::title::{Gtin, NormalTitle, Parsed};

/// The least cosine of trigrams of titles that may be the same, for rounding.
const ALL_TRIGRAMS: f32 = 0.999;

/// A listing that may be what is looked for.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub position: Position,
    pub lanes: Lanes,
}

impl Candidate {
    /// What decides over it without learning.
    pub fn rule(&self) -> Rule {
        self.lanes.rule()
    }
}

/// The candidates of a query, best first, and whether one of them is the product.
#[derive(Debug, Clone)]
pub struct Ranked {
    pub scored: Vec<Scored>,
    /// Calibrated probability that the shop has the product, 0 to 1; not below that of the best candidate.
    pub presence: f64,
    /// As the predictor has it.
    pub overlooks_words: bool,
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

/// Shortest SKU that can stand alone for its product.
const SHORTEST_SKU: usize = 4;

/// Whether an SKU typed alone means its product: one that is a word or a short number may as well mean what it says.
fn names_one_product(sku: &str) -> bool {
    sku.len() >= SHORTEST_SKU && sku.contains(|c: char| c.is_ascii_digit())
}

/// The picture of a listing that is nearest to a probe's.
#[derive(Default)]
struct NearestPicture {
    likeness: Option<Likeness>,
    /// Among the listing's pictures, from 0.
    place: usize,
    /// The highest Bhattacharyya coefficient.
    colour_histogram: Option<f32>,
    phash: Option<u32>,
}

/// A catalogue with what is derived from it once it is loaded.
pub struct Ranker {
    pub catalogue: Catalogue,
    /// Of each listing; an empty one where it has no title.
    titles: Vec<NormalTitle>,
    lexical: LexicalIndex,
    cohort: Cohort,
    /// Read out of the titles as they come up.
    parsed: Vec<OnceLock<Parsed>>,
    gtins: HashMap<Gtin, Vec<Position>>,
    /// SKUs in lower case.
    numbers: HashMap<String, Vec<Position>>,
}

impl Ranker {
    /// Indexes a catalogue.
    pub fn new(catalogue: Catalogue) -> Self {
        let listings = || catalogue.shards.iter().flat_map(|shard| &shard.listings);
        let titles: Vec<NormalTitle> = listings().map(|l| NormalTitle::of_listing(&l.title)).collect();
        let lexical = LexicalIndex::new(titles.iter().map(NormalTitle::as_str));
        let parsed = listings().map(|_| OnceLock::new()).collect();
        let mut gtins: HashMap<Gtin, Vec<Position>> = HashMap::new();
        for position in catalogue.positions() {
            for gtin in catalogue.listing(position).gtins.iter().filter_map(|gtin| Gtin::parse(gtin)) {
                let positions: &mut Vec<Position> = gtins.entry(gtin).or_default();
                if !positions.contains(&position) {
                    positions.push(position);
                }
            }
        }
        let mut numbers: HashMap<String, Vec<Position>> = HashMap::new();
        for position in catalogue.positions() {
            for number in catalogue.listing(position).skus.iter().filter(|sku| names_one_product(sku)) {
                let positions: &mut Vec<Position> = numbers.entry(number.to_lowercase()).or_default();
                if !positions.contains(&position) {
                    positions.push(position);
                }
            }
        }
        let cohort = Cohort::of(&catalogue);
        Ranker { catalogue, titles, lexical, cohort, parsed, gtins, numbers }
    }

    /// The model that decides.
    pub fn model(&self) -> &Model {
        &self.catalogue.manifest.decision
    }

    /// How the probe's title reads beside every listing's.
    pub fn lexical(&self, probe: &Probe) -> Option<LexicalScores> {
        probe.title.as_ref().map(|title| self.lexical.scores(title.normal.as_str()))
    }

    /// Whether any listing has a GTIN.
    pub(super) fn has_gtins(&self) -> bool {
        !self.gtins.is_empty()
    }

    /// The listings with that GTIN.
    pub(super) fn with_gtin(&self, gtin: Gtin) -> &[Position] {
        self.gtins.get(&gtin).map_or(&[], Vec::as_slice)
    }

    /// The listings of which the probe's title is an SKU.
    pub(super) fn with_number(&self, probe: &Probe) -> &[Position] {
        let title = probe.title.as_ref().map(|title| title.normal.as_str().to_lowercase());
        title.and_then(|title| self.numbers.get(&title)).map_or(&[], Vec::as_slice)
    }

    /// What is read out of a listing's title.
    pub(super) fn parsed(&self, position: Position) -> &Parsed {
        let number = self.catalogue.number(position);
        self.parsed[number].get_or_init(|| Parsed::of(self.titles[number].as_str()))
    }

    /// How much the probe states: the sum of its title's words' rarities, each 0 to 1; 0 without a title.
    pub fn stated(&self, probe: &Probe) -> f64 {
        let words = probe.title.iter().flat_map(|title| &title.parsed.words);
        words.map(|word| f64::from(self.lexical.rarity(word))).sum()
    }

    /// The number of the listing that alone has the probe's title; where none has it in the same case, that alone has it in any.
    fn with_same_title(&self, probe: &Probe, lexical: Option<&LexicalScores>) -> Option<usize> {
        let (title, scores) = (&probe.title.as_ref()?.normal, lexical?);
        let scores = scores.tf_idf.iter().enumerate();
        let alike: Vec<usize> = scores.filter(|(_, score)| **score > ALL_TRIGRAMS).map(|(number, _)| number).collect();
        let exact: Vec<usize> = alike.iter().copied().filter(|number| self.titles[*number] == *title).collect();
        let same_letters =
            |number: &usize| self.titles[*number].as_str().to_lowercase() == title.as_str().to_lowercase();
        let same = if exact.is_empty() { alike.into_iter().filter(same_letters).collect() } else { exact };
        if let [only] = same[..] { Some(only) } else { None }
    }

    /// Lanes of each of those listings.
    pub fn candidates(
        &self,
        probe: &Probe,
        lexical: Option<&LexicalScores>,
        positions: impl IntoIterator<Item = Position>,
    ) -> Vec<Candidate> {
        let same = self.with_same_title(probe, lexical);
        let with_number = self.with_number(probe);
        let backgrounds = self.cohort.backgrounds(&self.catalogue, probe);
        let candidate = |position| {
            let same_title = same == Some(self.catalogue.number(position));
            let same_number = with_number == [position];
            Candidate {
                position,
                lanes: Lanes { same_title, same_number, ..self.lanes(probe, &backgrounds, lexical, position) },
            }
        };
        positions.into_iter().map(candidate).collect()
    }

    /// Predicts for the candidates of a query; best first, of equal ones the one with the lower id.
    pub fn rank(&self, probe: &Probe, candidates: Vec<Candidate>) -> Ranked {
        self.rank_with(self.model().predictor(probe.mode()), probe, candidates)
    }

    /// The same by a predictor that is not this catalogue's.
    pub fn rank_with(&self, predictor: &Predictor, probe: &Probe, candidates: Vec<Candidate>) -> Ranked {
        let found = predictor.predict(&evidence(&candidates), self.stated(probe));
        let scored = self.sorted(candidates, found.candidates);
        // The two are calibrated apart.
        let presence = scored.first().map_or(0.0, |best| best.probability.max(probability(found.presence)));
        Ranked { scored, presence, overlooks_words: predictor.overlooks_words }
    }

    /// Predicts for further listings beside the candidates of a query: of those no probability changes.
    pub fn rank_further(&self, probe: &Probe, candidates: &[Scored], further: Vec<Candidate>) -> Vec<Scored> {
        let candidates: Vec<Evidence> = candidates.iter().map(|s| s.candidate.lanes.evidence()).collect();
        let predictor = self.model().predictor(probe.mode());
        let predictions = predictor.predict_further(&candidates, &evidence(&further), self.stated(probe));
        self.sorted(further, predictions)
    }

    fn sorted(&self, candidates: Vec<Candidate>, predictions: Vec<Prediction>) -> Vec<Scored> {
        let scored = |(candidate, prediction): (Candidate, Prediction)| {
            let log_odds = prediction.log_odds();
            Scored { candidate, prediction, log_odds, probability: probability(log_odds) }
        };
        let scored: Vec<Scored> = candidates.into_iter().zip(predictions).map(scored).collect();
        let id = |scored: &Scored| &self.catalogue.listing(scored.candidate.position).id;
        sorted_by(scored, |a, b| b.log_odds.total_cmp(&a.log_odds).then_with(|| id(a).cmp(id(b))))
    }

    /// The decision at a probability.
    pub fn decide(&self, probability: f64) -> Decision {
        self.model().thresholds.decide(probability)
    }

    /// The attributes side by side, with the contradictions of the alignment; of a colour that is part of a name (Earl Grey)
    /// nothing is stated.
    fn compared(&self, query: &Parsed, listing: &Parsed, alignment: &Alignment) -> Compared {
        let mut compared = Compared::of(&query.attributes, &listing.attributes, alignment.numbers.clone());
        alignment.variants.iter().for_each(|statement| compared.comparison.add(statement.clone()));
        if self.is_colour_in_name(query, listing) {
            compared
                .comparison
                .statements
                .retain(|s| s.attribute != Attribute::Colour || s.agreement != Agreement::Full);
        }
        compared
    }

    /// Whether the only colour word of both titles has the same neighbour in both, which never stands without it in this shop.
    fn is_colour_in_name(&self, query: &Parsed, listing: &Parsed) -> bool {
        let neighbours = |title: &Parsed| -> Option<(String, [Option<String>; 2])> {
            let mut coloured = (0..title.words.len()).filter(|at| Colour::of_word(&title.words[*at]).is_some());
            let (at, None) = (coloured.next()?, coloured.next()) else { return None };
            let word = |at: usize| title.words.get(at).filter(|word| title.rest.contains(word)).cloned();
            Some((title.words[at].clone(), [at.checked_sub(1).and_then(word), word(at + 1)]))
        };
        let (Some((word, of_query)), Some((same, of_listing))) = (neighbours(query), neighbours(listing)) else {
            return false;
        };
        let fixed = |(a, b): (&Option<String>, &Option<String>)| {
            a == b && a.as_ref().is_some_and(|neighbour| self.lexical.is_always_with(neighbour, &word))
        };
        word == same && of_query.iter().zip(&of_listing).any(fixed)
    }

    /// The listing's picture that is nearest to the probe's by the encoders of pictures, else by colours; and the likest colours
    /// and the fewest bits in which a perceptual hash differs, of any of its pictures.
    fn nearest_picture(
        &self,
        probe: &Probe,
        position: Position,
        likeness: &dyn Fn(&[Vectors], usize) -> Option<Likeness>,
    ) -> NearestPicture {
        let shard = &self.catalogue.shards[position.shard];
        let gallery = &shard.gallery;
        let (first, rows) = (position.listing, gallery.of(position.listing));
        let mut nearest = NearestPicture::default();
        let mut most = f32::NEG_INFINITY;
        for place in (0..=rows.len()).filter(|place| !probe.left_out.contains(&(position, *place))) {
            let of = match place.checked_sub(1) {
                None => (likeness(&shard.vectors, first), shard.hashes[first], shard.colour_histograms[first]),
                Some(further) => {
                    let row = rows.start + further;
                    let (hash, histogram) = (gallery.hashes[row], gallery.colour_histograms[row]);
                    (likeness(&gallery.vectors, row), Some(hash), Some(histogram))
                }
            };
            let (likeness, hash, histogram) = of;
            let Some(hash) = hash else { continue };
            let colours = probe.colour_histogram.zip(histogram).map(|(a, b)| a.bhattacharyya(&b));
            let bits = probe.hash.map(|own| own.distance(hash));
            nearest.phash = nearest.phash.into_iter().chain(bits).min();
            // Pictures of one product from several sides differ in what else they share with the query's.
            nearest.colour_histogram = nearest.colour_histogram.into_iter().chain(colours).reduce(f32::max);
            let alike = likeness.map(|likeness| likeness.standardised).or(colours).unwrap_or(f32::MIN);
            if alike > most {
                most = alike;
                nearest = NearestPicture { likeness, place, ..nearest };
            }
        }
        nearest
    }

    /// How like the probe is to the mean of a listing's pictures; `None` where it has fewer than two.
    fn mean_picture(&self, probe: &Probe, backgrounds: &Backgrounds, position: Position) -> Option<Likeness> {
        let shard = &self.catalogue.shards[position.shard];
        if shard.gallery.of(position.listing).is_empty() {
            return None;
        }
        let encoders = self.catalogue.manifest.encoders.iter().enumerate();
        let cosines = encoders.filter(|(_, encoder)| encoder.kind == Kind::Image).filter_map(|(i, _)| {
            let pictures = shard.vectors_of(i, position.listing);
            let is_compared = |(place, _): &(usize, _)| !probe.left_out.contains(&(position, *place));
            let pictures: Vec<(&[i8], f32)> = pictures.filter(is_compared).map(|(_, row)| row).collect();
            Some((mean_cosine(probe.vectors.get(i)?.as_ref()?, &pictures)?, backgrounds.encoders[i]))
        });
        Likeness::of(cosines)
    }

    fn lanes(
        &self,
        probe: &Probe,
        backgrounds: &Backgrounds,
        lexical: Option<&LexicalScores>,
        position: Position,
    ) -> Lanes {
        let shard = &self.catalogue.shards[position.shard];
        let listing = &shard.listings[position.listing];
        let number = self.catalogue.number(position);
        let manifest = &self.catalogue.manifest;
        let likeness = |is_one: fn(&Identity) -> bool, vectors: &[Vectors], row: usize| {
            let cosines = manifest.encoders.iter().enumerate().filter(|(_, e)| is_one(e)).filter_map(|(i, _)| {
                let (codes, scale) = vectors[i].row(row)?;
                Some((cosine(probe.vectors.get(i)?.as_ref()?, codes, scale), backgrounds.encoders[i]))
            });
            Likeness::of(cosines)
        };
        let of_kind = |is_one: fn(&Identity) -> bool| {
            self.nearest_picture(probe, position, &|vectors, row| likeness(is_one, vectors, row))
        };
        let picture = of_kind(|encoder| encoder.kind == Kind::Image);
        let image = picture.likeness.into_iter().chain(self.mean_picture(probe, backgrounds, position));
        let image = image.max_by(|a, b| a.standardised.total_cmp(&b.standardised));
        let colours = picture.colour_histogram.zip(backgrounds.colours).map(|(coefficient, background)| Likeness {
            cosine: coefficient,
            standardised: background.standardised(hellinger_similarity(coefficient)),
        });
        let has_joint = manifest.encoders.iter().any(|encoder| encoder.pictures.is_some());
        let titles = probe.title.as_ref().filter(|_| !self.titles[number].is_empty());
        let both = titles.map(|title| (&title.parsed, self.parsed(position)));
        let rarity = |word: &str| self.lexical.rarity(word);
        let alignment = both.map(|(query, listing)| Alignment::of(query, listing, &self.lexical.variants, rarity));
        // Of the GTINs of a listing's variants the one that is asked for.
        let listing_gtin = |asked: Gtin| {
            let own = || listing.gtins.iter().filter_map(|gtin| Gtin::parse(gtin));
            own()
                .find(|gtin| *gtin == asked)
                .or_else(|| own().next())
                .or_else(|| both.and_then(|(_, listing)| listing.gtin))
        };
        Lanes {
            image,
            picture: picture.place,
            text: likeness(Identity::compares_titles, &shard.vectors, position.listing),
            joint: has_joint.then(|| of_kind(|encoder| encoder.pictures.is_some()).likeness).flatten(),
            colour_histogram: colours,
            phash: picture.phash,
            tf_idf: titles.and(lexical).map(|scores| scores.tf_idf[number]),
            bm25: titles.and(lexical).map(|scores| scores.bm25[number]),
            edit: both.map(|(query, listing)| Edit::of(&query.words, &listing.words)),
            coverage: both.and_then(|(query, listing)| coverage::words(query, listing, rarity)),
            coverage_back: both.and_then(|(query, listing)| coverage::words(listing, query, rarity)),
            code: both.and_then(|(query, listing)| coverage::codes(query, listing, rarity)),
            code_back: both.and_then(|(query, listing)| coverage::codes(listing, query, rarity)),
            attributes: both
                .zip(alignment.as_ref())
                .map(|((query, listing), aligned)| self.compared(query, listing, aligned)),
            alignment,
            price: log_ratio(probe.price, listing.price),
            gtin: probe.gtin.and_then(|gtin| Some((gtin, listing_gtin(gtin)?))),
            gtin_of_photo: probe.gtin_of_photo,
            same_title: false,
            same_number: false,
        }
    }
}

fn evidence(candidates: &[Candidate]) -> Vec<Evidence> {
    candidates.iter().map(|c| c.lanes.evidence()).collect()
}
