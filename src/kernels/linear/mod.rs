//! `y = activation(x · weightᵀ + bias) + residual`; over pixels it is a 1×1 convolution.

mod fast;
mod twin;

use bytemuck::{Pod, Zeroable};

pub(super) use fast::quantise;
pub use fast::{Activations, Output, Prepared, Scale, Scratch};
pub use twin::twin;

/// How the weights are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `[outer, inner]` int8, a scale (f32) a row.
    Int8,
    /// `[outer, inner]` int4 in blocks of 32 along a row, a scale (f16) a block; see [`crate::pack::PackWriter::int4`].
    Int4,
}

/// Shapes and places; the offsets count 32-bit words in the pack's data.
///
/// `x` `[rows, inner]` f32, `residual` and `y` `[rows, outer]` f32, all row-major. `inner` is a multiple of 4 (32 for int4),
/// `outer` of 4.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
pub struct Params {
    pub rows: u32,
    pub inner: u32,
    pub outer: u32,
    /// [`super::activation_code`].
    pub activation: u32,
    pub weight: u32,
    pub scale: u32,
    pub bias: u32,
    /// 1 where a residual is added.
    pub residual: u32,
}

impl Params {
    /// Threads of the GPU kernel: tiles of 8 rows by 4 outputs.
    pub fn threads(&self) -> u32 {
        self.rows.div_ceil(8) * (self.outer / 4)
    }
}
