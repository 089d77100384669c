//! The encoder as operations of a pack over f32 weights, before they are merged, named and quantised.

use std::sync::Arc;

use super::view::{Grid, Id};
use crate::kernels::{Activation, Window};

/// An operation and the shape of the value that it makes.
#[derive(Debug, Clone)]
pub struct Entry {
    pub operation: Operation,
    pub grid: Grid,
}

/// `[rows, width]`, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    pub values: Arc<Vec<f32>>,
    pub rows: usize,
    pub width: usize,
}

/// Filters of a convolution over all channels, `[out][ky][kx][in]`, or of one over each, `[channels][ky][kx]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Filters {
    pub values: Arc<Vec<f32>>,
    pub out: usize,
    /// Values of one filter.
    pub width: usize,
    pub window: Window,
}

/// See the nodes of [`crate::kernels`].
#[derive(Debug, Clone, PartialEq)]
pub enum Operation {
    /// Pixels or tokens.
    Input,
    Embed {
        input: Id,
        table: Matrix,
        positions: Option<Arc<Vec<f32>>>,
    },
    Linear {
        input: Id,
        matrix: Matrix,
        bias: Vec<f32>,
        activation: Activation,
        residual: Option<Id>,
    },
    Conv {
        input: Id,
        filters: Filters,
        bias: Vec<f32>,
        activation: Activation,
    },
    Depthwise {
        input: Id,
        filters: Filters,
        bias: Vec<f32>,
        activation: Activation,
    },
    Affine {
        input: Id,
        gain: Vec<f32>,
        bias: Vec<f32>,
        activation: Activation,
    },
    Activation {
        input: Id,
        activation: Activation,
    },
    Add {
        input: Id,
        residual: Id,
        activation: Activation,
    },
    Multiply {
        input: Id,
        other: Id,
        activation: Activation,
    },
    LayerNorm {
        input: Id,
        gain: Vec<f32>,
        bias: Vec<f32>,
        epsilon: f32,
    },
    RmsNorm {
        input: Id,
        gain: Vec<f32>,
        epsilon: f32,
    },
    L2Normalize {
        input: Id,
    },
    Attention {
        input: Id,
        heads: usize,
        causal: bool,
    },
    /// `query` is scaled as the operation expects it, by nothing.
    AttentionPool {
        input: Id,
        query: Vec<f32>,
        heads: usize,
    },
    /// `[class; input] + positions`; positions have a row for each row of the output.
    Prepend {
        input: Id,
        class: Option<Vec<f32>>,
        positions: Arc<Vec<f32>>,
    },
    TakeRow {
        input: Id,
        is_last: bool,
    },
    MeanPool {
        input: Id,
    },
    MaxPool {
        input: Id,
        window: Window,
    },
    AveragePool {
        input: Id,
        window: Window,
        count_padding: bool,
    },
    Concat {
        input: Id,
        other: Id,
    },
    Upsample {
        input: Id,
        factor: usize,
    },
}

impl Operation {
    /// The values that it reads.
    pub fn reads(&self) -> Vec<Id> {
        let mut found = Vec::new();
        self.visit(&mut |id| found.push(id));
        found
    }

    fn visit(&self, each: &mut dyn FnMut(Id)) {
        match self {
            Operation::Input => {}
            Operation::Linear { input, residual, .. } => {
                each(*input);
                residual.iter().for_each(|id| each(*id));
            }
            Operation::Add { input, residual: other, .. }
            | Operation::Multiply { input, other, .. }
            | Operation::Concat { input, other } => {
                each(*input);
                each(*other);
            }
            Operation::Embed { input, .. }
            | Operation::Conv { input, .. }
            | Operation::Depthwise { input, .. }
            | Operation::Affine { input, .. }
            | Operation::Activation { input, .. }
            | Operation::LayerNorm { input, .. }
            | Operation::RmsNorm { input, .. }
            | Operation::L2Normalize { input }
            | Operation::Attention { input, .. }
            | Operation::AttentionPool { input, .. }
            | Operation::Prepend { input, .. }
            | Operation::TakeRow { input, .. }
            | Operation::MeanPool { input }
            | Operation::MaxPool { input, .. }
            | Operation::AveragePool { input, .. }
            | Operation::Upsample { input, .. } => each(*input),
        }
    }

    /// Its own weights are left as they are; each value that it reads becomes another.
    pub fn rename(&mut self, other_name: impl Fn(Id) -> Id) {
        match self {
            Operation::Input => {}
            Operation::Linear { input, residual, .. } => {
                *input = other_name(*input);
                residual.iter_mut().for_each(|id| *id = other_name(*id));
            }
            Operation::Add { input, residual: other, .. }
            | Operation::Multiply { input, other, .. }
            | Operation::Concat { input, other } => {
                *input = other_name(*input);
                *other = other_name(*other);
            }
            Operation::Embed { input, .. }
            | Operation::Conv { input, .. }
            | Operation::Depthwise { input, .. }
            | Operation::Affine { input, .. }
            | Operation::Activation { input, .. }
            | Operation::LayerNorm { input, .. }
            | Operation::RmsNorm { input, .. }
            | Operation::L2Normalize { input }
            | Operation::Attention { input, .. }
            | Operation::AttentionPool { input, .. }
            | Operation::Prepend { input, .. }
            | Operation::TakeRow { input, .. }
            | Operation::MeanPool { input }
            | Operation::MaxPool { input, .. }
            | Operation::AveragePool { input, .. }
            | Operation::Upsample { input, .. } => *input = other_name(*input),
        }
    }

    /// Its name in a pack's graph.
    pub fn name(&self) -> &'static str {
        match self {
            Operation::Input => "input",
            Operation::Embed { .. } => "embed",
            Operation::Linear { .. } => "linear",
            Operation::Conv { .. } => "conv",
            Operation::Depthwise { .. } => "depthwise",
            Operation::Affine { .. } => "affine",
            Operation::Activation { .. } => "activation",
            Operation::Add { .. } => "add",
            Operation::Multiply { .. } => "multiply",
            Operation::LayerNorm { .. } => "layer_norm",
            Operation::RmsNorm { .. } => "rms_norm",
            Operation::L2Normalize { .. } => "l2_normalize",
            Operation::Attention { .. } => "attention",
            Operation::AttentionPool { .. } => "attention_pool",
            Operation::Prepend { .. } => "prepend",
            Operation::TakeRow { .. } => "take_row",
            Operation::MeanPool { .. } => "mean_pool",
            Operation::MaxPool { .. } => "max_pool",
            Operation::AveragePool { .. } => "average_pool",
            Operation::Concat { .. } => "concat",
            Operation::Upsample { .. } => "upsample",
        }
    }

    /// The activation that it ends in, where it has one.
    pub fn activation(&mut self) -> Option<&mut Activation> {
        match self {
            Operation::Linear { activation, residual: None, .. }
            | Operation::Conv { activation, .. }
            | Operation::Depthwise { activation, .. }
            | Operation::Affine { activation, .. }
            | Operation::Add { activation, .. }
            | Operation::Multiply { activation, .. } => Some(activation),
            _ => None,
        }
    }
}

/// Operations, of which each reads earlier ones; a value's [`Id`] is the place of the operation that makes it.
#[derive(Debug, Clone)]
pub struct Draft {
    pub entries: Vec<Entry>,
}

impl Draft {
    /// A draft with its input at place 0.
    pub fn new(grid: Grid) -> Self {
        Draft { entries: vec![Entry { operation: Operation::Input, grid }] }
    }

    pub fn push(&mut self, operation: Operation, grid: Grid) -> Id {
        self.entries.push(Entry { operation, grid });
        self.entries.len() - 1
    }

    pub fn grid(&self, id: Id) -> Grid {
        self.entries[id].grid
    }
}
