//! `y = (x − mean) / √(variance + ε) · gain + bias` over each row (Ba et al. 2016, eq. 4).

mod twin;

use bytemuck::{Pod, Zeroable};
use serde::{Deserialize, Serialize};

use super::{Shader, WORKGROUP};

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

/// Who makes a row on the GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Team {
    Thread,
    Workgroup,
}

impl Team {
    pub const ALL: [Team; 2] = [Team::Thread, Team::Workgroup];

    /// Whether threads wait for each other, which is very slow on software adapters.
    pub fn has_barriers(self) -> bool {
        self == Team::Workgroup
    }
}

impl Params {
    /// Threads of the GPU kernel.
    pub fn threads(&self, team: Team) -> u32 {
        match team {
            Team::Thread => self.rows,
            Team::Workgroup => self.rows * WORKGROUP,
        }
    }

    /// The GPU kernel.
    pub fn shader(&self, team: Team) -> Shader {
        let shared = u32::from(team == Team::Workgroup);
        let constants = vec![("SHARED", shared), ("SOLE", 1 - shared)];
        Shader { name: "layer_norm", constants, files: &[include_str!("layer_norm.wgsl")] }
    }
}
