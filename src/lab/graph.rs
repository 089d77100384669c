//! A float encoder's graph in Burn's operations, one node at a time: what our kernels are compared with, layer by layer.

use std::collections::HashMap;

use burn::prelude::*;
use burn::tensor::TensorData;
use burn::tensor::activation::{gelu, relu, softmax};
use burn::tensor::module::{conv2d, max_pool2d};
use burn::tensor::ops::{ConvOptions, MaxPoolOptions};

use super::export::values;
use crate::kernels::{Activation, Node, Operation, Window};
use crate::pack::Preprocessing;
use crate::pack::import::float::{FloatEncoder, Sample, Weights};
use crate::{Error, Result};

/// A value of the graph: `[1, channels, height, width]`; rows of tokens have width 1.
type Value = Tensor<4>;

/// The value of every node in the order of the graph, each as our kernels lay it out: `[height, width, channels]`.
///
/// # Errors
/// [`Error::Pack`] for a node that has no form here, or whose weights are missing.
pub fn run(encoder: &FloatEncoder, input: &Sample, device: &Device) -> Result<Vec<(String, Vec<f32>)>> {
    let graph = Graph { encoder, device };
    let mut made: HashMap<&str, Value> = HashMap::new();
    let mut outputs = Vec::new();
    for node in &encoder.graph {
        let names = node.values();
        let get = |name: &str| match (made.get(name), input, &encoder.preprocessing) {
            (Some(value), _, _) => Ok(value.clone()),
            (None, Sample::Pixels(pixels), Preprocessing::Image { width, height, .. }) if name == "pixels" => {
                let shape = [1, *height as usize, *width as usize, 3];
                Ok(Tensor::<4>::from_data(TensorData::new(pixels.clone(), shape), device).permute([0, 3, 1, 2]))
            }
            _ => Err(graph.error(format!("value {name}"), "none of that name")),
        };
        let value = match (node, input) {
            (Node::Embed(node), Sample::Tokens(tokens)) => graph.embed(node, tokens)?,
            _ => {
                let second = names.other.map(get).transpose()?;
                graph.node(node, get(names.input)?, second)?
            }
        };
        outputs.push((names.output.to_string(), values(value.clone().permute([0, 2, 3, 1]))?));
        made.insert(names.output, value);
    }
    Ok(outputs)
}

struct Graph<'a> {
    encoder: &'a FloatEncoder,
    device: &'a Device,
}

impl Graph<'_> {
    fn node(&self, node: &Node, x: Value, second: Option<Value>) -> Result<Value> {
        Ok(match node {
            Node::Linear(node) => {
                let (weight, bias) = self.product(&node.weight, 1)?;
                let y = activated(
                    conv2d(x, weight, Some(bias), ConvOptions::new([1, 1], [0, 0], [1, 1], 1)),
                    node.activation,
                )?;
                match second {
                    Some(residual) => y + residual,
                    None => y,
                }
            }
            Node::Conv(node) => {
                let (weight, bias) = self.product(&node.weight, 1)?;
                activated(conv2d(x, weight, Some(bias), options(&node.window, 1)), node.activation)?
            }
            Node::Depthwise(node) => {
                let groups = x.dims()[1];
                let (weight, bias) = self.product(&node.weight, groups)?;
                activated(conv2d(x, weight, Some(bias), options(&node.window, groups)), node.activation)?
            }
            Node::LayerNorm(node) => {
                let centred = x.clone() - x.mean_dim(1);
                let variance = centred.clone().powi_scalar(2).mean_dim(1);
                let (gain, bias) = (self.vector(&node.weight, "gain")?, self.vector(&node.weight, "bias")?);
                centred / (variance + node.epsilon).sqrt() * gain + bias
            }
            Node::Affine(node) => {
                let (gain, bias) = (self.vector(&node.weight, "gain")?, self.vector(&node.weight, "bias")?);
                activated(x * gain + bias, node.activation)?
            }
            Node::Add(node) => match second {
                Some(second) => activated(x + second, node.activation)?,
                None => return Err(self.error(format!("the second input of {}", node.output), "none")),
            },
            Node::MaxPool(node) => {
                let Window { size, stride, pad_before, pad_after } = node.window;
                let (before, after) = (pad_before as usize, pad_after as usize);
                let lowest = if node.count_padding { 0.0 } else { f32::MIN };
                let padded = x.pad((before, after, before, after), lowest);
                let size = [size as usize; 2];
                max_pool2d(padded, MaxPoolOptions::new(size).with_stride([stride as usize; 2]))
            }
            Node::Attention(node) => attention(x, node.heads as usize),
            Node::MeanPool(_) => x.mean_dim(2).mean_dim(3),
            Node::L2Normalize(_) => x.clone() / x.powi_scalar(2).sum_dim(1).sqrt(),
            other => {
                let name = other.values().output.to_string();
                return Err(self.error("an operation that is written in Burn's", format!("that of {name}")));
            }
        })
    }

    /// The filters `[out, in / groups, size, size]` and the bias `[out]` of a product.
    fn product(&self, prefix: &str, groups: usize) -> Result<(Tensor<4>, Tensor<1>)> {
        let misfit = || self.error(format!("the weights of {prefix}"), "others or none");
        let (values, [out, size, inner], bias) = match self.encoder.weights.get(prefix).ok_or_else(misfit)? {
            Weights::Matrix { values, width, bias } => (values, [values.len() / width, 1, *width], bias.as_ref()),
            Weights::Filters { values, size, channels, bias } => {
                (values, [values.len() / (size * size * channels), *size, *channels], Some(bias))
            }
            Weights::Depthwise { values, size, bias } => (values, [groups, *size, 1], Some(bias)),
            Weights::Vectors(_) => return Err(misfit()),
        };
        let data = TensorData::new(values.clone(), [out, size, size, inner]);
        let weight = Tensor::<4>::from_data(data, self.device).permute([0, 3, 1, 2]);
        let bias = bias.cloned().unwrap_or_else(|| vec![0.0; out]);
        Ok((weight, Tensor::from_data(TensorData::new(bias, [out]), self.device)))
    }

    /// A vector of a value a channel.
    fn vector(&self, prefix: &str, suffix: &str) -> Result<Value> {
        let vectors = match self.encoder.weights.get(prefix) {
            Some(Weights::Vectors(vectors)) => vectors.as_slice(),
            _ => &[],
        };
        let vector = vectors.iter().find(|(name, _)| *name == suffix).map(|(_, values)| values.clone());
        let values = vector.ok_or_else(|| self.error(format!("tensor {prefix}.{suffix}"), "none of that name"))?;
        let channels = values.len();
        Ok(Tensor::from_data(TensorData::new(values, [1, channels, 1, 1]), self.device))
    }

    fn embed(&self, node: &crate::kernels::embed::Node, tokens: &[u32]) -> Result<Value> {
        let rows = |name: &str, ids: Vec<i32>| match self.encoder.weights.get(name) {
            Some(Weights::Matrix { values, width, .. }) => {
                let data = TensorData::new(values.clone(), [values.len() / width, *width]);
                let table = Tensor::<2>::from_data(data, self.device);
                let count = ids.len();
                Ok(table.select(0, Tensor::from_data(TensorData::new(ids, [count]), self.device)))
            }
            _ => Err(self.error(format!("a table {name}"), "none of that name")),
        };
        let mut x = rows(&node.table, tokens.iter().map(|token| *token as i32).collect())?;
        if let Some(positions) = &node.positions {
            x = x + rows(positions, (0..tokens.len() as i32).collect())?;
        }
        let [count, width] = x.dims();
        Ok(x.transpose().reshape([1, width, count, 1]))
    }

    fn error(&self, expected: impl Into<String>, found: impl Into<String>) -> Error {
        Error::pack(expected, found, self.encoder.name.clone())
    }
}

fn options(window: &Window, groups: usize) -> ConvOptions<2> {
    let (stride, pair) = (window.stride as usize, (window.pad_before as usize, window.pad_after as usize));
    ConvOptions::new_with_padding([stride, stride], [pair, pair], [1, 1], groups)
}

fn activated(x: Value, activation: Activation) -> Result<Value> {
    Ok(match activation {
        Activation::None => x,
        Activation::Relu => relu(x),
        Activation::Relu6 => x.clamp(0.0, 6.0),
        Activation::Gelu => gelu(x),
        other => {
            return Err(Error::pack(
                "an activation that is written in Burn's operations",
                format!("{other:?}"),
                "the graph",
            ));
        }
    })
}

/// Self-attention over `[1, 3 · width, tokens, 1]`, of queries, keys and values in that order.
fn attention(x: Value, heads: usize) -> Value {
    let [_, channels, tokens, _] = x.dims();
    let (width, head) = (channels / 3, channels / 3 / heads);
    let part = |i: usize| {
        let rows = x.clone().slice([0..1, i * width..(i + 1) * width, 0..tokens, 0..1]);
        rows.reshape([1, heads, head, tokens]).swap_dims(2, 3)
    };
    let scores = part(0).matmul(part(1).transpose()) / (head as f64).sqrt();
    let context = softmax(scores, 3).matmul(part(2));
    context.swap_dims(2, 3).reshape([1, width, tokens, 1])
}
