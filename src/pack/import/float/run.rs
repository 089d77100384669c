//! Running a float encoder: the reference that its pack is compared with.

use std::collections::HashMap;

use nalgebra::{DMatrix, DMatrixView};
use rayon::prelude::*;
use safetensors::Dtype;

use super::{FloatEncoder, Sample, Weights};
use crate::kernels::{Bindings, Node, Operation, Shape, Tensor, Tensors, Values, Window, activate};
use crate::pack::Preprocessing;
use crate::{Error, Result};

/// Called with the prefix of each product's weights, its node, the node's input with its shape, and the product before bias and activation.
pub(super) type Observer<'a> = dyn FnMut(&str, &Node, &[f32], Shape, &[f32]) -> Result<()> + 'a;

impl FloatEncoder {
    /// The embedding of an input, in f32 throughout.
    ///
    /// # Errors
    /// [`Error::Pack`] where graph and weights do not fit each other, [`Error::Argument`] for an input of another kind or size.
    pub fn run(&self, input: &Sample) -> Result<Vec<f32>> {
        self.observe(input, &mut |_, _, _, _, _| Ok(()))
    }

    /// As [`FloatEncoder::run`], with a look at every product.
    pub(super) fn observe(&self, input: &Sample, observer: &mut Observer) -> Result<Vec<f32>> {
        let vectors = Vectors::new(self);
        let (name, shape, first) = self.input(input)?;
        let mut values: HashMap<&str, (Shape, Vec<f32>)> = HashMap::from([(name, (shape, first))]);
        let mut last = None;
        for node in &self.graph {
            let Values { input, other, output } = node.values();
            let get =
                |name: &str| values.get(name).ok_or_else(|| self.error(format!("value {name}"), "none of that name"));
            let (shape, x) = get(input)?;
            let second = other.map(get).transpose()?;
            let second_shape = second.map(|(shape, _)| *shape);
            let second = second.map(|(_, values)| values.as_slice());
            let made = match self.product(node, x, *shape)? {
                Some(product) => {
                    observer(product.prefix, node, x, *shape, &product.values)?;
                    (product.shape, product.finish(second))
                }
                None => match node {
                    Node::Embed(embed) => self.embed(&embed.table, embed.positions.as_deref(), x, *shape)?,
                    _ => {
                        let (call, shape) = node.lower(&vectors, *shape, second_shape)?;
                        let len = shape.len().ok_or_else(|| self.error("a value of 1 to 2^28 numbers", output))?;
                        let mut y = vec![0.0; len];
                        let b = second.unwrap_or_default();
                        call.twin(Bindings { weights: &vectors.words, a: x, b }, &mut y);
                        (shape, y)
                    }
                },
            };
            values.insert(output, made);
            last = Some(output);
        }
        let embedding = last.and_then(|name| values.remove(name)).map(|(_, values)| values);
        embedding.ok_or_else(|| self.error("a graph of at least one node", "none"))
    }

    fn input(&self, input: &Sample) -> Result<(&'static str, Shape, Vec<f32>)> {
        match (&self.preprocessing, input) {
            (Preprocessing::Image { width, height, .. }, Sample::Pixels(pixels)) => {
                let shape = Shape { height: *height, width: *width, channels: 3, per_token: false };
                if shape.len() != Some(pixels.len()) {
                    let expected = format!("{height} × {width} × 3 values");
                    return Err(Error::argument("pixels", expected, pixels.len().to_string()));
                }
                Ok(("pixels", shape, pixels.clone()))
            }
            (Preprocessing::Text { max_tokens, .. }, Sample::Tokens(tokens)) => {
                if tokens.is_empty() || tokens.len() > *max_tokens as usize {
                    return Err(Error::argument("tokens", format!("1 to {max_tokens}"), tokens.len().to_string()));
                }
                let shape = Shape { height: tokens.len() as u32, width: 1, channels: 1, per_token: true };
                Ok(("tokens", shape, tokens.iter().map(|token| f32::from_bits(*token)).collect()))
            }
            (Preprocessing::Image { .. }, Sample::Tokens(_)) => Err(Error::argument("input", "pixels", "tokens")),
            (Preprocessing::Text { .. }, Sample::Pixels(_)) => Err(Error::argument("input", "tokens", "pixels")),
        }
    }

    /// The product of a node's weights with its input; `None` for a node without a product.
    fn product<'a>(&'a self, node: &'a Node, x: &[f32], shape: Shape) -> Result<Option<Product<'a>>> {
        let (prefix, activation) = match node {
            Node::Linear(node) => (&node.weight, node.activation),
            Node::Conv(node) => (&node.weight, node.activation),
            Node::Depthwise(node) => (&node.weight, node.activation),
            _ => return Ok(None),
        };
        let weights =
            self.weights.get(prefix).ok_or_else(|| self.error(format!("weights of {prefix}"), "none of that name"))?;
        let (values, _) = weights.row().ok_or_else(|| self.error(format!("a matrix in {prefix}"), "vectors"))?;
        let (values, shape) = self.raw(node, weights, values, x, shape)?;
        let bias = weights.bias().unwrap_or_default();
        if !bias.is_empty() && bias.len() != shape.channels as usize {
            return Err(self.error(format!("{} biases in {prefix}", shape.channels), bias.len().to_string()));
        }
        Ok(Some(Product { prefix, activation: activation.code(), bias, values, shape }))
    }

    /// A product with `values` in the place of the node's own weights, without bias and activation.
    pub(super) fn raw(
        &self,
        node: &Node,
        weights: &Weights,
        values: &[f32],
        x: &[f32],
        shape: Shape,
    ) -> Result<(Vec<f32>, Shape)> {
        let misfit = |what: &str| self.error(format!("{what} for an input of {} channels", shape.channels), "others");
        let outputs = |window: &Window, channels: u32| {
            let sides = window.output(shape.height).zip(window.output(shape.width));
            let sides = sides.ok_or_else(|| misfit(&format!("a window that fits {shape:?}, not {window:?}")))?;
            Ok::<_, Error>(Shape { height: sides.0, width: sides.1, channels, ..shape })
        };
        match (node, weights) {
            (Node::Linear(_), Weights::Matrix { width, .. }) => {
                if *width != shape.channels as usize || !values.len().is_multiple_of(*width) {
                    return Err(misfit("a matrix"));
                }
                let y = multiply(x, *width, values);
                Ok((y, Shape { channels: (values.len() / width) as u32, ..shape }))
            }
            (Node::Conv(node), Weights::Filters { size, channels, .. }) => {
                let taps = size * size * channels;
                if *channels != shape.channels as usize
                    || *size != node.window.size as usize
                    || taps == 0
                    || !values.len().is_multiple_of(taps)
                {
                    return Err(misfit("filters"));
                }
                let out = outputs(&node.window, (values.len() / taps) as u32)?;
                Ok((multiply(&patches(x, shape, &node.window, out), taps, values), out))
            }
            (Node::Depthwise(node), Weights::Depthwise { size, .. }) => {
                let channels = shape.channels as usize;
                if values.len() != size * size * channels || *size != node.window.size as usize {
                    return Err(misfit("depthwise filters"));
                }
                let out = outputs(&node.window, shape.channels)?;
                Ok((depthwise(x, shape, &node.window, out, values), out))
            }
            _ => Err(misfit("weights of the node's own kind")),
        }
    }

    fn embed(&self, table: &str, positions: Option<&str>, tokens: &[f32], shape: Shape) -> Result<(Shape, Vec<f32>)> {
        let rows = |name: &str| match self.weights.get(name) {
            Some(Weights::Matrix { values, width, .. }) if *width > 0 => Ok((values, *width)),
            _ => Err(self.error(format!("a table {name}"), "none of that name")),
        };
        let (table, width) = rows(table)?;
        let positions = positions.map(rows).transpose()?;
        let mut y = Vec::with_capacity(tokens.len() * width);
        for (i, token) in tokens.iter().map(|bits| bits.to_bits() as usize).enumerate() {
            let missing =
                || self.error(format!("a row of the token table for id {token}"), (table.len() / width).to_string());
            let row = table.chunks_exact(width).nth(token).ok_or_else(missing)?;
            let place = positions.map(|(values, width)| values.chunks_exact(width).nth(i));
            match place {
                Some(Some(place)) if place.len() == width => y.extend(row.iter().zip(place).map(|(r, p)| r + p)),
                Some(_) => return Err(self.error(format!("a position embedding for token {i}"), "none")),
                None => y.extend(row),
            }
        }
        Ok((Shape { channels: width as u32, ..shape }, y))
    }

    pub(super) fn error(&self, expected: impl Into<String>, found: impl Into<String>) -> Error {
        Error::pack(expected, found, self.name.clone())
    }
}

/// What a node's weights make of its input, before bias and activation.
struct Product<'a> {
    prefix: &'a str,
    activation: u32,
    bias: &'a [f32],
    values: Vec<f32>,
    shape: Shape,
}

impl Product<'_> {
    fn finish(mut self, residual: Option<&[f32]>) -> Vec<f32> {
        for (i, value) in self.values.iter_mut().enumerate() {
            let bias = self.bias.get(i % self.shape.channels as usize).copied().unwrap_or_default();
            *value = activate(*value + bias, self.activation);
        }
        if let Some(residual) = residual {
            self.values.iter_mut().zip(residual).for_each(|(value, more)| *value += more);
        }
        self.values
    }
}

/// `x · weightsᵀ`: `[rows, inner]` times `[outer, inner]`, both row-major, gives `[rows, outer]`.
pub(super) fn multiply(x: &[f32], inner: usize, weights: &[f32]) -> Vec<f32> {
    let outer = weights.len() / inner;
    let matrix: DMatrix<f32> = DMatrixView::from_slice(weights, inner, outer).transpose();
    let mut y = vec![0.0; x.len() / inner * outer];
    const ROWS: usize = 256;
    y.par_chunks_mut(ROWS * outer).zip(x.par_chunks(ROWS * inner)).for_each(|(y, x)| {
        let product = &matrix * DMatrixView::from_slice(x, inner, x.len() / inner);
        y.copy_from_slice(product.as_slice());
    });
    y
}

/// The input of each output pixel, `[pixels][ky][kx][channels]`, zeros outside.
fn patches(x: &[f32], shape: Shape, window: &Window, out: Shape) -> Vec<f32> {
    let (channels, size) = (shape.channels as usize, window.size as usize);
    let taps = size * size * channels;
    let mut patches = vec![0.0; out.rows() as usize * taps];
    for (pixel, patch) in patches.chunks_exact_mut(taps).enumerate() {
        let (oy, ox) = (pixel / out.width as usize, pixel % out.width as usize);
        for (tap, patch) in patch.chunks_exact_mut(channels).enumerate() {
            if let Some(at) = source(shape, window, (oy, ox), (tap / size, tap % size)) {
                patch.copy_from_slice(&x[at..at + channels]);
            }
        }
    }
    patches
}

fn depthwise(x: &[f32], shape: Shape, window: &Window, out: Shape, filters: &[f32]) -> Vec<f32> {
    let (channels, size) = (shape.channels as usize, window.size as usize);
    let mut y = vec![0.0; out.rows() as usize * channels];
    for (pixel, y) in y.chunks_exact_mut(channels).enumerate() {
        let (oy, ox) = (pixel / out.width as usize, pixel % out.width as usize);
        for tap in 0..size * size {
            if let Some(at) = source(shape, window, (oy, ox), (tap / size, tap % size)) {
                let column = filters[tap..].iter().step_by(size * size);
                y.iter_mut().zip(&x[at..]).zip(column).for_each(|((y, x), filter)| *y += x * filter);
            }
        }
    }
    y
}

/// The first value of the input pixel under a tap of a window; `None` in the padding.
fn source(shape: Shape, window: &Window, output: (usize, usize), tap: (usize, usize)) -> Option<usize> {
    let (stride, pad) = (window.stride as usize, window.pad_before as usize);
    let row = (output.0 * stride + tap.0).checked_sub(pad).filter(|row| *row < shape.height as usize)?;
    let column = (output.1 * stride + tap.1).checked_sub(pad).filter(|column| *column < shape.width as usize)?;
    Some((row * shape.width as usize + column) * shape.channels as usize)
}

/// The tensors that a pack keeps in f32, for the kernels that read them.
struct Vectors {
    words: Vec<u32>,
    tensors: HashMap<String, Tensor>,
    place: String,
}

impl Vectors {
    fn new(encoder: &FloatEncoder) -> Self {
        let (mut words, mut tensors) = (Vec::new(), HashMap::new());
        for (prefix, weights) in &encoder.weights {
            let Weights::Vectors(vectors) = weights else { continue };
            for (suffix, values) in vectors {
                let (offset, len) = (words.len() as u32, values.len() as u32);
                words.extend(values.iter().map(|value| value.to_bits()));
                let tensor = Tensor { dtype: Dtype::F32, shape: vec![values.len()], offset, len };
                tensors.insert(format!("{prefix}.{suffix}"), tensor);
            }
        }
        Vectors { words, tensors, place: encoder.name.clone() }
    }
}

impl Tensors for Vectors {
    fn find(&self, name: &str) -> Option<&Tensor> {
        self.tensors.get(name)
    }

    fn error(&self, expected: String, found: String) -> Error {
        Error::pack(expected, found, self.place.clone())
    }
}
