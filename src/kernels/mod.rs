//! GPU operations in WGSL, each with a CPU twin of the same name and the same bindings.
//!
//! A folder an operation: the `.wgsl`, `twin.rs` (plain Rust, the oracle) and, where the CPU engine needs speed, `fast.rs`
//! (SIMD, tested against the twin). All share one set of bindings: parameters, the pack's words, up to two inputs, an output.

pub mod attention;
pub mod cases;
pub mod conv;
pub mod cost;
pub mod depthwise;
pub mod embed;
pub mod l2_normalize;
pub mod layer_norm;
pub mod linear;
pub mod mean_pool;
pub mod score;
mod shader;
mod simd;
pub mod top_k;
pub mod vector;
pub mod words;

use serde::{Deserialize, Serialize};

use crate::pack::Activation;
pub use shader::Shader;

/// Threads of a workgroup in every kernel.
pub const WORKGROUP: u32 = 64;

/// What a kernel reads, next to its parameters.
#[derive(Clone, Copy)]
pub struct Bindings<'a> {
    /// The pack's data (for [`score`]: the shard's vectors), as 32-bit words.
    pub weights: &'a [u32],
    /// First input.
    pub a: &'a [f32],
    /// Second input, where the kernel has one.
    pub b: &'a [f32],
}

/// One kernel with its parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Call {
    Embed(embed::Params),
    LayerNorm(layer_norm::Params),
    LinearQ8(linear::Params),
    LinearQ4(linear::Params),
    Attention(attention::Params),
    Conv(conv::Params),
    Depthwise(depthwise::Params),
    MeanPool(mean_pool::Params),
    L2Normalize(l2_normalize::Params),
    Score(score::Params),
    TopK(top_k::Params),
}

macro_rules! each {
    ($call:expr, $params:ident => $body:expr) => {
        match $call {
            Call::Embed($params) => $body,
            Call::LayerNorm($params) => $body,
            Call::LinearQ8($params) => $body,
            Call::LinearQ4($params) => $body,
            Call::Attention($params) => $body,
            Call::Conv($params) => $body,
            Call::Depthwise($params) => $body,
            Call::MeanPool($params) => $body,
            Call::L2Normalize($params) => $body,
            Call::Score($params) => $body,
            Call::TopK($params) => $body,
        }
    };
}

/// Which variants of the kernels a GPU runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variants {
    pub linear: linear::Tile,
    pub layer_norm: layer_norm::Team,
}

impl Variants {
    /// Combinations in which every variant occurs, for tests.
    pub const ALL: [Variants; 3] = [
        Variants { linear: linear::Tile::Narrow, layer_norm: layer_norm::Team::Thread },
        Variants { linear: linear::Tile::Wide, layer_norm: layer_norm::Team::Thread },
        Variants { linear: linear::Tile::Sliced, layer_norm: layer_norm::Team::Workgroup },
    ];
}

impl Call {
    /// Name of the kernel, in messages and as the label of its pipeline.
    pub fn name(&self) -> &'static str {
        match self {
            Call::Embed(_) => "embed",
            Call::LayerNorm(_) => "layer_norm",
            Call::LinearQ8(_) => "linear_q8",
            Call::LinearQ4(_) => "linear_q4",
            Call::Attention(_) => "attention",
            Call::Conv(_) => "conv",
            Call::Depthwise(_) => "depthwise",
            Call::MeanPool(_) => "mean_pool",
            Call::L2Normalize(_) => "l2_normalize",
            Call::Score(_) => "score",
            Call::TopK(_) => "top_k",
        }
    }

    /// The GPU kernel in that variant.
    pub fn shader(&self, variants: Variants) -> Shader {
        match self {
            Call::LinearQ8(p) => p.shader(linear::Format::Int8, variants.linear),
            Call::LinearQ4(p) => p.shader(linear::Format::Int4, variants.linear),
            Call::LayerNorm(p) => p.shader(variants.layer_norm),
            Call::Embed(p) => p.shader(),
            Call::Attention(p) => p.shader(),
            Call::Conv(p) => p.shader(),
            Call::Depthwise(p) => p.shader(),
            Call::MeanPool(p) => p.shader(),
            Call::L2Normalize(p) => p.shader(),
            Call::Score(p) => p.shader(),
            Call::TopK(p) => p.shader(),
        }
    }

    /// The parameters as the shader's uniform block.
    pub fn uniform(&self) -> &[u8] {
        each!(self, params => bytemuck::bytes_of(params))
    }

    /// Threads that the GPU kernel needs in that variant.
    pub fn threads(&self, variants: Variants) -> u32 {
        match self {
            Call::LinearQ8(p) | Call::LinearQ4(p) => p.threads(variants.linear),
            Call::LayerNorm(p) => p.threads(variants.layer_norm),
            Call::Embed(p) => p.threads(),
            Call::Attention(p) => p.threads(),
            Call::Conv(p) => p.threads(),
            Call::Depthwise(p) => p.threads(),
            Call::MeanPool(p) => p.threads(),
            Call::L2Normalize(p) => p.threads(),
            Call::Score(p) => p.threads(),
            Call::TopK(p) => p.threads(),
        }
    }

    /// The same call over another number of rows (tokens); for kernels over pixels nothing changes.
    pub fn with_rows(mut self, rows: u32) -> Self {
        match &mut self {
            Call::Embed(p) => p.rows = rows,
            Call::LayerNorm(p) => p.rows = rows,
            Call::LinearQ8(p) | Call::LinearQ4(p) => p.rows = rows,
            Call::Attention(p) => p.rows = rows,
            Call::MeanPool(p) => p.rows = rows,
            Call::Conv(_) | Call::Depthwise(_) | Call::L2Normalize(_) | Call::Score(_) | Call::TopK(_) => {}
        }
        self
    }

    /// Runs the twin.
    pub fn twin(&self, bindings: Bindings, y: &mut [f32]) {
        match self {
            Call::Embed(p) => embed::twin(p, bindings, y),
            Call::LayerNorm(p) => layer_norm::twin(p, bindings, y),
            Call::LinearQ8(p) => linear::twin(p, linear::Format::Int8, bindings, y),
            Call::LinearQ4(p) => linear::twin(p, linear::Format::Int4, bindings, y),
            Call::Attention(p) => attention::twin(p, bindings, y),
            Call::Conv(p) => conv::twin(p, bindings, y),
            Call::Depthwise(p) => depthwise::twin(p, bindings, y),
            Call::MeanPool(p) => mean_pool::twin(p, bindings, y),
            Call::L2Normalize(p) => l2_normalize::twin(p, bindings, y),
            Call::Score(p) => score::twin(p, bindings, y),
            Call::TopK(p) => top_k::twin(p, bindings, y),
        }
    }
}

/// `ACTIVATION_RELU6` and `ACTIVATION_GELU` of the prelude.
pub(crate) const RELU6: u32 = 1;
pub(crate) const GELU: u32 = 2;

/// The activation as kernels know it.
pub fn activation_code(activation: Activation) -> u32 {
    match activation {
        Activation::None => 0,
        Activation::Relu6 => RELU6,
        Activation::Gelu => GELU,
    }
}

/// What follows a linear operation, for one value.
pub(crate) fn activate(x: f32, activation: u32) -> f32 {
    match activation {
        RELU6 => x.clamp(0.0, 6.0),
        GELU => 0.5 * x * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2)),
        _ => x,
    }
}

/// The error function, Abramowitz and Stegun 7.1.26, |error| ≤ 1.5e-7.
fn erf(x: f32) -> f32 {
    let t = 1.0 / (1.0 + 0.3275911 * x.abs());
    let p = ((((1.061_405_4 * t - 1.453_152) * t + 1.421_413_8) * t - 0.284_496_74) * t + 0.254_829_6) * t;
    x.signum() * (1.0 - p * (-x * x).exp())
}
