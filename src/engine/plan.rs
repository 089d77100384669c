//! A pack laid out as a fixed list of kernel calls over preallocated buffers.

use std::collections::HashMap;

use safetensors::Dtype;

use crate::kernels::{self, Call, activation_code};
use crate::pack::{Node, Pack, Preprocessing, Tensor, Window};
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
}

/// The calls of an encoder, checked against its tensors: running it cannot reach outside the pack or the buffers.
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

/// A value's shape: rows of tokens have width 1.
#[derive(Debug, Clone, Copy)]
struct Shape {
    height: u32,
    width: u32,
    channels: u32,
}

impl Shape {
    fn rows(&self) -> u32 {
        self.height * self.width
    }
    fn len(&self) -> Option<usize> {
        let len = u64::from(self.height) * u64::from(self.width) * u64::from(self.channels);
        (len > 0 && len < 1 << 28).then_some(len as usize)
    }
}

impl Plan {
    /// Lays a pack out.
    pub fn new(pack: &Pack) -> Result<Self> {
        Builder::new(pack)?.build()
    }

    /// The calls for so many tokens; the number counts for nothing in a plan over pixels.
    pub fn calls(&self, tokens: u32) -> impl Iterator<Item = Call> + '_ {
        let is_text = self.max_tokens.is_some();
        self.steps.iter().map(move |step| if is_text { step.call.with_rows(tokens) } else { step.call })
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
            let (input, residual, _) = ends(node);
            last_use.insert(input, i);
            residual.map(|r| last_use.insert(r, i));
        }
        let (name, shape, max_tokens) = match &pack.header.preprocessing {
            Preprocessing::Image { width, height, .. } => {
                ("pixels", Shape { height: *height, width: *width, channels: 3 }, None)
            }
            Preprocessing::Text { max_tokens, .. } => {
                ("tokens", Shape { height: *max_tokens, width: 1, channels: 1 }, Some(*max_tokens))
            }
        };
        let len = shape.len().ok_or_else(|| pack.error("an input of 1 to 2^28 values", format!("{shape:?}")))?;
        let values = HashMap::from([(name, (0, shape))]);
        Ok(Builder { pack, values, last_use, buffers: vec![len], free: Vec::new(), steps: Vec::new(), max_tokens })
    }

    fn build(mut self) -> Result<Plan> {
        let mut output = None;
        for (i, node) in self.pack.header.graph.iter().enumerate() {
            let (input, residual, name) = ends(node);
            let (a, shape) = self.value(input)?;
            let b = residual.map(|r| self.value(r)).transpose()?;
            let (call, out) = self.call(node, shape)?;
            if let Some((_, residual)) = b
                && (residual.rows(), residual.channels) != (out.rows(), out.channels)
            {
                return Err(self
                    .pack
                    .error(format!("a residual for {name} of shape {out:?}"), format!("{residual:?}")));
            }
            let y = self.allocate(name, out)?;
            self.steps.push(Step { call, a, b: b.map(|b| b.0), y });
            for value in [Some(input), residual].into_iter().flatten() {
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
        if (shape.rows(), shape.channels) != (1, dimension) {
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

    /// Word offset of a tensor that must have that type and those many elements.
    fn place(&self, name: &str, dtype: Dtype, elements: u64) -> Result<u32> {
        let tensor = self.pack.tensor(name)?;
        let found: u64 = tensor.shape.iter().map(|n| *n as u64).product();
        if tensor.dtype != dtype || found != elements {
            let found = format!("{found} of {:?}", tensor.dtype);
            return Err(self.pack.error(format!("{elements} values of {dtype:?} in {name}"), found));
        }
        Ok(tensor.offset)
    }

    fn multiple(&self, what: &str, value: u32, of: u32) -> Result<()> {
        if value == 0 || !value.is_multiple_of(of) {
            return Err(self.pack.error(format!("{what} a multiple of {of}"), value.to_string()));
        }
        Ok(())
    }

    /// Rows and columns of a quantised matrix, where it lies, and whether it is int4.
    fn matrix(&self, weight: &str) -> Result<(u32, u32, u32, u32, bool)> {
        let shape = |t: &Tensor| match t.shape[..] {
            [rows, width] if rows > 0 && width > 0 && rows < 1 << 24 && width < 1 << 24 => {
                Ok((rows as u32, width as u32))
            }
            _ => Err(self.pack.error(format!("a matrix in {weight}"), format!("shape {:?}", t.shape))),
        };
        if let Some(tensor) = self.pack.find(&format!("{weight}.q4")) {
            let (rows, half) = shape(tensor)?;
            let width = half * 2;
            self.multiple(&format!("width of {weight}"), width, 32)?;
            let codes = self.place(&format!("{weight}.q4"), Dtype::U8, u64::from(rows) * u64::from(half))?;
            let scale = self.place(&format!("{weight}.scale"), Dtype::F16, u64::from(rows) * u64::from(width / 32))?;
            return Ok((rows, width, codes, scale, true));
        }
        let (rows, width) = shape(self.pack.tensor(&format!("{weight}.q8"))?)?;
        self.multiple(&format!("width of {weight}"), width, 4)?;
        let codes = self.place(&format!("{weight}.q8"), Dtype::I8, u64::from(rows) * u64::from(width))?;
        let scale = self.place(&format!("{weight}.scale"), Dtype::F32, u64::from(rows))?;
        Ok((rows, width, codes, scale, false))
    }

    fn windowed(&self, weight: &str, window: &Window, input: Shape) -> Result<(u32, u32)> {
        let out = |side| {
            window.output(side).filter(|out| *out > 0 && window.stride > 0 && window.size > 0 && window.size < 64)
        };
        let sides = out(input.height).zip(out(input.width));
        sides.ok_or_else(|| self.pack.error(format!("a window of {weight} that fits {input:?}"), format!("{window:?}")))
    }

    fn call(&self, node: &Node, input: Shape) -> Result<(Call, Shape)> {
        let bias = |weight: &str, len: u32| self.place(&format!("{weight}.bias"), Dtype::F32, len.into());
        match node {
            Node::Embed { table, positions, .. } => {
                let (vocabulary, width, codes, table_scale, int4) = self.matrix(table)?;
                let (count, position_width, position_codes, position_scale, positions_int4) = self.matrix(positions)?;
                self.multiple("width of the token table", width, 32)?;
                if position_width != width || count < input.rows() || positions_int4 || self.max_tokens.is_none() {
                    let expected = format!("int8 positions of at least {} × {width}", input.rows());
                    return Err(self.pack.error(expected, format!("{count} × {position_width}")));
                }
                let params = kernels::embed::Params {
                    rows: input.rows(),
                    width,
                    vocabulary,
                    table_is_int4: int4.into(),
                    table: codes,
                    table_scale,
                    positions: position_codes,
                    position_scale,
                };
                Ok((Call::Embed(params), Shape { channels: width, ..input }))
            }
            Node::LayerNorm { weight, epsilon, .. } => {
                let width = input.channels;
                self.multiple("width of a layer norm", width, 4)?;
                let gain = self.place(&format!("{weight}.gain"), Dtype::F32, width.into())?;
                let bias = bias(weight, width)?;
                let params = kernels::layer_norm::Params {
                    rows: input.rows(),
                    width,
                    gain,
                    bias,
                    epsilon: *epsilon,
                    padding: [0; 3],
                };
                Ok((Call::LayerNorm(params), input))
            }
            Node::Linear { weight, activation, residual, .. } => {
                let (outer, inner, codes, scale, int4) = self.matrix(weight)?;
                self.multiple(&format!("rows of {weight}"), outer, 4)?;
                if inner != input.channels {
                    return Err(self.pack.error(format!("{weight} of width {}", input.channels), inner.to_string()));
                }
                let params = kernels::linear::Params {
                    rows: input.rows(),
                    inner,
                    outer,
                    activation: activation_code(*activation),
                    weight: codes,
                    scale,
                    bias: bias(weight, outer)?,
                    residual: residual.is_some().into(),
                };
                let call = if int4 { Call::LinearQ4(params) } else { Call::LinearQ8(params) };
                Ok((call, Shape { channels: outer, ..input }))
            }
            Node::Attention { heads, .. } => {
                let width = input.channels / 3;
                let fits = *heads > 0 && width * 3 == input.channels && width.is_multiple_of(*heads);
                let head_width = if fits { width / heads } else { 0 };
                if head_width == 0 || !head_width.is_multiple_of(4) || head_width > kernels::attention::MAX_HEAD_WIDTH {
                    let expected =
                        format!("queries, keys and values in heads of 4 to {}", kernels::attention::MAX_HEAD_WIDTH);
                    return Err(self.pack.error(expected, format!("{} values in {heads} heads", input.channels)));
                }
                let params = kernels::attention::Params { rows: input.rows(), heads: *heads, head_width, padding: 0 };
                Ok((Call::Attention(params), Shape { channels: width, ..input }))
            }
            Node::Conv { weight, window, activation, .. } => {
                let (out_channels, width, codes, scale, int4) = self.matrix(weight)?;
                self.multiple(&format!("filters of {weight}"), out_channels, 4)?;
                let (out_height, out_width) = self.windowed(weight, window, input)?;
                let taps = window.size * window.size * input.channels;
                if width != taps.next_multiple_of(4) || int4 {
                    let expected = format!("{weight} of int8 filters of {} values", taps.next_multiple_of(4));
                    return Err(self.pack.error(expected, width.to_string()));
                }
                let params = kernels::conv::Params {
                    in_height: input.height,
                    in_width: input.width,
                    in_channels: input.channels,
                    out_height,
                    out_width,
                    out_channels,
                    size: window.size,
                    stride: window.stride,
                    pad_before: window.pad_before,
                    activation: activation_code(*activation),
                    weight: codes,
                    scale,
                    bias: bias(weight, out_channels)?,
                    row_words: width / 4,
                    padding: [0; 2],
                };
                Ok((Call::Conv(params), Shape { height: out_height, width: out_width, channels: out_channels }))
            }
            Node::Depthwise { weight, window, activation, .. } => {
                let channels = input.channels;
                self.multiple(&format!("channels of {weight}"), channels, 4)?;
                let (out_height, out_width) = self.windowed(weight, window, input)?;
                let taps = u64::from(window.size * window.size);
                let params = kernels::depthwise::Params {
                    in_height: input.height,
                    in_width: input.width,
                    channels,
                    out_height,
                    out_width,
                    size: window.size,
                    stride: window.stride,
                    pad_before: window.pad_before,
                    activation: activation_code(*activation),
                    weight: self.place(&format!("{weight}.q8"), Dtype::I8, taps * u64::from(channels))?,
                    scale: self.place(&format!("{weight}.scale"), Dtype::F32, channels.into())?,
                    bias: bias(weight, channels)?,
                };
                Ok((Call::Depthwise(params), Shape { height: out_height, width: out_width, channels }))
            }
            Node::MeanPool { .. } => {
                self.multiple("width of a mean", input.channels, 4)?;
                let params = kernels::mean_pool::Params { rows: input.rows(), width: input.channels, padding: [0; 2] };
                Ok((Call::MeanPool(params), Shape { height: 1, width: 1, channels: input.channels }))
            }
            Node::L2Normalize { .. } => {
                self.multiple("width of a vector", input.channels, 4)?;
                if input.rows() != 1 {
                    return Err(self.pack.error("one vector to normalise", format!("{input:?}")));
                }
                let params = kernels::l2_normalize::Params { width: input.channels, padding: [0; 3] };
                Ok((Call::L2Normalize(params), input))
            }
        }
    }
}

/// Input, residual and output of a node.
fn ends(node: &Node) -> (&str, Option<&str>, &str) {
    match node {
        Node::Linear { input, residual, output, .. } => (input, residual.as_deref(), output),
        Node::Embed { input, output, .. }
        | Node::LayerNorm { input, output, .. }
        | Node::Attention { input, output, .. }
        | Node::Conv { input, output, .. }
        | Node::Depthwise { input, output, .. }
        | Node::MeanPool { input, output }
        | Node::L2Normalize { input, output } => (input, None, output),
    }
}
