//! The CPU engine: weights are laid out once for the vector units, then a plan's calls run one after another.
//!
//! The output of a ReLU6 that only matrix products and depthwise convolutions read stays quantised between them.

use std::sync::Arc;

use super::{Input, Plan};
use crate::Result;
use crate::kernels::vector::InstructionSet;
use crate::kernels::{Bindings, Form, Layer, Reads, Scratch};
use crate::pack::Pack;

/// A plan's weights in the layouts of its layers, shared by all runners of it.
struct Weights {
    plan: Plan,
    /// Of each step; `None` for kernels whose twin is run.
    layers: Vec<Option<Box<dyn Layer>>>,
    /// What the layers do not hold themselves.
    words: Vec<u32>,
}

/// A plan with its own buffers; [`Runner::fork`] makes another one for another thread.
pub struct Runner {
    weights: Arc<Weights>,
    /// f32, or codes in the same memory.
    buffers: Vec<Vec<f32>>,
    scratch: Scratch,
}

impl Runner {
    /// Lays out the weights for the best instruction set of this machine.
    pub fn new(plan: Plan, pack: &Pack) -> Self {
        Self::with(plan, pack, InstructionSet::best())
    }

    /// Lays out the weights for an instruction set of this machine, and [`InstructionSet::quick`] of it where that does.
    pub fn with(plan: Plan, pack: &Pack, set: InstructionSet) -> Self {
        let words = &pack.words;
        let sets = sets(&plan, set);
        let codes = codes_out(&plan, &sets);
        let layers = plan.steps.iter().enumerate().map(|(i, step)| {
            let codes_in = producer(&plan, i).is_some_and(|p| codes[p]);
            step.call.layer(words, Form { set: sets[i], codes_in, codes_out: codes[i] })
        });
        let layers = layers.collect();
        let (plan, words) = plan.compacted(words);
        Self::over(Arc::new(Weights { plan, layers, words }))
    }

    fn over(weights: Arc<Weights>) -> Self {
        let buffers = weights.plan.buffers.iter().map(|len| vec![0.0; *len]).collect();
        Runner { weights, buffers, scratch: Scratch::default() }
    }

    /// A runner over the same weights with buffers of its own.
    pub fn fork(&self) -> Self {
        Self::over(self.weights.clone())
    }

    /// Runs the plan.
    pub fn run(&mut self, input: Input<'_>) -> Result<Vec<f32>> {
        let Weights { plan, layers, words } = &*self.weights;
        let tokens = plan.check(input)?;
        match input {
            Input::Pixels(pixels) => self.buffers[plan.input].copy_from_slice(pixels),
            Input::Tokens(tokens) => {
                for (slot, token) in self.buffers[plan.input].iter_mut().zip(tokens) {
                    *slot = f32::from_bits(*token);
                }
            }
        }
        for (step, layer) in plan.steps.iter().zip(layers) {
            let call = step.call_for(tokens);
            let mut y = std::mem::take(&mut self.buffers[step.y]);
            let a = &self.buffers[step.a];
            let b = step.b.map(|b| self.buffers[b].as_slice());
            match layer {
                Some(layer) => layer.run(call.rows() as usize, a, b, &mut y, &mut self.scratch),
                None => call.twin(Bindings { weights: words, a, b: b.unwrap_or(&[]) }, &mut y),
            }
            self.buffers[step.y] = y;
        }
        Ok(self.buffers[plan.output][..plan.dimension].to_vec())
    }
}

/// The step whose output the step with that index reads.
fn producer(plan: &Plan, reader: usize) -> Option<usize> {
    (0..reader).rev().find(|i| plan.steps[*i].y == plan.steps[reader].a)
}

/// The steps that read the output of the step with that index.
fn readers(plan: &Plan, producer: usize) -> impl Iterator<Item = usize> {
    let y = plan.steps[producer].y;
    let after = producer + 1..plan.steps.len();
    let rewritten = after.clone().find(|i| plan.steps[*i].y == y).unwrap_or(plan.steps.len());
    // The step that writes the buffer anew does not read it: an output is none of its inputs.
    after.take_while(move |i| *i < rewritten).filter(move |i| plan.steps[*i].a == y || plan.steps[*i].b == Some(y))
}

/// For every step, whether it writes codes: it can, and all that read it take codes.
fn codes_out(plan: &Plan, sets: &[InstructionSet]) -> Vec<bool> {
    let support: Vec<_> = plan.steps.iter().zip(sets).map(|(step, set)| step.call.codes(*set)).collect();
    let mut codes = vec![false; plan.steps.len()];
    // Backwards: some take codes only where they also write them.
    for i in (0..codes.len()).rev() {
        let takes = |reader: usize| {
            let reads = match support[reader].reads {
                Reads::Floats => false,
                Reads::Either => true,
                Reads::AsWritten => codes[reader],
            };
            // A residual is f32.
            reads && sets[reader] == sets[i] && plan.steps[reader].b != Some(plan.steps[i].y)
        };
        // The last step's output is the embedding.
        codes[i] = support[i].writes && i + 1 < plan.steps.len() && readers(plan, i).all(takes);
    }
    // Forwards: and only where what they read does come as codes.
    for i in 0..codes.len() {
        if support[i].reads == Reads::AsWritten {
            codes[i] &= producer(plan, i).is_some_and(|p| codes[p]);
        }
    }
    codes
}

/// For every step the instruction set it runs on: one with coarser codes where there is a quicker one, but not where rounding
/// tells most. That is before kernels that amplify errors, and in the first layers of a net over pixels, until a product's
/// output is f32 again: all others build on them.
fn sets(plan: &Plan, set: InstructionSet) -> Vec<InstructionSet> {
    let codes = plan.steps.iter().map(|step| step.call.codes(set));
    let ends_in_floats = codes.map(|codes| codes.reads == Reads::Either && !codes.writes);
    let first = if plan.max_tokens.is_none() { ends_in_floats.into_iter().position(|floats| floats) } else { None };
    let precise = |i: usize| {
        first.is_some_and(|first| i <= first)
            || readers(plan, i).any(|reader| plan.steps[reader].call.amplifies_errors())
    };
    (0..plan.steps.len()).map(|i| if precise(i) { set } else { set.quick() }).collect()
}
