//! The largest score of each block of scores. The k best of all scores lie in the k blocks with the largest maxima, so all
//! other blocks need no further look.

mod twin;

use super::{Bindings, Buffers, Case, Cost, Kernel, Layout, Numbers, Shader, Variants, parameters, wgsl};
pub use twin::twin;

/// Scores in a block.
pub const BLOCK: u32 = 64;

parameters! {
    /// `a`: scores `[count]` f32; `y` `[⌈count / BLOCK⌉, 2]`: the block's largest score (f32) and its index (bits of a u32), of
    /// equal scores the lowest index.
    pub struct Params {
        pub count: u32,
    }
}

impl Params {
    /// Blocks of scores; the last one may be shorter.
    pub fn blocks(&self) -> u32 {
        self.count.div_ceil(BLOCK)
    }
}

impl Kernel for Params {
    fn name(&self) -> &'static str {
        "block_max"
    }

    fn shader(&self, _: Variants) -> Shader {
        Shader {
            name: self.name(),
            parameters: Params::WGSL,
            buffers: Buffers { weights: None, a: "scores: array<f32>", b: None, y: "maxima: array<vec2<u32>>" },
            constants: vec![("BLOCK", BLOCK)],
            files: &[wgsl!("block_max.wgsl")],
        }
    }

    /// A thread makes a maximum.
    fn threads(&self, _: Variants) -> u32 {
        self.blocks()
    }

    fn twin(&self, bindings: Bindings, y: &mut [f32]) {
        twin(self, bindings, y);
    }

    fn cost(&self) -> Cost {
        Cost::new(self.count.into(), 0, self.count.into(), 2 * u64::from(self.blocks()))
    }

    fn shape(&self) -> String {
        format!("{} in blocks of {BLOCK}", self.count)
    }

    fn cases(numbers: &mut Numbers) -> Vec<Case> {
        vec![case(numbers, 700), case(numbers, 64)]
    }

    fn like(&self, numbers: &mut Numbers) -> Case {
        case(numbers, 700)
    }
}

fn case(n: &mut Numbers, count: u32) -> Case {
    let params = Params { count };
    // Few different scores, so that a block's largest one occurs more than once.
    let scores = n.f32s(count).into_iter().map(|score| (score * 8.0).round() / 8.0).collect();
    Case::new(params, Layout::default(), scores, params.blocks() * 2)
}
