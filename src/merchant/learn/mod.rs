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
pub use labelled_query::{LabelledQuery, augmented, leave_out_together, picture_of};
pub use predictor::predictor;
pub use training_example::{TrainingExample, training_examples};

use crate::catalogue::{Catalogue, Listing};
use crate::encoder::Encoder;
use crate::fusion::{Costs, Mode, Model};
use crate::matching::ranker::Ranker;
use crate::{Error, Result};

/// The general model: fitted to the pairs of several shops, for catalogues too small to be fitted by themselves.
pub fn prior() -> Result<Model> {
    serde_json::from_str(include_str!("prior.json"))
        .map_err(|e| Error::argument("general model", "a model in JSON", e.to_string()))
}

/// Gives the real queries, once there is a catalogue that they are labelled with.
pub type RealQueries<'a> = &'a dyn Fn(&Catalogue, &mut [Encoder]) -> Result<Vec<LabelledQuery>>;

/// Fits the decision to a catalogue: to its listings' augmented photos and titles, to listings that are one product by label
/// group or GTIN, and to real queries. `photo` gives the file of a listing's photo.
pub fn learn(
    catalogue: Catalogue,
    encoders: &mut [Encoder],
    photo: &(dyn Fn(&Listing) -> Option<Vec<u8>> + Sync),
    real_queries: RealQueries<'_>,
    costs: Costs,
) -> Result<Model> {
    let ranker = Ranker::new(catalogue);
    let mut real = real_queries(&ranker.catalogue, encoders)?;
    real.extend(labelled_query::leave_one_out(&ranker.catalogue));
    let augmented = augmented(&ranker.catalogue, encoders, photo)?;
    let examples = [training_examples(&ranker, &real, true)?, training_examples(&ranker, &augmented, false)?].concat();
    let predictor = |mode| predictor(&examples.iter().filter(|e| e.mode == mode).collect::<Vec<_>>(), mode);
    Ok(Model {
        costs,
        thresholds: costs.thresholds()?,
        photo: predictor(Mode::Photo)?,
        title: predictor(Mode::Title)?,
        both: predictor(Mode::Both)?,
    })
}
