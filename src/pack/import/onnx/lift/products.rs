//! Products of matrices: with weights, or of queries, keys and values.

use std::sync::Arc;

use super::{Lift, Mapped, Read, Value};
use crate::kernels::{Activation, Window};
use crate::pack::import::onnx::draft::{Filters, Matrix, Operation};
use crate::pack::import::onnx::strides::{broadcast, broadcast_strides};
use crate::pack::import::onnx::tensor::{Reason, Tensor};
use crate::pack::import::onnx::view::{Grid, View};

pub fn matmul(lift: &mut Lift, read: &Read) -> Result<Vec<Value>, Reason> {
    let (a, b) = (read.input(0)?, read.input(1)?);
    let value = match (a, b) {
        (Value::Mapped(_) | Value::Flat { .. }, Value::Constant(weights)) if is_matrix(weights) => {
            lift.linear(a, &columns(weights)?)?
        }
        (Value::Constant(weights), Value::Mapped(x)) if is_matrix(weights) && lift.has_channels_second_last(x) => {
            let x = Value::Mapped(Mapped { view: swapped(&x.view)?, ..x.clone() });
            let rows = weights.shape.iter().rev().take(2).copied().collect::<Vec<_>>();
            let matrix = Matrix { values: weights.to_floats(), rows: rows[1], width: rows[0] };
            match lift.linear(&x, &matrix)? {
                Value::Mapped(y) => Value::Mapped(Mapped::of(swapped(&y.view)?)),
                other => other,
            }
        }
        (Value::Constant(query), Value::Mapped(keys)) => lift.learned_scores(query, keys)?,
        (Value::Mapped(queries), Value::Mapped(keys)) => lift.scores(queries, keys)?,
        (Value::Weights(weights), Value::Mapped(values)) => lift.attention(weights, values)?,
        (a, b) => return Err(format!("{} times {}", a.describe(), b.describe())),
    };
    Ok(vec![value])
}

pub fn gemm(lift: &mut Lift, read: &Read) -> Result<Vec<Value>, Reason> {
    if read.node.int("transA", 0) != 0 {
        return Err("an input that is transposed".into());
    }
    let weights = read.weights(1)?;
    if weights.shape.len() != 2 {
        return Err(format!("weights of shape {:?}", weights.shape));
    }
    let mut matrix = if read.node.int("transB", 0) != 0 {
        Matrix { values: weights.to_floats(), rows: weights.shape[0], width: weights.shape[1] }
    } else {
        columns(weights)?
    };
    let alpha = read.node.float("alpha", 1.0);
    if alpha != 1.0 {
        matrix.values = Arc::new(matrix.values.iter().map(|v| v * alpha).collect());
    }
    let product = lift.linear(read.input(0)?, &matrix)?;
    if !matches!(read.inputs.get(2), Some(Some(_))) {
        return Ok(vec![product]);
    }
    let (bias, beta) = (read.weights(2)?, read.node.float("beta", 1.0));
    let bias = Tensor::floats(bias.shape.clone(), bias.to_floats().iter().map(|v| v * beta).collect());
    let Value::Mapped(product) = product else { return Err("a bias".into()) };
    Ok(vec![lift.biased(&product, &bias)?])
}

/// Whether a constant is one matrix, with axes of size 1 before it or none.
fn is_matrix(tensor: &Tensor) -> bool {
    let rank = tensor.shape.len();
    rank >= 2 && tensor.shape[..rank - 2].iter().all(|n| *n == 1)
}

/// Weights `[width, rows]`, as a product from the right has them, as rows.
fn columns(tensor: &Tensor) -> Result<Matrix, Reason> {
    let [.., width, rows] = tensor.shape[..] else { return Err("weights that are no matrix".into()) };
    let values = tensor.to_floats();
    let moved = (0..rows).flat_map(|r| (0..width).map(move |w| w * rows + r)).map(|i| values[i]).collect();
    Ok(Matrix { values: Arc::new(moved), rows, width })
}

/// The view with its last two axes swapped.
pub fn swapped(view: &View) -> Result<View, Reason> {
    let rank = view.shape.len();
    let mut order: Vec<usize> = (0..rank).collect();
    if rank < 2 {
        return Err(format!("a product with a value of shape {:?}", view.shape));
    }
    order.swap(rank - 1, rank - 2);
    Ok(view.permuted(&order))
}

impl Lift {
    /// The product of values and a matrix of weights, over the last axis.
    pub fn linear(&mut self, x: &Value, matrix: &Matrix) -> Result<Value, Reason> {
        if let Value::Flat { view, shape } = x {
            return self.flat_linear(view, shape, matrix);
        }
        let Value::Mapped(mapped) = x else { return Err(x.describe()) };
        let view = self.whole(mapped)?;
        let grid = self.grid(view.value);
        let shape_error = || Err(format!("weights of width {} over values of shape {:?}", matrix.width, view.shape));
        if view.shape.last() != Some(&matrix.width) {
            return shape_error();
        }
        if !view.is_rows(grid) || matrix.rows == 0 {
            return Err(format!("a product over another axis than the channels of shape {:?}", view.shape));
        }
        let made = Grid { channels: matrix.rows, ..grid };
        let id = self.push(
            Operation::Linear {
                input: view.value,
                matrix: matrix.clone(),
                bias: vec![0.0; matrix.rows],
                activation: Activation::None,
                residual: None,
            },
            made,
        );
        let leading = &view.shape[..view.shape.len() - 1];
        Ok(Value::Mapped(Mapped::of(View::rows(id, leading, matrix.rows))))
    }

    /// Over flattened pixels: a convolution whose window is the whole input.
    fn flat_linear(&mut self, view: &View, shape: &[usize], matrix: &Matrix) -> Result<Value, Reason> {
        let grid = self.grid(view.value);
        let Grid { height, width, channels, .. } = grid;
        if shape.last() != Some(&matrix.width) || matrix.width != height * width * channels {
            return Err(format!("weights of width {} over values of shape {shape:?}", matrix.width));
        }
        if height != width || height > 63 {
            return Err(format!("a product over {height} × {width} pixels, which are no square of up to 63"));
        }
        let mut values = Vec::with_capacity(matrix.values.len());
        for row in matrix.values.chunks(matrix.width) {
            let pixels = (0..height * width).flat_map(|p| (0..channels).map(move |c| c * height * width + p));
            values.extend(pixels.map(|i| row[i]));
        }
        let window = Window { size: height as u32, stride: 1, pad_before: 0, pad_after: 0 };
        let filters = Filters { values: Arc::new(values), out: matrix.rows, width: matrix.width, window };
        let (bias, activation) = (vec![0.0; matrix.rows], Activation::None);
        let made = Grid { height: 1, width: 1, channels: matrix.rows, per_token: false };
        let id = self.push(Operation::Conv { input: view.value, filters, bias, activation }, made);
        let leading = &shape[..shape.len() - 1];
        Ok(Value::Mapped(Mapped::of(View::rows(id, leading, matrix.rows))))
    }

    /// A constant for each output added.
    pub fn biased(&mut self, product: &Mapped, bias: &Tensor) -> Result<Value, Reason> {
        let (view, grid) = (&product.view, self.grid(product.view.value));
        let fits = broadcast(&view.shape, &bias.shape).is_ok_and(|shape| shape == view.shape);
        if !fits || bias.shape.iter().rev().skip(1).any(|n| *n != 1) {
            return Err(format!("a bias of shape {:?}", bias.shape));
        }
        let strides = broadcast_strides(&bias.shape, &view.shape);
        let (values, stride) = (bias.to_floats(), strides.last().copied().unwrap_or(0));
        let bias = (0..grid.channels).map(|c| values[c * stride]).collect();
        let gain = vec![1.0; grid.channels];
        let id = self.push(Operation::Affine { input: view.value, gain, bias, activation: Activation::None }, grid);
        Ok(Value::Mapped(Mapped::of(view.of(id))))
    }

    /// Whether all channels of a whole value are its second last axis: weights from the left act on them.
    fn has_channels_second_last(&self, x: &Mapped) -> bool {
        let grid = self.grid(x.view.value);
        swapped(&x.view).is_ok_and(|view| view.is_rows(grid))
    }
}
