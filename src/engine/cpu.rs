//! The CPU engine: weights laid out once for the vector units, then a plan's calls one after another.
//!
//! What ends in a ReLU6 and is read by matrix products and depthwise convolutions only stays whole numbers on the way.

use std::sync::Arc;

use super::{Input, Plan, Step};
use crate::Result;
use crate::kernels::linear::{Activations, Format, Output, Scratch};
use crate::kernels::vector::InstructionSet;
use crate::kernels::{self, Bindings, Call, RELU6};
use crate::pack::Pack;

enum Prepared {
    Linear(kernels::linear::Prepared),
    Conv(kernels::conv::Prepared),
    Depthwise(kernels::depthwise::Prepared),
    DepthwiseCodes(kernels::depthwise::Codes),
    /// Kernels that read their weights as the pack holds them.
    Plain,
}

struct Layer {
    prepared: Prepared,
    /// Whether it reads and writes codes.
    codes_in: bool,
    codes_out: bool,
}

/// A plan's weights as the CPU wants them, shared by all runners of it.
struct Weights {
    plan: Plan,
    layers: Vec<Layer>,
    /// What the layers do not hold themselves.
    words: Vec<u32>,
}

/// A plan with its own buffers; [`Runner::fork`] makes another one for another thread.
pub struct Runner {
    weights: Arc<Weights>,
    /// f32, or codes in the same memory.
    buffers: Vec<Vec<f32>>,
    values: Vec<f32>,
    patches: kernels::conv::Memory,
    scratch: Scratch,
}

impl Runner {
    /// Lays out the weights for the best instruction set of this machine.
    pub fn new(plan: Plan, pack: &Pack) -> Self {
        Self::with(plan, pack, InstructionSet::best())
    }

    /// Lays out the weights for an instruction set of this machine, and its quicker relative where that does.
    pub fn with(plan: Plan, pack: &Pack, set: InstructionSet) -> Self {
        let words = &pack.words;
        let sets = sets(&plan, set);
        let codes = codes_out(&plan, &sets);
        let layers = plan.steps.iter().enumerate().map(|(i, step)| {
            let set = sets[i];
            let codes_in = producer(&plan, i).is_some_and(|p| codes[p]);
            let prepared = match &step.call {
                Call::LinearQ8(p) => {
                    Prepared::Linear(kernels::linear::Prepared::new(p, Format::Int8, words, set, codes[i]))
                }
                Call::LinearQ4(p) => {
                    Prepared::Linear(kernels::linear::Prepared::new(p, Format::Int4, words, set, codes[i]))
                }
                Call::Conv(p) => Prepared::Conv(kernels::conv::Prepared::new(p, words, set, codes[i])),
                Call::Depthwise(p) if codes[i] => {
                    Prepared::DepthwiseCodes(kernels::depthwise::Codes::new(p, words, set))
                }
                Call::Depthwise(p) => Prepared::Depthwise(kernels::depthwise::Prepared::new(p, words)),
                _ => Prepared::Plain,
            };
            Layer { prepared, codes_in, codes_out: codes[i] }
        });
        let layers = layers.collect();
        let (plan, words) = plan.compacted(words);
        Self::over(Arc::new(Weights { plan, layers, words }))
    }

    fn over(weights: Arc<Weights>) -> Self {
        let buffers = weights.plan.buffers.iter().map(|len| vec![0.0; *len]).collect();
        Runner { weights, buffers, values: Vec::new(), patches: Default::default(), scratch: Scratch::default() }
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
            let call = if tokens > 0 { step.call.with_rows(tokens) } else { step.call };
            let mut y = std::mem::take(&mut self.buffers[step.y]);
            let a = &self.buffers[step.a];
            let b = step.b.map(|b| self.buffers[b].as_slice());
            let activations =
                if layer.codes_in { Activations::Codes(bytemuck::cast_slice(a)) } else { Activations::Floats(a) };
            let output = if layer.codes_out {
                Output::Codes(bytemuck::cast_slice_mut(&mut y))
            } else {
                Output::Floats(&mut y, b)
            };
            match (&layer.prepared, &call) {
                (Prepared::Linear(linear), Call::LinearQ8(p) | Call::LinearQ4(p)) => {
                    linear.run(p.rows as usize, activations, output, &mut self.scratch);
                }
                (Prepared::Conv(conv), _) => conv.run(a, output, &mut self.patches, &mut self.scratch),
                (Prepared::DepthwiseCodes(codes), _) => {
                    codes.run(bytemuck::cast_slice(a), bytemuck::cast_slice_mut(&mut y))
                }
                (Prepared::Depthwise(depthwise), _) => depthwise.run(a, &mut y),
                (_, Call::Attention(p)) => kernels::attention::run(p, a, &mut y, &mut self.values),
                (_, call) => call.twin(Bindings { weights: words, a, b: b.unwrap_or(&[]) }, &mut y),
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

/// For every step, whether it writes codes: it ends in a ReLU6 and all that read it take codes.
fn codes_out(plan: &Plan, sets: &[InstructionSet]) -> Vec<bool> {
    let relu6 = |step: &Step, set: InstructionSet| match step.call {
        Call::LinearQ8(p) | Call::LinearQ4(p) => p.activation == RELU6 && p.residual == 0,
        Call::Conv(p) => p.activation == RELU6,
        Call::Depthwise(p) => p.activation == RELU6 && kernels::depthwise::Codes::fits(&p, set),
        _ => false,
    };
    let mut codes = vec![false; plan.steps.len()];
    // Backwards: a depthwise convolution takes codes only where it can also write them.
    for i in (0..codes.len()).rev() {
        let takes = |reader: usize| match plan.steps[reader].call {
            _ if sets[reader] != sets[i] => false,
            Call::LinearQ8(p) | Call::LinearQ4(p) => {
                kernels::linear::Prepared::takes_codes(&p) && plan.steps[reader].b != Some(plan.steps[i].y)
            }
            Call::Depthwise(_) => codes[reader],
            _ => false,
        };
        // The last step's output is the embedding.
        codes[i] = relu6(&plan.steps[i], sets[i]) && i + 1 < plan.steps.len() && readers(plan, i).all(takes);
    }
    // Forwards: and only where what it reads does come as codes.
    for i in 0..codes.len() {
        if matches!(plan.steps[i].call, Call::Depthwise(_)) {
            codes[i] &= producer(plan, i).is_some_and(|p| codes[p]);
        }
    }
    codes
}

/// For every step the instruction set it runs on: one with coarser codes where there is a quicker one, but not where rounding
/// tells most. That is before attention, which turns differences into ratios, and in the first layers of a net over pixels,
/// until its values are f32 again: all others build on them.
fn sets(plan: &Plan, set: InstructionSet) -> Vec<InstructionSet> {
    let linear = |step: &Step| matches!(step.call, Call::LinearQ8(p) | Call::LinearQ4(p) if p.activation != RELU6);
    let first = if plan.max_tokens.is_none() { plan.steps.iter().position(linear) } else { None };
    let precise = |i: usize| {
        first.is_some_and(|first| i <= first)
            || readers(plan, i).any(|reader| matches!(plan.steps[reader].call, Call::Attention(_)))
    };
    (0..plan.steps.len()).map(|i| if precise(i) { set } else { set.quick() }).collect()
}
