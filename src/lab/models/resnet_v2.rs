//! ResNetV2 (He et al. 2016, "Identity Mappings in Deep Residual Networks"), without its classifier: batch norm and activation come before
//! each convolution.

use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, PaddingConfig2d};
use burn::prelude::*;
use burn::tensor::activation::relu;

use super::conv_norm::global_average;
use super::resnet::keras_tensor;
use crate::Result;
use crate::kernels::Activation;
use crate::lab::checkpoint::{Layout, Renamed};
use crate::lab::export::{self, ImageModel};
use crate::pack::import::float::GraphBuilder;

/// How a framework builds ResNet-50V2.
#[derive(Debug, Clone)]
pub struct ResNetV2Config {
    /// Blocks of each stage.
    pub blocks: [usize; 4],
    /// Channels of the first stage's inner convolutions; blocks put out four times as many.
    pub width: usize,
    /// Whether the last block of a stage has the stride, and the last stage none (Keras), or the first block of all stages but
    /// the first (timm).
    pub stride_last: bool,
    /// Whether the stem, the last convolution of a block and the shortcut have a bias.
    pub bias: bool,
    /// Whether the stem's pooling takes the padding as zeros (Keras), or leaves it out (PyTorch).
    pub zero_padded_pool: bool,
    pub epsilon: f64,
}

impl ResNetV2Config {
    /// ResNet50V2 as `keras.applications` has it.
    pub fn keras50() -> Self {
        let blocks = [3, 4, 6, 3];
        ResNetV2Config { blocks, width: 64, stride_last: true, bias: true, zero_padded_pool: true, epsilon: 1.001e-5 }
    }

    /// `resnetv2_50` as timm has it.
    pub fn timm50() -> Self {
        ResNetV2Config { stride_last: false, bias: false, zero_padded_pool: false, epsilon: 1e-5, ..Self::keras50() }
    }

    pub fn init(&self, device: &Device) -> ResNetV2 {
        let conv = |input, output, size: usize, stride, bias| {
            let around = size / 2;
            Conv2dConfig::new([input, output], [size, size])
                .with_stride([stride, stride])
                .with_padding(PaddingConfig2d::Explicit(around, around, around, around))
                .with_bias(bias)
                .init(device)
        };
        let norm = |channels| BatchNormConfig::new(channels).with_epsilon(self.epsilon).init(device);
        let mut channels = self.width;
        let mut stages = Vec::new();
        for (stage, count) in self.blocks.into_iter().enumerate() {
            let inner = self.width << stage;
            let mut blocks = Vec::new();
            for block in 0..count {
                let strided = match self.stride_last {
                    true => block + 1 == count && stage + 1 < self.blocks.len(),
                    false => block == 0 && stage > 0,
                };
                let stride = if strided { 2 } else { 1 };
                blocks.push(PreActivationBlock {
                    norms: vec![norm(channels), norm(inner), norm(inner)],
                    convs: vec![
                        conv(channels, inner, 1, 1, false),
                        conv(inner, inner, 3, stride, false),
                        conv(inner, 4 * inner, 1, 1, self.bias),
                    ],
                    shortcut: (block == 0).then(|| conv(channels, 4 * inner, 1, stride, self.bias)),
                    subsample: (block > 0 && strided).then(|| MaxPool2dConfig::new([1, 1]).with_strides([2, 2]).init()),
                });
                channels = 4 * inner;
            }
            stages.push(PreActivationStage { blocks });
        }
        let padding = match self.zero_padded_pool {
            true => PaddingConfig2d::Valid,
            false => PaddingConfig2d::Explicit(1, 1, 1, 1),
        };
        ResNetV2 {
            stem: conv(3, self.width, 7, 2, self.bias),
            pool: MaxPool2dConfig::new([3, 3]).with_strides([2, 2]).with_padding(padding).init(),
            zero_padded_pool: self.zero_padded_pool,
            stages,
            norm: norm(channels),
        }
    }
}

#[derive(Module, Debug)]
pub struct ResNetV2 {
    pub stem: Conv2d,
    pub pool: MaxPool2d,
    pub zero_padded_pool: bool,
    pub stages: Vec<PreActivationStage>,
    pub norm: BatchNorm,
}

#[derive(Module, Debug)]
pub struct PreActivationStage {
    pub blocks: Vec<PreActivationBlock>,
}

/// A residual block; `norms[i]` comes before `convs[i]`.
#[derive(Module, Debug)]
pub struct PreActivationBlock {
    pub norms: Vec<BatchNorm>,
    pub convs: Vec<Conv2d>,
    /// A 1×1 convolution of the block's normalised input, where the block changes channels.
    pub shortcut: Option<Conv2d>,
    /// Every second pixel of the block's input, where only its size changes.
    pub subsample: Option<MaxPool2d>,
}

impl PreActivationBlock {
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let mut y = x.clone();
        let mut shortcut = None;
        for (norm, conv) in self.norms.iter().zip(&self.convs) {
            y = relu(norm.forward(y));
            if shortcut.is_none() {
                shortcut = Some(match (&self.shortcut, &self.subsample) {
                    (Some(conv), _) => conv.forward(y.clone()),
                    (None, Some(pool)) => pool.forward(x.clone()),
                    (None, None) => x.clone(),
                });
            }
            y = conv.forward(y);
        }
        match shortcut {
            Some(shortcut) => y + shortcut,
            None => y,
        }
    }
}

impl ResNetV2 {
    /// `[batch, 3, height, width]` to the pooled features, `[batch, channels]`.
    pub fn forward(&self, pixels: Tensor<4>) -> Tensor<2> {
        let mut x = self.stem.forward(pixels);
        if self.zero_padded_pool {
            x = x.pad((1, 1, 1, 1), 0.0);
        }
        x = self.pool.forward(x);
        for block in self.stages.iter().flat_map(|stage| &stage.blocks) {
            x = block.forward(x);
        }
        global_average(relu(self.norm.forward(x)))
    }
}

impl ImageModel for ResNetV2 {
    fn embed(&self, pixels: Tensor<4>) -> Tensor<2> {
        self.forward(pixels)
    }

    fn export(&self, builder: &mut GraphBuilder, side: u32) -> Result<usize> {
        let (stem, mut side) = export::convolution(&self.stem, None, side)?;
        let mut value = builder.convolution("stem", "pixels", stem, Activation::None)?;
        let mut window = export::window(self.pool.kernel_size[0], self.pool.stride[0], &self.pool.padding, side)?;
        if self.zero_padded_pool {
            (window.pad_before, window.pad_after) = (1, 1);
        }
        value = builder.max_pool("pool", &value, window, self.zero_padded_pool);
        side = window.output(side).unwrap_or_default();
        let blocks = self.stages.iter().flat_map(|stage| &stage.blocks);
        for (index, block) in blocks.enumerate() {
            let name = |part: &str| format!("block{index}.{part}");
            let (input, input_side) = (value.clone(), side);
            let mut shortcut = input.clone();
            for (i, (norm, conv)) in block.norms.iter().zip(&block.convs).enumerate() {
                // The batch norm before the first convolution is not folded: its output goes to the shortcut too.
                if i == 0 {
                    let (gain, bias) = export::folded(norm)?;
                    value = builder.affine(&name("norm"), &input, gain, bias, Activation::Relu);
                    shortcut = match (&block.shortcut, &block.subsample) {
                        (Some(conv), _) => {
                            let (conv, _) = export::convolution(conv, None, input_side)?;
                            builder.convolution(&name("shortcut"), &value, conv, Activation::None)?
                        }
                        (None, Some(pool)) => {
                            let window = export::window(pool.kernel_size[0], pool.stride[0], &pool.padding, side)?;
                            builder.max_pool(&name("subsample"), &input, window, false)
                        }
                        (None, None) => input.clone(),
                    };
                }
                let next = block.norms.get(i + 1);
                let activation = if next.is_some() { Activation::Relu } else { Activation::None };
                let (conv, output) = export::convolution(conv, next, side)?;
                value = builder.convolution(&name(&format!("conv{i}")), &value, conv, activation)?;
                side = output;
            }
            value = builder.add(&name("sum"), &value, &shortcut, Activation::None);
        }
        let (gain, bias) = export::folded(&self.norm)?;
        let channels = gain.len();
        value = builder.affine("norm", &value, gain, bias, Activation::Relu);
        builder.finish(&value, false);
        Ok(channels)
    }
}

/// Keras, timm.
pub const LAYOUTS: &[Layout] = &[Layout { name: "Keras", rename: keras }, Layout { name: "timm", rename: timm }];

fn keras(key: &str) -> Renamed {
    if key.starts_with("predictions/") {
        return Renamed::Ignored;
    }
    let renamed = || {
        let (layer, rest) = key.split_once('/')?;
        let parts: Vec<&str> = layer.split('_').collect();
        let own = match parts[..] {
            ["conv1", "conv"] => "stem".to_string(),
            ["post", "bn"] => "norm".to_string(),
            [stage, block, part, kind] => {
                let stage = stage.strip_prefix("conv")?.parse::<usize>().ok()?.checked_sub(2)?;
                let block = block.strip_prefix("block")?.parse::<usize>().ok()?.checked_sub(1)?;
                let block = format!("stages.{stage}.blocks.{block}");
                match (part, kind) {
                    ("preact", "bn") => format!("{block}.norms.0"),
                    ("0", "conv") => format!("{block}.shortcut"),
                    (part, "conv") => format!("{block}.convs.{}", part.parse::<usize>().ok()?.checked_sub(1)?),
                    (part, "bn") => format!("{block}.norms.{}", part.parse::<usize>().ok()?),
                    _ => return None,
                }
            }
            _ => return None,
        };
        keras_tensor(&own, rest)
    };
    renamed().unwrap_or(Renamed::Unknown)
}

fn timm(key: &str) -> Renamed {
    if key.starts_with("head.") || key.ends_with("num_batches_tracked") {
        return Renamed::Ignored;
    }
    let parts: Vec<&str> = key.split('.').collect();
    let renamed = match parts[..] {
        ["stem", "conv", rest] => Some(format!("stem.{rest}")),
        ["norm", rest] => Some(format!("norm.{rest}")),
        ["stages", stage, "blocks", block, "downsample", "conv", rest] => {
            Some(format!("stages.{stage}.blocks.{block}.shortcut.{rest}"))
        }
        ["stages", stage, "blocks", block, part, rest] => {
            let (kind, number) = part.split_at(part.len().saturating_sub(1));
            let index = number.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
            let index = index.filter(|_| matches!(kind, "conv" | "norm"));
            index.map(|index| format!("stages.{stage}.blocks.{block}.{kind}s.{index}.{rest}"))
        }
        _ => None,
    };
    renamed.map_or(Renamed::Unknown, Renamed::To)
}
