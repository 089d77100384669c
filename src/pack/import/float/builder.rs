//! Building a float encoder's graph, one layer at a time.

use std::collections::BTreeMap;

use super::Weights;
use crate::kernels::elementwise::{add, affine};
use crate::kernels::pool::max_pool;
use crate::kernels::{Activation, Node, Window, conv, depthwise, l2_normalize, layer_norm, linear, mean_pool};
use crate::{Error, Result};

/// A graph in the making; each method adds a layer of that name and returns the name of its output, which is the same.
#[derive(Debug, Default)]
pub struct GraphBuilder {
    pub graph: Vec<Node>,
    pub weights: BTreeMap<String, Weights>,
}

/// The filters of a convolution as PyTorch lays them out.
#[derive(Debug, Clone)]
pub struct Convolution {
    /// `[out, in / groups, size, size]`.
    pub values: Vec<f32>,
    pub shape: [usize; 4],
    pub groups: usize,
    /// `[out]`.
    pub bias: Vec<f32>,
    pub window: Window,
}

impl GraphBuilder {
    /// A convolution: a `linear` node where it is 1×1 without stride, a `depthwise` one where each channel has its own filter.
    ///
    /// # Errors
    /// [`Error::Pack`] for other groups, filters that are not square, or a number of values other than the shape's.
    pub fn convolution(
        &mut self,
        name: &str,
        input: &str,
        conv: Convolution,
        activation: Activation,
    ) -> Result<String> {
        let Convolution { values, shape: [out, channels, height, width], groups, bias, window } = conv;
        let is_depthwise = groups > 1 && channels == 1 && groups == out;
        if (groups != 1 && !is_depthwise) || height != width || height != window.size as usize {
            let expected = format!("square filters in {name}, of all channels or one each");
            return Err(Error::pack(expected, format!("{out}×{channels}×{height}×{width} in {groups} groups"), name));
        }
        if values.len() != out * channels * height * width || bias.len() != out {
            let found = format!("{} and {} values", values.len(), bias.len());
            return Err(Error::pack(format!("filters and a bias of {name} in its shape"), found, name));
        }
        if height == 1 && window.stride == 1 && groups == 1 {
            return Ok(self.linear(name, input, (values, channels), Some(bias), activation, None));
        }
        let (input, weight, output) = (input.into(), name.to_string(), name.to_string());
        if is_depthwise {
            self.weights.insert(name.into(), Weights::Depthwise { values, size: height, bias });
            self.graph.push(depthwise::Node { input, weight, window, activation, output }.into());
        } else {
            let values = channels_last(&values, channels, height * width);
            self.weights.insert(name.into(), Weights::Filters { values, size: height, channels, bias });
            self.graph.push(conv::Node { input, weight, window, activation, output }.into());
        }
        Ok(name.into())
    }

    /// A product with a matrix `[rows, width]`, given with its width.
    pub fn linear(
        &mut self,
        name: &str,
        input: &str,
        (values, width): (Vec<f32>, usize),
        bias: Option<Vec<f32>>,
        activation: Activation,
        residual: Option<&str>,
    ) -> String {
        self.weights.insert(name.into(), Weights::Matrix { values, width, bias });
        let (input, weight, output) = (input.into(), name.to_string(), name.to_string());
        let residual = residual.map(str::to_string);
        self.graph.push(linear::Node { input, weight, activation, residual, output }.into());
        name.into()
    }

    pub fn layer_norm(&mut self, name: &str, input: &str, gain: Vec<f32>, bias: Vec<f32>, epsilon: f32) -> String {
        self.weights.insert(name.into(), Weights::Vectors(vec![("gain", gain), ("bias", bias)]));
        let (input, weight, output) = (input.into(), name.to_string(), name.to_string());
        self.graph.push(layer_norm::Node { input, weight, epsilon, output }.into());
        name.into()
    }

    /// `activation(gain · x + bias)`, a gain and a bias a channel.
    pub fn affine(
        &mut self,
        name: &str,
        input: &str,
        gain: Vec<f32>,
        bias: Vec<f32>,
        activation: Activation,
    ) -> String {
        self.weights.insert(name.into(), Weights::Vectors(vec![("gain", gain), ("bias", bias)]));
        let (input, weight, output) = (input.into(), name.to_string(), name.to_string());
        self.graph.push(affine::Node { input, weight, bias: true, activation, output }.into());
        name.into()
    }

    /// `activation(a + b)`.
    pub fn add(&mut self, name: &str, a: &str, b: &str, activation: Activation) -> String {
        self.graph.push(add::Node { input: a.into(), residual: b.into(), activation, output: name.into() }.into());
        name.into()
    }

    /// The largest value of each window; with `count_padding` the padding counts, as zeros.
    pub fn max_pool(&mut self, name: &str, input: &str, window: Window, count_padding: bool) -> String {
        self.graph.push(max_pool::Node { input: input.into(), window, count_padding, output: name.into() }.into());
        name.into()
    }

    /// Makes a graph of weights that take blue, green, red one of red, green, blue.
    pub fn swap_red_and_blue(&mut self) {
        let first = self.graph.iter().find_map(|node| match node {
            Node::Conv(conv) if conv.input == "pixels" => Some(conv.weight.clone()),
            _ => None,
        });
        if let Some(Weights::Filters { values, channels: 3, .. }) = first.and_then(|first| self.weights.get_mut(&first))
        {
            values.chunks_exact_mut(3).for_each(|pixel| pixel.swap(0, 2));
        }
    }

    /// Ends the graph: the mean over all rows if they are several, and the L2 norm.
    pub fn finish(&mut self, value: &str, is_pooled: bool) {
        let mut value = value.to_string();
        if !is_pooled {
            self.graph.push(mean_pool::Node { input: value, output: "pooled".into() }.into());
            value = "pooled".into();
        }
        self.graph.push(l2_normalize::Node { input: value, output: "embedding".into() }.into());
    }
}

/// `[out][in][taps]` as `[out][taps][in]`.
fn channels_last(values: &[f32], channels: usize, taps: usize) -> Vec<f32> {
    let filters = values.chunks_exact(channels * taps);
    filters.flat_map(|filter| (0..taps).flat_map(move |tap| filter[tap..].iter().step_by(taps).copied())).collect()
}
