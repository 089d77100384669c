//! Softmax attention (Vaswani et al. 2017, eq. 1) for short sequences: of all rows to all, of each row to those up to it, or of
//! one learned query to all rows.

pub mod attention_pool;
mod cases;
mod fast;
mod node;
mod twin;

use super::{
    Bindings, Buffers, Case, Cost, Form, Kernel, Layer, Numbers, Scratch, Shader, Tensors, Variants, parameters, wgsl,
};
use crate::Result;
pub use fast::run;
pub use node::Node;
pub use twin::twin;

/// Values a head may have at most; the GPU kernel keeps a query and a sum of them in registers.
pub const MAX_HEAD_WIDTH: u32 = 128;

parameters! {
    /// `a` `[rows, 3 · heads · head_width]` f32: queries, keys and values side by side; `y` `[rows, heads · head_width]` f32.
    /// `head_width` is a multiple of 4, at most [`MAX_HEAD_WIDTH`]. Where `pooled` is 1, there is one query
    /// `[heads · head_width]` f32 among the weights: `a` has keys and values only, `y` one row.
    pub struct Params {
        pub rows: u32,
        pub heads: u32,
        pub head_width: u32,
        /// 1 where a row takes notice of no later one.
        pub causal: u32,
        pub pooled: u32,
        pub query: u32,
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
            buffers: Buffers {
                weights: Some("weights: array<u32>"),
                a: "qkv: array<vec4<f32>>",
                b: None,
                y: "y: array<vec4<f32>>",
            },
            constants: vec![
                ("WORDS", self.head_width / 4),
                ("CAUSAL", self.causal),
                ("POOLED", self.pooled),
                ("EVERY", 1 - self.pooled),
            ],
            files: &[wgsl!("attention.wgsl")],
        }
    }

    /// A thread makes one head of a row.
    fn threads(&self, _: Variants) -> u32 {
        self.out_rows() * self.heads
    }

    fn rows_mut(&mut self) -> Option<&mut u32> {
        Some(&mut self.rows)
    }

    fn twin(&self, bindings: Bindings, y: &mut [f32]) {
        twin(self, bindings, y);
    }

    fn cost(&self) -> Cost {
        let (rows, width) = (u64::from(self.rows), u64::from(self.heads * self.head_width));
        let queries = u64::from(self.out_rows());
        let pairs = if self.causal == 1 { rows * (rows + 1) / 2 } else { queries * rows };
        // Two products for each pair of a query and a row, and an exponential with its sums for each head of it.
        let flops = pairs * (4 * width + 8 * u64::from(self.heads));
        let pooled = u64::from(self.pooled);
        Cost::new(flops, 4 * width * pooled, (3 - pooled) * rows * width, queries * width)
    }

    fn shape(&self) -> String {
        format!("{} × {} heads of {}", self.rows, self.heads, self.head_width)
    }

    fn cases(numbers: &mut Numbers) -> Vec<Case> {
        let shapes = [
            (1, 2, 32, 0, 0),
            (13, 3, 32, 0, 0),
            (37, 2, 20, 0, 0),
            (5, 1, 128, 0, 0),
            (13, 3, 20, 1, 0),
            (13, 3, 20, 0, 1),
        ];
        shapes
            .map(|(rows, heads, head_width, causal, pooled)| {
                let params = Params { rows, heads, head_width, causal, pooled, query: 0 };
                cases::case(numbers, params)
            })
            .into()
    }

    fn like(&self, numbers: &mut Numbers) -> Case {
        cases::case(numbers, Params { rows: 13, heads: 3, ..*self })
    }

    fn plain_words(&mut self) -> Vec<(&mut u32, usize)> {
        let len = self.pooled * self.heads * self.head_width;
        if len == 0 { Vec::new() } else { vec![(&mut self.query, len as usize)] }
    }

    /// One query is too little work for more than the twin.
    fn layer(&self, _: &[u32], _: Form) -> Option<Box<dyn Layer>> {
        if self.pooled == 1 { None } else { Some(Box::new(*self)) }
    }

    /// It turns differences into ratios.
    fn amplifies_errors(&self) -> bool {
        true
    }
}

impl Params {
    /// The node that lowers to it has heads of so many values of `width`.
    fn head_width(tensors: &dyn Tensors, width: u32, heads: u32) -> Result<u32> {
        let head_width = if width.is_multiple_of(heads.max(1)) { width / heads.max(1) } else { 0 };
        if heads == 0 || head_width == 0 || !head_width.is_multiple_of(4) || head_width > MAX_HEAD_WIDTH {
            let expected = format!("heads of 4 to {MAX_HEAD_WIDTH} values, a multiple of 4");
            return Err(tensors.error(expected, format!("{width} values in {heads} heads")));
        }
        Ok(head_width)
    }

    fn out_rows(&self) -> u32 {
        if self.pooled == 1 { 1 } else { self.rows }
    }
}

impl Layer for Params {
    fn run(&self, rows: usize, x: &[f32], _: Option<&[f32]>, y: &mut [f32], scratch: &mut Scratch) {
        run(&Params { rows: rows as u32, ..*self }, x, y, &mut scratch.values);
    }
}
