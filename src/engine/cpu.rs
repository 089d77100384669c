//! The CPU engine: weights laid out once for the vector units, then a plan's calls one after another.

use std::sync::Arc;

use super::{Input, Plan};
use crate::Result;
use crate::kernels::{self, Bindings, Call};
use crate::pack::Pack;

enum Prepared {
    Linear(kernels::linear::Prepared),
    Conv(kernels::conv::Prepared),
    Depthwise(kernels::depthwise::Prepared),
    /// Kernels that read their weights as the pack holds them.
    Plain,
}

/// A plan's weights as the CPU wants them, shared by all runners of it.
struct Weights {
    plan: Plan,
    prepared: Vec<Prepared>,
    words: Arc<Vec<u32>>,
}

/// A plan with its own buffers; [`Runner::fork`] makes another one for another thread.
pub struct Runner {
    weights: Arc<Weights>,
    buffers: Vec<Vec<f32>>,
    panel: Vec<f32>,
    scratch: Vec<f32>,
}

impl Runner {
    /// Lays out the weights.
    pub fn new(plan: Plan, pack: &Pack) -> Self {
        let words = &pack.words;
        let prepare = |call: &Call| match call {
            Call::LinearQ8(p) => {
                Prepared::Linear(kernels::linear::Prepared::new(p, kernels::linear::Format::Int8, words))
            }
            Call::LinearQ4(p) => {
                Prepared::Linear(kernels::linear::Prepared::new(p, kernels::linear::Format::Int4, words))
            }
            Call::Conv(p) => Prepared::Conv(kernels::conv::Prepared::new(p, words)),
            Call::Depthwise(p) => Prepared::Depthwise(kernels::depthwise::Prepared::new(p, words)),
            _ => Prepared::Plain,
        };
        let prepared = plan.steps.iter().map(|step| prepare(&step.call)).collect();
        Self::over(Arc::new(Weights { plan, prepared, words: words.clone() }))
    }

    fn over(weights: Arc<Weights>) -> Self {
        let buffers = weights.plan.buffers.iter().map(|len| vec![0.0; *len]).collect();
        Runner { weights, buffers, panel: Vec::new(), scratch: Vec::new() }
    }

    /// A runner over the same weights with buffers of its own.
    pub fn fork(&self) -> Self {
        Self::over(self.weights.clone())
    }

    /// Runs the plan.
    pub fn run(&mut self, input: Input<'_>) -> Result<Vec<f32>> {
        let Weights { plan, prepared, words } = &*self.weights;
        let tokens = plan.check(input)?;
        match input {
            Input::Pixels(pixels) => self.buffers[plan.input].copy_from_slice(pixels),
            Input::Tokens(tokens) => {
                for (slot, token) in self.buffers[plan.input].iter_mut().zip(tokens) {
                    *slot = f32::from_bits(*token);
                }
            }
        }
        for (step, prepared) in plan.steps.iter().zip(prepared) {
            let call = if tokens > 0 { step.call.with_rows(tokens) } else { step.call };
            let mut y = std::mem::take(&mut self.buffers[step.y]);
            let a = &self.buffers[step.a];
            let b = step.b.map(|b| self.buffers[b].as_slice());
            match (prepared, &call) {
                (Prepared::Linear(linear), Call::LinearQ8(p) | Call::LinearQ4(p)) => {
                    linear.run(p.rows as usize, a, b, &mut y, &mut self.panel);
                }
                (Prepared::Conv(conv), _) => conv.run(a, &mut y, &mut self.scratch, &mut self.panel),
                (Prepared::Depthwise(depthwise), _) => depthwise.run(a, &mut y),
                (_, Call::Attention(p)) => kernels::attention::run(p, a, &mut y, &mut self.scratch),
                (_, call) => call.twin(Bindings { weights: words, a, b: b.unwrap_or(&[]) }, &mut y),
            }
            self.buffers[step.y] = y;
        }
        Ok(self.buffers[plan.output][..plan.dimension].to_vec())
    }
}
