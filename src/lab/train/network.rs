//! What is trained: an adapter, or blocks of a BERT, and the class centres of ArcFace.

use std::collections::VecDeque;

use burn::module::{ModuleMapper, ModuleVisitor, Param};
use burn::nn::{Dropout, DropoutConfig, Linear};
use burn::prelude::*;
use burn::tensor::activation::gelu;
use fastrand::Rng;

use super::loss::normalised;
use crate::lab::models::bert::{Bert, BertBlock};

/// Maps an encoder's vectors; at the start to themselves.
#[derive(Module, Debug)]
pub struct Adapter {
    /// The inner layer, where there are two.
    pub inner: Option<Linear>,
    /// Adds to the vectors.
    pub outer: Linear,
    pub dropout: Dropout,
}

impl Adapter {
    /// For vectors of that width; with `hidden` of two layers.
    pub fn new(width: usize, hidden: Option<usize>, dropout: f64, seed: u64, device: &Device) -> Self {
        let mut rng = Rng::with_seed(seed);
        let bound = 1.0 / (width as f32).sqrt();
        let inner = hidden.map(|hidden| {
            let weights = (0..width * hidden).map(|_| (rng.f32() * 2.0 - 1.0) * bound).collect();
            linear(weights, [width, hidden], device)
        });
        let from = hidden.unwrap_or(width);
        let outer = linear(vec![0.0; from * width], [from, width], device);
        Adapter { inner, outer, dropout: DropoutConfig::new(dropout).init() }
    }

    /// `[items, width]`, not of length 1.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let inner = match &self.inner {
            Some(inner) => gelu(inner.forward(x.clone())),
            None => x.clone(),
        };
        x + self.outer.forward(self.dropout.forward(inner))
    }
}

fn linear(weights: Vec<f32>, shape: [usize; 2], device: &Device) -> Linear {
    let bias = TensorData::new(vec![0.0f32; shape[1]], [shape[1]]);
    Linear {
        weight: Param::from_data(TensorData::new(weights, shape), device),
        bias: Some(Param::from_data(bias, device)),
    }
}

/// The parameters that are trained.
#[derive(Module, Debug)]
pub struct Network {
    pub adapter: Option<Adapter>,
    /// The last blocks of a BERT, over what the blocks before them give.
    pub blocks: Vec<BertBlock>,
    /// A whole BERT.
    pub bert: Option<Bert>,
    /// Of ArcFace, `[classes, width]`.
    pub centres: Option<Param<Tensor<2>>>,
}

/// A batch of what the network reads.
#[derive(Debug, Clone)]
pub enum Batch {
    /// Vectors of a frozen encoder, `[items, width]`.
    Vectors(Tensor<2>),
    /// What frozen blocks give, `[items, tokens, width]`; the mask is 1 for a token, 0 for padding.
    States(Tensor<3>, Tensor<2>),
    Tokens(Tensor<2, Int>, Tensor<2>),
}

impl Network {
    /// The embeddings, `[items, width]`, of length 1.
    pub fn embed(&self, batch: Batch) -> Tensor<2> {
        let vectors = match (batch, &self.bert) {
            (Batch::Vectors(vectors), _) => vectors,
            (Batch::States(states, mask), _) => pooled(through(&self.blocks, states, &mask), mask),
            (Batch::Tokens(ids, mask), Some(bert)) => bert.forward(ids, mask),
            // The network is made for the inputs that it gets: without a BERT there are no tokens.
            (Batch::Tokens(_, mask), None) => mask,
        };
        normalised(match &self.adapter {
            Some(adapter) => adapter.forward(vectors),
            None => vectors,
        })
    }

    /// The network at `share` of the way to it from `start`, its state before training: the weights of blocks lie there, and of what
    /// an adapter adds to the vectors so much is added.
    pub fn interpolated(&self, start: &Network, share: f64) -> Network {
        let mut network = self.valid();
        // Not by the sums below, which round.
        if share == 1.0 {
            return network;
        }
        if let Some(adapter) = &mut network.adapter {
            adapter.outer = adapter.outer.clone().map(&mut Scaled(share));
        }
        let mut weights = Weights::default();
        start.blocks.visit(&mut weights);
        start.bert.visit(&mut weights);
        let mut between = Between { start: weights.0.into(), share };
        network.blocks = network.blocks.map(&mut between);
        network.bert = network.bert.map(|bert| bert.map(&mut between));
        network
    }

    /// `l1 · Σ|w| + l2 · Σw²` over the matrices that are trained, class centres left out; `None` where both factors are 0.
    pub fn penalty(&self, l1: f64, l2: f64) -> Option<Tensor<1>> {
        if l1 == 0.0 && l2 == 0.0 {
            return None;
        }
        let mut penalty = Penalty { l1, l2, sum: None };
        self.adapter.visit(&mut penalty);
        self.blocks.visit(&mut penalty);
        self.bert.visit(&mut penalty);
        penalty.sum
    }
}

/// Multiplies all parameters.
struct Scaled(f64);

impl ModuleMapper for Scaled {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.map(|weights| weights * self.0)
    }
}

/// All parameters, in the order in which a module is visited.
#[derive(Default)]
struct Weights(Vec<TensorData>);

impl ModuleVisitor for Weights {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0.push(param.val().into_data());
    }
}

/// Moves each parameter to `share` of the way from that of another module of the same layout.
struct Between {
    start: VecDeque<TensorData>,
    share: f64,
}

impl ModuleMapper for Between {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(start) = self.start.pop_front() else { return param };
        param.map(|weights| {
            let start: Tensor<D> = Tensor::from_data(start, &weights.device());
            start.clone() + (weights - start) * self.share
        })
    }
}

struct Penalty {
    l1: f64,
    l2: f64,
    sum: Option<Tensor<1>>,
}

impl ModuleVisitor for Penalty {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let weights = param.val();
        // Biases and norms are vectors.
        if D == 2 && weights.is_require_grad() {
            let mut add = |term: Tensor<1>| {
                self.sum = Some(match self.sum.take() {
                    Some(sum) => sum + term,
                    None => term,
                });
            };
            if self.l1 > 0.0 {
                add(weights.clone().abs().sum() * self.l1);
            }
            if self.l2 > 0.0 {
                add(weights.square().sum() * self.l2);
            }
        }
    }
}

/// States `[items, tokens, width]` through blocks.
pub fn through(blocks: &[BertBlock], mut states: Tensor<3>, mask: &Tensor<2>) -> Tensor<3> {
    let [items, tokens, _] = states.dims();
    let bias = ((mask.clone() - 1.0) * 1e9).reshape([items, 1, 1, tokens]);
    for block in blocks {
        states = block.forward(states, bias.clone());
    }
    states
}

/// The mean over the tokens.
pub fn pooled(states: Tensor<3>, mask: Tensor<2>) -> Tensor<2> {
    let [items, tokens, width] = states.dims();
    let sum = (states * mask.clone().reshape([items, tokens, 1])).sum_dim(1).reshape([items, width]);
    sum / mask.sum_dim(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vectors(device: &Device) -> Tensor<2> {
        Tensor::from_data([[0.6f32, 0.8, 0.0, 0.0], [0.0, 0.0, -1.0, 0.0]], device)
    }

    #[test]
    fn an_adapter_gives_at_the_start_what_it_gets() {
        let device = Device::flex();
        for hidden in [None, Some(8)] {
            let adapter = Adapter::new(4, hidden, 0.1, 1, &device);
            let network = Network { adapter: Some(adapter), blocks: Vec::new(), bert: None, centres: None };
            let found = network.embed(Batch::Vectors(vectors(&device))).into_data().try_to_vec::<f32>().unwrap();
            let expected = vectors(&device).into_data().try_to_vec::<f32>().unwrap();
            assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?}");
        }
    }

    #[test]
    fn half_way_an_adapter_adds_half_as_much() {
        let device = Device::flex();
        let start = Network {
            adapter: Some(Adapter::new(4, Some(8), 0.0, 1, &device)),
            blocks: Vec::new(),
            bert: None,
            centres: None,
        };
        let mut trained = start.clone();
        if let Some(adapter) = &mut trained.adapter {
            adapter.outer = linear((0..32).map(|i| i as f32 / 16.0 - 1.0).collect(), [8, 4], &device);
        }
        let added = |network: &Network| -> Vec<f32> {
            let found = network.adapter.as_ref().unwrap().forward(vectors(&device)) - vectors(&device);
            found.into_data().try_to_vec().unwrap()
        };
        let (whole, half) = (added(&trained), added(&trained.interpolated(&start, 0.5)));
        assert!(whole.iter().any(|value| value.abs() > 0.01), "{whole:?}");
        assert!(whole.iter().zip(&half).all(|(whole, half)| (whole / 2.0 - half).abs() < 1e-6), "{half:?}");
        assert_eq!(added(&trained.interpolated(&start, 0.0)), added(&start));
    }

    #[test]
    fn the_penalty_is_that_of_the_matrices_alone() {
        let device = Device::flex().autodiff();
        let mut adapter = Adapter::new(2, None, 0.0, 1, &device);
        adapter.outer = linear(vec![1.0, -2.0, 0.5, 0.0], [2, 2], &device);
        adapter.outer.bias = Some(Param::from_data(TensorData::new(vec![9.0f32, 9.0], [2]), &device));
        let centres = Some(Param::from_data(TensorData::new(vec![7.0f32, 7.0], [1, 2]), &device));
        let network = Network { adapter: Some(adapter), blocks: Vec::new(), bert: None, centres };
        let sum = |l1, l2| network.penalty(l1, l2).map(|sum| sum.into_scalar::<f32>());
        assert_eq!(sum(0.0, 0.0), None);
        assert!((sum(1.0, 0.0).unwrap() - 3.5).abs() < 1e-6);
        assert!((sum(0.0, 2.0).unwrap() - 10.5).abs() < 1e-6);
    }
}
