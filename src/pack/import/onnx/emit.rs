//! The nodes and weights of a pack from a draft.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::draft::{Draft, Matrix, Operation};
use super::view::Id;
use crate::kernels::Node;
use crate::pack::import::float::Weights;
use crate::{Error, Result};

/// A pack's graph, and the weights of its nodes by their prefix.
#[derive(Debug, Clone, PartialEq)]
pub struct Emitted {
    pub graph: Vec<Node>,
    pub weights: BTreeMap<String, Weights>,
}

/// Names and writes the operations of a draft; `input` is the name of its input, `output` the place of the embedding.
///
/// # Errors
/// [`Error::Pack`] where packs have no such node.
pub fn emitted(draft: &Draft, input: &str, output: Id, place: &str) -> Result<Emitted> {
    let mut counts = BTreeMap::new();
    let mut names = vec![input.to_string()];
    for (id, entry) in draft.entries.iter().enumerate().skip(1) {
        let count: &mut usize = counts.entry(entry.operation.name()).or_default();
        let name = if id == output { "embedding".into() } else { format!("{}{count}", entry.operation.name()) };
        *count += 1;
        names.push(name);
    }
    let mut emitted = Emitted { graph: Vec::new(), weights: BTreeMap::new() };
    for (id, entry) in draft.entries.iter().enumerate().skip(1) {
        let (fields, weights) = node(&entry.operation, &names, &names[id]);
        let node: Node = serde_json::from_value(fields.clone()).map_err(|e| {
            Error::pack("a graph of operations that a pack has", format!("{fields}, which is none ({e})"), place)
        })?;
        // A field that the node does not know would be left out silently.
        let written = serde_json::to_value(&node).unwrap_or_default();
        let is_known = |(name, value): (&String, &Value)| value.is_null() || written.get(name).is_some();
        if !fields.as_object().is_some_and(|fields| fields.iter().all(is_known)) {
            return Err(Error::pack(
                "a graph of operations that a pack has",
                format!("{fields}, written {written}"),
                place,
            ));
        }
        emitted.graph.push(node);
        emitted.weights.extend(weights);
    }
    Ok(emitted)
}

fn matrix(matrix: &Matrix, bias: Option<&Vec<f32>>) -> Weights {
    Weights::Matrix { values: matrix.values.to_vec(), width: matrix.width, bias: bias.cloned() }
}

/// The JSON of a node and its weights.
fn node(operation: &Operation, names: &[String], name: &str) -> (Value, Vec<(String, Weights)>) {
    let own = |weights: Weights| vec![(name.to_string(), weights)];
    let vectors = |vectors: Vec<(&'static str, Vec<f32>)>| own(Weights::Vectors(vectors));
    let (mut fields, weights) = match operation {
        Operation::Input => (json!({}), Vec::new()),
        Operation::Embed { table, positions, .. } => {
            let (table_name, positions_name) = (format!("{name}.table"), format!("{name}.positions"));
            let mut fields = json!({"table": table_name});
            let mut weights = vec![(table_name, matrix(table, None))];
            if let Some(positions) = positions {
                fields["positions"] = json!(positions_name);
                let values = Weights::Matrix { values: positions.to_vec(), width: table.width, bias: None };
                weights.push((positions_name, values));
            }
            (fields, weights)
        }
        Operation::Linear { matrix: values, bias, activation, residual, .. } => {
            let residual = residual.map(|id| &names[id]);
            let fields = json!({"weight": name, "activation": activation, "residual": residual});
            (fields, own(matrix(values, Some(bias))))
        }
        Operation::Conv { filters, bias, activation, .. } => {
            let size = filters.window.size as usize;
            let (values, channels) = (filters.values.to_vec(), filters.width / (size * size));
            let fields = json!({"weight": name, "window": filters.window, "activation": activation});
            (fields, own(Weights::Filters { values, size, channels, bias: bias.clone() }))
        }
        Operation::Depthwise { filters, bias, activation, .. } => {
            let size = filters.window.size as usize;
            let fields = json!({"weight": name, "window": filters.window, "activation": activation});
            (fields, own(Weights::Depthwise { values: filters.values.to_vec(), size, bias: bias.clone() }))
        }
        Operation::Affine { gain, bias, activation, .. } => {
            let has_bias = bias.iter().any(|b| *b != 0.0);
            let mut fields = json!({"weight": name, "activation": activation});
            let mut values = vec![("gain", gain.clone())];
            if has_bias {
                values.push(("bias", bias.clone()));
            } else {
                fields["bias"] = json!(false);
            }
            (fields, vectors(values))
        }
        Operation::Activation { activation, .. } => (json!({"activation": activation}), Vec::new()),
        Operation::Add { residual, activation, .. } => {
            (json!({"residual": names[*residual], "activation": activation}), Vec::new())
        }
        Operation::Multiply { other, activation, .. } => {
            (json!({"other": names[*other], "activation": activation}), Vec::new())
        }
        Operation::LayerNorm { gain, bias, epsilon, .. } => {
            let values = vec![("gain", gain.clone()), ("bias", bias.clone())];
            (json!({"weight": name, "epsilon": epsilon}), vectors(values))
        }
        Operation::RmsNorm { gain, epsilon, .. } => {
            (json!({"weight": name, "epsilon": epsilon}), vectors(vec![("gain", gain.clone())]))
        }
        Operation::L2Normalize { .. } | Operation::MeanPool { .. } => (json!({}), Vec::new()),
        Operation::Attention { heads, causal, .. } if *causal => (json!({"heads": heads, "causal": true}), Vec::new()),
        Operation::Attention { heads, .. } => (json!({"heads": heads}), Vec::new()),
        Operation::AttentionPool { query, heads, .. } => {
            (json!({"query": name, "heads": heads}), vectors(vec![("query", query.clone())]))
        }
        Operation::Prepend { class, positions, .. } => {
            let mut values = vec![("positions", positions.to_vec())];
            values.extend(class.clone().map(|class| ("class", class)));
            (json!({"weight": name, "class": class.is_some()}), vectors(values))
        }
        Operation::TakeRow { is_last, .. } => (json!({"row": if *is_last { "last" } else { "first" }}), Vec::new()),
        Operation::MaxPool { window, .. } => (json!({"window": window}), Vec::new()),
        Operation::AveragePool { window, count_padding, .. } => {
            (json!({"window": window, "count_padding": count_padding}), Vec::new())
        }
        Operation::Concat { other, .. } => (json!({"other": names[*other]}), Vec::new()),
        Operation::Upsample { factor, .. } => (json!({"factor": factor}), Vec::new()),
    };
    let input = operation.reads().first().map_or("", |id| names[*id].as_str());
    fields["op"] = json!(operation.name());
    fields["input"] = json!(input);
    fields["output"] = json!(name);
    (fields, weights)
}
