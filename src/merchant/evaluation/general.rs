//! Fitting the general model from several shops' labelled data.

use super::dataset::{ALL_ENCODERS, Dataset};
use super::evaluation_set::{Encoders, EvaluationSet};
use super::pairs;
use super::shops::{Purpose, generated};
use crate::encoder::{Encoder, Identity};
use crate::fusion::{Additive, Calibration, Costs, Mode, Model, Presence};
use crate::matching::probe::Probe;
use crate::merchant::learn::fit::{self, List, Near};
use crate::merchant::learn::{LabelledQuery, training_examples};
use crate::{Error, Result};

/// Weight of an augmented query, and of one in a generated shop; that of a real one is 1.
const AUGMENTED_WEIGHT: f64 = 0.4;
const GENERATED_WEIGHT: f64 = 0.5;
/// More than there are generated shops.
const GENERATED_GROUPS: u64 = 64;

/// Opens the encoders that can read a data set.
pub type OpenEncoders<'a> = &'a dyn Fn(&Dataset) -> Result<Vec<(Identity, Encoder)>>;

/// Fits the model of photos to the `train` photos of `grocery`, and that of titles to the `train` pairs of `abt-buy` and
/// `amazon-google`, to cousins and queries made of the titles of both, and to the generated shops that are for fitting;
/// queries by both are scored by both at once, as independent
/// evidence, calibrated by the same photos with titles that are made of their
/// products and of cousins of them, and as photos of the generated shops. `encoders` opens those of a data set.
pub fn general_model(read: &dyn Fn(&str) -> Result<Dataset>, encoders: OpenEncoders<'_>) -> Result<Model> {
    let set = |name: &str| {
        let dataset = read(name)?;
        Ok((EvaluationSet::new(&dataset, &mut Encoders::of(encoders(&dataset)?), &[])?, dataset))
    };
    let photos = Dataset { encoders: ALL_ENCODERS, ..read("grocery")? };
    let grocery = EvaluationSet::new(&photos, &mut Encoders::of(encoders(&photos)?), &[])?;
    let mut photo_lists = lists(&grocery, Mode::Photo, &grocery.examples, 1.0)?;
    photo_lists.extend(lists(&grocery, Mode::Photo, &grocery.augmented, AUGMENTED_WEIGHT)?);
    let mut lists_of_both = lists(&grocery, Mode::Both, &with_titles(&grocery.examples, &grocery.augmented), 1.0)?;
    let mut title_lists = Vec::new();
    for (i, name) in ["abt-buy", "amazon-google"].into_iter().enumerate() {
        let (set, dataset) = set(name)?;
        let none = || Error::argument("profile", "one with labelled pairs", name);
        let splits = dataset.pairs.as_ref().ok_or_else(none)?;
        // Groups of one shop are none of the other's.
        let own = |list: List| List { group: list.group * 2 + i as u64, ..list };
        title_lists.extend(pairs::lists(&set, splits, &splits.train).into_iter().map(own));
        title_lists.extend(lists(&set, Mode::Title, &set.augmented, AUGMENTED_WEIGHT)?.into_iter().map(own));
    }
    for (i, shop) in generated(Purpose::Fitting)?.iter().enumerate() {
        let dataset = shop.dataset();
        let set = EvaluationSet::new(&dataset, &mut Encoders::of(encoders(&dataset)?), &[])?;
        let own = |list: List| List { group: list.group * GENERATED_GROUPS + i as u64, ..list };
        title_lists.extend(lists(&set, Mode::Title, &set.queries, GENERATED_WEIGHT)?.into_iter().map(own));
        let dataset = shop.with_photos(&photos);
        let set = EvaluationSet::new(&dataset, &mut Encoders::of(encoders(&dataset)?), &[])?;
        lists_of_both.extend(lists(&set, Mode::Both, &set.queries, GENERATED_WEIGHT)?);
    }
    let near = Near { calibration: &Calibration::default(), presence: &Presence::default() };
    let photo = fit::predictor(&photo_lists, &near)?;
    let title = fit::predictor(&title_lists, &near)?;
    let both = fit::calibrated(&lists_of_both, together(&photo.pair, &title.pair), &near);
    let costs = Costs::default();
    Ok(Model { costs, thresholds: costs.thresholds()?, both, photo, title })
}

/// The lists of the queries of one mode.
fn lists(set: &EvaluationSet, mode: Mode, queries: &[LabelledQuery], weight: f64) -> Result<Vec<List>> {
    let training_examples = training_examples(&set.ranker, queries, true)?;
    let of_mode = training_examples.into_iter().filter(|training_example| training_example.mode == mode);
    Ok(of_mode
        .flat_map(|training_example| training_example.lists)
        .map(|list| List { weight: list.weight * weight, ..list })
        .collect())
}

/// Photos of customers with titles that are made of the listings, in turn: of the photo's product, and of cousins of it.
fn with_titles(photos: &[LabelledQuery], augmented: &[LabelledQuery]) -> Vec<LabelledQuery> {
    let titles: Vec<&LabelledQuery> = augmented.iter().filter(|query| query.probe.mode() == Mode::Title).collect();
    let mut queries = Vec::new();
    for (i, photo) in photos.iter().enumerate() {
        for is_cousin in [false, true] {
            let is_one = |title: &&&LabelledQuery| title.group == photo.group && title.relevant.is_empty() == is_cousin;
            let of_product: Vec<&&LabelledQuery> = titles.iter().filter(is_one).collect();
            if let Some(title) = of_product.get(i % of_product.len().max(1)) {
                let probe = Probe::merged(&photo.probe, &title.probe);
                queries.push(LabelledQuery { probe, ..LabelledQuery::clone(title) });
            }
        }
    }
    queries
}

/// The sum of two pair models: each has curves where the other has none.
fn together(photo: &Additive, title: &Additive) -> Additive {
    let shapes = photo.shapes.iter().zip(&title.shapes);
    let shapes = shapes.map(|(a, b)| if b.at.is_empty() { a.clone() } else { b.clone() }).collect();
    Additive { intercept: title.intercept, shapes }
}
