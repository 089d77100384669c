//! What a catalogue teaches about itself: queries of which the right answer is known, made from its own listings and from
//! examples, and the model fitted to them.

mod augment_photo;
pub mod augment_title;
mod calibration;
pub mod fit;
mod logistic;

use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};

use fastrand::Rng;
use rayon::prelude::*;

use crate::catalogue::{Catalogue, Listing, Row};
use crate::encoder::Encoder;
use crate::matching::ranker::{CANDIDATES, Candidate, Probe, ProbeTitle, Ranker};
use crate::merchant::parallel;
use crate::{Error, Result};
use fit::List;

use crate::fusion::{Costs, FEATURES, Mode, Model, Prediction, Predictor, probability};
use crate::photo::{ColourHistogram, PerceptualHash, Photo, decode};
use crate::search::{Mask, Position, scan};
use crate::title::{Gtin, normalise};

/// Most listings that are augmented.
const SAMPLE: usize = 240;
/// Augmented photos and titles a listing.
const AUGMENTED: usize = 2;
/// Other listings of a query that are learnt from.
const TAUGHT: usize = 16;
/// For how many queries the general model counts beside the catalogue's own, while none of these is real.
const PRIOR_QUERIES: f64 = 60.0;
/// From this many real queries on it is learnt how lanes add up.
const ENOUGH_REAL: usize = 40;
/// After how many real examples an augmented query and the general model count half: what really happens is worth more.
const HALF_AFTER: f64 = 40.0;

/// The general model: what the pairs of several shops teach, for catalogues too small to teach enough by themselves.
pub fn prior() -> Result<Model> {
    serde_json::from_str(include_str!("prior.json"))
        .map_err(|e| Error::argument("general model", "a model in JSON", e.to_string()))
}

/// A query with the listings that answer it.
pub struct Example {
    pub probe: Probe,
    /// Listings that are the product.
    pub own: BTreeSet<Position>,
    /// Listings that may not be proposed at all: the one that the query was made of, where that would be too easy.
    pub hidden: BTreeSet<Position>,
    /// Examples of one group are never apart when the data are cut.
    pub group: u64,
    pub weight: f64,
}

/// Candidates of a probe; `hidden` listings are as good as not there.
pub fn search(ranker: &Ranker, probe: &Probe, hidden: &dyn Fn(Position) -> bool) -> Vec<Candidate> {
    let keep = |position: Position| !hidden(position);
    let mask: Mask = ranker.catalogue.positions().map(keep).collect();
    let mut found = BTreeSet::new();
    for (encoder, vector) in probe.vectors.iter().enumerate() {
        if let Some(vector) = vector {
            let nearest = scan(&ranker.catalogue, encoder, vector, CANDIDATES, Some(&mask));
            found.extend(nearest.into_iter().map(|n| n.position));
        }
    }
    let lexical = ranker.lexical(probe);
    ranker.propose(probe, lexical.as_ref(), CANDIDATES, Some(&keep), &mut found);
    ranker.candidates(probe, lexical.as_ref(), found)
}

/// The lists that an example gives: one with the whole catalogue; one with half of all products, its own among them, taken
/// out, so that it is also learnt how a lonely cousin looks. Of the other listings those that the general model finds nearest;
/// far ones teach nothing.
fn lists(ranker: &Ranker, general: &Predictor, example: &Example) -> [List; 2] {
    [false, true].map(|removed| {
        let is_out = |p: Position| example.own.contains(&p) || half_out(ranker.catalogue.listing(p), example.group);
        let hidden = |p: Position| example.hidden.contains(&p) || (removed && is_out(p));
        let candidates = search(ranker, &example.probe, &hidden);
        let scored = ranker.rank_with(general, candidates);
        let own = |p: &Position| example.own.contains(p);
        let near = scored.into_iter().enumerate().filter(|(i, j)| *i < TAUGHT || own(&j.candidate.position));
        let candidates: Vec<Candidate> = near.map(|(_, scored)| scored.candidate).collect();
        List {
            group: example.group,
            truth: candidates.iter().map(|c| Some(f64::from(u8::from(example.own.contains(&c.position))))).collect(),
            candidates: candidates.iter().map(|c| c.lanes.evidence()).collect(),
            weight: example.weight,
        }
    })
}

/// Gives the real queries, once there is a catalogue to ask them of.
pub type Examples<'a> = &'a dyn Fn(&Catalogue, &mut [Encoder]) -> Result<Vec<Example>>;

/// Fits the decision to a catalogue: to its listings' augmented photos and titles, to listings that belong together by label
/// group or GTIN, and to `examples` of real queries. `photo` gives the file of a listing's photo.
pub fn learn(
    catalogue: Catalogue,
    encoders: &mut [Encoder],
    photo: &(dyn Fn(&Listing) -> Option<Vec<u8>> + Sync),
    examples: Examples<'_>,
    costs: Costs,
) -> Result<Model> {
    let ranker = Ranker::new(catalogue);
    let mut real = examples(&ranker.catalogue, encoders)?;
    real.extend(sample(&ranker.catalogue).iter().filter_map(|position| of_a_group(&ranker, *position)));
    let made = augmented(&ranker, encoders, photo)?;
    let training_examples =
        [training_examples(&ranker, &real, true)?, training_examples(&ranker, &made, false)?].concat();
    let predictor = |mode| predictor(&training_examples.iter().filter(|l| l.mode == mode).collect::<Vec<_>>(), mode);
    Ok(Model {
        features: FEATURES.iter().map(|f| f.name.to_string()).collect(),
        costs,
        thresholds: costs.thresholds()?,
        photo: predictor(Mode::Photo)?,
        title: predictor(Mode::Title)?,
        both: predictor(Mode::Both)?,
    })
}

/// Whether a listing is of the half of all products that is taken out; another half for each group of examples.
fn half_out(listing: &Listing, group: u64) -> bool {
    let mut hasher = std::hash::DefaultHasher::new();
    (listing.product(), group).hash(&mut hasher);
    hasher.finish().is_multiple_of(2)
}

/// An example with its candidates.
#[derive(Clone)]
pub struct TrainingExample {
    pub mode: Mode,
    /// Whether it is a real query, not one made of a listing.
    pub is_real: bool,
    /// With the whole catalogue, and with half of it, its product among them, taken out.
    pub lists: [List; 2],
}

/// Searches for every example.
pub fn training_examples(ranker: &Ranker, examples: &[Example], is_real: bool) -> Result<Vec<TrainingExample>> {
    let general = prior()?;
    let training_example = |e: &Example| {
        let mode = e.probe.mode();
        TrainingExample { mode, is_real, lists: lists(ranker, general.predictor(mode), e) }
    };
    Ok(examples.par_iter().map(training_example).collect())
}

/// The predictor for training_examples of one mode. How lanes add up is learnt from real queries, where there are enough of them: what is
/// made of a listing is too like it. How sure one may be is learnt from all.
pub fn predictor(training_examples: &[&TrainingExample], mode: Mode) -> Result<Predictor> {
    let prior = prior()?;
    let prior = prior.predictor(mode);
    let real = training_examples.iter().filter(|training_example| training_example.is_real).count();
    let share = |training_example: &TrainingExample| {
        if training_example.is_real { 1.0 } else { 1.0 / (1.0 + real as f64 / HALF_AFTER) }
    };
    let weighted = |list: &List, share: f64| List { weight: list.weight * share, ..list.clone() };
    let lists = |training_example: &&TrainingExample| {
        training_example.lists.each_ref().map(|list| weighted(list, share(training_example)))
    };
    let mut all: Vec<List> =
        training_examples.iter().flat_map(lists).filter(|list| !list.candidates.is_empty()).collect();
    let queries: f64 = all.iter().map(|list| list.weight).sum::<f64>() / 2.0;
    if queries <= 0.0 {
        return Ok(prior.clone());
    }
    let said = PRIOR_QUERIES / (1.0 + real as f64 / HALF_AFTER);
    // The general model's opinion on the very same pairs, as further, softer examples.
    let opinion = |prediction: Prediction| Some(probability(prediction.log_odds()));
    let opinion = |list: &List| {
        let truth = prior.predict(&list.candidates).into_iter().map(opinion).collect();
        List { truth, weight: list.weight * said / queries, ..list.clone() }
    };
    let opinions: Vec<List> = all.iter().map(opinion).collect();
    all.extend(opinions);
    if real >= ENOUGH_REAL {
        return fit::predictor(&all, &prior.calibration);
    }
    let calibration = fit::calibration(&all, &prior.pair, &prior.calibration);
    Ok(Predictor { pair: prior.pair.clone(), calibration })
}

/// Listings that stand for all, at random and whatever their order.
fn sample(catalogue: &Catalogue) -> Vec<Position> {
    let mut sample: Vec<Position> = catalogue.positions().collect();
    sample.sort_by_key(|p| (&catalogue.listing(*p).digest, &catalogue.listing(*p).id));
    sample.truncate(SAMPLE);
    sample
}

/// Queries made of the photos and titles of a sample of the listings.
pub fn augmented(
    ranker: &Ranker,
    encoders: &mut [Encoder],
    photo: &(dyn Fn(&Listing) -> Option<Vec<u8>> + Sync),
) -> Result<Vec<Example>> {
    let sample = sample(&ranker.catalogue);
    let one = |encoders: &mut [Encoder], p: &Position| augmentations(ranker, encoders, *p, photo);
    let made = parallel::map(encoders, &sample, one)?;
    Ok(made.into_iter().flatten().collect())
}

/// A listing as a query for the others of its group.
fn of_a_group(ranker: &Ranker, position: Position) -> Option<Example> {
    let catalogue = &ranker.catalogue;
    let own: BTreeSet<Position> = same_product(catalogue, position).filter(|p| *p != position).collect();
    let probe = probe_of(catalogue, position);
    let group = own.iter().chain([&position]).map(|p| catalogue.number(*p) as u64).min()?;
    let weight = 1.0;
    (!own.is_empty()).then(|| Example { probe, own, hidden: [position].into(), group, weight })
}

/// Listings that are one product with that one by label group or GTIN, itself among them.
fn same_product(catalogue: &Catalogue, position: Position) -> impl Iterator<Item = Position> + '_ {
    let gtin = |p: Position| catalogue.listing(p).gtin.as_deref().and_then(Gtin::parse);
    let (own, own_gtin) = (catalogue.listing(position), gtin(position));
    catalogue.positions().filter(move |p| {
        let same_group = own.label_group.is_some() && catalogue.listing(*p).label_group == own.label_group;
        *p == position || same_group || (own_gtin.is_some() && gtin(*p) == own_gtin)
    })
}

/// A listing as a query: what the catalogue holds of it.
pub fn probe_of(catalogue: &Catalogue, position: Position) -> Probe {
    let shard = &catalogue.shards[position.shard];
    let listing = catalogue.listing(position);
    let Row { vectors, hash, colour_histogram, .. } = shard.row(position.listing);
    let title = (!listing.title.is_empty()).then(|| ProbeTitle::of(listing.title.clone()));
    let whole = |(codes, scale): (Vec<i8>, f32)| codes.iter().map(|c| f32::from(*c) * scale).collect();
    Probe {
        vectors: vectors.into_iter().map(|v| v.map(whole)).collect(),
        hash,
        colour_histogram,
        price: listing.price,
        gtin: listing.gtin.as_deref().and_then(Gtin::parse).or_else(|| title.as_ref()?.parsed.gtin),
        title,
    }
}

/// Queries made of a listing's own photo and title, in every mode that it has.
fn augmentations(
    ranker: &Ranker,
    encoders: &mut [Encoder],
    position: Position,
    photo: &(dyn Fn(&Listing) -> Option<Vec<u8>> + Sync),
) -> Result<Vec<Example>> {
    let listing = ranker.catalogue.listing(position);
    let own: BTreeSet<Position> = same_product(&ranker.catalogue, position).collect();
    let group = own.iter().map(|p| ranker.catalogue.number(*p) as u64).min().unwrap_or_default();
    let seed = listing.digest.bytes().chain(listing.id.bytes()).fold(0u64, |h, b| h.rotate_left(5) ^ u64::from(b));
    let mut rng = Rng::with_seed(seed);
    let picture = photo(listing).and_then(|bytes| decode(&bytes).ok());
    let mut examples = Vec::new();
    for _ in 0..AUGMENTED {
        let by_photo = picture
            .as_ref()
            .map(|p| photo_probe(&ranker.catalogue, encoders, &augment_photo::augment(p, &mut rng)))
            .transpose()?;
        let by_title = match listing.title.as_str() {
            "" => None,
            title => title_probe(encoders, &augment_title::augment(title, &mut rng)).ok(),
        };
        let both = by_photo.as_ref().zip(by_title.as_ref()).map(|(photo, title)| merged(photo, title));
        for probe in [by_photo, by_title, both].into_iter().flatten() {
            examples.push(Example { probe, own: own.clone(), hidden: BTreeSet::new(), group, weight: 1.0 });
        }
    }
    Ok(examples)
}

/// What is known of a photo.
pub fn photo_probe(catalogue: &Catalogue, encoders: &mut [Encoder], photo: &Photo) -> Result<Probe> {
    let vector = |(i, encoder): (usize, &mut Encoder)| match encoder {
        Encoder::Image(encoder) => {
            let views = pollster::block_on(encoder.embed_views(photo))?;
            Ok(Some(catalogue.vector(i, &views)))
        }
        Encoder::Text(_) => Ok(None),
    };
    let vectors = encoders.iter_mut().enumerate().map(vector).collect::<Result<_>>()?;
    let (hash, colour_histogram) = (Some(PerceptualHash::of(photo)?), Some(ColourHistogram::of(photo)?));
    Ok(Probe { vectors, hash, colour_histogram, ..Probe::default() })
}

/// What is known of a title.
pub fn title_probe(encoders: &mut [Encoder], title: &str) -> Result<Probe> {
    let normal = normalise(title)?;
    let vector = |encoder: &mut Encoder| match encoder {
        Encoder::Text(encoder) => pollster::block_on(encoder.embed(&normal)).map(Some),
        Encoder::Image(_) => Ok(None),
    };
    let vectors = encoders.iter_mut().map(vector).collect::<Result<_>>()?;
    Ok(Probe { vectors, title: Some(ProbeTitle::of(normal)), ..Probe::default() })
}

/// What is known of a photo and a title of one thing.
pub fn merged(photo: &Probe, title: &Probe) -> Probe {
    let either = photo.vectors.iter().zip(&title.vectors).map(|(a, b)| a.clone().or_else(|| b.clone()));
    Probe { vectors: either.collect(), hash: photo.hash, colour_histogram: photo.colour_histogram, ..title.clone() }
}
