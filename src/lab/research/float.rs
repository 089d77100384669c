//! MobileNetV2 in f32 on Burn, whose recall has a reference by onnxruntime (`tests/reference/mobilenet_v2_onnx.py`).

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use burn::prelude::*;
use serde::{Deserialize, Serialize};

use super::vectors::{median, photo};
use super::weights::sha256_of;
use crate::catalogue::unit;
use crate::encoder::normalised;
use crate::lab::checkpoint::Checkpoint;
use crate::lab::export::values;
use crate::lab::families::{self, Loaded};
use crate::lab::train::corpus::{Content, Corpus, Side};
use crate::photo::Photo;
use crate::{Error, Result};

/// The family that the reference is of.
const FAMILY: &str = "mobilenet-v2";
const REFERENCE: &str = include_str!("../../../tests/reference/mobilenet_v2_onnx.json");

#[derive(Deserialize)]
struct Run {
    onnxruntime: String,
    weights_sha256: String,
    #[serde(flatten)]
    sets: BTreeMap<String, Recall>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct Recall {
    queries: usize,
    candidates: usize,
    r1: f64,
    r5: f64,
}

/// The reference beside the same figures of this run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reference {
    /// What made it.
    pub by: String,
    pub queries: usize,
    pub recall_at_1: f64,
    pub recall_at_5: f64,
    /// Of this run over the same queries.
    pub own_recall_at_1: f64,
    pub own_recall_at_5: f64,
}

/// Vectors of the items of a set, empty for others, and the milliseconds that one takes.
pub struct Found {
    pub vectors: Vec<Vec<f32>>,
    pub milliseconds: f64,
}

/// Embeds the photos of a set with the weights of a file.
///
/// # Errors
/// Where the weights do not fit or a photo cannot be read.
pub fn embed(weights: &Path, corpus: &Corpus, set: usize, advance: &dyn Fn(usize)) -> Result<Found> {
    let device = Device::flex();
    let loaded = families::load(FAMILY, &Checkpoint::read(weights)?, &device)?;
    let mut vectors = vec![Vec::new(); corpus.items.len()];
    let mut times = Vec::new();
    for (item, vector) in corpus.items.iter().zip(&mut vectors).filter(|(item, _)| item.set == set) {
        let Content::Photo(path) = &item.content else {
            return Err(Error::argument("items", "photos", "titles"));
        };
        let start = Instant::now();
        *vector = vector_of(&loaded, &photo(path)?, &device)?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
        advance(1);
    }
    Ok(Found { vectors, milliseconds: median(times) })
}

/// The vector of a photo, of length 1.
///
/// # Errors
/// Where the photo has no pixels.
pub fn vector_of(loaded: &Loaded, photo: &Photo, device: &Device) -> Result<Vec<f32>> {
    let side = loaded.side as usize;
    let pixels = normalised(&photo.resized(loaded.side, loaded.side)?, loaded.mean, loaded.deviation);
    let pixels: Tensor<4> = Tensor::from_data(TensorData::new(pixels, [1, side, side, 3]), device);
    Ok(unit(values(loaded.model.embed(pixels.permute([0, 3, 1, 2])))?))
}

/// The reference of a set, where there is one for these weights and this data; `ranks` are those of its queries by item.
///
/// # Errors
/// Where the weights or the reference cannot be read.
pub fn reference(
    weights: &Path,
    corpus: &Corpus,
    set: usize,
    ranks: &[(usize, u64, usize)],
) -> Result<Option<Reference>> {
    let run: Run =
        serde_json::from_str(REFERENCE).map_err(|e| Error::argument("reference", "figures in JSON", e.to_string()))?;
    let name = corpus.sets[set].trim_end_matches("-labelled");
    let Some(there) = run.sets.get(name) else { return Ok(None) };
    // The photos that are learnt from are no queries of the reference.
    let is_asked = |item: usize| corpus.items[item].side != Side::Example;
    let own: Vec<usize> = ranks.iter().filter(|(item, _, _)| is_asked(*item)).map(|(_, _, rank)| *rank).collect();
    let is_same = own.len() == there.queries && corpus.candidates(set).len() == there.candidates;
    if !is_same || sha256_of(weights)? != run.weights_sha256 {
        return Ok(None);
    }
    let share = |k: usize| own.iter().filter(|rank| **rank < k).count() as f64 / own.len().max(1) as f64;
    Ok(Some(Reference {
        by: format!("onnxruntime {}", run.onnxruntime),
        queries: there.queries,
        recall_at_1: there.r1,
        recall_at_5: there.r5,
        own_recall_at_1: share(1),
        own_recall_at_5: share(5),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_has_figures_of_both_sets() {
        let run: Run = serde_json::from_str(REFERENCE).unwrap();
        for set in ["grocery", "apparel"] {
            let found = run.sets[set];
            assert!(found.queries > 100 && found.candidates > 80 && found.r1 > 0.0 && found.r1 < found.r5, "{found:?}");
        }
        assert_eq!(run.weights_sha256.len(), 64);
    }
}
