//! `y[i] = table[tokens[i]] + positions[i]`, straight from the quantised tables.

mod twin;

use bytemuck::{Pod, Zeroable};

use super::Shader;

pub use twin::twin;

/// `a`: tokens `[rows]` u32 (their bits in f32s); `y` `[rows, width]` f32. `table` is int4 in blocks of 32 (`table_is_int4`
/// 1) or int8 with a scale a row; `positions` is int8 `[at least rows, width]`. `width` is a multiple of 32.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
pub struct Params {
    pub rows: u32,
    pub width: u32,
    /// Rows of the table; a token past it reads the last row.
    pub vocabulary: u32,
    pub table_is_int4: u32,
    pub table: u32,
    pub table_scale: u32,
    pub positions: u32,
    pub position_scale: u32,
}

impl Params {
    /// A thread makes four values.
    pub fn threads(&self) -> u32 {
        self.rows * (self.width / 4)
    }

    /// The GPU kernel.
    pub fn shader(&self) -> Shader {
        Shader { name: "embed", constants: Vec::new(), files: &[include_str!("embed.wgsl")] }
    }
}
