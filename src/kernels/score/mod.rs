//! The cosine of a query to every stored vector: int8 dot products, summed exactly in i32.

mod fast;
mod twin;

use bytemuck::{Pod, Zeroable};

use super::Shader;

pub use fast::scores;
pub use twin::twin;

/// `weights`: vectors `[count, width]` int8; `a`: the query `[width]` int8 (its words as the bits of f32s); `b`: scales
/// `[count]` f32; `y` `[count]` f32 = dot · scale · `query_scale`. `width` is a multiple of 4.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
pub struct Params {
    pub count: u32,
    pub width: u32,
    pub query_scale: f32,
    pub padding: u32,
}

impl Params {
    /// A thread makes one score.
    pub fn threads(&self) -> u32 {
        self.count
    }

    /// The GPU kernel.
    pub fn shader(&self) -> Shader {
        Shader { name: "score", constants: Vec::new(), files: &[include_str!("score.wgsl")] }
    }
}
