//! GPU operations in WGSL, each with a CPU twin of the same name and the same bindings.
//!
//! A folder an operation: its parameters and all that the engines ask of it ([`Kernel`]), its place in an encoder's graph
//! (`node.rs`, [`Operation`]), the `.wgsl`, `twin.rs` (plain Rust, the reference of all other forms), seeded problems
//! (`cases.rs`) and, where the CPU engine needs speed, `fast.rs` (SIMD, tested against the twin). All share one set of
//! bindings: parameters, the pack's words, up to two inputs, an output. `docs/adding-a-kernel.md` goes through them.

mod activation;
mod call;
mod cases;
mod cost;
mod directives;
mod fields;
mod graph;
mod kernel;
mod layer;
mod parameters;
mod shader;
mod simd;
mod tensors;
mod variants;
pub mod vector;
mod window;
pub mod words;

pub mod attention;
pub mod block_max;
pub mod conv;
pub mod conv_transpose;
pub mod depthwise;
pub mod elementwise;
pub mod embed;
pub mod gather_blocks;
pub mod hard_swish;
pub mod l2_normalize;
pub mod layer_norm;
pub mod linear;
pub mod mean_pool;
pub mod pool;
pub mod rows;
pub mod score;
pub mod top_k;

pub use activation::Activation;
pub(crate) use activation::{GELU, NONE, RELU, RELU6, activate, activate_all};
pub use cases::{Case, Layout, Numbers};
pub use cost::Cost;
pub use directives::SourceFile;
pub(crate) use directives::wgsl;
pub use fields::Fields;
pub(crate) use fields::{node, otherwise};
pub use graph::{Operation, Shape, Values};
pub use kernel::{Codes, Kernel, Reads};
pub use layer::{Activations, Form, Layer, Output, Scratch};
pub(crate) use parameters::parameters;
pub use shader::{Buffers, Shader};
pub use tensors::{Matrix, Tensor, Tensors};
pub use variants::Variants;
use vector::InstructionSet;
pub use window::Window;

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

// Every operation: its name in `Call`, in `Node` or in both, and its folder; a node that shares the kernel of another folder has a
// module of it. The folder or the module has the name that `op` has in a graph.
call::operations! {
    graph {
        Embed(embed),
        LayerNorm(layer_norm),
        Linear(linear),
        Attention(attention),
        Conv(conv),
        ConvTranspose(conv_transpose),
        Depthwise(depthwise),
        HardSwish(hard_swish),
        MeanPool(mean_pool),
        L2Normalize(l2_normalize),
    }
    kernels {
        Elementwise(elementwise),
        Pool(pool),
        Rows(rows),
        Score(score),
        BlockMax(block_max),
        GatherBlocks(gather_blocks),
        TopK(top_k),
    }
    nodes {
        Activation(elementwise::activation),
        Affine(elementwise::affine),
        Add(elementwise::add),
        Multiply(elementwise::multiply),
        MaxPool(pool::max_pool),
        AveragePool(pool::average_pool),
        AdaptivePool(pool::adaptive_pool),
        Concat(rows::concat),
        Upsample(rows::upsample),
        TakeRow(rows::take_row),
        Prepend(rows::prepend),
        RmsNorm(layer_norm::rms_norm),
        AttentionPool(attention::attention_pool),
    }
}
