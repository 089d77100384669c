//! GPU operations in WGSL, each with a CPU twin of the same name and the same bindings.
//!
//! A folder an operation: the `.wgsl`, `twin.rs` (plain Rust, the oracle) and, where the CPU engine needs speed, `fast.rs`
//! (SIMD, tested against the twin). All share one set of bindings: parameters, the pack's words, up to two inputs, an output.

pub mod attention;
pub mod cases;
pub mod conv;
pub mod depthwise;
pub mod embed;
pub mod l2_normalize;
pub mod layer_norm;
pub mod linear;
pub mod mean_pool;
pub mod score;
mod simd;
pub mod top_k;
pub mod vector;
pub mod words;

use crate::pack::Activation;

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

macro_rules! shader {
    ($file:literal) => {
        concat!(include_str!("prelude.wgsl"), include_str!($file))
    };
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

    /// The kernel's source.
    pub fn wgsl(&self) -> &'static str {
        match self {
            Call::Embed(_) => shader!("embed/embed.wgsl"),
            Call::LayerNorm(_) => shader!("layer_norm/layer_norm.wgsl"),
            Call::LinearQ8(_) => shader!("linear/linear_q8.wgsl"),
            Call::LinearQ4(_) => shader!("linear/linear_q4.wgsl"),
            Call::Attention(_) => shader!("attention/attention.wgsl"),
            Call::Conv(_) => shader!("conv/conv.wgsl"),
            Call::Depthwise(_) => shader!("depthwise/depthwise.wgsl"),
            Call::MeanPool(_) => shader!("mean_pool/mean_pool.wgsl"),
            Call::L2Normalize(_) => shader!("l2_normalize/l2_normalize.wgsl"),
            Call::Score(_) => shader!("score/score.wgsl"),
            Call::TopK(_) => shader!("top_k/top_k.wgsl"),
        }
    }

    /// The parameters as the shader's uniform block.
    pub fn uniform(&self) -> &[u8] {
        each!(self, params => bytemuck::bytes_of(params))
    }

    /// Threads that the GPU kernel needs.
    pub fn threads(&self) -> u32 {
        each!(self, params => params.threads())
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
