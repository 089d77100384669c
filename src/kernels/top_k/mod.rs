//! The best candidates of each run of them, sorted. Applied again to what is left until that is one run, it gives the best of
//! all: with a k of 128 and runs of 1,024 each pass leaves an eighth.
//!
//! A thread counts the candidates of its run that precede its own one, which is the place to write it to. So there are as many
//! threads as candidates, no thread waits for another, and none keeps a list.

mod twin;

use super::score::EXCLUDED;
use super::{Bindings, Buffers, Case, Cost, Kernel, Layout, Numbers, Shader, Variants, parameters, wgsl};
pub use twin::twin;

/// Most results of a run.
pub const MAX_K: u32 = 128;

/// Candidates of a run.
pub const RUN: u32 = 1024;

parameters! {
    /// `a`: candidates `[count, 2]`, score (f32) and index (bits of a u32); `y` `[⌈count / RUN⌉, k, 2]`: the best of each run,
    /// best first, of equal scores the one with the lower index, then the earlier one. Where a run is shorter than k the score is
    /// [`EXCLUDED`] and the index `u32::MAX`. `k` is at most [`MAX_K`].
    pub struct Params {
        pub count: u32,
        pub k: u32,
    }
}

impl Params {
    /// Runs of candidates; the last one may be shorter.
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
            buffers: Buffers { weights: None, a: "candidates: array<vec2<u32>>", b: None, y: "best: array<vec2<u32>>" },
            constants: vec![("RUN", RUN), ("EXCLUDED", EXCLUDED.to_bits())],
            files: &[wgsl!("top_k.wgsl")],
        }
    }

    /// A thread places a candidate; those past the last one fill up what a run shorter than k leaves.
    fn threads(&self, _: Variants) -> u32 {
        self.runs() * RUN
    }

    fn twin(&self, bindings: Bindings, y: &mut [f32]) {
        twin(self, bindings, y);
    }

    fn cost(&self) -> Cost {
        let count = u64::from(self.count);
        let written = u64::from(self.runs()) * u64::from(self.k) * 2;
        Cost::new(count * u64::from(RUN.min(self.count)), 0, 2 * count, written)
    }

    fn shape(&self) -> String {
        format!("{} of {}", self.k, self.count)
    }

    fn cases(numbers: &mut Numbers) -> Vec<Case> {
        // The last run has fewer than k.
        vec![case(numbers, 1030, 10), case(numbers, 300, MAX_K)]
    }

    fn like(&self, numbers: &mut Numbers) -> Case {
        case(numbers, 1030, self.k)
    }
}

fn case(n: &mut Numbers, count: u32, k: u32) -> Case {
    let params = Params { count, k };
    // Few different scores, with indices out of order: ties are what can go wrong.
    let candidate = |i: u32| [(n.f32() * 8.0).round() / 8.0, f32::from_bits((i * 7) % 2048)];
    let candidates: Vec<f32> = (0..count).flat_map(candidate).collect();
    Case::new(params, Layout::default(), candidates, params.runs() * k * 2)
}
