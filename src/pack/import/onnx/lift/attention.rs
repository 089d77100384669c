//! Attention from its parts: products of queries and keys, scale, mask, softmax, product with values.

use std::sync::Arc;

use super::products::swapped;
use super::value::{Query, Scores};
use super::{Lift, Mapped, Read, Value};
use crate::kernels::Activation;
use crate::kernels::attention::MAX_HEAD_WIDTH;
use crate::pack::import::onnx::draft::{Matrix, Operation};
use crate::pack::import::onnx::expression::Binary;
use crate::pack::import::onnx::functions::{Function, recognised};
use crate::pack::import::onnx::strides::{Offsets, axis, broadcast, broadcast_strides};
use crate::pack::import::onnx::tensor::{Reason, Tensor, elements};
use crate::pack::import::onnx::view::{Grid, Id, View};

/// Scores below this are those of masked keys: exporters write −∞, the least number of a type, or −10000.
const MASKED: f32 = -9_000.0;

pub fn softmax(_: &mut Lift, read: &Read) -> Result<Vec<Value>, Reason> {
    let Value::Scores(scores) = read.input(0)? else {
        return Err(format!("a softmax over {}, which are no attention scores", read.input(0)?.describe()));
    };
    let rank = scores.shape.len();
    if axis(read.node.int("axis", -1), rank)? + 1 != rank {
        return Err("a softmax over another axis than the keys".into());
    }
    Ok(vec![Value::Weights(scores.clone())])
}

/// Exporters guard against rows in which all keys are masked; there are none here.
pub fn is_nan(_: &mut Lift, read: &Read) -> Result<Vec<Value>, Reason> {
    let shape = read.input(0)?.shape().ok_or("a value without a shape")?;
    Ok(vec![Value::Constant(Tensor::ints(vec![1; shape.len()], vec![0]))])
}

pub fn choose(lift: &mut Lift, read: &Read) -> Result<Vec<Value>, Reason> {
    let condition = read.weights(0)?;
    let (a, b) = (read.input(1)?, read.input(2)?);
    if let Some(all) = condition.uniform() {
        return Ok(vec![if all != 0.0 { a.clone() } else { b.clone() }]);
    }
    // A mask that puts a constant in the place of scores is one that adds it.
    let (scores, masked, keeps) = match (a, b) {
        (Value::Scores(scores), Value::Constant(masked)) => (scores, masked, true),
        (Value::Constant(masked), Value::Scores(scores)) => (scores, masked, false),
        _ => return Err(format!("a choice between {} and {}", a.describe(), b.describe())),
    };
    if masked.uniform().is_none_or(|m| m > MASKED) {
        return Err("scores replaced by others than those of masked keys".into());
    }
    let add = |c: f32| if (c != 0.0) == keeps { 0.0 } else { f32::NEG_INFINITY };
    let values = condition.to_floats().iter().map(|c| add(*c)).collect();
    let mask = Tensor::floats(condition.shape.clone(), values);
    Ok(vec![lift.scores_with(Binary::Add, scores, &mask)?])
}

/// Heads of one of queries, keys or values: which channel of its value each number of each head is.
struct Heads {
    value: Id,
    heads: usize,
    head_width: usize,
    channels: Vec<usize>,
}

impl Lift {
    /// A mapped value that is a view times a number.
    fn scaled(&mut self, mapped: &Mapped) -> Result<(View, f64), Reason> {
        if mapped.expression.is_x() {
            return Ok((mapped.view.clone(), 1.0));
        }
        match recognised(&mapped.expression, self.grid(mapped.view.value).channels) {
            Some(Function::Affine { gain, bias: 0.0 }) => Ok((mapped.view.clone(), gain.into())),
            _ => Ok((self.compile(mapped)?, 1.0)),
        }
    }

    pub fn scores(&mut self, queries: &Mapped, keys: &Mapped) -> Result<Value, Reason> {
        let ((queries, a), (keys, b)) = (self.scaled(queries)?, self.scaled(keys)?);
        let keys = swapped(&keys)?;
        let [.., rows, width] = queries.shape[..] else { return Err("a product of vectors".into()) };
        let [.., count, key_width] = keys.shape[..] else { return Err("a product of vectors".into()) };
        let outer = |view: &View| view.shape[..view.shape.len() - 2].to_vec();
        if width != key_width || outer(&queries) != outer(&keys) {
            return Err(format!("a product of values of shapes {:?} and {:?}", queries.shape, keys.shape));
        }
        let shape = [&outer(&queries)[..], &[rows, count]].concat();
        let query = Query::View(queries);
        Ok(Value::Scores(Scores { query, keys, factor: a * b, is_causal: false, shape }))
    }

    /// Of one learned query, which attention pooling has.
    pub fn learned_scores(&mut self, query: &Tensor, keys: &Mapped) -> Result<Value, Reason> {
        let (keys, factor) = self.scaled(keys)?;
        let keys = swapped(&keys)?;
        let failed = || format!("a constant of shape {:?} times values of shape {:?}", query.shape, keys.shape);
        let ([outer @ .., 1, width], [key_outer @ .., count, key_width]) = (&query.shape[..], &keys.shape[..]) else {
            return Err(failed());
        };
        if outer != key_outer || width != key_width {
            return Err(failed());
        }
        let shape = [outer, &[1, *count]].concat();
        let query = Query::Constant(query.clone());
        Ok(Value::Scores(Scores { query, keys, factor, is_causal: false, shape }))
    }

    /// Scores scaled, or with a mask added.
    pub fn scores_with(&mut self, operator: Binary, scores: &Scores, constant: &Tensor) -> Result<Value, Reason> {
        let mut scores = scores.clone();
        scores.shape = broadcast(&scores.shape, &constant.shape)?;
        let is_wider = scores.shape.iter().filter(|n| **n > 1).count() > 3;
        if is_wider {
            return Err(format!("a mask of shape {:?}", constant.shape));
        }
        match (operator, constant.uniform()) {
            (Binary::Mul, Some(c)) => scores.factor *= f64::from(c),
            (Binary::Div, Some(c)) => scores.factor /= f64::from(c),
            // The same for all keys: the softmax does not see it.
            (Binary::Add | Binary::Sub, Some(c)) if c > MASKED => {}
            (Binary::Add, _) => scores.is_causal |= is_causal(&scores, constant)?,
            _ => return Err(format!("{operator:?} of attention scores and a constant of shape {:?}", constant.shape)),
        }
        Ok(Value::Scores(scores))
    }

    fn heads(&self, view: &View) -> Result<Heads, Reason> {
        let grid = self.grid(view.value);
        let failed = || format!("queries, keys or values of shape {:?} that are no heads of rows", view.shape);
        let [outer @ .., rows, head_width] = &view.shape[..] else { return Err(failed()) };
        let rank = view.shape.len();
        let row_stride = view.strides[rank - 2];
        let is_all_rows = *rows == grid.rows() && (*rows == 1 || row_stride == grid.channels);
        let is_within = (0..rank).all(|a| a == rank - 2 || !view.is_over_rows(a, grid) || view.shape[a] == 1);
        if !is_all_rows || !is_within || view.offset >= grid.channels {
            return Err(failed());
        }
        let heads = outer.iter().product();
        let mut one = view.clone();
        (one.shape[rank - 2], one.strides[rank - 2]) = (1, 0);
        let channels = Offsets::new(&one.shape, &one.strides, one.offset).collect::<Vec<_>>();
        if channels.iter().any(|c| *c >= grid.channels) {
            return Err(failed());
        }
        Ok(Heads { value: view.value, heads, head_width: *head_width, channels })
    }

    pub fn attention(&mut self, weights: &Scores, values: &Mapped) -> Result<Value, Reason> {
        let values = self.compile(values)?;
        let (keys, values) = (self.heads(&weights.keys)?, self.heads(&values)?);
        let (heads, head_width) = (keys.heads, keys.head_width);
        // Kernels take heads of a multiple of 4; what is added is zero in queries, keys and values.
        let whole = head_width.next_multiple_of(4);
        if whole > MAX_HEAD_WIDTH as usize {
            return Err(format!("heads of {head_width} values (packs have up to {MAX_HEAD_WIDTH})"));
        }
        if (values.heads, values.head_width) != (heads, head_width) {
            return Err("keys and values in heads of other shapes".into());
        }
        // The operation divides by the root of the width itself; what a graph does beyond that goes into the queries.
        let factor = (weights.factor * (whole as f64).sqrt()) as f32;
        let width = heads * whole;
        let (id, made) = match &weights.query {
            Query::View(view) => {
                let queries = self.heads(view)?;
                if (queries.heads, queries.head_width) != (heads, head_width) {
                    return Err("queries and keys in heads of other shapes".into());
                }
                let input = self.joined(&[(&queries, factor), (&keys, 1.0), (&values, 1.0)])?;
                let made = Grid { channels: width, ..self.grid(input) };
                (self.push(Operation::Attention { input, heads, causal: weights.is_causal }, made), made)
            }
            Query::Constant(query) => {
                let query = query.to_floats();
                let is_fitting = query.len() == heads * head_width && !weights.is_causal;
                let padded = query.chunks(head_width).flat_map(|head| {
                    let zeros = std::iter::repeat_n(0.0, whole - head.len());
                    head.iter().map(|v| v * factor).chain(zeros).collect::<Vec<_>>()
                });
                let query = padded.collect();
                if !is_fitting {
                    return Err("a learned query of another width than the keys".into());
                }
                let input = self.joined(&[(&keys, 1.0), (&values, 1.0)])?;
                let made = Grid { height: 1, width: 1, channels: width, per_token: false };
                (self.push(Operation::AttentionPool { input, query, heads }, made), made)
            }
        };
        let rank = weights.shape.len();
        if rank < 2 {
            return Err(format!("attention weights of shape {:?}", weights.shape));
        }
        let mut shape = weights.shape.clone();
        shape[rank - 1] = head_width;
        let mut strides = vec![0; rank];
        (strides[rank - 1], strides[rank - 2]) = (1, width);
        let mut next = whole;
        for a in (0..rank - 2).rev() {
            strides[a] = next;
            next *= shape[a];
        }
        if shape[rank - 2] != made.rows() {
            return Err(format!("attention weights of shape {:?}", weights.shape));
        }
        Ok(Value::of(id, shape, strides))
    }

    /// Heads side by side, made by one product of matrices over their common input.
    fn joined(&mut self, parts: &[(&Heads, f32)]) -> Result<Id, Reason> {
        let (mut values, mut bias, mut common) = (Vec::new(), Vec::new(), None);
        let mut width = 0;
        for (heads, factor) in parts {
            let product =
                self.product(heads.value).ok_or("queries, keys or values that are more than a product of matrices")?;
            if *common.get_or_insert(product.input) != product.input {
                return Err("queries, keys and values of different inputs".into());
            }
            let (rows, biases) = product.rows(&heads.channels)?;
            width = rows.width;
            let zeros = heads.head_width.next_multiple_of(4) - heads.head_width;
            let of_heads = rows.values.chunks(heads.head_width * width).zip(biases.chunks(heads.head_width));
            for (rows, biases) in of_heads {
                values.extend(rows.iter().map(|v| v * factor).chain(std::iter::repeat_n(0.0, zeros * width)));
                bias.extend(biases.iter().map(|v| v * factor).chain(std::iter::repeat_n(0.0, zeros)));
            }
        }
        let input = common.ok_or("no queries")?;
        let matrix = Matrix { values: Arc::new(values), rows: bias.len(), width };
        let grid = Grid { channels: bias.len(), ..self.grid(input) };
        Ok(self.push(Operation::Linear { input, matrix, bias, activation: Activation::None, residual: None }, grid))
    }
}

/// Whether a mask hides from each row the keys after it; an error where it hides others or adds anything else.
fn is_causal(scores: &Scores, mask: &Tensor) -> Result<bool, Reason> {
    let strides = broadcast_strides(&mask.shape, &scores.shape);
    let [.., rows, keys] = scores.shape[..] else { return Err("scores that are no matrix".into()) };
    elements(&scores.shape)?;
    let values = mask.to_floats();
    let (mut hides_any, mut hides_later_only, mut hides_all_later) = (false, true, true);
    for (i, at) in Offsets::new(&scores.shape, &strides, 0).enumerate() {
        let (row, key) = (i / keys % rows, i % keys);
        let is_hidden = values[at] <= MASKED;
        if !is_hidden && values[at] != 0.0 {
            return Err("a bias added to attention scores, which is no mask".into());
        }
        hides_any |= is_hidden;
        hides_later_only &= !is_hidden || key > row;
        hides_all_later &= is_hidden || key <= row;
    }
    match (hides_any, hides_later_only && hides_all_later) {
        (false, _) => Ok(false),
        (true, true) if rows == keys => Ok(true),
        _ => Err("an attention mask that is neither causal nor one of padding".into()),
    }
}
