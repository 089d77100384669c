//! A convolution with its batch norm, of which most image models are made.

use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, PaddingConfig2d};
use burn::prelude::*;

/// Zeros around a convolution's input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Padding {
    /// TensorFlow's SAME: output side = ⌈input side / stride⌉, the odd zero after the last row and column.
    Same,
    /// PyTorch's usual `size / 2` on every side.
    Symmetric,
}

/// A convolution without dilation, and what follows it.
#[derive(Debug, Clone, Copy)]
pub struct ConvNormConfig {
    pub input: usize,
    pub output: usize,
    pub size: usize,
    pub stride: usize,
    pub groups: usize,
    pub padding: Padding,
    pub bias: bool,
    /// ε of the batch norm; `None` for a checkpoint whose batch norms are folded into the convolutions.
    pub epsilon: Option<f64>,
}

/// `batch_norm(convolution(x))`.
#[derive(Module, Debug)]
pub struct ConvNorm {
    pub conv: Conv2d,
    pub norm: Option<BatchNorm>,
}

impl ConvNormConfig {
    pub fn init(&self, device: &Device) -> ConvNorm {
        let around = self.size / 2;
        let padding = match self.padding {
            Padding::Same => PaddingConfig2d::Same,
            Padding::Symmetric => PaddingConfig2d::Explicit(around, around, around, around),
        };
        let conv = Conv2dConfig::new([self.input, self.output], [self.size, self.size])
            .with_stride([self.stride, self.stride])
            .with_groups(self.groups)
            .with_padding(padding)
            .with_bias(self.bias || self.epsilon.is_none())
            .init(device);
        let norm = self.epsilon.map(|epsilon| BatchNormConfig::new(self.output).with_epsilon(epsilon).init(device));
        ConvNorm { conv, norm }
    }
}

impl ConvNorm {
    /// `[batch, channels, height, width]`.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let x = self.conv.forward(x);
        match &self.norm {
            Some(norm) => norm.forward(x),
            None => x,
        }
    }
}

/// The mean over height and width, `[batch, channels]`.
pub fn global_average(x: Tensor<4>) -> Tensor<2> {
    let [batch, channels, height, width] = x.dims();
    x.reshape([batch, channels, height * width]).mean_dim(2).reshape([batch, channels])
}
