//! Reference models in f32, a file a family, each with the names that frameworks give its tensors.

pub mod bert;
mod conv_norm;
pub mod efficientnet_lite;
mod inverted_residual;
pub mod mobilenet_v2;
pub mod resnet;
pub mod resnet_v2;
pub mod vgg;

pub use conv_norm::{ConvNorm, ConvNormConfig, Padding};
pub use inverted_residual::{InvertedResidualNet, StageConfig};
