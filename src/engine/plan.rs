//! A pack laid out as a fixed list of kernel calls over preallocated buffers.

use std::collections::HashMap;

use crate::kernels::{Call, Operation, Shape, Values};
use crate::pack::{Pack, Preprocessing};
use crate::{Error, Result};

/// What a plan takes.
#[derive(Clone, Copy)]
pub enum Input<'a> {
    /// `[height, width, 3]`.
    Pixels(&'a [f32]),
    Tokens(&'a [u32]),
}

/// One kernel call over the plan's buffers.
#[derive(Debug, Clone)]
pub struct Step {
    /// With the rows of the longest input.
    pub call: Call,
    /// Buffer of the first input.
    pub a: usize,
    /// Buffer of the second input, where the call has one.
    pub b: Option<usize>,
    /// Buffer of the output, none of the inputs.
    pub y: usize,
    /// Whether its first input has a row for each token, as all values of a text encoder have until they are pooled; otherwise
    /// the call is the same for every input.
    pub per_token: bool,
}

impl Step {
    /// The call for an input of so many tokens.
    pub fn call_for(&self, tokens: u32) -> Call {
        if self.per_token { self.call.with_rows(tokens) } else { self.call }
    }
}

/// Most bytes that a plan's buffers take together with its weights as the CPU engine lays them out. The largest known encoder,
/// e5-small with its whole vocabulary, takes about 85 MB.
pub const MAX_BYTES: u64 = 256 << 20;

/// The calls of an encoder, checked against its tensors: running it cannot reach outside the pack or the buffers, nor take more
/// than [`MAX_BYTES`].
#[derive(Debug, Clone)]
pub struct Plan {
    pub steps: Vec<Step>,
    /// Length of each buffer in 32-bit words, for the longest input.
    pub buffers: Vec<usize>,
    /// Buffer of the input.
    pub input: usize,
    /// Buffer of the embedding.
    pub output: usize,
    /// Length of the embedding.
    pub dimension: usize,
    /// Most tokens; `None` for a plan over pixels.
    pub max_tokens: Option<u32>,
}

impl Plan {
    /// Plans a pack's graph; no memory is asked for yet.
    ///
    /// # Errors
    /// A pack error where the graph does not fit the tensors, is not one from the input to the embedding, or would take more
    /// than [`MAX_BYTES`].
    pub fn new(pack: &Pack) -> Result<Self> {
        let plan = Builder::new(pack)?.build()?;
        match plan.bytes() {
            0..=MAX_BYTES => Ok(plan),
            bytes => Err(pack.error(format!("a graph that takes at most {MAX_BYTES} bytes"), format!("{bytes}"))),
        }
    }

    /// Bytes of the buffers and of the weights as the CPU engine lays them out; those of a step that is planned twice count twice.
    pub fn bytes(&self) -> u64 {
        let buffers = self.buffers.iter().map(|len| 4 * *len as u64);
        let weights = self.steps.iter().map(|step| step.call.weight_bytes());
        buffers.chain(weights).fold(0, u64::saturating_add)
    }

    /// The calls for so many tokens; the number counts for nothing in a plan over pixels.
    pub fn calls(&self, tokens: u32) -> impl Iterator<Item = Call> + '_ {
        self.steps.iter().map(move |step| step.call_for(tokens))
    }

    /// The number of tokens of an input after checking that it is what the plan takes; 0 for pixels.
    pub fn check(&self, input: Input<'_>) -> Result<u32> {
        match (input, self.max_tokens) {
            (Input::Pixels(pixels), None) if pixels.len() == self.buffers[self.input] => Ok(0),
            (Input::Tokens(tokens), Some(max)) if !tokens.is_empty() && tokens.len() <= max as usize => {
                Ok(tokens.len() as u32)
            }
            (Input::Pixels(pixels), None) => {
                Err(Error::argument("pixels", format!("{} values", self.buffers[self.input]), pixels.len().to_string()))
            }
            (Input::Tokens(tokens), Some(max)) => {
                Err(Error::argument("tokens", format!("1 to {max}"), tokens.len().to_string()))
            }
            (Input::Pixels(_), Some(_)) => Err(Error::argument("input", "tokens", "pixels")),
            (Input::Tokens(_), None) => Err(Error::argument("input", "pixels", "tokens")),
        }
    }
}

struct Builder<'a> {
    pack: &'a Pack,
    values: HashMap<&'a str, (usize, Shape)>,
    /// Index of the last node that reads a value.
    last_use: HashMap<&'a str, usize>,
    buffers: Vec<usize>,
    free: Vec<usize>,
    steps: Vec<Step>,
    max_tokens: Option<u32>,
}

impl<'a> Builder<'a> {
    fn new(pack: &'a Pack) -> Result<Self> {
        let mut last_use = HashMap::new();
        for (i, node) in pack.header.graph.iter().enumerate() {
            let Values { input, other, .. } = node.values();
            last_use.insert(input, i);
            other.map(|other| last_use.insert(other, i));
        }
        let (name, shape, max_tokens) = match &pack.header.preprocessing {
            Preprocessing::Image { width, height, .. } => {
                ("pixels", Shape { height: *height, width: *width, channels: 3, per_token: false }, None)
            }
            Preprocessing::Text { max_tokens, .. } => {
                ("tokens", Shape { height: *max_tokens, width: 1, channels: 1, per_token: true }, Some(*max_tokens))
            }
        };
        let len = shape.len().ok_or_else(|| pack.error("an input of 1 to 2^28 values", format!("{shape:?}")))?;
        let values = HashMap::from([(name, (0, shape))]);
        Ok(Builder { pack, values, last_use, buffers: vec![len], free: Vec::new(), steps: Vec::new(), max_tokens })
    }

    fn build(mut self) -> Result<Plan> {
        let mut output = None;
        for (i, node) in self.pack.header.graph.iter().enumerate() {
            let Values { input, other, output: name } = node.values();
            let (a, shape) = self.value(input)?;
            let b = other.map(|other| self.value(other)).transpose()?;
            let (call, out) = node.lower(self.pack, shape, b.map(|b| b.1))?;
            let y = self.allocate(name, out)?;
            self.steps.push(Step { call, a, b: b.map(|b| b.0), y, per_token: shape.per_token });
            for value in [Some(input), other].into_iter().flatten() {
                if self.last_use.get(value) == Some(&i) && self.values.contains_key(value) {
                    let (buffer, _) = self.values[value];
                    if !self.free.contains(&buffer) {
                        self.free.push(buffer);
                    }
                }
            }
            output = Some((y, out));
        }
        let (output, shape) = output.ok_or_else(|| self.pack.error("a graph of one node at least", "none"))?;
        let dimension = self.pack.header.dimension;
        if (shape.rows(), shape.channels, shape.per_token) != (1, dimension, false) {
            return Err(self.pack.error(format!("a graph that gives {dimension} values"), format!("{shape:?}")));
        }
        let Builder { steps, buffers, max_tokens, .. } = self;
        Ok(Plan { steps, buffers, input: 0, output, dimension: dimension as usize, max_tokens })
    }

    fn value(&self, name: &str) -> Result<(usize, Shape)> {
        self.values
            .get(name)
            .copied()
            .ok_or_else(|| self.pack.error(format!("a node that makes {name:?} before it is read"), "none"))
    }

    /// A buffer for a value: the free one that fits best, or a new one.
    fn allocate(&mut self, name: &'a str, shape: Shape) -> Result<usize> {
        let len =
            shape.len().ok_or_else(|| self.pack.error(format!("{name} of 1 to 2^28 values"), format!("{shape:?}")))?;
        let fits = |b: &usize| (self.buffers[*b] < len, self.buffers[*b].abs_diff(len));
        // The input buffer keeps its length: it is what a run is checked against.
        let best = (0..self.free.len()).filter(|i| self.free[*i] != 0).min_by_key(|i| fits(&self.free[*i]));
        let buffer = match best {
            Some(i) => self.free.swap_remove(i),
            None => {
                self.buffers.push(0);
                self.buffers.len() - 1
            }
        };
        self.buffers[buffer] = self.buffers[buffer].max(len);
        self.values.insert(name, (buffer, shape));
        Ok(buffer)
    }
}
