//! From f32 to a pack, with the error of each layer.

use std::collections::{BTreeMap, BTreeSet};

use half::f16;

use super::{FloatEncoder, Sample, Weights};
use crate::Result;
use crate::kernels::Node;
use crate::pack::quantise::{Int8Rows, int8_rows_least_squares};
use crate::pack::{Header, PackWriter, VERSION};

/// How the rows of linear layers and tables are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scheme {
    /// int8, a scale per row.
    #[default]
    Int8,
    /// int4 in blocks of 32 values with a scale each; what is no multiple of 32 wide, and convolutions, are int8.
    Int4,
}

/// A pack, and how far each of its layers is from the float encoder's.
pub struct Quantised {
    pub pack: Vec<u8>,
    /// In the order of the graph.
    pub layers: Vec<LayerError>,
}

/// The error of a layer by quantisation.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct LayerError {
    /// Prefix of the layer's weights.
    pub layer: String,
    /// Root mean square of the weights' errors, divided by that of the weights.
    pub weights: f64,
    /// The same of the layer's outputs before the activation, for the float encoder's inputs, after the bias is corrected; `None` without
    /// calibration inputs, and for tables.
    pub outputs: Option<f64>,
}

impl FloatEncoder {
    /// The pack. With calibration inputs each bias is corrected by the mean error of its output over them (Nagel et al. 2019,
    /// "Data-Free Quantization Through Weight Equalization and Bias Correction", section 4.2).
    ///
    /// # Errors
    /// A pack error where graph and weights do not fit each other.
    pub fn quantise(&self, scheme: Scheme, calibration: &[Sample]) -> Result<Quantised> {
        let mut layers = BTreeMap::new();
        for (prefix, weights) in &self.weights {
            if let Some((values, width)) = weights.row() {
                let is_int4 = self.is_int4(scheme, prefix, weights);
                layers.insert(prefix.as_str(), Layer::new(values, width, is_int4));
            }
        }
        for sample in calibration {
            self.observe(sample, &mut |prefix, node, x, shape, product| {
                if let (Some(layer), Some(weights)) = (layers.get_mut(prefix), self.weights.get(prefix)) {
                    let (errors, _) = self.raw(node, weights, &layer.errors, x, shape)?;
                    let channels = layer.rows;
                    layer.outputs.get_or_insert_with(|| Outputs::new(channels)).add(product, &errors);
                }
                Ok(())
            })?;
        }
        let report = self.order().into_iter().filter_map(|prefix| layers.get(prefix).map(|layer| layer.report(prefix)));
        let report = report.collect();
        Ok(Quantised { pack: self.write(scheme, &layers)?, layers: report })
    }

    /// The same encoder with the weights that its pack has, without calibration, as f32.
    pub fn dequantised(&self, scheme: Scheme) -> FloatEncoder {
        let mut encoder = self.clone();
        for (prefix, weights) in &mut encoder.weights {
            let is_int4 = self.is_int4(scheme, prefix, weights);
            if let Weights::Matrix { values, .. }
            | Weights::Filters { values, .. }
            | Weights::Depthwise { values, .. } = weights
            {
                let width = self.weights[prefix].row().map_or(values.len(), |(_, width)| width);
                let errors = Layer::new(values, width, is_int4).errors;
                values.iter_mut().zip(errors).for_each(|(value, error)| *value += error);
            }
        }
        encoder
    }

    fn is_int4(&self, scheme: Scheme, prefix: &str, weights: &Weights) -> bool {
        let is_matrix = matches!(weights, Weights::Matrix { width, .. } if width.is_multiple_of(32));
        scheme == Scheme::Int4 && is_matrix && !self.is_position(prefix)
    }

    /// Whether a node adds it as positions, which the kernel reads in int8 only.
    fn is_position(&self, prefix: &str) -> bool {
        self.graph.iter().any(|node| matches!(node, Node::Embed(embed) if embed.positions.as_deref() == Some(prefix)))
    }

    /// The prefixes of weights, each once, in the order of the graph.
    fn order(&self) -> Vec<&str> {
        let mut seen = BTreeSet::new();
        let prefixes = self.graph.iter().flat_map(|node| match node {
            Node::Embed(embed) => vec![embed.table.as_str()].into_iter().chain(embed.positions.as_deref()).collect(),
            Node::Linear(node) => vec![node.weight.as_str()],
            Node::Conv(node) => vec![node.weight.as_str()],
            Node::Depthwise(node) => vec![node.weight.as_str()],
            _ => Vec::new(),
        });
        prefixes.filter(|prefix| seen.insert(*prefix)).collect()
    }

    fn write(&self, scheme: Scheme, layers: &BTreeMap<&str, Layer>) -> Result<Vec<u8>> {
        let mut writer = PackWriter::default();
        for (prefix, weights) in &self.weights {
            if let Weights::Vectors(vectors) = weights {
                vectors.iter().for_each(|(suffix, values)| writer.f32(format!("{prefix}.{suffix}"), values));
                continue;
            }
            let Some(layer) = layers.get(prefix.as_str()) else { continue };
            match (&layer.stored, weights) {
                (Stored::Int8(rows), Weights::Depthwise { .. }) => writer.int8_depthwise(prefix, rows),
                (Stored::Int8(rows), _) => writer.int8_rows(prefix, rows),
                (Stored::Int4 { codes, scales }, _) => writer.int4(prefix, codes.clone(), scales, layer.width),
            }
            let is_table = matches!(weights, Weights::Matrix { bias: None, .. }) && self.is_table(prefix);
            if !is_table {
                writer.f32(format!("{prefix}.bias"), &layer.corrected_bias(weights.bias()));
            }
        }
        let rows = match scheme {
            Scheme::Int8 => "int8, a scale per row",
            Scheme::Int4 => "int4 in blocks of 32; convolutions and positions int8, a scale per row",
        };
        let corrected = layers.values().any(|layer| layer.outputs.is_some());
        let corrected = if corrected { "; biases corrected for rounding" } else { "" };
        writer.finish(Header {
            version: VERSION,
            name: self.name.clone(),
            dimension: self.dimension,
            quantisation: format!("{rows}{corrected}"),
            preprocessing: self.preprocessing.clone(),
            graph: self.graph.clone(),
            source: self.source.clone(),
            licence: self.licence.clone(),
            self_sha256: String::new(),
        })
    }

    fn is_table(&self, prefix: &str) -> bool {
        self.is_position(prefix)
            || self.graph.iter().any(|node| matches!(node, Node::Embed(embed) if embed.table == prefix))
    }
}

enum Stored {
    Int8(Int8Rows),
    /// As [`PackWriter::int4`] takes them.
    Int4 {
        codes: Vec<u8>,
        scales: Vec<f16>,
    },
}

struct Layer {
    stored: Stored,
    width: usize,
    /// Number of rows.
    rows: usize,
    /// What quantisation adds to each weight.
    errors: Vec<f32>,
    weights_error: f64,
    outputs: Option<Outputs>,
}

impl Layer {
    fn new(values: &[f32], width: usize, is_int4: bool) -> Self {
        let (stored, back) = if is_int4 { int4(values) } else { int8(values, width) };
        let errors: Vec<f32> = back.iter().zip(values).map(|(back, value)| back - value).collect();
        let weights_error = relative(square_sum(&errors), square_sum(values));
        Layer { stored, width, rows: values.len() / width, errors, weights_error, outputs: None }
    }

    /// The bias (zeros where there is none) less the mean error of each output.
    fn corrected_bias(&self, bias: Option<&[f32]>) -> Vec<f32> {
        let mut bias = bias.map_or_else(|| vec![0.0; self.rows], <[f32]>::to_vec);
        if let Some(outputs) = &self.outputs {
            bias.iter_mut().zip(&outputs.error_sums).for_each(|(bias, sum)| *bias -= (sum / outputs.count) as f32);
        }
        bias
    }

    fn report(&self, prefix: &str) -> LayerError {
        let outputs = self.outputs.as_ref().map(|outputs| relative(outputs.residual(), outputs.energy));
        LayerError { layer: prefix.into(), weights: self.weights_error, outputs }
    }
}

/// Sums over the outputs of a layer, for all calibration inputs.
struct Outputs {
    /// Output rows that were added up.
    count: f64,
    /// Of the errors, a channel.
    error_sums: Vec<f64>,
    error_squares: f64,
    /// Of the outputs themselves.
    energy: f64,
}

impl Outputs {
    fn new(channels: usize) -> Self {
        Outputs { count: 0.0, error_sums: vec![0.0; channels], error_squares: 0.0, energy: 0.0 }
    }

    fn add(&mut self, outputs: &[f32], errors: &[f32]) {
        for row in errors.chunks_exact(self.error_sums.len()) {
            self.count += 1.0;
            self.error_sums.iter_mut().zip(row).for_each(|(sum, error)| *sum += f64::from(*error));
        }
        self.error_squares += square_sum(errors);
        self.energy += square_sum(outputs);
    }

    /// Sum of the squared errors that are left once their means are taken out.
    fn residual(&self) -> f64 {
        let means: f64 = self.error_sums.iter().map(|sum| sum * sum / self.count).sum();
        (self.error_squares - means).max(0.0)
    }
}

fn int8(values: &[f32], width: usize) -> (Stored, Vec<f32>) {
    let rows = int8_rows_least_squares(values, width);
    let back = rows.codes.iter().enumerate().map(|(i, code)| f32::from(*code) * rows.scales[i / width]).collect();
    (Stored::Int8(rows), back)
}

/// Blocks of 32 values, each with the scale `largest value by magnitude / −8` and codes from 0 to 15 (GGML's Q4_0).
fn int4(values: &[f32]) -> (Stored, Vec<f32>) {
    let (mut codes, mut scales, mut back) = (Vec::new(), Vec::new(), Vec::with_capacity(values.len()));
    for block in values.chunks_exact(32) {
        let largest =
            block.iter().copied().fold(0.0f32, |largest, v| if v.abs() > largest.abs() { v } else { largest });
        let scale = f16::from_f32(largest / -8.0);
        let inverse = if scale.to_f32() == 0.0 { 0.0 } else { 1.0 / scale.to_f32() };
        let code = |v: f32| (v * inverse + 8.5).floor().clamp(0.0, 15.0) as u8;
        codes.extend((0..16).map(|i| code(block[i]) | code(block[i + 16]) << 4));
        back.extend(block.iter().map(|v| (f32::from(code(*v)) - 8.0) * scale.to_f32()));
        scales.push(scale);
    }
    (Stored::Int4 { codes, scales }, back)
}

fn square_sum(values: &[f32]) -> f64 {
    values.iter().map(|v| f64::from(*v).powi(2)).sum()
}

/// √(error / whole); 0 where both are 0.
fn relative(error: f64, whole: f64) -> f64 {
    if error == 0.0 { 0.0 } else { (error / whole).sqrt() }
}
