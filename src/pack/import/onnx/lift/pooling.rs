//! Means and the like over rows (pixels, tokens) or channels, pooling windows, and their reverse.

use std::sync::Arc;

use super::convolution::Stated;
use super::{Lift, Mapped, Read, Value};
use crate::kernels::{Activation, Window};
use crate::pack::import::onnx::draft::{Filters, Operation};
use crate::pack::import::onnx::expression::{Binary, Expression, Reduce, Unary};
use crate::pack::import::onnx::strides::axis;
use crate::pack::import::onnx::tensor::{Reason, elements};
use crate::pack::import::onnx::view::{Grid, View};

pub fn reduce(lift: &mut Lift, read: &Read) -> Result<Vec<Value>, Reason> {
    let Value::Mapped(mapped) = read.input(0)? else { return Err(read.input(0)?.describe()) };
    if mapped.reduced.is_some() {
        return Err("a sum of sums".into());
    }
    let rank = mapped.shape().len();
    let named = read.ints("axes", 1)?.unwrap_or_default();
    let mut is_reduced = vec![named.is_empty() && read.node.int("noop_with_empty_axes", 0) == 0; rank];
    for a in named {
        is_reduced[axis(a, rank)?] = true;
    }
    let keeps = read.node.int("keepdims", 1) != 0;
    let shape_of = |shape: &[usize]| -> Vec<usize> {
        let axes = shape.iter().zip(&is_reduced);
        axes.filter(|(_, r)| keeps || !**r).map(|(n, r)| if *r { 1 } else { *n }).collect()
    };
    let mapped = lift.grown(mapped, |x| Ok(x.clone()))?;
    let grid = lift.grid(mapped.view.value);
    let (rows, channels) = mapped.view.axes(grid);
    let all = |axes: &[usize]| axes.iter().all(|a| is_reduced[*a]);
    let none = |axes: &[usize]| !axes.iter().any(|a| is_reduced[*a]);
    let operator = read.node.op_type.as_str();
    let squared = |x: &std::rc::Rc<Expression>| Expression::binary(Binary::Mul, x, x);
    if all(&channels) && none(&rows) {
        let shape = shape_of(mapped.shape());
        let grown = lift.grown(&mapped, |x| {
            Ok(match operator {
                "ReduceMean" => Expression::reduce(Reduce::Mean, x),
                "ReduceSum" => Expression::reduce(Reduce::Sum, x),
                "ReduceSumSquare" => Expression::reduce(Reduce::Sum, &squared(x)),
                _ => Expression::unary(Unary::Sqrt, &Expression::reduce(Reduce::Sum, &squared(x))),
            })
        })?;
        return Ok(vec![Value::Mapped(Mapped { reduced: Some(shape), ..grown })]);
    }
    if !(all(&rows) && none(&channels) && matches!(operator, "ReduceMean" | "ReduceSum")) {
        return Err(format!("over a part of the axes of shape {:?}", mapped.shape()));
    }
    let view = lift.whole(&mapped)?;
    let view = lift.mean(&view);
    let kept: Vec<usize> = (0..rank).filter(|a| keeps || !is_reduced[*a]).collect();
    let mean = Mapped::of(view.permuted(&kept));
    if operator == "ReduceMean" {
        return Ok(vec![Value::Mapped(mean)]);
    }
    let count = Expression::constant(grid.rows() as f32);
    Ok(vec![Value::Mapped(lift.grown(&mean, |x| Ok(Expression::binary(Binary::Mul, x, &count)))?)])
}

impl Lift {
    /// The mean over all rows of a whole view, with axes of size 1 in their place.
    pub fn mean(&mut self, view: &View) -> View {
        let grid = self.grid(view.value);
        if grid.rows() == 1 {
            return view.clone();
        }
        let made = Grid { height: 1, width: 1, channels: grid.channels, per_token: false };
        let (rows, _) = view.axes(grid);
        let mut mean = view.clone();
        rows.iter().for_each(|a| (mean.shape[*a], mean.strides[*a]) = (1, 0));
        mean.of(self.push(Operation::MeanPool { input: view.value }, made))
    }

    fn pooled(&mut self, view: &View, operation: Operation, output: [usize; 2]) -> Value {
        let grid = self.grid(view.value);
        let made = Grid { height: output[0], width: output[1], ..grid };
        let id = self.push(operation, made);
        Value::Mapped(Mapped::of(View::channels_first(id, made)))
    }
}

pub fn global(lift: &mut Lift, read: &Read) -> Result<Vec<Value>, Reason> {
    let (view, around) = lift.pixels(read.input(0)?)?;
    if around != [[0; 2]; 2] {
        return Err("a mean over padding".into());
    }
    if read.node.op_type == "GlobalAveragePool" {
        return Ok(vec![Value::Mapped(Mapped::of(lift.mean(&view)))]);
    }
    let grid = lift.grid(view.value);
    let sides = [grid.height, grid.width];
    let whole = Stated { kernel: sides, stride: [1, 1], dilation: [1, 1], before: [0; 2], after: [0; 2], ceil: false };
    if grid.height != grid.width {
        return Err(format!("over {sides:?} pixels, which are no square"));
    }
    let placed = whole.square(sides)?;
    let operation = Operation::MaxPool { input: view.value, window: placed.window };
    Ok(vec![lift.pooled(&view, operation, placed.output)])
}

pub fn window(lift: &mut Lift, read: &Read) -> Result<Vec<Value>, Reason> {
    let (view, [before, after]) = lift.pixels(read.input(0)?)?;
    let grid = lift.grid(view.value);
    let kernel: Option<Vec<usize>> = read
        .node
        .ints("kernel_shape")
        .unwrap_or(&[])
        .iter()
        .map(|n| usize::try_from(*n).ok().filter(|n| (1..1 << 16).contains(n)))
        .collect();
    let Some(&[height, width]) = kernel.as_deref() else { return Err("a window of other than two sides".into()) };
    let is_max = read.node.op_type == "MaxPool";
    let padded = [grid.height + before[0] + after[0], grid.width + before[1] + after[1]];
    let mut stated = Stated::read(read, [height, width], padded)?;
    let is_padded = before != [0; 2] || after != [0; 2];
    if is_padded && !is_max {
        return Err("a mean over zeros around values".into());
    }
    if is_padded && !lift.is_never_negative(view.value) {
        // Their maximum counts the zeros, as that of a pack does not: they become values.
        return lift.with_zeros(&view, before, after).and_then(|view| lift.max_pool(&view, &stated)).map(|v| vec![v]);
    }
    for a in 0..2 {
        stated.before[a] += before[a];
        stated.after[a] += after[a];
    }
    let is_whole = [height, width] == [grid.height, grid.width] && stated.before == [0; 2] && stated.after == [0; 2];
    if !is_max && is_whole {
        return Ok(vec![Value::Mapped(Mapped::of(lift.mean(&view)))]);
    }
    if is_max {
        return lift.max_pool(&view, &stated).map(|value| vec![value]);
    }
    let placed = stated.pooling([grid.height, grid.width])?;
    let window = placed.window;
    let count_padding = read.node.int("count_include_pad", 0) != 0;
    if count_padding && stated.ceil && window.pad_after as usize != stated.after[0] {
        return Err("a mean over a begun window that counts its padding".into());
    }
    let operation = Operation::AveragePool { input: view.value, window, count_padding };
    Ok(vec![lift.pooled(&view, operation, placed.output)])
}

impl Lift {
    fn max_pool(&mut self, view: &View, stated: &Stated) -> Result<Value, Reason> {
        let grid = self.grid(view.value);
        let placed = stated.pooling([grid.height, grid.width])?;
        let operation = Operation::MaxPool { input: view.value, window: placed.window };
        Ok(self.pooled(view, operation, placed.output))
    }

    /// A value with zeros around it: a depthwise convolution with a filter of a one and zeros, whose padding they are.
    fn with_zeros(&mut self, view: &View, before: [usize; 2], after: [usize; 2]) -> Result<View, Reason> {
        let grid = self.grid(view.value);
        let padding = before[0];
        if [before, after] != [[padding; 2]; 2] {
            return Err(format!("a maximum over values with {before:?} zeros before and {after:?} after them"));
        }
        let size = 2 * padding + 1;
        let side = u32::try_from(size).map_err(|e| e.to_string())?;
        let window = Window { size: side, stride: 1, pad_before: side - 1, pad_after: side - 1 };
        let width = size * size;
        let mut values = vec![0.0; elements(&[grid.channels, width])?];
        values.iter_mut().skip(width / 2).step_by(width).for_each(|v| *v = 1.0);
        let filters = Filters { values: Arc::new(values), out: grid.channels, width, window };
        let made = Grid { height: grid.height + 2 * padding, width: grid.width + 2 * padding, ..grid };
        let (bias, activation) = (vec![0.0; grid.channels], Activation::None);
        let id = self.push(Operation::Depthwise { input: view.value, filters, bias, activation }, made);
        Ok(View::channels_first(id, made))
    }
}

impl Lift {
    /// Whether zeros around a value are none that a maximum would take.
    fn is_never_negative(&self, value: usize) -> bool {
        let activation = match &self.draft.entries[value].operation {
            Operation::Activation { activation, .. } => *activation,
            _ => Activation::None,
        };
        matches!(activation, Activation::Relu | Activation::Relu6 | Activation::Sigmoid | Activation::HardSigmoid)
    }
}

pub fn resize(lift: &mut Lift, read: &Read) -> Result<Vec<Value>, Reason> {
    let shape = read.input(0)?.shape().ok_or("a value without a shape")?;
    let scales_at = if read.node.op_type == "Upsample" { 1 } else { 2 };
    let floor = |v: f32| (v >= 1.0 && v.fract() == 0.0).then_some(v as usize);
    let sizes = match read.inputs.get(3) {
        Some(Some(_)) => Some(read.weights(3)?.to_ints()?),
        _ => None,
    };
    let factors: Option<Vec<usize>> = match sizes {
        Some(sizes) => sizes.iter().zip(&shape).map(|(to, from)| floor(*to as f32 / *from as f32)).collect(),
        None => read.weights(scales_at)?.to_floats().iter().map(|v| floor(*v)).collect(),
    };
    if factors.as_ref().is_some_and(|f| f.len() == shape.len() && f.iter().all(|f| *f == 1)) {
        return Ok(vec![read.input(0)?.clone()]);
    }
    let is_nearest = matches!(read.node.text("mode"), None | Some("nearest"));
    let Some(&[1, 1, height, width]) = factors.as_deref() else {
        return Err("other than pixels repeated a whole number of times".into());
    };
    if !is_nearest || height != width {
        return Err("other than pixels repeated the same number of times both ways".into());
    }
    let (view, around) = lift.pixels(read.input(0)?)?;
    if around != [[0; 2]; 2] {
        return Err("padding resized".into());
    }
    let grid = lift.grid(view.value);
    elements(&[grid.height, height, grid.width, width, grid.channels])?;
    let output = [grid.height * height, grid.width * width];
    Ok(vec![lift.pooled(&view, Operation::Upsample { input: view.value, factor: height }, output)])
}
