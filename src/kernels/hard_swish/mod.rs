//! `y = x · ReLU6(x + 3) / 6` of every value (Howard et al. 2019, "Searching for MobileNetV3", section 5.2).

mod node;
mod twin;

use super::{Bindings, Buffers, Case, Cost, Kernel, Layout, Numbers, Shader, Variants, parameters, wgsl};
pub use node::Node;
pub use twin::twin;

parameters! {
    /// `a` and `y` `[rows, width]` f32; `width` is a multiple of 4.
    pub struct Params {
        pub rows: u32,
        pub width: u32,
    }
}

impl Kernel for Params {
    fn name(&self) -> &'static str {
        "hard_swish"
    }

    fn shader(&self, _: Variants) -> Shader {
        Shader {
            name: self.name(),
            parameters: Params::WGSL,
            buffers: Buffers { weights: None, a: "x: array<vec4<f32>>", b: None, y: "y: array<vec4<f32>>" },
            constants: Vec::new(),
            files: &[wgsl!("hard_swish.wgsl")],
        }
    }

    /// A thread makes four values.
    fn threads(&self, _: Variants) -> u32 {
        self.rows * (self.width / 4)
    }

    fn rows_mut(&mut self) -> Option<&mut u32> {
        Some(&mut self.rows)
    }

    fn twin(&self, bindings: Bindings, y: &mut [f32]) {
        twin(self, bindings, y);
    }

    /// A sum, a minimum, a maximum, and two products a value.
    fn cost(&self) -> Cost {
        let values = u64::from(self.rows) * u64::from(self.width);
        Cost::new(5 * values, 0, values, values)
    }

    fn shape(&self) -> String {
        format!("{} × {}", self.rows, self.width)
    }

    fn cases(numbers: &mut Numbers) -> Vec<Case> {
        [(1, 4), (13, 20)].map(|(rows, width)| case(numbers, rows, width)).into()
    }

    fn like(&self, numbers: &mut Numbers) -> Case {
        case(numbers, 13, 20)
    }
}

/// Values from −6 to 6: both ends of the ReLU6 are reached.
fn case(n: &mut Numbers, rows: u32, width: u32) -> Case {
    let x = n.f32s(rows * width).into_iter().map(|v| 6.0 * v).collect();
    Case::new(Params { rows, width }, Layout::default(), x, rows * width)
}
