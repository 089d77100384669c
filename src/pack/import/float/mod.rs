//! An encoder in f32 on its way to a pack: what importers make, before anything is quantised.

mod builder;
mod quantise;
mod run;

use std::collections::BTreeMap;

pub use builder::{Convolution, GraphBuilder};
pub use quantise::{LayerError, Quantised, Scheme};

use crate::kernels::Node;
use crate::pack::{Preprocessing, Source};

/// An encoder in f32: the graph of the pack that it becomes, and its weights by the prefix that the graph's nodes use.
#[derive(Debug, Clone)]
pub struct FloatEncoder {
    pub name: String,
    /// Length of the embedding.
    pub dimension: u32,
    pub preprocessing: Preprocessing,
    pub graph: Vec<Node>,
    pub weights: BTreeMap<String, Weights>,
    pub source: Source,
    /// SPDX expression of the weights' licence.
    pub licence: String,
}

/// The weights of a node.
#[derive(Debug, Clone, PartialEq)]
pub enum Weights {
    /// `[rows, width]` of a `linear` node, with a bias a row, or of a table of an `embed` node, without.
    Matrix { values: Vec<f32>, width: usize, bias: Option<Vec<f32>> },
    /// `[out][ky][kx][in]` of a `conv` node; `size` is the side of a filter.
    Filters { values: Vec<f32>, size: usize, channels: usize, bias: Vec<f32> },
    /// `[channels][ky][kx]` of a `depthwise` node.
    Depthwise { values: Vec<f32>, size: usize, bias: Vec<f32> },
    /// f32 tensors kept as they are, by their suffix: `gain` and `bias` of a norm, and the like.
    Vectors(Vec<(&'static str, Vec<f32>)>),
}

/// An input to run an encoder over.
#[derive(Debug, Clone, PartialEq)]
pub enum Sample {
    /// `[height, width, 3]`, normalised as the encoder's preprocessing says.
    Pixels(Vec<f32>),
    Tokens(Vec<u32>),
}

impl Weights {
    /// Values of one output row, filter or channel; `None` for vectors, which have no rows.
    fn row(&self) -> Option<(&[f32], usize)> {
        match self {
            Weights::Matrix { values, width, .. } => Some((values, *width)),
            Weights::Filters { values, size, channels, .. } => Some((values, size * size * channels)),
            Weights::Depthwise { values, size, .. } => Some((values, size * size)),
            Weights::Vectors(_) => None,
        }
    }

    fn bias(&self) -> Option<&[f32]> {
        match self {
            Weights::Matrix { bias, .. } => bias.as_deref(),
            Weights::Filters { bias, .. } | Weights::Depthwise { bias, .. } => Some(bias),
            Weights::Vectors(_) => None,
        }
    }
}
