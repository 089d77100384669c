//! Merges operations of a draft: batch norms and biases into the products before them, activations into what ends in them,
//! positions into the embedding, sums into residuals.

use std::sync::Arc;

use super::draft::{Draft, Filters, Matrix, Operation};
use super::view::Id;
use crate::kernels::Activation;

/// What becomes of an operation and of one whose output it alone reads, which stands in that place.
type Rule = fn(&Operation, &Operation, Id) -> Option<Operation>;

/// The operations that `output` needs, merged, and where it is among them.
pub fn simplified(mut draft: Draft, output: Id) -> (Draft, Id) {
    for rule in [into_producer as Rule, into_consumer] {
        while merge(&mut draft, output, rule) {}
    }
    let uses = uses(&draft, output);
    let mut places = vec![0; draft.entries.len()];
    let mut kept = Vec::new();
    for (id, mut entry) in draft.entries.into_iter().enumerate() {
        // The input stays first, whether it is read or not.
        if uses[id] > 0 || id == 0 {
            entry.operation.rename(|id| places[id]);
            places[id] = kept.len();
            kept.push(entry);
        }
    }
    (Draft { entries: kept }, places[output])
}

/// How many operations that `output` needs read each value; the output counts as read.
fn uses(draft: &Draft, output: Id) -> Vec<usize> {
    let mut uses = vec![0; draft.entries.len()];
    uses[output] = 1;
    for id in (0..draft.entries.len()).rev() {
        if uses[id] > 0 {
            draft.entries[id].operation.reads().into_iter().for_each(|read| uses[read] += 1);
        }
    }
    uses
}

/// Puts in the place of each operation what the rule makes of it and of one whose output it alone reads; whether there was any.
/// The rule is given that one's place.
fn merge(draft: &mut Draft, output: Id, rule: Rule) -> bool {
    let mut uses = uses(draft, output);
    let mut is_changed = false;
    for id in 0..draft.entries.len() {
        if uses[id] == 0 {
            continue;
        }
        for read in draft.entries[id].operation.reads() {
            let merged = rule(&draft.entries[id].operation, &draft.entries[read].operation, read);
            if let Some(merged) = merged.filter(|_| uses[read] == 1) {
                draft.entries[id].operation = merged;
                uses[read] = 0;
                is_changed = true;
                break;
            }
        }
    }
    is_changed
}

/// An operation on each value or channel as the end of the one before it, or as a part of the product after it.
fn into_producer(operation: &Operation, producer: &Operation, place: Id) -> Option<Operation> {
    match operation {
        Operation::Linear { input, matrix, bias, activation, residual }
            if *input == place && *residual != Some(place) =>
        {
            let (before, matrix, bias) = match producer {
                Operation::Affine { input, gain, bias: before, activation: Activation::None } => {
                    let rows = matrix.values.chunks(matrix.width).zip(bias);
                    let sum = |row: &[f32]| row.iter().zip(before).map(|(w, v)| w * v).sum::<f32>();
                    let bias = rows.map(|(row, b)| sum(row) + b).collect();
                    let scale = |row: &[f32]| row.iter().zip(gain).map(|(w, g)| w * g).collect::<Vec<_>>();
                    let values = matrix.values.chunks(matrix.width).flat_map(scale).collect();
                    (*input, Matrix { values: Arc::new(values), ..matrix.clone() }, bias)
                }
                Operation::Linear {
                    input,
                    matrix: first,
                    bias: none,
                    activation: Activation::None,
                    residual: None,
                } => {
                    let picked = picked(first, none)?;
                    let mut values = vec![0.0; matrix.rows * first.width];
                    for (row, to) in matrix.values.chunks(matrix.width).zip(values.chunks_mut(first.width)) {
                        row.iter().zip(&picked).for_each(|(w, channel)| to[*channel] += w);
                    }
                    let (rows, width) = (matrix.rows, first.width);
                    (*input, Matrix { values: Arc::new(values), rows, width }, bias.clone())
                }
                _ => return None,
            };
            Some(Operation::Linear { input: before, matrix, bias, activation: *activation, residual: *residual })
        }
        Operation::Affine { gain, bias, activation, .. } => scaled(producer, gain, bias, *activation),
        Operation::Activation { activation, .. } => {
            let mut merged = producer.clone();
            let slot = merged.activation().filter(|slot| **slot == Activation::None)?;
            *slot = *activation;
            Some(merged)
        }
        Operation::Prepend { class: None, positions, .. } => positioned(producer, positions),
        _ => None,
    }
}

/// The channel that each row of a matrix picks, where it does nothing else.
fn picked(matrix: &Matrix, bias: &[f32]) -> Option<Vec<usize>> {
    let one = |row: &[f32]| {
        let channel = row.iter().position(|v| *v != 0.0)?;
        (row[channel] == 1.0 && row[channel + 1..].iter().all(|v| *v == 0.0)).then_some(channel)
    };
    let channels = matrix.values.chunks(matrix.width).map(one).collect::<Option<Vec<_>>>()?;
    bias.iter().all(|b| *b == 0.0).then_some(channels)
}

/// `activation(gain · y + bias)` of what the producer makes.
fn scaled(producer: &Operation, gain: &[f32], bias: &[f32], activation: Activation) -> Option<Operation> {
    let none = Activation::None;
    let rows = |values: &Arc<Vec<f32>>, width: usize| {
        let scaled = values.chunks(width).zip(gain).flat_map(|(row, g)| row.iter().map(move |v| v * g));
        if gain.iter().all(|g| *g == 1.0) { values.clone() } else { Arc::new(scaled.collect()) }
    };
    let columns = |values: &[f32]| -> Vec<f32> {
        values.chunks(gain.len()).flat_map(|row| row.iter().zip(gain).map(|(v, g)| v * g)).collect()
    };
    let shifted =
        |old: &[f32]| -> Vec<f32> { old.iter().zip(gain.iter().zip(bias)).map(|(v, (g, b))| v * g + b).collect() };
    let filters = |filters: &Filters| Filters { values: rows(&filters.values, filters.width), ..filters.clone() };
    Some(match producer {
        Operation::Linear { input, matrix, bias, activation: Activation::None, residual: None } => {
            let matrix = Matrix { values: rows(&matrix.values, matrix.width), ..matrix.clone() };
            Operation::Linear { input: *input, matrix, bias: shifted(bias), activation, residual: None }
        }
        Operation::Conv { input, filters: old, bias, activation: Activation::None } => {
            Operation::Conv { input: *input, filters: filters(old), bias: shifted(bias), activation }
        }
        Operation::Depthwise { input, filters: old, bias, activation: Activation::None } => {
            Operation::Depthwise { input: *input, filters: filters(old), bias: shifted(bias), activation }
        }
        Operation::Affine { input, gain: old, bias, activation: Activation::None } => {
            Operation::Affine { input: *input, gain: columns(old), bias: shifted(bias), activation }
        }
        Operation::LayerNorm { input, gain: old, bias, epsilon } if activation == none => {
            Operation::LayerNorm { input: *input, gain: columns(old), bias: shifted(bias), epsilon: *epsilon }
        }
        Operation::RmsNorm { input, gain: old, epsilon } if activation == none && bias.iter().all(|b| *b == 0.0) => {
            Operation::RmsNorm { input: *input, gain: columns(old), epsilon: *epsilon }
        }
        Operation::Embed { input, table, positions } if activation == none => {
            let mut table = Matrix { values: Arc::new(columns(&table.values)), ..table.clone() };
            let add = |values: &[f32]| -> Vec<f32> {
                values.chunks(bias.len()).flat_map(|row| row.iter().zip(bias).map(|(v, b)| v + b)).collect()
            };
            let positions = positions.as_ref().map(|positions| Arc::new(add(&columns(positions))));
            if positions.is_none() && bias.iter().any(|b| *b != 0.0) {
                table.values = Arc::new(add(&table.values));
            }
            Operation::Embed { input: *input, table, positions }
        }
        _ => return None,
    })
}

/// Positions added to what the producer makes.
fn positioned(producer: &Operation, positions: &Arc<Vec<f32>>) -> Option<Operation> {
    let sum = |old: &[f32]| Arc::new(old.iter().zip(positions.iter()).map(|(a, b)| a + b).collect::<Vec<_>>());
    Some(match producer {
        Operation::Embed { input, table, positions: old } => {
            let positions = Some(old.as_ref().map_or_else(|| positions.clone(), |old| sum(old)));
            Operation::Embed { input: *input, table: table.clone(), positions }
        }
        Operation::Prepend { input, class, positions: old } => {
            // The class token has a position, too.
            Operation::Prepend { input: *input, class: class.clone(), positions: sum(old) }
        }
        _ => return None,
    })
}

/// A product and the sum that reads it as a product with a residual.
fn into_consumer(operation: &Operation, producer: &Operation, place: Id) -> Option<Operation> {
    let Operation::Add { input, residual, activation: Activation::None } = operation else { return None };
    let other = if *input == place { *residual } else { *input };
    match producer {
        Operation::Linear { input, matrix, bias, activation, residual: None } if other != place => {
            let (matrix, bias, activation) = (matrix.clone(), bias.clone(), *activation);
            Some(Operation::Linear { input: *input, matrix, bias, activation, residual: Some(other) })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::import::onnx::view::Grid;

    const GRID: Grid = Grid { height: 2, width: 2, channels: 2, per_token: false };

    fn linear(input: Id) -> Operation {
        let matrix = Matrix { values: Arc::new(vec![1.0, 2.0, 3.0, 4.0]), rows: 2, width: 2 };
        Operation::Linear { input, matrix, bias: vec![1.0, 1.0], activation: Activation::None, residual: None }
    }

    fn affine(input: Id) -> Operation {
        Operation::Affine { input, gain: vec![2.0, 3.0], bias: vec![0.5, 0.0], activation: Activation::None }
    }

    #[test]
    fn a_batch_norm_goes_into_the_product_before_it_and_the_activation_too() {
        let mut draft = Draft::new(GRID);
        let product = draft.push(linear(0), GRID);
        let norm = draft.push(affine(product), GRID);
        let output = draft.push(Operation::Activation { input: norm, activation: Activation::Relu }, GRID);
        let (draft, output) = simplified(draft, output);
        let Operation::Linear { matrix, bias, activation, .. } = &draft.entries[output].operation else { panic!() };
        assert_eq!((draft.entries.len(), activation), (2, &Activation::Relu));
        assert_eq!(
            (matrix.values.as_slice(), bias.as_slice()),
            ([2.0, 4.0, 9.0, 12.0].as_slice(), [2.5, 3.0].as_slice())
        );
    }

    #[test]
    fn a_product_that_two_read_is_left_as_it_is() {
        let mut draft = Draft::new(GRID);
        let product = draft.push(linear(0), GRID);
        let norm = draft.push(affine(product), GRID);
        let sum = Operation::Add { input: product, residual: norm, activation: Activation::Relu };
        let output = draft.push(sum, GRID);
        let (draft, _) = simplified(draft, output);
        assert_eq!(draft.entries.len(), 4);
    }

    #[test]
    fn a_sum_becomes_the_residual_of_a_product_unless_an_activation_follows_it() {
        for (activation, entries) in [(Activation::None, 2), (Activation::Relu, 3)] {
            let mut draft = Draft::new(GRID);
            let product = draft.push(linear(0), GRID);
            let output = draft.push(Operation::Add { input: 0, residual: product, activation }, GRID);
            assert_eq!(simplified(draft, output).0.entries.len(), entries);
        }
    }
}
