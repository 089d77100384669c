//! The mean over all rows: of tokens, or of pixels (global average pooling).

mod node;
mod twin;

use super::{Bindings, Buffers, Case, Cost, Kernel, Layout, Numbers, Shader, Variants, parameters, wgsl};
pub use node::Node;
pub use twin::twin;

parameters! {
    /// `a` `[rows, width]` f32, `y` `[width]` f32; `width` is a multiple of 4.
    pub struct Params {
        pub rows: u32,
        pub width: u32,
    }
}

impl Kernel for Params {
    fn name(&self) -> &'static str {
        "mean_pool"
    }

    fn shader(&self, _: Variants) -> Shader {
        Shader {
            name: self.name(),
            parameters: Params::WGSL,
            buffers: Buffers { weights: None, a: "x: array<vec4<f32>>", b: None, y: "y: array<vec4<f32>>" },
            constants: Vec::new(),
            files: &[wgsl!("mean_pool.wgsl")],
        }
    }

    /// A thread makes four values.
    fn threads(&self, _: Variants) -> u32 {
        self.width / 4
    }

    fn rows_mut(&mut self) -> Option<&mut u32> {
        Some(&mut self.rows)
    }

    fn twin(&self, bindings: Bindings, y: &mut [f32]) {
        twin(self, bindings, y);
    }

    fn cost(&self) -> Cost {
        let (rows, width) = (u64::from(self.rows), u64::from(self.width));
        Cost::new(rows * width, 0, rows * width, width)
    }

    fn shape(&self) -> String {
        format!("{} × {} → {}", self.rows, self.width, self.width)
    }

    fn cases(numbers: &mut Numbers) -> Vec<Case> {
        [(1, 20), (49, 36)].map(|(rows, width)| case(numbers, rows, width)).into()
    }

    fn like(&self, numbers: &mut Numbers) -> Case {
        case(numbers, 49, 36)
    }
}

fn case(n: &mut Numbers, rows: u32, width: u32) -> Case {
    Case::new(Params { rows, width }, Layout::default(), n.f32s(rows * width), width)
}
