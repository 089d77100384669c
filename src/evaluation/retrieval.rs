//! Recall at k: how often a right listing is among the k nearest.

use rayon::prelude::*;
use serde::Serialize;

use super::{Item, Profile};
use crate::encoder::Encoder;
use crate::photo::decode;
use crate::{Error, Result};

/// How one encoder, or several together, did.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    pub encoder: String,
    pub recall_at_1: f64,
    pub recall_at_5: f64,
}

/// A row an encoder, and one for all of them together (the mean of their cosines, as of concatenated vectors) where there is
/// more than one image encoder.
pub fn retrieval(profile: &Profile, encoders: Vec<(&str, Encoder)>) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let mut together: Vec<Vec<f32>> = vec![vec![0.0; profile.catalogue.len()]; profile.queries.len()];
    let several = encoders.len() > 1 && encoders.iter().all(|(_, e)| matches!(e, Encoder::Image(_)));
    let names: Vec<&str> = encoders.iter().map(|e| e.0).collect();
    for (name, mut encoder) in encoders {
        let catalogue = embed(&mut encoder, &profile.catalogue)?;
        let queries = embed(&mut encoder, &profile.queries)?;
        let cosines =
            |query: &Vec<f32>| catalogue.iter().map(|c| c.iter().zip(query).map(|(a, b)| a * b).sum()).collect();
        let cosines: Vec<Vec<f32>> = queries.par_iter().map(cosines).collect();
        rows.push(row(name.into(), &cosines, profile));
        for (sum, cosines) in together.iter_mut().zip(cosines) {
            sum.iter_mut().zip(cosines).for_each(|(sum, cosine)| *sum += cosine);
        }
    }
    if several {
        rows.push(row(names.join(" + "), &together, profile));
    }
    Ok(rows)
}

fn row(encoder: String, cosines: &[Vec<f32>], profile: &Profile) -> Row {
    let recall = |k: usize| {
        let found = cosines.iter().zip(&profile.relevant).filter(|(cosines, relevant)| {
            let mut order: Vec<usize> = (0..cosines.len()).collect();
            order.sort_by(|a, b| cosines[*b].total_cmp(&cosines[*a]));
            order.iter().take(k).any(|i| relevant.contains(i))
        });
        found.count() as f64 / cosines.len() as f64
    };
    Row { encoder, recall_at_1: recall(1), recall_at_5: recall(5) }
}

/// The vectors of all items, on all cores where the device can.
fn embed(encoder: &mut Encoder, items: &[Item]) -> Result<Vec<Vec<f32>>> {
    match encoder.fork() {
        Some(_) => {
            let fork = || encoder.fork();
            let none = || Error::argument("encoder", "one that can be forked again", "none");
            items.par_iter().map_init(fork, |fork, item| one(fork.as_mut().ok_or_else(none)?, item)).collect()
        }
        None => items.iter().map(|item| one(encoder, item)).collect(),
    }
}

fn one(encoder: &mut Encoder, item: &Item) -> Result<Vec<f32>> {
    match (encoder, item) {
        (Encoder::Image(encoder), Item::Photo(path)) => {
            let place = path.display().to_string();
            let bytes =
                std::fs::read(path).map_err(|e| Error::io("reading a photo", "a file that can be read", e, place))?;
            pollster::block_on(encoder.embed(&decode(&bytes)?))
        }
        (Encoder::Text(encoder), Item::Title(title)) => pollster::block_on(encoder.embed(title)),
        (Encoder::Image(_), Item::Title(_)) => {
            Err(Error::argument("encoder", "one that reads titles", "an image encoder"))
        }
        (Encoder::Text(_), Item::Photo(_)) => {
            Err(Error::argument("encoder", "one that reads photos", "a text encoder"))
        }
    }
}
