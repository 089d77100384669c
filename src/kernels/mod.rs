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
pub mod depthwise;
pub mod embed;
pub mod gather_blocks;
pub mod hard_swish;
pub mod l2_normalize;
pub mod layer_norm;
pub mod linear;
pub mod mean_pool;
pub mod score;
pub mod top_k;

pub use activation::Activation;
pub(crate) use activation::{GELU, RELU6, activate};
pub use cases::{Case, Layout, Numbers};
pub use cost::Cost;
pub use directives::SourceFile;
pub(crate) use directives::wgsl;
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

// Every operation: its name in `Call` and, where an encoder's graph can have it, in `Node`, and its folder.
call::operations! {
    graph {
        Embed(embed),
        LayerNorm(layer_norm),
        Linear(linear),
        Attention(attention),
        Conv(conv),
        Depthwise(depthwise),
        HardSwish(hard_swish),
        MeanPool(mean_pool),
        L2Normalize(l2_normalize),
    }
    search {
        Score(score),
        BlockMax(block_max),
        GatherBlocks(gather_blocks),
        TopK(top_k),
    }
}
