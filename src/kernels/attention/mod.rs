//! Softmax attention of all rows to all (Vaswani et al. 2017, eq. 1), for short sequences.

mod cases;
mod fast;
mod node;
mod twin;

use super::{Bindings, Buffers, Case, Cost, Form, Kernel, Layer, Numbers, Scratch, Shader, Variants, parameters, wgsl};
pub use fast::run;
pub use node::Node;
pub use twin::twin;

/// Values a head may have at most; the GPU kernel keeps a query and a sum of them in registers.
pub const MAX_HEAD_WIDTH: u32 = 64;

parameters! {
    /// `a` `[rows, 3 · heads · head_width]` f32: queries, keys and values side by side; `y` `[rows, heads · head_width]` f32.
    /// `head_width` is a multiple of 4, at most [`MAX_HEAD_WIDTH`].
    pub struct Params {
        pub rows: u32,
        pub heads: u32,
        pub head_width: u32,
    }
}

impl Kernel for Params {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn shader(&self, _: Variants) -> Shader {
        Shader {
            name: self.name(),
            parameters: Params::WGSL,
            buffers: Buffers { weights: None, a: "qkv: array<vec4<f32>>", b: None, y: "y: array<vec4<f32>>" },
            constants: vec![("WORDS", self.head_width / 4)],
            files: &[wgsl!("attention.wgsl")],
        }
    }

    /// A thread makes one head of a row.
    fn threads(&self, _: Variants) -> u32 {
        self.rows * self.heads
    }

    fn rows_mut(&mut self) -> Option<&mut u32> {
        Some(&mut self.rows)
    }

    fn twin(&self, bindings: Bindings, y: &mut [f32]) {
        twin(self, bindings, y);
    }

    fn cost(&self) -> Cost {
        let (rows, width) = (u64::from(self.rows), u64::from(self.heads * self.head_width));
        // Two products of all rows with all, and an exponential with its sums a pair and head.
        let flops = 4 * rows * rows * width + 8 * rows * rows * u64::from(self.heads);
        Cost::new(flops, 0, 3 * rows * width, rows * width)
    }

    fn shape(&self) -> String {
        format!("{} × {} heads of {}", self.rows, self.heads, self.head_width)
    }

    fn cases(numbers: &mut Numbers) -> Vec<Case> {
        let shapes = [(1, 2, 32), (13, 3, 32), (37, 2, 20), (5, 1, 64)];
        shapes.map(|(rows, heads, head_width)| cases::case(numbers, rows, heads, head_width)).into()
    }

    fn like(&self, numbers: &mut Numbers) -> Case {
        cases::case(numbers, 13, 3, self.head_width)
    }

    fn layer(&self, _: &[u32], _: Form) -> Option<Box<dyn Layer>> {
        Some(Box::new(*self))
    }

    /// It turns differences into ratios.
    fn amplifies_errors(&self) -> bool {
        true
    }
}

impl Layer for Params {
    fn run(&self, rows: usize, x: &[f32], _: Option<&[f32]>, y: &mut [f32], scratch: &mut Scratch) {
        run(&Params { rows: rows as u32, ..*self }, x, y, &mut scratch.values);
    }
}
