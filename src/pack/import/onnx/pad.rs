//! Rounds the channels of a draft's values up to what the kernels work on at a time.
//!
//! Squeeze-and-excite blocks and narrow nets have odd numbers of channels. Products make the missing ones of zeros, and those
//! that read them have zeros there, so that what lies between does not matter.

use std::sync::Arc;

use super::draft::{Draft, Filters, Matrix, Operation};
use super::tensor::Reason;
use super::view::Grid;
use crate::kernels::Activation;

/// What kernels work on at a time.
const STEP: usize = 4;

/// The draft with channels in multiples of 4; `output` keeps its own.
///
/// # Errors
/// The operation and its channels, where these cannot be rounded up.
pub fn padded(mut draft: Draft, output: usize) -> Result<Draft, Reason> {
    let channels: Vec<usize> = draft.entries.iter().map(|entry| entry.grid.channels).collect();
    for id in 1..draft.entries.len() {
        let made = channels[id];
        let operation = &mut draft.entries[id].operation;
        let input = operation.reads().first().copied().unwrap_or(0);
        // The input of the graph stays as it is.
        let read = if input == 0 { channels[0] } else { channels[input].next_multiple_of(STEP) };
        let whole = made.next_multiple_of(STEP);
        if (made, channels[input]) == (whole, read) {
            continue;
        }
        if id == output && made != whole {
            return Err(format!("an embedding of {made} values, which is no multiple of {STEP}"));
        }
        let from = channels[input];
        match operation {
            Operation::Linear { matrix, bias, .. } => {
                *matrix = Matrix { values: grown(&matrix.values, 1, from, read, whole), rows: whole, width: read };
                bias.resize(whole, 0.0);
            }
            Operation::Conv { filters, bias, .. } => {
                let taps = (filters.window.size * filters.window.size) as usize;
                let values = grown(&filters.values, taps, from, read, whole);
                *filters = Filters { values, out: whole, width: taps * read, ..filters.clone() };
                bias.resize(whole, 0.0);
            }
            Operation::Depthwise { filters, bias, .. } => {
                let values = grown(&filters.values, filters.width, 1, 1, whole);
                *filters = Filters { values, out: whole, ..filters.clone() };
                bias.resize(whole, 0.0);
            }
            Operation::Affine { gain, bias, .. } => {
                gain.resize(whole, 0.0);
                bias.resize(whole, 0.0);
            }
            Operation::Activation { .. }
            | Operation::Add { .. }
            | Operation::Multiply { .. }
            | Operation::TakeRow { .. }
            | Operation::MeanPool { .. }
            | Operation::MaxPool { .. }
            | Operation::AveragePool { .. }
            | Operation::Upsample { .. } => {}
            other => {
                let name = other.name();
                return Err(format!("{name} over {from} channels to {made}, which are no multiples of {STEP}"));
            }
        }
        draft.entries[id].grid.channels = whole;
    }
    Ok(draft)
}

/// `[rows][taps][from]` as `[whole][taps][to]`, with zeros for what is new.
fn grown(values: &[f32], taps: usize, from: usize, to: usize, whole: usize) -> Arc<Vec<f32>> {
    let mut out = Vec::with_capacity(whole * taps * to);
    for channels in values.chunks(from) {
        out.extend_from_slice(channels);
        out.resize(out.len() + to - from, 0.0);
    }
    out.resize(whole * taps * to, 0.0);
    Arc::new(out)
}

/// What the width of a token table is a multiple of.
const TABLE_STEP: usize = 32;

/// The draft with token tables as wide as the kernel reads them, and products that leave out what they are wider; and where
/// `output` is in it.
pub fn with_wide_tables(draft: Draft, output: usize) -> (Draft, usize) {
    let mut places = Vec::with_capacity(draft.entries.len());
    let mut wide = Draft { entries: Vec::new() };
    for mut entry in draft.entries {
        entry.operation.rename(|id| places[id]);
        let (grid, width) = (entry.grid, entry.grid.channels);
        let whole = width.next_multiple_of(TABLE_STEP);
        match &mut entry.operation {
            Operation::Embed { table, positions, .. } if whole != width => {
                let rows = |values: &[f32]| grown(values, 1, width, whole, values.len() / width);
                *table = Matrix { values: rows(&table.values), width: whole, ..table.clone() };
                *positions = positions.as_ref().map(|positions| rows(positions));
                let input = wide.push(entry.operation, Grid { channels: whole, ..grid });
                let mut values = vec![0.0; width * whole];
                (0..width).for_each(|c| values[c * whole + c] = 1.0);
                let matrix = Matrix { values: Arc::new(values), rows: width, width: whole };
                let (bias, activation) = (vec![0.0; width], Activation::None);
                let product = Operation::Linear { input, matrix, bias, activation, residual: None };
                places.push(wide.push(product, grid));
            }
            _ => places.push(wide.push(entry.operation, grid)),
        }
    }
    (wide, places[output])
}
