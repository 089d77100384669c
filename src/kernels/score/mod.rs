//! The score of every stored vector: int8 dot products with a query, summed exactly in i32, times the vector's scale.

mod fast;
mod twin;

use super::{Bindings, Buffers, Case, Cost, Kernel, Layout, Numbers, Shader, Variants, parameters, wgsl};
pub use fast::scores;
pub use twin::twin;

/// Score of a row that the mask excludes, and of what stands for no row; no cosine comes near.
pub const EXCLUDED: f32 = -3.0e38;

parameters! {
    /// `weights`: vectors `[count, width]` int8; `a`: the query `[width]` int8 (its words as the bits of f32s); `b`: scales
    /// `[count]` f32, then a mask `[⌈count / 32⌉]` u32 (as the bits of f32s) in which a row's bit is set where it may be found;
    /// `y` `[count]` f32 = dot · scale, or [`EXCLUDED`]. `width` is a multiple of 4.
    ///
    /// The query's scale is the same for all and left out: a score is one product of f32s, which every device rounds alike.
    pub struct Params {
        pub count: u32,
        pub width: u32,
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
                b: Some("scales_and_mask: array<u32>"),
                y: "scores: array<f32>",
            },
            constants: vec![("EXCLUDED", EXCLUDED.to_bits())],
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
        Cost::new(2 * count * width, count * width, width / 4 + count + count.div_ceil(32), count)
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
    let params = Params { count, width };
    // No bits of a NaN, which a copy may change.
    let mut bits = |len: u32| -> Vec<f32> { (0..len).map(|_| f32::from_bits(n.word() & 0x7f7f_7f7f)).collect() };
    let (query, mask) = (bits(width / 4), bits(count.div_ceil(32)));
    Case::new(params, w, query, count).with_second([n.f32s(count), mask].concat())
}
