//! The rows of a list against a catalogue.

use std::path::Path;

use rayon::prelude::*;

use super::probes::probes;
use super::selection::Selection;
use super::{CHUNK, Emit, Options, Pair, best_candidates, described};
use crate::Result;
use crate::encoder::Encoder;
use crate::matching::ranker::Ranker;
use crate::merchant::feed::Problem;
use crate::merchant::listings::Record;

/// A list that is held against a catalogue.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    pub records: &'a [Record],
    /// Folder below which the records' images lie.
    pub images: &'a Path,
    /// Whether the rows' vectors are blended with their neighbours' as the catalogue's were.
    pub blend: Option<super::Blend>,
}

/// Finds the listings that are the same products as the rows. Pairs are handed on row by row, each row's best first;
/// with mutual best ones at the end, the most probable first.
///
/// What a row lost is a [`Problem`]; it keeps its other lane. `progress` is called with the rows done. Errors are those
/// of the encoders and of `emit`.
pub fn between(
    ranker: &Ranker,
    rows: Rows<'_>,
    encoders: &mut [Encoder],
    options: &Options,
    progress: &dyn Fn(u64),
    emit: Emit<'_>,
) -> Result<Vec<Problem>> {
    let Rows { records, images, blend } = rows;
    let catalogue = &ranker.catalogue;
    let positions: Vec<_> = catalogue.positions().collect();
    let ids = |pair: &Pair| (&records[pair.a].id, &catalogue.listing(positions[pair.b]).id);
    let mut selection = Selection::new(options.mutual_best, true, emit);
    let mask = described(ranker, None);
    let mut problems = Vec::new();
    // Rows' best partners that are too improbable; with mutual best ones also those that may go to another row.
    let mut best: Vec<Pair> = Vec::new();
    let mut done = 0;
    for chunk in records.chunks(CHUNK) {
        let mut chunk_probes = Vec::with_capacity(chunk.len());
        for (probe, lost) in probes(chunk, images, catalogue, encoders)? {
            problems.extend(lost);
            chunk_probes.push(probe);
        }
        let search = |(i, mut probe): (usize, _)| {
            if let Some(blend) = blend {
                blend.probe(catalogue, &mut probe);
            }
            let scored = best_candidates(ranker, &probe, &mask);
            let is_kept = |(rank, pair): &(usize, Pair)| {
                pair.probability >= options.min_probability || (options.at_least_one && *rank == 0)
            };
            let pairs = scored.iter().map(|scored| Pair::found(ranker, done + i, scored));
            pairs.enumerate().filter(is_kept).map(|(_, pair)| pair).collect()
        };
        let found: Vec<Vec<Pair>> = chunk_probes.into_par_iter().enumerate().map(search).collect();
        for pair in found.into_iter().flatten() {
            let is_probable = pair.probability >= options.min_probability;
            let is_first = best.last().is_none_or(|last| last.a != pair.a);
            if options.at_least_one && options.mutual_best && is_first {
                best.push(pair.clone());
            }
            let flow = match is_probable {
                true => selection.take(pair)?,
                false if !options.mutual_best => selection.spare(pair)?,
                false => continue,
            };
            if flow.is_break() {
                return Ok(problems);
            }
        }
        done += chunk.len();
        progress(done as u64);
    }
    if selection.settle(&|x, y| ids(x).cmp(&ids(y)))?.is_break() {
        return Ok(problems);
    }
    for pair in best {
        if !selection.is_served(pair.a) && selection.spare(pair)?.is_break() {
            break;
        }
    }
    Ok(problems)
}
