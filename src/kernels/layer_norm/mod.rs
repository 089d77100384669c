//! `y = (x − mean) / √(variance + ε) · gain + bias` over each row (Ba et al. 2016, eq. 4), or without mean and bias
//! `y = x / √(mean of squares + ε) · gain` (Zhang and Sennrich 2019, eq. 4).

mod cases;
mod node;
pub mod rms_norm;
mod twin;

use serde::{Deserialize, Serialize};

use super::{Bindings, Buffers, Case, Cost, Kernel, Numbers, Shader, Variants, WORKGROUP, parameters, wgsl};
pub use node::Node;
pub use twin::twin;

parameters! {
    /// `a` and `y` `[rows, width]` f32, `gain` and `bias` `[width]` f32; `width` is a multiple of 4. `bias` is not read where
    /// `centred` is 0.
    pub struct Params {
        pub rows: u32,
        pub width: u32,
        pub gain: u32,
        pub bias: u32,
        pub epsilon: f32,
        /// 1 with mean and bias.
        pub centred: u32,
    }
}

/// Which threads of the GPU compute the sums over a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reduction {
    /// One thread.
    Thread,
    /// The threads of a workgroup, through its memory.
    Workgroup,
}

impl Reduction {
    pub const ALL: [Reduction; 2] = [Reduction::Thread, Reduction::Workgroup];

    /// Whether threads wait for each other, which is very slow on software adapters.
    pub fn has_barriers(self) -> bool {
        self == Reduction::Workgroup
    }
}

impl Kernel for Params {
    fn name(&self) -> &'static str {
        "layer_norm"
    }

    fn shader(&self, variants: Variants) -> Shader {
        let shared = u32::from(variants.layer_norm == Reduction::Workgroup);
        Shader {
            name: self.name(),
            parameters: Params::WGSL,
            buffers: Buffers {
                weights: Some("weights: array<u32>"),
                a: "x: array<vec4<f32>>",
                b: None,
                y: "y: array<vec4<f32>>",
            },
            constants: vec![("SHARED", shared), ("SOLE", 1 - shared), ("CENTRED", self.centred)],
            files: &[wgsl!("layer_norm.wgsl")],
        }
    }

    fn threads(&self, variants: Variants) -> u32 {
        match variants.layer_norm {
            Reduction::Thread => self.rows,
            Reduction::Workgroup => self.rows * WORKGROUP,
        }
    }

    fn rows_mut(&mut self) -> Option<&mut u32> {
        Some(&mut self.rows)
    }

    fn twin(&self, bindings: Bindings, y: &mut [f32]) {
        twin(self, bindings, y);
    }

    fn cost(&self) -> Cost {
        let (rows, width) = (u64::from(self.rows), u64::from(self.width));
        Cost::new(rows * width * 8, 8 * width, rows * width, rows * width)
    }

    fn shape(&self) -> String {
        format!("{} × {}", self.rows, self.width)
    }

    fn cases(numbers: &mut Numbers) -> Vec<Case> {
        [(1, 64, 1), (11, 36, 1), (11, 36, 0)]
            .map(|(rows, width, centred)| cases::case(numbers, rows, width, centred))
            .into()
    }

    fn like(&self, numbers: &mut Numbers) -> Case {
        cases::case(numbers, 11, 36, self.centred)
    }

    fn plain_words(&mut self) -> Vec<(&mut u32, usize)> {
        let width = self.width as usize;
        vec![(&mut self.gain, width), (&mut self.bias, width * self.centred as usize)]
    }
}
