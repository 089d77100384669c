//! Fitting the general model from several shops' labelled data.

use super::dataset::Dataset;
use super::evaluation_set::{Encoders, EvaluationSet};
use super::pairs;
use super::shops::{Purpose, generated};
use crate::encoder::{Encoder, Identity};
use crate::fusion::{Additive, Calibration, Costs, Mode, Model, Predictor, Presence};
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
/// queries by both are scored by both at once, as independent evidence. `encoders` opens those of a data set.
pub fn general_model(read: &dyn Fn(&str) -> Result<Dataset>, encoders: OpenEncoders<'_>) -> Result<Model> {
    let set = |name: &str| {
        let dataset = read(name)?;
        Ok((EvaluationSet::new(&dataset, &mut Encoders::of(encoders(&dataset)?), &[])?, dataset))
    };
    let (grocery, _) = set("grocery")?;
    let mut photo_lists = lists(&grocery, Mode::Photo, &grocery.examples, 1.0)?;
    photo_lists.extend(lists(&grocery, Mode::Photo, &grocery.augmented, AUGMENTED_WEIGHT)?);
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
    }
    let near = Near { calibration: &Calibration::default(), presence: &Presence::default() };
    let photo = fit::predictor(&photo_lists, &near)?;
    let title = fit::predictor(&title_lists, &near)?;
    let costs = Costs::default();
    Ok(Model { costs, thresholds: costs.thresholds()?, both: together(&photo, &title), photo, title })
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

/// The sum of two predictors: each has curves where the other has none.
fn together(photo: &Predictor, title: &Predictor) -> Predictor {
    let (photo_pair, title_pair) = (&photo.pair, &title.pair);
    let shapes = photo_pair.shapes.iter().zip(&title_pair.shapes);
    let shapes = shapes.map(|(a, b)| if b.at.is_empty() { a.clone() } else { b.clone() }).collect();
    let mean = |of: fn(&Calibration) -> f64| (of(&photo.calibration) + of(&title.calibration)) / 2.0;
    let mean_presence = |of: fn(&Presence) -> f64| (of(&photo.presence) + of(&title.presence)) / 2.0;
    Predictor {
        pair: Additive { intercept: title_pair.intercept, shapes },
        calibration: Calibration {
            offset: mean(|c| c.offset),
            slope: mean(|c| c.slope),
            ahead: mean(|c| c.ahead),
            behind: mean(|c| c.behind),
            rivals: mean(|c| c.rivals),
        },
        presence: Presence {
            offset: mean_presence(|p| p.offset),
            best: mean_presence(|p| p.best),
            others: mean_presence(|p| p.others),
            stated: mean_presence(|p| p.stated),
        },
        overlooks_words: false,
    }
}
