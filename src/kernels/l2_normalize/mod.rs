//! The vector over its Euclidean length; a vector of zeros stays one.

mod twin;

use bytemuck::{Pod, Zeroable};

use super::Shader;

pub use twin::twin;

/// `a` and `y` `[width]` f32; `width` is a multiple of 4.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
pub struct Params {
    pub width: u32,
    pub padding: [u32; 3],
}

impl Params {
    /// A thread makes four values.
    pub fn threads(&self) -> u32 {
        self.width / 4
    }

    /// The GPU kernel.
    pub fn shader(&self) -> Shader {
        Shader { name: "l2_normalize", constants: Vec::new(), files: &[include_str!("l2_normalize.wgsl")] }
    }
}
