//! `y = (x − mean) / √(variance + ε) · gain + bias` over each row (Ba et al. 2016, eq. 4).

mod twin;

use bytemuck::{Pod, Zeroable};

pub use twin::twin;

/// `a` and `y` `[rows, width]` f32, `gain` and `bias` `[width]` f32; `width` is a multiple of 4.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
pub struct Params {
    pub rows: u32,
    pub width: u32,
    pub gain: u32,
    pub bias: u32,
    pub epsilon: f32,
    pub padding: [u32; 3],
}

impl Params {
    /// A thread makes a row.
    pub fn threads(&self) -> u32 {
        self.rows
    }
}
