//! EfficientNet-Lite (Tan and Le 2019, "EfficientNet"; the Lite variants without squeeze-and-excite, ReLU6), without its classifier.

use super::conv_norm::Padding;
use super::inverted_residual::{InvertedResidualConfig, StageConfig, timm as timm_name};
use crate::lab::checkpoint::{Layout, Renamed};

/// Blocks of each stage of Lite0.
const BLOCKS: [usize; 7] = [1, 2, 2, 3, 3, 4, 1];

/// Lite0 (`depth` 1.0) to Lite2 (1.2, `width` 1.1), as TensorFlow has them.
pub fn config(width: f64, depth: f64) -> InvertedResidualConfig {
    let outputs = [16, 24, 40, 80, 112, 192, 320];
    let sizes = [3, 3, 5, 3, 5, 5, 3];
    let strides = [1, 2, 2, 2, 1, 2, 1];
    let stage = |i: usize| {
        // The first and the last stage, the stem and the head keep their depth and width.
        let is_scaled = i != 0 && i != BLOCKS.len() - 1;
        let blocks = if is_scaled { (BLOCKS[i] as f64 * depth).ceil() as usize } else { BLOCKS[i] };
        let expansion = if i == 0 { 1 } else { 6 };
        StageConfig { blocks, expansion, output: channels(outputs[i], width), size: sizes[i], stride: strides[i] }
    };
    let stages = (0..BLOCKS.len()).map(stage).collect();
    InvertedResidualConfig { stem: 32, stages, head: 1280, padding: Padding::Same, epsilon: Some(1e-3) }
}

/// Lite0 as timm builds it anew: PyTorch's padding and ε.
pub fn timm_config() -> InvertedResidualConfig {
    InvertedResidualConfig { padding: Padding::Symmetric, epsilon: Some(1e-5), ..config(1.0, 1.0) }
}

/// A multiple of 8 near `channels · width`, not below nine tenths of it.
fn channels(channels: usize, width: f64) -> usize {
    let scaled = channels as f64 * width;
    let rounded = ((scaled + 4.0) as usize / 8 * 8).max(8);
    if (rounded as f64) < 0.9 * scaled { rounded + 8 } else { rounded }
}

/// The PyTorch ports of TensorFlow's weights, timm.
pub const LAYOUTS: &[Layout] =
    &[Layout { name: "EfficientNet-PyTorch", rename: pytorch }, Layout { name: "timm", rename: timm }];

fn timm(key: &str) -> Renamed {
    timm_name(key, &BLOCKS)
}

fn pytorch(key: &str) -> Renamed {
    if key.starts_with("_fc.") || key.ends_with("num_batches_tracked") {
        return Renamed::Ignored;
    }
    let parts: Vec<&str> = key.split('.').collect();
    let renamed = || {
        Some(match parts[..] {
            ["_conv_stem", rest] => format!("stem.conv.{rest}"),
            ["_bn0", rest] => format!("stem.norm.{rest}"),
            ["_conv_head", rest] => format!("head.conv.{rest}"),
            ["_bn1", rest] => format!("head.norm.{rest}"),
            ["_blocks", block, part, rest] => {
                let own = match part {
                    "_expand_conv" => "expand.conv",
                    "_bn0" => "expand.norm",
                    "_depthwise_conv" => "depthwise.conv",
                    "_bn1" => "depthwise.norm",
                    "_project_conv" => "project.conv",
                    "_bn2" => "project.norm",
                    _ => return None,
                };
                format!("blocks.{block}.{own}.{rest}")
            }
            _ => return None,
        })
    };
    renamed().map_or(Renamed::Unknown, Renamed::To)
}
