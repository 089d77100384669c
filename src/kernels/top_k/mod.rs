//! The best scores of each run of them, so that few have to be read back.

mod twin;

use bytemuck::{Pod, Zeroable};

use super::Shader;

pub use twin::twin;

/// Most results of a run that the kernel keeps.
pub const MAX_K: u32 = 64;

/// Scores that one thread looks through.
pub const RUN: u32 = 256;

/// Fills what a run shorter than k leaves over; no cosine comes near.
pub const NOTHING: f32 = -3.0e38;

/// `a`: scores `[count]` f32; `y` `[⌈count / RUN⌉, k, 2]`: score (f32) and index (bits of a u32), best first, of equal scores
/// the lower index; what is left over is [`NOTHING`] with index `u32::MAX`. `k` is at most [`MAX_K`].
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
pub struct Params {
    pub count: u32,
    pub k: u32,
    pub padding: [u32; 2],
}

impl Params {
    /// A thread makes a run.
    pub fn threads(&self) -> u32 {
        self.count.div_ceil(RUN)
    }

    /// The GPU kernel.
    pub fn shader(&self) -> Shader {
        Shader { name: "top_k", constants: Vec::new(), files: &[include_str!("top_k.wgsl")] }
    }
}
