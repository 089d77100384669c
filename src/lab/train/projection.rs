//! The closed-form projection that a build learns from labelled photos, to compare an adapter with.

use super::corpus::{Corpus, Part};
use super::inputs::Inputs;
use super::measure::{Measured, measure};
use crate::catalogue::Projection;
use crate::merchant::build::whitening::{Asked, Labelled, of_labelled};

/// The test part of a data set in the projection of the training part's pictures; `None` where they are too few for one.
pub fn measured(corpus: &Corpus, inputs: &Inputs, set: usize) -> Option<Measured> {
    let training: Vec<usize> = corpus.training().into_iter().filter(|item| corpus.items[*item].set == set).collect();
    let views = training.iter().flat_map(|item| &inputs.own[*item]);
    let views: Vec<Vec<f32>> = views.map(|view| view.untrained.clone()).collect();
    let usual = Projection::fit(&views)?;
    let (principal, _) = Projection::principal(&views)?;
    let untrained = inputs.untrained();
    let labelled = |item: &usize| Labelled {
        vector: untrained[*item].clone(),
        product: corpus.items[*item].group,
        is_own: corpus.items[*item].is_candidate(),
    };
    let pictures: Vec<Labelled> = training.iter().map(labelled).collect();
    let projection = of_labelled(&principal, Some(&usual), &pictures, Asked::Photos).unwrap_or(usual);
    let projected: Vec<Vec<f32>> = untrained.iter().map(|vector| projection.project(vector)).collect();
    Some(measure(corpus, &projected, set, Part::Test))
}
