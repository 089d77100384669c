//! Networks of inverted residual blocks (Sandler et al. 2018, "MobileNetV2", section 3.3): expand, convolve each channel, project, with ReLU6 after
//! the first two.

use burn::prelude::*;
use burn::tensor::Tensor;

use super::conv_norm::{ConvNorm, ConvNormConfig, Padding, global_average};
use crate::Result;
use crate::kernels::Activation;
use crate::lab::checkpoint::Renamed;
use crate::lab::export::ImageModel;
use crate::pack::import::float::GraphBuilder;

/// Blocks of one stage; all but the first have stride 1.
#[derive(Debug, Clone, Copy)]
pub struct StageConfig {
    pub blocks: usize,
    /// Channels within a block for each of its input.
    pub expansion: usize,
    pub output: usize,
    pub size: usize,
    pub stride: usize,
}

/// A network's stages and how its framework builds them.
#[derive(Debug, Clone)]
pub struct InvertedResidualConfig {
    pub stem: usize,
    pub stages: Vec<StageConfig>,
    pub head: usize,
    pub padding: Padding,
    /// ε of the batch norms; `None` where they are folded into the convolutions.
    pub epsilon: Option<f64>,
}

impl InvertedResidualConfig {
    pub fn init(&self, device: &Device) -> InvertedResidualNet {
        let conv = |input, output, size, stride, groups| {
            let (padding, epsilon) = (self.padding, self.epsilon);
            ConvNormConfig { input, output, size, stride, groups, padding, bias: false, epsilon }.init(device)
        };
        let mut channels = self.stem;
        let mut blocks = Vec::new();
        for stage in &self.stages {
            for block in 0..stage.blocks {
                let stride = if block == 0 { stage.stride } else { 1 };
                let inner = channels * stage.expansion;
                blocks.push(InvertedResidual {
                    expand: (stage.expansion != 1).then(|| conv(channels, inner, 1, 1, 1)),
                    depthwise: conv(inner, inner, stage.size, stride, inner),
                    project: conv(inner, stage.output, 1, 1, 1),
                    has_residual: stride == 1 && channels == stage.output,
                });
                channels = stage.output;
            }
        }
        InvertedResidualNet { stem: conv(3, self.stem, 3, 2, 1), blocks, head: conv(channels, self.head, 1, 1, 1) }
    }
}

#[derive(Module, Debug)]
pub struct InvertedResidualNet {
    pub stem: ConvNorm,
    pub blocks: Vec<InvertedResidual>,
    pub head: ConvNorm,
}

#[derive(Module, Debug)]
pub struct InvertedResidual {
    pub expand: Option<ConvNorm>,
    pub depthwise: ConvNorm,
    pub project: ConvNorm,
    pub has_residual: bool,
}

impl InvertedResidual {
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let mut y = x.clone();
        if let Some(expand) = &self.expand {
            y = relu6(expand.forward(y));
        }
        y = self.project.forward(relu6(self.depthwise.forward(y)));
        if self.has_residual { y + x } else { y }
    }
}

impl InvertedResidualNet {
    /// `[batch, 3, height, width]` to the pooled features, `[batch, channels]`.
    pub fn forward(&self, pixels: Tensor<4>) -> Tensor<2> {
        let mut x = relu6(self.stem.forward(pixels));
        for block in &self.blocks {
            x = block.forward(x);
        }
        global_average(relu6(self.head.forward(x)))
    }
}

impl ImageModel for InvertedResidualNet {
    fn embed(&self, pixels: Tensor<4>) -> Tensor<2> {
        self.forward(pixels)
    }

    fn export(&self, builder: &mut GraphBuilder, side: u32) -> Result<usize> {
        let (mut value, mut side) = self.stem.export(builder, ("stem", "pixels"), Activation::Relu6, side)?;
        for (index, block) in self.blocks.iter().enumerate() {
            let name = |part: &str| format!("block{index}.{part}");
            let input = value.clone();
            if let Some(expand) = &block.expand {
                value = expand.export(builder, (&name("expand"), &value), Activation::Relu6, side)?.0;
            }
            (value, side) = block.depthwise.export(builder, (&name("depthwise"), &value), Activation::Relu6, side)?;
            value = block.project.export(builder, (&name("project"), &value), Activation::None, side)?.0;
            if block.has_residual {
                value = builder.add(&name("sum"), &value, &input, Activation::None);
            }
        }
        value = self.head.export(builder, ("head", &value), Activation::Relu6, side)?.0;
        builder.finish(&value, false);
        Ok(self.head.conv.weight.dims()[0])
    }
}

fn relu6(x: Tensor<4>) -> Tensor<4> {
    x.clamp(0.0, 6.0)
}

/// timm's names; `stages` are the numbers of blocks of each.
pub(super) fn timm(key: &str, stages: &[usize]) -> Renamed {
    if key.starts_with("classifier.") || key.ends_with("num_batches_tracked") {
        return Renamed::Ignored;
    }
    let parts: Vec<&str> = key.split('.').collect();
    let renamed = || {
        Some(match parts[..] {
            ["conv_stem", rest] => format!("stem.conv.{rest}"),
            ["bn1", rest] => format!("stem.norm.{rest}"),
            ["conv_head", rest] => format!("head.conv.{rest}"),
            ["bn2", rest] => format!("head.norm.{rest}"),
            ["blocks", stage, block, part, rest] => {
                let stage = stage.parse::<usize>().ok()?;
                let index = stages.get(..stage)?.iter().sum::<usize>() + block.parse::<usize>().ok()?;
                // Without an expansion the depthwise convolution comes first.
                let own = match (part, stage) {
                    ("conv_dw", _) => "depthwise.conv",
                    ("bn1", 0) | ("bn2", 1..) => "depthwise.norm",
                    ("conv_pw", 0) | ("conv_pwl", _) => "project.conv",
                    ("bn2", 0) | ("bn3", _) => "project.norm",
                    ("conv_pw", _) => "expand.conv",
                    ("bn1", _) => "expand.norm",
                    _ => return None,
                };
                format!("blocks.{index}.{own}.{rest}")
            }
            _ => return None,
        })
    };
    renamed().map_or(Renamed::Unknown, Renamed::To)
}
