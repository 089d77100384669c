//! Softmax attention of all rows to all (Vaswani et al. 2017, eq. 1), for short sequences.

mod fast;
mod twin;

use bytemuck::{Pod, Zeroable};

use super::Shader;

pub use fast::run;
pub use twin::twin;

/// Values a head may have at most; the GPU kernel keeps a query and a sum of them in registers.
pub const MAX_HEAD_WIDTH: u32 = 64;

/// `a` `[rows, 3 · heads · head_width]` f32: queries, keys and values side by side; `y` `[rows, heads · head_width]` f32.
/// `head_width` is a multiple of 4, at most [`MAX_HEAD_WIDTH`].
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
pub struct Params {
    pub rows: u32,
    pub heads: u32,
    pub head_width: u32,
    pub padding: u32,
}

impl Params {
    /// A thread makes one head of a row.
    pub fn threads(&self) -> u32 {
        self.rows * self.heads
    }

    /// The GPU kernel.
    pub fn shader(&self) -> Shader {
        let constants = vec![("WORDS", self.head_width / 4)];
        Shader { name: "attention", constants, files: &[include_str!("attention.wgsl")] }
    }
}
