//! The graph of an encoder: a list of operations over named values, in the order they run.

use serde::{Deserialize, Serialize};

/// What follows a linear operation or a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    #[default]
    None,
    /// `min(max(x, 0), 6)`.
    Relu6,
    /// `x · Φ(x)` with the error function (Hendrycks and Gimpel 2016, eq. 1), not its tanh approximation.
    Gelu,
}

/// How a convolution moves over its input, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Side of the square filter.
    pub size: u32,
    pub stride: u32,
    /// Zeros before the first row and column.
    pub pad_before: u32,
    /// Zeros after the last row and column; TensorFlow's SAME padding makes it differ from `pad_before` at stride 2.
    pub pad_after: u32,
}

impl Window {
    /// The window with TensorFlow's SAME padding: output side = ⌈input side / stride⌉.
    pub fn same(size: u32, stride: u32, input: u32) -> Self {
        let total = ((input.div_ceil(stride) - 1) * stride + size).saturating_sub(input);
        Window { size, stride, pad_before: total / 2, pad_after: total - total / 2 }
    }

    /// Output side in pixels of an input side, or `None` where the filter does not fit.
    pub fn output(&self, input: u32) -> Option<u32> {
        let padded = input.checked_add(self.pad_before)?.checked_add(self.pad_after)?;
        Some(padded.checked_sub(self.size)?.checked_div(self.stride)? + 1)
    }
}

/// One operation. `input`, `residual` and `output` name values; `weight` is the prefix of the tensors it reads:
/// `<weight>.q8` (int8, a scale a row in `<weight>.scale`, f32) or `<weight>.q4` (int4 in blocks of 32, scales f16),
/// `<weight>.bias` (f32), and `<weight>.gain` (f32) for a layer norm.
///
/// The values `pixels` (`[height, width, 3]` f32) and `tokens` (`[tokens]` u32) are there at the start; the one that the
/// last node writes is the embedding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Node {
    /// `output[i] = table[tokens[i]] + positions[i]`, straight from the quantised tables.
    Embed { input: String, table: String, positions: String, output: String },
    /// Over the last axis (Ba et al. 2016, eq. 4).
    LayerNorm { input: String, weight: String, epsilon: f32, output: String },
    /// `activation(input · weightᵀ + bias) + residual`; over pixels it is a 1×1 convolution.
    Linear { input: String, weight: String, activation: Activation, residual: Option<String>, output: String },
    /// Softmax attention of all tokens to all (Vaswani et al. 2017, eq. 1); input `[tokens, 3 · width]`: queries, keys, values.
    Attention { input: String, heads: u32, output: String },
    /// A full convolution over `[height, width, channels]`.
    Conv { input: String, weight: String, window: Window, activation: Activation, output: String },
    /// A convolution of each channel with its own filter.
    Depthwise { input: String, weight: String, window: Window, activation: Activation, output: String },
    /// The mean over all rows (tokens or pixels).
    MeanPool { input: String, output: String },
    /// The vector over its Euclidean length.
    L2Normalize { input: String, output: String },
}
