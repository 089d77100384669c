//! VGG-19 (Simonyan and Zisserman 2014, "Very Deep Convolutional Networks for Large-Scale Image Recognition"), its convolutions only.

use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::prelude::*;
use burn::tensor::activation::relu;

use super::conv_norm::{ConvNorm, ConvNormConfig, Padding, global_average};
use super::resnet::keras_tensor;
use crate::Result;
use crate::kernels::Activation;
use crate::lab::checkpoint::{Layout, Renamed};
use crate::lab::export::{self, ImageModel};
use crate::pack::import::float::GraphBuilder;

/// Convolutions of each stage of VGG-19 and their channels.
const STAGES: [(usize, usize); 5] = [(2, 64), (2, 128), (4, 256), (4, 512), (4, 512)];

/// VGG-19 with new weights.
pub fn vgg19(device: &Device) -> Vgg {
    let mut channels = 3;
    let stages = STAGES.map(|(count, output)| {
        let convs = (0..count).map(|_| {
            let input = std::mem::replace(&mut channels, output);
            let padding = Padding::Symmetric;
            ConvNormConfig { input, output, size: 3, stride: 1, groups: 1, padding, bias: true, epsilon: None }
                .init(device)
        });
        VggStage { convs: convs.collect(), pool: MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init() }
    });
    Vgg { stages: stages.into() }
}

#[derive(Module, Debug)]
pub struct Vgg {
    pub stages: Vec<VggStage>,
}

#[derive(Module, Debug)]
pub struct VggStage {
    pub convs: Vec<ConvNorm>,
    pub pool: MaxPool2d,
}

impl Vgg {
    /// `[batch, 3, height, width]` to the pooled features, `[batch, 512]`.
    pub fn forward(&self, pixels: Tensor<4>) -> Tensor<2> {
        let mut x = pixels;
        for stage in &self.stages {
            for conv in &stage.convs {
                x = relu(conv.forward(x));
            }
            x = stage.pool.forward(x);
        }
        global_average(x)
    }
}

impl ImageModel for Vgg {
    fn embed(&self, pixels: Tensor<4>) -> Tensor<2> {
        self.forward(pixels)
    }

    fn export(&self, builder: &mut GraphBuilder, side: u32) -> Result<usize> {
        let (mut value, mut side, mut channels) = ("pixels".to_string(), side, 0);
        for (s, stage) in self.stages.iter().enumerate() {
            for (i, conv) in stage.convs.iter().enumerate() {
                let name = format!("stage{s}.conv{i}");
                (value, side) = conv.export(builder, (&name, &value), Activation::Relu, side)?;
                channels = conv.conv.weight.dims()[0];
            }
            let window = export::window(stage.pool.kernel_size[0], stage.pool.stride[0], &stage.pool.padding, side)?;
            value = builder.max_pool(&format!("stage{s}.pool"), &value, window, false);
            side = window.output(side).unwrap_or_default();
        }
        builder.finish(&value, false);
        Ok(channels)
    }
}

/// torchvision, Keras.
pub const LAYOUTS: &[Layout] =
    &[Layout { name: "torchvision", rename: torchvision }, Layout { name: "Keras", rename: keras }];

/// Layers of `features` count activations and pools too.
fn torchvision(key: &str) -> Renamed {
    if key.starts_with("classifier.") {
        return Renamed::Ignored;
    }
    let renamed = || {
        let (layer, rest) = key.strip_prefix("features.")?.split_once('.')?;
        let (layer, mut first) = (layer.parse::<usize>().ok()?, 0);
        for (stage, (count, _)) in STAGES.into_iter().enumerate() {
            if layer < first + 2 * count {
                let conv = (layer - first) / 2;
                return (layer - first).is_multiple_of(2).then(|| format!("stages.{stage}.convs.{conv}.conv.{rest}"));
            }
            first += 2 * count + 1;
        }
        None
    };
    renamed().map_or(Renamed::Unknown, Renamed::To)
}

fn keras(key: &str) -> Renamed {
    if ["fc1/", "fc2/", "predictions/"].iter().any(|layer| key.starts_with(layer)) {
        return Renamed::Ignored;
    }
    let renamed = || {
        let (layer, rest) = key.split_once('/')?;
        let (stage, conv) = layer.strip_prefix("block")?.split_once("_conv")?;
        let stage = stage.parse::<usize>().ok()?.checked_sub(1)?;
        let conv = conv.parse::<usize>().ok()?.checked_sub(1)?;
        keras_tensor(&format!("stages.{stage}.convs.{conv}.conv"), rest)
    };
    renamed().unwrap_or(Renamed::Unknown)
}
