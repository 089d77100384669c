//! Makes operations of expressions, and values of views that show a part of one.

use std::rc::Rc;
use std::sync::Arc;

use super::{Lift, Mapped};
use crate::kernels::Activation;
use crate::pack::import::onnx::draft::{Matrix, Operation};
use crate::pack::import::onnx::expression::{Binary, Expression, Kind, Unary};
use crate::pack::import::onnx::functions::{Function, recognised};
use crate::pack::import::onnx::tensor::{Reason, elements};
use crate::pack::import::onnx::view::{Grid, Id, View};

/// A product of matrices whose outputs a value is: rows of weights over `input`.
pub struct Product {
    pub input: Id,
    pub matrix: Matrix,
    pub bias: Vec<f32>,
    /// What each output is multiplied by after the product, before the bias.
    pub gain: Vec<f32>,
}

impl Lift {
    /// The view that a mapped value is once its expression has become operations.
    pub fn compile(&mut self, mapped: &Mapped) -> Result<View, Reason> {
        if mapped.reduced.is_some() {
            return Err(format!("{}, which is no part of a norm", mapped.expression.describe()));
        }
        if mapped.expression.is_x() {
            return Ok(mapped.view.clone());
        }
        let id = self.expression(mapped.view.value, &mapped.expression)?;
        Ok(mapped.view.of(id))
    }

    /// As [`Lift::compile`]; a view that shows a part of a value becomes one of its own.
    pub fn whole(&mut self, mapped: &Mapped) -> Result<View, Reason> {
        let view = self.compile(mapped)?;
        self.settle(&view)
    }

    /// The value that an expression makes of `value`.
    fn expression(&mut self, value: Id, expression: &Rc<Expression>) -> Result<Id, Reason> {
        if expression.is_x() {
            return Ok(value);
        }
        let key = (value, Rc::as_ptr(expression));
        if let Some((_, known)) = self.compiled.get(&key) {
            return Ok(*known);
        }
        let grid = self.grid(value);
        let made = match recognised(expression, grid.channels) {
            Some(function) => self.function(value, function)?,
            None => self.parts(value, expression)?,
        };
        self.compiled.insert(key, (expression.clone(), made));
        Ok(made)
    }

    fn function(&mut self, input: Id, function: Function) -> Result<Id, Reason> {
        let grid = self.grid(input);
        let same = |v: f32| vec![v; grid.channels];
        let operation = match function {
            Function::Affine { gain: 1.0, bias: 0.0 } => return Ok(input),
            Function::Affine { gain, bias } => {
                Operation::Affine { input, gain: same(gain), bias: same(bias), activation: Activation::None }
            }
            Function::Activation(activation) => Operation::Activation { input, activation },
            Function::LayerNorm { epsilon } => {
                Operation::LayerNorm { input, gain: same(1.0), bias: same(0.0), epsilon }
            }
            Function::RmsNorm { epsilon } => Operation::RmsNorm { input, gain: same(1.0), epsilon },
            Function::L2Normalize if grid.rows() == 1 => Operation::L2Normalize { input },
            Function::L2Normalize => return Err(format!("L2 normalisation of {} rows", grid.rows())),
        };
        Ok(self.push(operation, grid))
    }

    /// An expression that is no single operation, by its outermost one.
    fn parts(&mut self, value: Id, expression: &Rc<Expression>) -> Result<Id, Reason> {
        let grid = self.grid(value);
        let unknown = || Err(format!("{}, which is no operation of a pack", expression.describe()));
        let is_constant = |e: &Expression| matches!(e.kind, Kind::Constant(_));
        match &expression.kind {
            Kind::Unary(f, a) if !a.is_x() => {
                let inner = self.expression(value, a)?;
                self.expression(inner, &Expression::unary(*f, &Expression::x()))
            }
            Kind::Binary(f, a, b) if is_constant(b) && !a.is_x() => {
                let inner = self.expression(value, a)?;
                self.expression(inner, &Expression::binary(*f, &Expression::x(), b))
            }
            Kind::Binary(f, a, b) if is_constant(a) && !b.is_x() => {
                let inner = self.expression(value, b)?;
                self.expression(inner, &Expression::binary(*f, a, &Expression::x()))
            }
            Kind::Binary(Binary::Add | Binary::Sub, a, b) if !is_constant(a) && !is_constant(b) => {
                let input = self.expression(value, a)?;
                let mut residual = self.expression(value, b)?;
                if matches!(expression.kind, Kind::Binary(Binary::Sub, ..)) {
                    residual = self.expression(residual, &Expression::unary(Unary::Neg, &Expression::x()))?;
                }
                Ok(self.push(Operation::Add { input, residual, activation: Activation::None }, grid))
            }
            Kind::Binary(Binary::Mul, a, b) if !is_constant(a) && !is_constant(b) => {
                let (input, other) = (self.expression(value, a)?, self.expression(value, b)?);
                Ok(self.push(Operation::Multiply { input, other, activation: Activation::None }, grid))
            }
            _ => unknown(),
        }
    }

    /// The view as one of a whole value: what it leaves out is left out of the value.
    pub fn settle(&mut self, view: &View) -> Result<View, Reason> {
        let grid = self.grid(view.value);
        if view.is_whole(grid) {
            return Ok(view.clone());
        }
        // The same part is the same value wherever it is read: expressions are joined by it.
        if let Some((_, known)) = self.settled.iter().rev().find(|(part, _)| part == view) {
            return Ok(known.clone());
        }
        let (rows, channels) = view.axes(grid);
        let kept = view.channels(grid)?;
        let count: usize = rows.iter().map(|a| view.shape[*a]).product();
        let (mut value, mut height) = (view.value, grid.rows());
        if count == 1 && grid.rows() > 1 {
            (value, height) = (self.row(value, view.offset / grid.channels)?, 1);
        } else {
            // All rows, in their order.
            let mut stride = grid.channels;
            for axis in rows.iter().rev() {
                if view.strides[*axis] != stride {
                    return Err(format!("a part of the rows, or these in another order, of shape {:?}", view.shape));
                }
                stride *= view.shape[*axis];
            }
            if count != grid.rows() || view.offset >= grid.channels {
                return Err(format!("{count} of {} rows", grid.rows()));
            }
        }
        let is_all = kept.iter().enumerate().all(|(i, c)| i == *c) && kept.len() == grid.channels;
        if !is_all {
            value = self.selected(value, &kept)?;
        }
        let mut strides = vec![0; view.shape.len()];
        let mut next = 1;
        for axis in channels.iter().rev() {
            strides[*axis] = next;
            next *= view.shape[*axis];
        }
        if height > 1 {
            rows.iter().for_each(|a| strides[*a] = view.strides[*a] / grid.channels * kept.len());
        }
        let settled = View::new(value, view.shape.clone(), strides, 0);
        self.settled.push((view.clone(), settled.clone()));
        Ok(settled)
    }

    fn row(&mut self, input: Id, row: usize) -> Result<Id, Reason> {
        let grid = self.grid(input);
        let is_last = row + 1 == grid.rows();
        if row != 0 && !is_last {
            return Err(format!("row {row} of {} (packs take the first or the last)", grid.rows()));
        }
        let one = Grid { height: 1, width: 1, channels: grid.channels, per_token: false };
        Ok(self.push(Operation::TakeRow { input, is_last }, one))
    }

    /// Some channels of a value, in that order: of a product of matrices by one that makes only these, otherwise by one that
    /// picks them.
    fn selected(&mut self, input: Id, channels: &[usize]) -> Result<Id, Reason> {
        let grid = Grid { channels: channels.len(), ..self.grid(input) };
        let (input, (matrix, bias)) = match self.product(input) {
            Some(product) => (product.input, product.rows(channels)?),
            None => {
                let width = self.grid(input).channels;
                let mut values = vec![0.0; elements(&[channels.len(), width])?];
                channels.iter().enumerate().for_each(|(row, channel)| values[row * width + channel] = 1.0);
                let matrix = Matrix { values: Arc::new(values), rows: channels.len(), width };
                (input, (matrix, vec![0.0; channels.len()]))
            }
        };
        Ok(self.push(Operation::Linear { input, matrix, bias, activation: Activation::None, residual: None }, grid))
    }

    /// A whole view with the value's channels put in the order of the view's axes; `None` where they are.
    pub fn in_order(&mut self, view: &View) -> Result<Option<View>, Reason> {
        let grid = self.grid(view.value);
        let (_, axes) = view.axes(grid);
        let order = view.channels(grid)?;
        if order.iter().enumerate().all(|(i, channel)| i == *channel) {
            return Ok(None);
        }
        let value = self.selected(view.value, &order)?;
        let mut strides = view.strides.clone();
        let mut next = 1;
        for axis in axes.iter().rev() {
            strides[*axis] = next;
            next *= view.shape[*axis];
        }
        Ok(Some(View::new(value, view.shape.clone(), strides, 0)))
    }

    /// The product of matrices that makes a value, with what is added to it or multiplied for each output.
    pub fn product(&self, value: Id) -> Option<Product> {
        let (mut at, mut factors) = (value, Vec::new());
        while let Operation::Affine { input, gain, bias, activation: Activation::None } =
            &self.draft.entries[at].operation
        {
            factors.push((gain, bias));
            at = *input;
        }
        let Operation::Linear { input, matrix, bias, activation: Activation::None, residual: None } =
            &self.draft.entries[at].operation
        else {
            return None;
        };
        let gain = vec![1.0; bias.len()];
        let mut product = Product { input: *input, matrix: matrix.clone(), bias: bias.clone(), gain };
        for (gain, bias) in factors.into_iter().rev() {
            product.gain.iter_mut().zip(gain).for_each(|(all, g)| *all *= g);
            product.bias.iter_mut().zip(gain.iter().zip(bias)).for_each(|(all, (g, b))| *all = *all * g + b);
        }
        Some(product)
    }
}

impl Product {
    /// The weights and biases of some outputs.
    pub fn rows(&self, outputs: &[usize]) -> Result<(Matrix, Vec<f32>), Reason> {
        let width = self.matrix.width;
        let mut values = Vec::with_capacity(outputs.len() * width);
        let mut bias = Vec::with_capacity(outputs.len());
        for output in outputs {
            let row =
                self.matrix.values.get(output * width..(output + 1) * width).ok_or("an output that is not there")?;
            values.extend(row.iter().map(|v| v * self.gain[*output]));
            bias.push(self.bias[*output]);
        }
        Ok((Matrix { values: Arc::new(values), rows: outputs.len(), width }, bias))
    }
}
