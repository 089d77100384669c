//! The mean over all rows: of tokens, or of pixels (global average pooling).

mod twin;

use bytemuck::{Pod, Zeroable};

use super::Shader;

pub use twin::twin;

/// `a` `[rows, width]` f32, `y` `[width]` f32; `width` is a multiple of 4.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
pub struct Params {
    pub rows: u32,
    pub width: u32,
    pub padding: [u32; 2],
}

impl Params {
    /// A thread makes four values.
    pub fn threads(&self) -> u32 {
        self.width / 4
    }

    /// The GPU kernel.
    pub fn shader(&self) -> Shader {
        Shader { name: "mean_pool", constants: Vec::new(), files: &[include_str!("mean_pool.wgsl")] }
    }
}
