//! All scores of chosen blocks, each with its index.

mod twin;

use super::block_max::BLOCK;
use super::score::EXCLUDED;
use super::{Bindings, Buffers, Case, Cost, Kernel, Layout, Numbers, Shader, Variants, parameters, wgsl};
pub use twin::twin;

parameters! {
    /// `a`: the chosen blocks `[blocks, 2]` as [`block_max`](super::block_max) or [`top_k`](super::top_k) writes them: a score
    /// (not read) and the index (bits of a u32) of any score of the block; `b`: scores `[count]` f32; `y` `[blocks, BLOCK, 2]`:
    /// score (f32) and index (bits of a u32). Where there is no such score or block the score is [`EXCLUDED`] and the index
    /// `u32::MAX`.
    pub struct Params {
        pub blocks: u32,
        pub count: u32,
    }
}

impl Kernel for Params {
    fn name(&self) -> &'static str {
        "gather_blocks"
    }

    fn shader(&self, _: Variants) -> Shader {
        Shader {
            name: self.name(),
            parameters: Params::WGSL,
            buffers: Buffers {
                weights: None,
                a: "chosen: array<vec2<u32>>",
                b: Some("scores: array<f32>"),
                y: "gathered: array<vec2<u32>>",
            },
            constants: vec![("BLOCK", BLOCK), ("EXCLUDED", EXCLUDED.to_bits())],
            files: &[wgsl!("gather_blocks.wgsl")],
        }
    }

    /// A thread copies a score.
    fn threads(&self, _: Variants) -> u32 {
        self.blocks * BLOCK
    }

    fn twin(&self, bindings: Bindings, y: &mut [f32]) {
        twin(self, bindings, y);
    }

    fn cost(&self) -> Cost {
        let (blocks, scores) = (u64::from(self.blocks), u64::from(self.blocks) * u64::from(BLOCK));
        Cost::new(0, 0, 2 * blocks + scores, 2 * scores)
    }

    fn shape(&self) -> String {
        format!("{} blocks of {BLOCK} out of {}", self.blocks, self.count)
    }

    fn cases(numbers: &mut Numbers) -> Vec<Case> {
        vec![case(numbers, 700)]
    }

    fn like(&self, numbers: &mut Numbers) -> Case {
        case(numbers, 700)
    }
}

/// The last block, which is not whole, one from the middle, and none.
fn case(n: &mut Numbers, count: u32) -> Case {
    let chosen = [count - 1, count / 2, u32::MAX >> 1].map(|index| [0.0, f32::from_bits(index)]);
    let params = Params { blocks: chosen.len() as u32, count };
    Case::new(params, Layout::default(), chosen.concat(), params.blocks * BLOCK * 2).with_second(n.f32s(count))
}
