//! Operators on each value alone.

use std::rc::Rc;
use std::sync::Arc;

use super::{Lift, Mapped, Read, Value, is_small};
use crate::kernels::Activation;
use crate::pack::import::onnx::draft::Operation;
use crate::pack::import::onnx::expression::{Binary, Expression, Unary};
use crate::pack::import::onnx::strides::{Offsets, broadcast, broadcast_strides};
use crate::pack::import::onnx::tensor::{Reason, Tensor, elements};
use crate::pack::import::onnx::view::{Grid, View};

/// Values of a constant that is broadcast over a whole view.
pub enum Spread {
    /// One for each channel.
    Channels(Vec<f32>),
    /// One for each element of the value, in its order.
    Elements(Vec<f32>),
}

pub fn unary(lift: &mut Lift, read: &Read) -> Result<Vec<Value>, Reason> {
    let x = match read.input(0)? {
        Value::Mapped(mapped) => mapped.clone(),
        other => return Err(other.describe()),
    };
    let mapped = lift.grown(&x, |x| expression(read, x))?;
    Ok(vec![Value::Mapped(mapped)])
}

/// What a unary operator makes of `x`.
fn expression(read: &Read, x: &Rc<Expression>) -> Result<Rc<Expression>, Reason> {
    let node = read.node;
    let constant = Expression::constant;
    let with = |f: Binary, a: &Rc<Expression>, c: f32| Expression::binary(f, a, &constant(c));
    let clamped = |a: &Rc<Expression>, low, high| with(Binary::Min, &with(Binary::Max, a, low), high);
    let times = |a: &Rc<Expression>, b: &Rc<Expression>| Expression::binary(Binary::Mul, a, b);
    let plain = |f| Ok(Expression::unary(f, x));
    match node.op_type.as_str() {
        "Relu" => Ok(with(Binary::Max, x, 0.0)),
        "Sigmoid" => plain(Unary::Sigmoid),
        "Tanh" => plain(Unary::Tanh),
        "Erf" => plain(Unary::Erf),
        "Exp" => plain(Unary::Exp),
        "Log" => plain(Unary::Log),
        "Sqrt" => plain(Unary::Sqrt),
        "Abs" => plain(Unary::Abs),
        "Neg" => plain(Unary::Neg),
        "Reciprocal" => plain(Unary::Reciprocal),
        "Softplus" => plain(Unary::Softplus),
        "Mish" => Ok(times(x, &Expression::unary(Unary::Tanh, &Expression::unary(Unary::Softplus, x)))),
        "Swish" => {
            let scaled = with(Binary::Mul, x, node.float("alpha", 1.0));
            Ok(times(x, &Expression::unary(Unary::Sigmoid, &scaled)))
        }
        "Clip" => {
            let bound = |name: &str, i: usize| match read.inputs.get(i) {
                Some(Some(_)) => {
                    read.weights(i)?.uniform().map(Some).ok_or("a bound that differs from value to value".to_string())
                }
                _ => Ok(node.has(name).then(|| node.float(name, 0.0))),
            };
            let low = bound("min", 1)?.map_or_else(|| x.clone(), |low| with(Binary::Max, x, low));
            Ok(bound("max", 2)?.map_or_else(|| low.clone(), |high| with(Binary::Min, &low, high)))
        }
        "HardSigmoid" => {
            let scaled = with(Binary::Mul, x, node.float("alpha", 0.2));
            Ok(clamped(&with(Binary::Add, &scaled, node.float("beta", 0.5)), 0.0, 1.0))
        }
        "HardSwish" => {
            let clamped = clamped(&with(Binary::Add, x, 3.0), 0.0, 6.0);
            Ok(with(Binary::Mul, &times(x, &clamped), 1.0 / 6.0))
        }
        "Gelu" if node.text("approximate") == Some("tanh") => {
            let cube = with(Binary::Mul, &with(Binary::Pow, x, 3.0), 0.044715);
            let inner =
                with(Binary::Mul, &Expression::binary(Binary::Add, x, &cube), (2.0 / std::f32::consts::PI).sqrt());
            let tanh = with(Binary::Add, &Expression::unary(Unary::Tanh, &inner), 1.0);
            Ok(with(Binary::Mul, &times(x, &tanh), 0.5))
        }
        "Gelu" => {
            let scaled = with(Binary::Mul, x, std::f32::consts::FRAC_1_SQRT_2);
            let erf = with(Binary::Add, &Expression::unary(Unary::Erf, &scaled), 1.0);
            Ok(with(Binary::Mul, &times(x, &erf), 0.5))
        }
        other => Err(format!("{other}, which is not read")),
    }
}

pub fn binary(lift: &mut Lift, read: &Read) -> Result<Vec<Value>, Reason> {
    let operator = match read.node.op_type.as_str() {
        "Add" | "Sum" => Binary::Add,
        "Sub" => Binary::Sub,
        "Mul" => Binary::Mul,
        "Div" => Binary::Div,
        "Pow" => Binary::Pow,
        "Min" => Binary::Min,
        "Max" => Binary::Max,
        other => return Err(format!("{other} of values")),
    };
    let mut all = read.input(0)?.clone();
    for i in 1..read.inputs.len() {
        let next = read.input(i)?;
        all = match (&all, next) {
            (Value::Mapped(a), Value::Constant(b)) => lift.with_constant(operator, a, b, false)?,
            (Value::Constant(a), Value::Mapped(b)) => lift.with_constant(operator, b, a, true)?,
            (Value::Mapped(a), Value::Mapped(b)) => lift.together(operator, a, b)?,
            (Value::Scores(a), Value::Constant(b)) => lift.scores_with(operator, a, b)?,
            (Value::Constant(a), Value::Scores(b)) if matches!(operator, Binary::Add | Binary::Mul) => {
                lift.scores_with(operator, b, a)?
            }
            (Value::Weights(a), Value::Constant(b)) if operator == Binary::Mul && b.uniform() == Some(1.0) => {
                Value::Weights(a.clone())
            }
            (a, b) => return Err(format!("{} with {}", a.describe(), b.describe())),
        };
    }
    Ok(vec![all])
}

impl Lift {
    /// An expression around the one of `mapped`, which becomes one of a whole value first.
    pub fn grown(
        &mut self,
        mapped: &Mapped,
        around: impl Fn(&Rc<Expression>) -> Result<Rc<Expression>, Reason>,
    ) -> Result<Mapped, Reason> {
        let grid = self.grid(mapped.view.value);
        if mapped.view.is_whole(grid) {
            let expression = around(&mapped.expression)?;
            if is_small(&expression) {
                return Ok(Mapped { expression, ..mapped.clone() });
            }
        }
        let view = self.whole(mapped)?;
        Ok(Mapped { expression: around(&Expression::x())?, ..Mapped::of(view) })
    }

    /// The same over a whole value.
    fn of_whole(&mut self, mapped: &Mapped) -> Result<Mapped, Reason> {
        if mapped.reduced.is_some() {
            return Ok(mapped.clone());
        }
        self.grown(mapped, |x| Ok(x.clone()))
    }

    fn with_constant(
        &mut self,
        operator: Binary,
        mapped: &Mapped,
        constant: &Tensor,
        is_first: bool,
    ) -> Result<Value, Reason> {
        let shape = broadcast(mapped.shape(), &constant.shape)?;
        let is_wider = shape.iter().product::<usize>() != mapped.shape().iter().product::<usize>();
        if is_wider {
            return Err(format!("a value of shape {:?} repeated to {shape:?}", mapped.shape()));
        }
        let mut mapped = mapped.clone();
        match &mut mapped.reduced {
            Some(reduced) => *reduced = shape,
            None => mapped.view = mapped.view.of_rank(shape.len()),
        }
        if let Some(c) = constant.uniform() {
            let changes_nothing = match operator {
                Binary::Add => c == 0.0,
                Binary::Sub => c == 0.0 && !is_first,
                Binary::Mul => c == 1.0,
                Binary::Div | Binary::Pow => c == 1.0 && !is_first,
                Binary::Min | Binary::Max => false,
            };
            if changes_nothing {
                return Ok(Value::Mapped(mapped));
            }
            let c = Expression::constant(c);
            let around = |x: &Rc<Expression>| {
                Ok(if is_first { Expression::binary(operator, &c, x) } else { Expression::binary(operator, x, &c) })
            };
            return Ok(Value::Mapped(self.grown(&mapped, around)?));
        }
        let view = self.whole(&mapped)?;
        let grid = self.grid(view.value);
        let spread = spread(&view, grid, constant)?;
        let negative = |v: &[f32]| v.iter().map(|v| -v).collect::<Vec<_>>();
        let ones = || vec![1.0; grid.channels];
        let zeros = || vec![0.0; grid.channels];
        let (gain, bias) = match (operator, spread) {
            (Binary::Add, Spread::Channels(v)) => (ones(), v),
            (Binary::Sub, Spread::Channels(v)) if is_first => (vec![-1.0; grid.channels], v),
            (Binary::Sub, Spread::Channels(v)) => (ones(), negative(&v)),
            (Binary::Mul, Spread::Channels(v)) => (v, zeros()),
            (Binary::Div, Spread::Channels(v)) if !is_first => (v.iter().map(|v| 1.0 / v).collect(), zeros()),
            (Binary::Add, Spread::Elements(v)) => return Ok(self.positioned(&view, v)),
            (Binary::Sub, Spread::Elements(v)) if !is_first => return Ok(self.positioned(&view, negative(&v))),
            (operator, _) => {
                return Err(format!("{operator:?} with a constant of shape {:?}", constant.shape));
            }
        };
        let affine = Operation::Affine { input: view.value, gain, bias, activation: Activation::None };
        let id = self.push(affine, grid);
        Ok(Value::Mapped(Mapped::of(view.of(id))))
    }

    /// A constant for each element of a value added: positions.
    fn positioned(&mut self, view: &View, values: Vec<f32>) -> Value {
        let grid = self.grid(view.value);
        let prepend = Operation::Prepend { input: view.value, class: None, positions: Arc::new(values) };
        let id = self.push(prepend, grid);
        Value::Mapped(Mapped::of(view.of(id)))
    }

    fn together(&mut self, operator: Binary, a: &Mapped, b: &Mapped) -> Result<Value, Reason> {
        let (a, b) = (self.of_whole(a)?, self.of_whole(b)?);
        if let Some(same) = same_value(operator, &a, &b) {
            return Ok(Value::Mapped(same));
        }
        let (a, b) = (self.whole(&a)?, self.whole(&b)?);
        let shape = broadcast(&a.shape, &b.shape)?;
        let (a, b) = (a.of_rank(shape.len()), b.of_rank(shape.len()));
        let none = Activation::None;
        let (ga, gb) = (self.grid(a.value), self.grid(b.value));
        if (&a.shape, &a.strides) == (&b.shape, &b.strides) && ga.is_same(&gb) {
            let (input, mut other) = (a.value, b.value);
            if operator == Binary::Sub {
                let (gain, bias) = (vec![-1.0; gb.channels], vec![0.0; gb.channels]);
                other = self.push(Operation::Affine { input: other, gain, bias, activation: none }, gb);
            }
            let operation = match operator {
                Binary::Add | Binary::Sub => Operation::Add { input, residual: other, activation: none },
                Binary::Mul => Operation::Multiply { input, other, activation: none },
                _ => return Err(format!("{operator:?} of two values")),
            };
            let id = self.push(operation, ga);
            return Ok(Value::Mapped(Mapped::of(a.of(id))));
        }
        let (wide, narrow) = if a.shape == shape { (a, b) } else { (b, a) };
        let (gw, gn) = (self.grid(wide.value), self.grid(narrow.value));
        let is_same_axis = |i: usize| narrow.shape[i] == 1 || narrow.strides[i] == wide.strides[i];
        let fits = gn.rows() == 1 && gn.channels == gw.channels && wide.shape == shape;
        if operator == Binary::Mul && fits && (0..shape.len()).all(is_same_axis) {
            let operation = Operation::Multiply { input: wide.value, other: narrow.value, activation: none };
            let id = self.push(operation, gw);
            return Ok(Value::Mapped(Mapped::of(wide.of(id))));
        }
        Err(format!("{operator:?} of values of shapes {:?} and {:?} that lie differently", wide.shape, narrow.shape))
    }
}

/// Both as one expression, where they are expressions of the same value.
fn same_value(operator: Binary, a: &Mapped, b: &Mapped) -> Option<Mapped> {
    let rank = a.shape().len().max(b.shape().len());
    let (va, vb) = (a.view.of_rank(rank.max(a.view.shape.len())), b.view.of_rank(rank.max(b.view.shape.len())));
    let expression = Expression::binary(operator, &a.expression, &b.expression);
    if va != vb || !is_small(&expression) || (a.expression.is_x() && b.expression.is_x() && operator == Binary::Add) {
        return None;
    }
    let reduced = match (&a.reduced, &b.reduced) {
        (None, None) => None,
        (Some(ra), Some(rb)) => (ra == rb).then(|| Some(ra.clone()))?,
        // A value for each row with one for each channel of it.
        (Some(of_rows), None) | (None, Some(of_rows)) => {
            (broadcast(of_rows, &va.shape).ok()? == va.shape).then_some(None)?
        }
    };
    Some(Mapped { view: va, expression, reduced })
}

/// A constant over the elements of a whole view, whose shape has at least its rank.
pub fn spread(view: &View, grid: Grid, constant: &Tensor) -> Result<Spread, Reason> {
    let strides = broadcast_strides(&constant.shape, &view.shape);
    let values = constant.to_floats();
    let (rows, channels) = view.axes(grid);
    let pick = |of: &[usize], axes: &[usize]| axes.iter().map(|a| of[*a]).collect::<Vec<_>>();
    let over = |axes: &[usize]| {
        let shape = pick(&view.shape, axes);
        let (of_value, of_constant) = (pick(&view.strides, axes), pick(&strides, axes));
        let mut out = vec![0.0; elements(&shape)?];
        for (i, j) in Offsets::new(&shape, &of_value, 0).zip(Offsets::new(&shape, &of_constant, 0)) {
            let slot: &mut f32 = out.get_mut(i).ok_or("a view that shows a part of a value")?;
            *slot = values[j];
        }
        Ok::<_, Reason>(out)
    };
    if rows.iter().all(|a| strides[*a] == 0) {
        return Ok(Spread::Channels(over(&channels)?));
    }
    let all = over(&(0..view.shape.len()).collect::<Vec<_>>())?;
    let (first, rest) = all.split_at(grid.channels.min(all.len()));
    if rest.chunks(grid.channels).all(|row| row == first) {
        return Ok(Spread::Channels(first.to_vec()));
    }
    Ok(Spread::Elements(all))
}
