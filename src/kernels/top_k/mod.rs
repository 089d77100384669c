//! The best scores of each run of them, so that few have to be read back.

mod twin;

use super::{Bindings, Buffers, Case, Cost, Kernel, Layout, Numbers, Shader, Variants, parameters, wgsl};
pub use twin::twin;

/// Most results of a run that the kernel keeps.
pub const MAX_K: u32 = 64;

/// Scores that one thread looks through.
pub const RUN: u32 = 256;

/// Fills what a run shorter than k leaves over; no cosine comes near.
pub const NOTHING: f32 = -3.0e38;

parameters! {
    /// `a`: scores `[count]` f32; `y` `[⌈count / RUN⌉, k, 2]`: score (f32) and index (bits of a u32), best first, of equal
    /// scores the lower index; what is left over is [`NOTHING`] with index `u32::MAX`. `k` is at most [`MAX_K`].
    pub struct Params {
        pub count: u32,
        pub k: u32,
    }
}

impl Params {
    /// Runs of scores, each with its own results.
    pub fn runs(&self) -> u32 {
        self.count.div_ceil(RUN)
    }
}

impl Kernel for Params {
    fn name(&self) -> &'static str {
        "top_k"
    }

    fn shader(&self, _: Variants) -> Shader {
        Shader {
            name: self.name(),
            parameters: Params::WGSL,
            buffers: Buffers { weights: None, a: "scores: array<f32>", b: None, y: "y: array<vec2<u32>>" },
            constants: vec![("MAX_K", MAX_K), ("RUN", RUN), ("NOTHING", NOTHING.to_bits())],
            files: &[wgsl!("top_k.wgsl")],
        }
    }

    /// A thread makes a run.
    fn threads(&self, _: Variants) -> u32 {
        self.runs()
    }

    fn twin(&self, bindings: Bindings, y: &mut [f32]) {
        twin(self, bindings, y);
    }

    fn cost(&self) -> Cost {
        let count = u64::from(self.count);
        Cost::new(count, 0, count, u64::from(self.runs()) * u64::from(self.k) * 2)
    }

    fn shape(&self) -> String {
        format!("{} of {}", self.k, self.count)
    }

    fn cases(numbers: &mut Numbers) -> Vec<Case> {
        vec![case(numbers, 700, 10)]
    }

    fn like(&self, numbers: &mut Numbers) -> Case {
        case(numbers, 700, self.k)
    }
}

fn case(n: &mut Numbers, count: u32, k: u32) -> Case {
    let params = Params { count, k };
    Case::new(params, Layout::default(), n.f32s(count), params.runs() * k * 2)
}
