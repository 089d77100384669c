//! ResNet (He et al. 2015, "Deep Residual Learning for Image Recognition"), without its classifier: batch norm after each convolution, the
//! activation after the sum.

use burn::nn::PaddingConfig2d;
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::prelude::*;
use burn::tensor::activation::relu;

use super::conv_norm::{ConvNorm, ConvNormConfig, Padding, global_average};
use crate::Result;
use crate::kernels::Activation;
use crate::lab::checkpoint::{Layout, Renamed};
use crate::lab::export::{self, ImageModel};
use crate::pack::import::float::GraphBuilder;

/// Which ResNet, and how its framework builds it.
#[derive(Debug, Clone)]
pub struct ResNetConfig {
    /// Blocks of each stage.
    pub blocks: [usize; 4],
    /// Blocks of three convolutions, the last four times as wide; otherwise of two.
    pub bottleneck: bool,
    /// Channels of the first stage's inner convolutions.
    pub width: usize,
    /// Whether a bottleneck's first convolution has the stride (the paper, Keras) or its second (torchvision).
    pub stride_first: bool,
    pub conv_bias: bool,
    pub epsilon: f64,
}

impl ResNetConfig {
    /// ResNet-18 as torchvision has it.
    pub fn resnet18() -> Self {
        let blocks = [2, 2, 2, 2];
        ResNetConfig { blocks, bottleneck: false, width: 64, stride_first: true, conv_bias: false, epsilon: 1e-5 }
    }

    /// ResNet-50 as torchvision has it ("v1.5").
    pub fn resnet50() -> Self {
        let blocks = [3, 4, 6, 3];
        ResNetConfig { blocks, bottleneck: true, width: 64, stride_first: false, conv_bias: false, epsilon: 1e-5 }
    }

    /// ResNet-50 as Keras has it.
    pub fn resnet50_keras() -> Self {
        ResNetConfig { stride_first: true, conv_bias: true, epsilon: 1.001e-5, ..Self::resnet50() }
    }

    pub fn init(&self, device: &Device) -> ResNet {
        let conv = |input, output, size, stride| ConvNormConfig {
            input,
            output,
            size,
            stride,
            groups: 1,
            padding: Padding::Symmetric,
            bias: self.conv_bias,
            epsilon: Some(self.epsilon),
        };
        let mut stages = Vec::new();
        let mut channels = self.width;
        for (stage, count) in self.blocks.into_iter().enumerate() {
            let inner = self.width << stage;
            let out = if self.bottleneck { 4 * inner } else { inner };
            let mut blocks = Vec::new();
            for block in 0..count {
                let stride = if stage > 0 && block == 0 { 2 } else { 1 };
                let convs = match (self.bottleneck, self.stride_first) {
                    (false, _) => vec![conv(channels, inner, 3, stride), conv(inner, out, 3, 1)],
                    (true, first) => {
                        let (a, b) = if first { (stride, 1) } else { (1, stride) };
                        vec![conv(channels, inner, 1, a), conv(inner, inner, 3, b), conv(inner, out, 1, 1)]
                    }
                };
                let shortcut = (stride != 1 || channels != out).then(|| conv(channels, out, 1, stride).init(device));
                blocks.push(Block { convs: convs.iter().map(|conv| conv.init(device)).collect(), shortcut });
                channels = out;
            }
            stages.push(Stage { blocks });
        }
        let padding = PaddingConfig2d::Explicit(1, 1, 1, 1);
        let pool = MaxPool2dConfig::new([3, 3]).with_strides([2, 2]).with_padding(padding).init();
        ResNet { stem: conv(3, self.width, 7, 2).init(device), pool, stages }
    }
}

#[derive(Module, Debug)]
pub struct ResNet {
    pub stem: ConvNorm,
    pub pool: MaxPool2d,
    pub stages: Vec<Stage>,
}

#[derive(Module, Debug)]
pub struct Stage {
    pub blocks: Vec<Block>,
}

/// A residual block.
#[derive(Module, Debug)]
pub struct Block {
    pub convs: Vec<ConvNorm>,
    /// A 1×1 convolution where the block changes size or channels.
    pub shortcut: Option<ConvNorm>,
}

impl Block {
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let shortcut = match &self.shortcut {
            Some(conv) => conv.forward(x.clone()),
            None => x.clone(),
        };
        let mut y = x;
        for (i, conv) in self.convs.iter().enumerate() {
            y = conv.forward(y);
            if i + 1 < self.convs.len() {
                y = relu(y);
            }
        }
        relu(y + shortcut)
    }
}

impl ResNet {
    /// `[batch, 3, height, width]` to the pooled features, `[batch, channels]`.
    pub fn forward(&self, pixels: Tensor<4>) -> Tensor<2> {
        let mut x = self.pool.forward(relu(self.stem.forward(pixels)));
        for block in self.stages.iter().flat_map(|stage| &stage.blocks) {
            x = block.forward(x);
        }
        global_average(x)
    }
}

impl ImageModel for ResNet {
    fn embed(&self, pixels: Tensor<4>) -> Tensor<2> {
        self.forward(pixels)
    }

    fn export(&self, builder: &mut GraphBuilder, side: u32) -> Result<usize> {
        let (mut value, mut side) = self.stem.export(builder, ("stem", "pixels"), Activation::Relu, side)?;
        let window = export::window(self.pool.kernel_size[0], self.pool.stride[0], &self.pool.padding, side)?;
        value = builder.max_pool("pool", &value, window, false);
        side = window.output(side).unwrap_or_default();
        let mut channels = 0;
        let blocks = self.stages.iter().flat_map(|stage| &stage.blocks);
        for (index, block) in blocks.enumerate() {
            let name = |part: &str| format!("block{index}.{part}");
            let shortcut = match &block.shortcut {
                Some(conv) => conv.export(builder, (&name("shortcut"), &value), Activation::None, side)?.0,
                None => value.clone(),
            };
            for (i, conv) in block.convs.iter().enumerate() {
                let activation = if i + 1 < block.convs.len() { Activation::Relu } else { Activation::None };
                (value, side) = conv.export(builder, (&name(&format!("conv{i}")), &value), activation, side)?;
                channels = conv.conv.weight.dims()[0];
            }
            value = builder.add(&name("sum"), &value, &shortcut, Activation::Relu);
        }
        builder.finish(&value, false);
        Ok(channels)
    }
}

/// torchvision (timm names its ResNets alike), Hugging Face, Keras.
pub const LAYOUTS: &[Layout] = &[
    Layout { name: "torchvision", rename: torchvision },
    Layout { name: "Hugging Face", rename: hugging_face },
    Layout { name: "Keras", rename: keras },
];

fn torchvision(key: &str) -> Renamed {
    if key.starts_with("fc.") || key.ends_with("num_batches_tracked") {
        return Renamed::Ignored;
    }
    let own = |prefix: &str, part: &str, rest: &str| {
        let (kind, number) = part.split_at(part.len().saturating_sub(1));
        let index = number.parse::<usize>().ok()?.checked_sub(1)?;
        let kind = match kind {
            "conv" => "conv",
            "bn" => "norm",
            _ => return None,
        };
        Some(if prefix.is_empty() {
            format!("stem.{kind}.{rest}")
        } else {
            format!("{prefix}.convs.{index}.{kind}.{rest}")
        })
    };
    let parts: Vec<&str> = key.split('.').collect();
    let renamed = match parts[..] {
        [part @ ("conv1" | "bn1"), rest] => own("", part, rest),
        [stage, block, "downsample", part, rest] => {
            let kind = if part == "0" { "conv" } else { "norm" };
            stage_index(stage, "layer").map(|stage| format!("stages.{stage}.blocks.{block}.shortcut.{kind}.{rest}"))
        }
        [stage, block, part, rest] => {
            stage_index(stage, "layer").and_then(|stage| own(&format!("stages.{stage}.blocks.{block}"), part, rest))
        }
        _ => None,
    };
    renamed.map_or(Renamed::Unknown, Renamed::To)
}

/// `layer2` is stage 1.
fn stage_index(text: &str, prefix: &str) -> Option<usize> {
    text.strip_prefix(prefix)?.parse::<usize>().ok()?.checked_sub(1)
}

fn hugging_face(key: &str) -> Renamed {
    let key = key.strip_prefix("resnet.").unwrap_or(key);
    if key.starts_with("classifier.") || key.ends_with("num_batches_tracked") {
        return Renamed::Ignored;
    }
    let kind = |part: &str| match part {
        "convolution" => Some("conv"),
        "normalization" => Some("norm"),
        _ => None,
    };
    let parts: Vec<&str> = key.split('.').collect();
    let renamed = match parts[..] {
        ["embedder", "embedder", part, rest] => kind(part).map(|kind| format!("stem.{kind}.{rest}")),
        ["encoder", "stages", stage, "layers", block, "shortcut", part, rest] => {
            kind(part).map(|kind| format!("stages.{stage}.blocks.{block}.shortcut.{kind}.{rest}"))
        }
        ["encoder", "stages", stage, "layers", block, "layer", conv, part, rest] => {
            kind(part).map(|kind| format!("stages.{stage}.blocks.{block}.convs.{conv}.{kind}.{rest}"))
        }
        _ => None,
    };
    renamed.map_or(Renamed::Unknown, Renamed::To)
}

fn keras(key: &str) -> Renamed {
    if key.starts_with("predictions/") {
        return Renamed::Ignored;
    }
    let renamed = || {
        let (layer, rest) = key.split_once('/')?;
        let (layer, kind) =
            layer.strip_suffix("_conv").map(|l| (l, "conv")).or(layer.strip_suffix("_bn").map(|l| (l, "norm")))?;
        let own = match layer.split('_').collect::<Vec<_>>()[..] {
            ["conv1"] => format!("stem.{kind}"),
            [stage, block, part] => {
                let stage = stage_index(stage, "conv")?.checked_sub(1)?;
                let block = stage_index(block, "block")?;
                match part.parse::<usize>().ok()?.checked_sub(1) {
                    None => format!("stages.{stage}.blocks.{block}.shortcut.{kind}"),
                    Some(conv) => format!("stages.{stage}.blocks.{block}.convs.{conv}.{kind}"),
                }
            }
            _ => return None,
        };
        keras_tensor(&own, rest)
    };
    renamed().unwrap_or(Renamed::Unknown)
}

/// A tensor of a Keras layer: of a convolution or a batch norm.
pub(super) fn keras_tensor(own: &str, tensor: &str) -> Option<Renamed> {
    Some(match tensor {
        "kernel" => Renamed::Kernel(format!("{own}.weight")),
        "depthwise_kernel" => Renamed::DepthwiseKernel(format!("{own}.weight")),
        "bias" => Renamed::To(format!("{own}.bias")),
        "gamma" | "beta" => Renamed::To(format!("{own}.{tensor}")),
        "moving_mean" => Renamed::To(format!("{own}.running_mean")),
        "moving_variance" => Renamed::To(format!("{own}.running_var")),
        _ => return None,
    })
}
