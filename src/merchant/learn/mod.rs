//! Learning a decision from a catalogue itself: queries with known answers are made from its own listings and taken from
//! real examples, their candidates are retrieved as a shopper's are, and the model is fitted to them.

mod augment_photo;
pub mod augment_title;
mod calibration;
mod cousins;
pub mod fit;
mod labelled_query;
mod logistic;
mod predictor;
mod training_example;

pub use cousins::ShopWords;
pub use labelled_query::{LabelledQuery, augmented, picture_of};
pub use predictor::predictor;
pub use training_example::{TrainingExample, training_examples};

use crate::catalogue::{Catalogue, Listing};
use crate::encoder::Encoder;
use crate::fusion::{Costs, FEATURES, Lane, Mode, Model, Shape};
use crate::matching::ranker::Ranker;
use crate::{Error, Result};

/// What words that fit a picture add to the log-odds in the general model, by their standard deviations above chance. It is set
/// and not fitted, as none of the shops that the model is fitted to has a joint encoder: enough to order listings whose titles
/// say nothing of the words, and too little to outweigh what titles say.
const JOINT: [(f32, f32); 2] = [(0.5, 0.0), (4.0, 1.5)];

/// The general model: fitted to the pairs of several shops, for catalogues too small to be fitted by themselves.
pub fn prior() -> Result<Model> {
    let mut model: Model = serde_json::from_str(include_str!("prior.json"))
        .map_err(|e| Error::argument("general model", "a model in JSON", e.to_string()))?;
    for predictor in [&mut model.title, &mut model.both] {
        let shapes = FEATURES.iter().zip(&mut predictor.pair.shapes);
        if let Some((_, shape)) = { shapes }.find(|(feature, _)| feature.lane == Lane::Joint) {
            let (at, log_odds) = JOINT.into_iter().unzip();
            *shape = Shape { at, log_odds, missing: 0.0 };
        }
    }
    Ok(model)
}

/// Gives the training examples of real queries, once there is a catalogue that they are labelled with: of those that are handed
/// over, which are further pictures of its listings, and of what customers asked.
pub type RealExamples<'a> = &'a dyn Fn(&Ranker, Vec<LabelledQuery>, &mut [Encoder]) -> Result<Vec<TrainingExample>>;

/// Fits the decision to a catalogue: to its listings' augmented photos and titles, to listings that are one product by label
/// group or GTIN, to their further pictures and to real queries. `photo` gives the file of a listing's photo.
pub fn learn(
    catalogue: Catalogue,
    encoders: &mut [Encoder],
    photo: &(dyn Fn(&Listing) -> Option<Vec<u8>> + Sync),
    real_examples: RealExamples<'_>,
    costs: Costs,
) -> Result<Model> {
    let ranker = Ranker::new(catalogue);
    let left_out: Vec<LabelledQuery> = labelled_query::leave_one_out(&ranker.catalogue).collect();
    let augmented = augmented(&ranker.catalogue, encoders, photo)?;
    let examples = [
        real_examples(&ranker, labelled_query::further_pictures(&ranker.catalogue), encoders)?,
        training_examples(&ranker, &left_out, true)?,
        training_examples(&ranker, &augmented, false)?,
    ]
    .concat();
    let predictor = |mode| predictor(&examples.iter().filter(|e| e.mode == mode).collect::<Vec<_>>(), mode);
    Ok(Model {
        costs,
        thresholds: costs.thresholds()?,
        photo: predictor(Mode::Photo)?,
        title: predictor(Mode::Title)?,
        both: predictor(Mode::Both)?,
    })
}
