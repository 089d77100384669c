//! Auto-tuning: which variants of the kernels an adapter runs, measured or remembered.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use web_time::Instant;

use super::{Gpu, Runner};
use crate::Result;
use crate::engine::{Input, Plan, Step};
use crate::kernels::layer_norm::{self, Reduction};
use crate::kernels::linear::{self, Tile};
use crate::kernels::{Call, Variants};

/// An adapter's variants: for the few rows of a title and for the many of a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tuning {
    pub titles: Variants,
    pub photos: Variants,
}

impl Tuning {
    /// For software adapters, which need no measurement: the wide tile is fastest on SwiftShader and on llvmpipe. On
    /// SwiftShader barriers make a kernel four times slower, and compiling one takes as long as many queries.
    pub const SOFTWARE: Tuning = {
        let variants = Variants { linear: Tile::Wide, layer_norm: Reduction::Thread };
        Tuning { titles: variants, photos: variants }
    };

    /// The variants for a plan.
    pub fn of(&self, plan: &Plan) -> Variants {
        if plan.max_tokens.is_some() { self.titles } else { self.photos }
    }
}

/// Calls in the pass that is timed: enough to outweigh the cost of a submission.
const CALLS: usize = 8;
/// Timed passes; the fastest counts, since disturbances only ever add time.
const ROUNDS: usize = 3;

/// The result of tuning, to be remembered from one visit to the next: compiling all variants takes longer than running them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tuned {
    /// [`Gpu::adapter`].
    pub adapter: String,
    pub tuning: Tuning,
}

impl Gpu {
    /// Chooses the variants to run: those known for the adapter, or the fastest as measured.
    pub async fn tune(self: &Arc<Self>, known: Option<Tuned>) -> Result<()> {
        let tuning = match without_measuring(self.is_software(), &self.adapter(), known) {
            Some(tuning) => tuning,
            None => self.measure().await?,
        };
        self.set_tuning(tuning);
        Ok(())
    }

    /// What to remember; `None` for software adapters, which are never measured.
    pub fn tuned(&self) -> Option<Tuned> {
        (!self.is_software()).then(|| Tuned { adapter: self.adapter(), tuning: self.tuning() })
    }

    /// Times every variant on problems as large as a title's and a photo's.
    pub async fn measure(self: &Arc<Self>) -> Result<Tuning> {
        let mut layer_norms = Vec::new();
        for reduction in Reduction::ALL {
            let variants = Variants { linear: Tile::Narrow, layer_norm: reduction };
            layer_norms.push((self.time(layer_norm_problem(), variants).await?, reduction));
        }
        let layer_norm = quickest(layer_norms, Reduction::Thread);
        let linear = async |rows, inner, outer| {
            let mut times = Vec::new();
            for tile in Tile::ALL {
                let variants = Variants { linear: tile, layer_norm };
                times.push((self.time(linear_problem(rows, inner, outer), variants).await?, tile));
            }
            Result::Ok(Variants { linear: quickest(times, Tile::Narrow), layer_norm })
        };
        Ok(Tuning { titles: linear(24, 384, 1152).await?, photos: linear(784, 240, 80).await? })
    }

    /// Seconds of one pass over the problem, without the first run, in which drivers compile.
    async fn time(self: &Arc<Self>, problem: Problem, variants: Variants) -> Result<f64> {
        let Problem { call, rows, width, outer, words } = problem;
        let plan = Plan {
            steps: vec![Step { call, a: 0, b: None, y: 1, per_token: false }; CALLS],
            buffers: vec![rows * width, rows * outer],
            input: 0,
            output: 1,
            // Few values, so that reading back adds little to what is timed.
            dimension: 4,
            max_tokens: None,
        };
        let mut runner = Runner::with_variants(self.clone(), plan, &vec![0x0101_0101; words], variants).await?;
        let input = vec![0.5; rows * width];
        runner.run(Input::Pixels(&input)).await?;
        let mut best = f64::INFINITY;
        for _ in 0..ROUNDS {
            let start = Instant::now();
            runner.run(Input::Pixels(&input)).await?;
            best = best.min(start.elapsed().as_secs_f64());
        }
        Ok(best)
    }
}

/// One call with room for its weights.
struct Problem {
    call: Call,
    rows: usize,
    width: usize,
    outer: usize,
    words: usize,
}

fn linear_problem(rows: u32, inner: u32, outer: u32) -> Problem {
    let scale = inner * outer / 4;
    let bias = scale + outer;
    let params = linear::Params { rows, inner, outer, is_int4: 0, activation: 0, weight: 0, scale, bias, residual: 0 };
    let words = (bias + outer) as usize;
    Problem { call: params.into(), rows: rows as usize, width: inner as usize, outer: outer as usize, words }
}

fn layer_norm_problem() -> Problem {
    let (rows, width) = (24, 384);
    let params = layer_norm::Params { rows, width, gain: 0, bias: width, epsilon: 1e-12, centred: 1 };
    let (rows, width) = (rows as usize, width as usize);
    Problem { call: params.into(), rows, width, outer: width, words: 2 * width }
}

fn without_measuring(is_software: bool, adapter: &str, known: Option<Tuned>) -> Option<Tuning> {
    if is_software {
        return Some(Tuning::SOFTWARE);
    }
    known.filter(|known| known.adapter == adapter).map(|known| known.tuning)
}

fn quickest<T>(times: Vec<(f64, T)>, otherwise: T) -> T {
    times.into_iter().min_by(|a, b| a.0.total_cmp(&b.0)).map_or(otherwise, |(_, variant)| variant)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OTHER: Tuning = {
        let variants = Variants { linear: Tile::Sliced, layer_norm: Reduction::Workgroup };
        Tuning { titles: variants, photos: variants }
    };

    fn known() -> Option<Tuned> {
        Some(Tuned { adapter: "intel xe".into(), tuning: OTHER })
    }

    #[test]
    fn variants_are_remembered_for_their_own_adapter_only() {
        assert_eq!(without_measuring(false, "intel xe", known()), Some(OTHER));
        assert_eq!(without_measuring(false, "apple m2", known()), None);
        assert_eq!(without_measuring(false, "intel xe", None), None);
    }

    #[test]
    fn a_software_adapter_is_never_measured() {
        assert_eq!(without_measuring(true, "intel xe", known()), Some(Tuning::SOFTWARE));
    }

    #[test]
    fn what_is_remembered_can_be_read_again() {
        let text = serde_json::to_string(&known()).unwrap();
        assert_eq!(serde_json::from_str::<Option<Tuned>>(&text).unwrap(), known());
    }
}
