//! MobileNetV2 (Sandler et al. 2018, "MobileNetV2: Inverted Residuals and Linear Bottlenecks"), without its classifier.

use super::conv_norm::Padding;
use super::inverted_residual::{InvertedResidualConfig, StageConfig, timm as timm_name};
use super::resnet::keras_tensor;
use crate::lab::checkpoint::{Layout, Renamed};

/// Blocks of each stage.
const BLOCKS: [usize; 7] = [1, 2, 3, 4, 3, 3, 1];

/// MobileNetV2 of width 1.0 (table 2), as torchvision and timm have it.
pub fn torchvision_config() -> InvertedResidualConfig {
    let outputs = [16, 24, 32, 64, 96, 160, 320];
    let strides = [1, 2, 2, 2, 1, 2, 1];
    let stage = |i: usize| {
        let expansion = if i == 0 { 1 } else { 6 };
        StageConfig { blocks: BLOCKS[i], expansion, output: outputs[i], size: 3, stride: strides[i] }
    };
    let stages = (0..BLOCKS.len()).map(stage).collect();
    InvertedResidualConfig { stem: 32, stages, head: 1280, padding: Padding::Symmetric, epsilon: Some(1e-5) }
}

/// The same as Keras has it.
pub fn keras_config() -> InvertedResidualConfig {
    InvertedResidualConfig { padding: Padding::Same, epsilon: Some(1e-3), ..torchvision_config() }
}

/// The same with TensorFlow's padding and the batch norms folded into the convolutions, as in TensorFlow Lite's files.
pub fn folded_config() -> InvertedResidualConfig {
    InvertedResidualConfig { epsilon: None, ..keras_config() }
}

/// torchvision, timm, Keras, and TensorFlow's names with the batch norms folded.
pub const LAYOUTS: &[Layout] = &[
    Layout { name: "torchvision", rename: torchvision },
    Layout { name: "timm", rename: timm },
    Layout { name: "Keras", rename: keras },
    Layout { name: "TensorFlow, batch norms folded", rename: folded },
];

fn timm(key: &str) -> Renamed {
    timm_name(key, &BLOCKS)
}

fn torchvision(key: &str) -> Renamed {
    if key.starts_with("classifier.") || key.ends_with("num_batches_tracked") {
        return Renamed::Ignored;
    }
    let kind = |part: &str| match part {
        "0" => Some("conv"),
        "1" => Some("norm"),
        _ => None,
    };
    let parts: Vec<&str> = key.split('.').collect();
    let renamed = || {
        Some(match parts[..] {
            ["features", "0", part, rest] => format!("stem.{}.{rest}", kind(part)?),
            ["features", "18", part, rest] => format!("head.{}.{rest}", kind(part)?),
            ["features", block, "conv", layer, part, rest] => {
                let block = block.parse::<usize>().ok()?.checked_sub(1)?;
                let own = match (block, layer) {
                    (0, "0") | (1.., "1") => "depthwise",
                    (1.., "0") => "expand",
                    _ => return None,
                };
                format!("blocks.{block}.{own}.{}.{rest}", kind(part)?)
            }
            ["features", block, "conv", layer, rest] => {
                let block = block.parse::<usize>().ok()?.checked_sub(1)?;
                let own = match (block, layer) {
                    (0, "1") | (1.., "2") => "conv",
                    (0, "2") | (1.., "3") => "norm",
                    _ => return None,
                };
                format!("blocks.{block}.project.{own}.{rest}")
            }
            _ => return None,
        })
    };
    renamed().map_or(Renamed::Unknown, Renamed::To)
}

fn keras(key: &str) -> Renamed {
    if key.starts_with("predictions/") {
        return Renamed::Ignored;
    }
    let renamed = || {
        let (layer, rest) = key.split_once('/')?;
        let own = match layer {
            "Conv1" => "stem.conv".to_string(),
            "bn_Conv1" => "stem.norm".to_string(),
            "Conv_1" => "head.conv".to_string(),
            "Conv_1_bn" => "head.norm".to_string(),
            _ => {
                let (block, part) = match layer.strip_prefix("expanded_conv_") {
                    Some(part) => (0, part),
                    None => {
                        let (block, part) = layer.strip_prefix("block_")?.split_once('_')?;
                        (block.parse::<usize>().ok()?, part)
                    }
                };
                let (part, kind) = part.strip_suffix("_BN").map_or((part, "conv"), |part| (part, "norm"));
                format!("blocks.{block}.{part}.{kind}")
            }
        };
        // Keras 3 names the depthwise kernel as any other.
        let rest = if rest == "kernel" && layer.ends_with("depthwise") { "depthwise_kernel" } else { rest };
        keras_tensor(&own, rest)
    };
    renamed().unwrap_or(Renamed::Unknown)
}

fn folded(key: &str) -> Renamed {
    if key.starts_with("Logits.") {
        return Renamed::Ignored;
    }
    let parts: Vec<&str> = key.split('.').collect();
    let renamed = || {
        Some(match parts[..] {
            ["Conv", rest] => format!("stem.conv.{rest}"),
            ["Conv_1", rest] => format!("head.conv.{rest}"),
            [block, part @ ("expand" | "depthwise" | "project"), rest] => {
                let number = block.strip_prefix("expanded_conv")?;
                let block = if number.is_empty() { 0 } else { number.strip_prefix('_')?.parse::<usize>().ok()? };
                format!("blocks.{block}.{part}.conv.{rest}")
            }
            _ => return None,
        })
    };
    renamed().map_or(Renamed::Unknown, Renamed::To)
}
