//! The vector over its Euclidean length; a vector of zeros stays one.

mod node;
mod twin;

use super::{Bindings, Buffers, Case, Cost, Kernel, Layout, Numbers, Shader, Variants, parameters, wgsl};
pub use node::Node;
pub use twin::twin;

parameters! {
    /// `a` and `y` `[width]` f32; `width` is a multiple of 4.
    pub struct Params {
        pub width: u32,
    }
}

impl Kernel for Params {
    fn name(&self) -> &'static str {
        "l2_normalize"
    }

    fn shader(&self, _: Variants) -> Shader {
        Shader {
            name: self.name(),
            parameters: Params::WGSL,
            buffers: Buffers { weights: None, a: "x: array<vec4<f32>>", b: None, y: "y: array<vec4<f32>>" },
            constants: Vec::new(),
            files: &[wgsl!("l2_normalize.wgsl")],
        }
    }

    /// A thread makes four values.
    fn threads(&self, _: Variants) -> u32 {
        self.width / 4
    }

    fn twin(&self, bindings: Bindings, y: &mut [f32]) {
        twin(self, bindings, y);
    }

    fn cost(&self) -> Cost {
        Cost::new(3 * u64::from(self.width), 0, self.width.into(), self.width.into())
    }

    fn shape(&self) -> String {
        self.width.to_string()
    }

    fn cases(numbers: &mut Numbers) -> Vec<Case> {
        vec![case(numbers, 84)]
    }

    fn like(&self, numbers: &mut Numbers) -> Case {
        case(numbers, 84)
    }
}

fn case(n: &mut Numbers, width: u32) -> Case {
    Case::new(Params { width }, Layout::default(), n.f32s(width), width)
}
