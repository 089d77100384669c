//! The image models by name, each as the framework that a checkpoint comes from builds it.

use burn::module::Module;
use burn::prelude::*;

use super::checkpoint::{Checkpoint, Layout};
use super::export::ImageModel;
use super::models::{efficientnet_lite, mobilenet_v2, resnet, resnet_v2, vgg};
use crate::{Error, Result};

/// Names that [`load`] takes.
pub const NAMES: [&str; 8] = [
    "resnet18",
    "resnet50",
    "resnet50v2",
    "vgg19",
    "mobilenet-v2",
    "efficientnet-lite0",
    "efficientnet-lite1",
    "efficientnet-lite2",
];

/// A model with its weights, and how its framework prepares photos.
pub struct Loaded {
    pub model: Box<dyn ImageModel>,
    /// The framework whose names the checkpoint has.
    pub layout: &'static str,
    /// Side of the photos that it was published for, in pixels.
    pub side: u32,
    /// Of red, green and blue from 0 to 1.
    pub mean: [f32; 3],
    pub deviation: [f32; 3],
    /// Whether the weights take blue first, which an export turns round.
    pub blue_first: bool,
}

const IMAGENET: ([f32; 3], [f32; 3]) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);
const SYMMETRIC: ([f32; 3], [f32; 3]) = ([0.5; 3], [0.5; 3]);
/// The mean of ImageNet taken from bytes and nothing divided, as in Caffe.
const CAFFE: ([f32; 3], [f32; 3]) = ([123.68 / 255.0, 116.779 / 255.0, 103.939 / 255.0], [1.0 / 255.0; 3]);

/// Loads the model of that name.
///
/// # Errors
/// [`Error::Argument`] for an unknown name, [`Error::Pack`] where the checkpoint does not fit.
pub fn load(family: &str, checkpoint: &Checkpoint, device: &Device) -> Result<Loaded> {
    let loaded = |model: Box<dyn ImageModel>, layout: &'static Layout, side, (mean, deviation)| Loaded {
        model,
        layout: layout.name,
        side,
        mean,
        deviation,
        blue_first: (mean, deviation) == CAFFE,
    };
    let is_keras = |layout: &Layout| layout.name == "Keras";
    Ok(match family {
        "resnet18" => {
            let layout = checkpoint.layout(resnet::LAYOUTS)?;
            let model = resnet::ResNetConfig::resnet18().init(device);
            loaded(filled(model, checkpoint, layout)?, layout, 224, IMAGENET)
        }
        "resnet50" => {
            let layout = checkpoint.layout(resnet::LAYOUTS)?;
            let (config, photos) = match is_keras(layout) {
                true => (resnet::ResNetConfig::resnet50_keras(), CAFFE),
                false => (resnet::ResNetConfig::resnet50(), IMAGENET),
            };
            loaded(filled(config.init(device), checkpoint, layout)?, layout, 224, photos)
        }
        "resnet50v2" => {
            let layout = checkpoint.layout(resnet_v2::LAYOUTS)?;
            let (config, photos) = match is_keras(layout) {
                true => (resnet_v2::ResNetV2Config::keras50(), SYMMETRIC),
                false => (resnet_v2::ResNetV2Config::timm50(), IMAGENET),
            };
            loaded(filled(config.init(device), checkpoint, layout)?, layout, 224, photos)
        }
        "vgg19" => {
            let layout = checkpoint.layout(vgg::LAYOUTS)?;
            let photos = if is_keras(layout) { CAFFE } else { IMAGENET };
            loaded(filled(vgg::vgg19(device), checkpoint, layout)?, layout, 224, photos)
        }
        "mobilenet-v2" => {
            let layout = checkpoint.layout(mobilenet_v2::LAYOUTS)?;
            let (config, photos) = match layout.name {
                "torchvision" | "timm" => (mobilenet_v2::torchvision_config(), IMAGENET),
                "Keras" => (mobilenet_v2::keras_config(), SYMMETRIC),
                _ => (mobilenet_v2::folded_config(), SYMMETRIC),
            };
            loaded(filled(config.init(device), checkpoint, layout)?, layout, 224, photos)
        }
        "efficientnet-lite0" | "efficientnet-lite1" | "efficientnet-lite2" => {
            let layout = checkpoint.layout(efficientnet_lite::LAYOUTS)?;
            let (width, depth, side) = match family {
                "efficientnet-lite0" => (1.0, 1.0, 224),
                "efficientnet-lite1" => (1.0, 1.1, 240),
                _ => (1.1, 1.2, 260),
            };
            let (config, photos) = match (layout.name, family) {
                ("timm", "efficientnet-lite0") => (efficientnet_lite::timm_config(), IMAGENET),
                _ => (efficientnet_lite::config(width, depth), SYMMETRIC),
            };
            loaded(filled(config.init(device), checkpoint, layout)?, layout, side, photos)
        }
        other => return Err(Error::argument("family", format!("one of {}", NAMES.join(", ")), other)),
    })
}

fn filled<M: ImageModel + Module + 'static>(
    mut model: M,
    checkpoint: &Checkpoint,
    layout: &Layout,
) -> Result<Box<dyn ImageModel>> {
    checkpoint.load(&mut model, layout)?;
    Ok(Box::new(model))
}
