//! The cosine of a query to every stored vector: int8 dot products, summed exactly in i32.

mod fast;
mod twin;

use super::{Bindings, Buffers, Case, Cost, Kernel, Layout, Numbers, Shader, Variants, parameters, wgsl};
pub use fast::scores;
pub use twin::twin;

parameters! {
    /// `weights`: vectors `[count, width]` int8; `a`: the query `[width]` int8 (its words as the bits of f32s); `b`: scales
    /// `[count]` f32; `y` `[count]` f32 = dot · scale · `query_scale`. `width` is a multiple of 4.
    pub struct Params {
        pub count: u32,
        pub width: u32,
        pub query_scale: f32,
    }
}

impl Kernel for Params {
    fn name(&self) -> &'static str {
        "score"
    }

    fn shader(&self, _: Variants) -> Shader {
        Shader {
            name: self.name(),
            parameters: Params::WGSL,
            buffers: Buffers {
                weights: Some("vectors: array<u32>"),
                a: "query: array<u32>",
                b: Some("scales: array<f32>"),
                y: "scores: array<f32>",
            },
            constants: Vec::new(),
            files: &[wgsl!("score.wgsl")],
        }
    }

    /// A thread makes one score.
    fn threads(&self, _: Variants) -> u32 {
        self.count
    }

    fn twin(&self, bindings: Bindings, y: &mut [f32]) {
        twin(self, bindings, y);
    }

    fn cost(&self) -> Cost {
        let (count, width) = (u64::from(self.count), u64::from(self.width));
        Cost::new(2 * count * width, count * width, width / 4 + count, count)
    }

    fn shape(&self) -> String {
        format!("{} × {}", self.count, self.width)
    }

    fn cases(numbers: &mut Numbers) -> Vec<Case> {
        vec![case(numbers, 77, 36)]
    }

    fn like(&self, numbers: &mut Numbers) -> Case {
        case(numbers, 77, 36)
    }
}

fn case(n: &mut Numbers, count: u32, width: u32) -> Case {
    let mut w = Layout::default();
    w.codes(n, count * width);
    let params = Params { count, width, query_scale: 0.01 };
    // No bits of a NaN, which a copy may change.
    let query = (0..width / 4).map(|_| f32::from_bits(n.word() & 0x7f7f_7f7f)).collect();
    Case::new(params, w, query, count).with_second(n.f32s(count))
}
