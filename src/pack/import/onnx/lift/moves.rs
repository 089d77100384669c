//! Operators that move values without changing them: views.

use super::{Lift, Mapped, Read, Value};
use crate::pack::import::onnx::draft::Operation;
use crate::pack::import::onnx::fold;
use crate::pack::import::onnx::schema::element;
use crate::pack::import::onnx::strides::{axis, broadcast, index, reshape as reshaped, squeeze, unsqueeze};
use crate::pack::import::onnx::tensor::{Reason, Tensor, elements};
use crate::pack::import::onnx::view::{Grid, View};

pub fn shape(_: &mut Lift, read: &Read) -> Result<Vec<Value>, Reason> {
    let value = read.input(0)?;
    let shape = value.shape().ok_or("a value without a shape")?;
    if read.node.op_type == "Size" {
        return Ok(vec![Value::Constant(Tensor::ints(vec![], vec![shape.iter().product::<usize>() as i64]))]);
    }
    let rank = shape.len() as i64;
    let clamp = |i: i64| if i < 0 { i.saturating_add(rank) } else { i }.clamp(0, rank) as usize;
    let (start, end) = (clamp(read.node.int("start", 0)), clamp(read.node.int("end", rank)));
    let sizes: Vec<i64> = shape.get(start..end).unwrap_or_default().iter().map(|n| *n as i64).collect();
    Ok(vec![Value::Constant(Tensor::ints(vec![sizes.len()], sizes))])
}

pub fn same(_: &mut Lift, read: &Read) -> Result<Vec<Value>, Reason> {
    Ok(vec![read.input(0)?.clone()])
}

pub fn cast(_: &mut Lift, read: &Read) -> Result<Vec<Value>, Reason> {
    let value = read.input(0)?;
    let to = read.node.int("to", element::FLOAT.into()) as i32;
    let is_float = matches!(to, element::FLOAT | element::FLOAT16 | element::BFLOAT16 | element::DOUBLE);
    match value {
        Value::Tokens(_) => Ok(vec![value.clone()]),
        _ if is_float => Ok(vec![value.clone()]),
        other => Err(format!("{} made whole numbers", other.describe())),
    }
}

/// The shape that one of the operators makes of another that changes only it.
fn new_shape(read: &Read, from: &[usize]) -> Result<Vec<usize>, Reason> {
    match read.node.op_type.as_str() {
        "Reshape" => reshaped(from, &read.weights(1)?.to_ints()?, read.node.int("allowzero", 0) != 0),
        "Squeeze" => squeeze(from, read.ints("axes", 1)?.as_deref()),
        "Unsqueeze" => unsqueeze(from, &read.ints("axes", 1)?.ok_or("no axes")?),
        _ => {
            let at = read.node.int("axis", 1);
            let at = if at == from.len() as i64 { from.len() } else { axis(at, from.len())? };
            Ok(vec![from[..at].iter().product(), from[at..].iter().product()])
        }
    }
}

pub fn reshape(lift: &mut Lift, read: &Read) -> Result<Vec<Value>, Reason> {
    let value = read.input(0)?;
    let from = value.shape().ok_or("a value without a shape")?;
    let to = new_shape(read, &from)?;
    let failed = || format!("{} reshaped to {to:?}", value.describe());
    let without_ones = |shape: &[usize]| shape.iter().copied().filter(|n| *n != 1).collect::<Vec<_>>();
    let is_same = without_ones(&from) == without_ones(&to);
    let value = match value {
        Value::Tokens(tokens) if is_same => {
            let mut tokens = tokens.clone();
            tokens.shape = to;
            Value::Tokens(tokens)
        }
        Value::Mapped(mapped) if mapped.reduced.is_some() => {
            if !is_same {
                return Err(failed());
            }
            Value::Mapped(Mapped { reduced: Some(to), ..mapped.clone() })
        }
        Value::Mapped(mapped) => {
            let mapped = lift.movable(mapped)?;
            match mapped.view.reshaped(&to) {
                Some(view) => Value::Mapped(Mapped { view, ..mapped }),
                None => {
                    let view = lift.whole(&mapped)?;
                    let ordered = lift.in_order(&view)?.unwrap_or_else(|| view.clone());
                    if let Some(view) = ordered.reshaped(&to) {
                        return Ok(vec![Value::Mapped(Mapped::of(view))]);
                    }
                    let is_flat = to.iter().filter(|n| **n > 1).count() == 1;
                    if !is_flat || !view.is_channels_first(lift.grid(view.value)) {
                        return Err(failed());
                    }
                    Value::Flat { view, shape: to }
                }
            }
        }
        Value::Flat { view, .. } if is_same => Value::Flat { view: view.clone(), shape: to },
        Value::Flat { view, .. } => match view.reshaped(&to) {
            Some(view) => Value::Mapped(Mapped::of(view)),
            None => return Err(failed()),
        },
        Value::Scores(scores) if is_same => {
            let mut scores = scores.clone();
            scores.shape = to;
            Value::Scores(scores)
        }
        Value::Weights(scores) if is_same => {
            let mut scores = scores.clone();
            scores.shape = to;
            Value::Weights(scores)
        }
        _ => return Err(failed()),
    };
    Ok(vec![value])
}

impl Lift {
    /// A mapped value whose view may change: without sums over its channels.
    fn movable(&mut self, mapped: &Mapped) -> Result<Mapped, Reason> {
        if mapped.expression.has_sums || mapped.reduced.is_some() {
            let view = self.compile(mapped)?;
            return Ok(Mapped::of(view));
        }
        Ok(mapped.clone())
    }

    /// A mapped value of which a part may be cut.
    fn cuttable(&mut self, value: &Value) -> Result<View, Reason> {
        match value {
            Value::Mapped(mapped) => self.compile(mapped),
            other => Err(format!("a part of {}", other.describe())),
        }
    }
}

pub fn expand(_: &mut Lift, read: &Read) -> Result<Vec<Value>, Reason> {
    let value = read.input(0)?;
    let from = value.shape().ok_or("a value without a shape")?;
    let sizes: Option<Vec<usize>> = read.weights(1)?.to_ints()?.iter().map(|n| usize::try_from(*n).ok()).collect();
    let to = broadcast(&from, &sizes.ok_or("a size below 0")?)?;
    match value {
        Value::Mapped(mapped) if mapped.reduced.is_some() && to == mapped.view.shape => {
            Ok(vec![Value::Mapped(Mapped { reduced: None, ..mapped.clone() })])
        }
        Value::Mapped(mapped)
            if mapped.reduced.is_none() && to.iter().product::<usize>() == from.iter().product::<usize>() =>
        {
            Ok(vec![Value::Mapped(Mapped { view: mapped.view.of_rank(to.len()), ..mapped.clone() })])
        }
        other if to == from => Ok(vec![other.clone()]),
        other => Err(format!("{} repeated to {to:?}", other.describe())),
    }
}

pub fn transpose(lift: &mut Lift, read: &Read) -> Result<Vec<Value>, Reason> {
    let Value::Mapped(mapped) = read.input(0)? else { return Err(read.input(0)?.describe()) };
    let order = fold::order(read.node, mapped.shape().len())?;
    let mapped = lift.movable(mapped)?;
    Ok(vec![Value::Mapped(Mapped { view: mapped.view.permuted(&order), ..mapped })])
}

pub fn slice(lift: &mut Lift, read: &Read) -> Result<Vec<Value>, Reason> {
    let value = read.input(0)?;
    let shape = value.shape().ok_or("a value without a shape")?;
    for i in 1..read.inputs.len() {
        if matches!(read.inputs.get(i), Some(Some(_))) {
            read.weights(i)?;
        }
    }
    let cuts = fold::slices(read.node, &shape, read.constants)?;
    if cuts.iter().all(|(at, start, step, count)| (*start, *step, *count) == (0, 1, shape[*at])) {
        return Ok(vec![value.clone()]);
    }
    let mut view = lift.cuttable(value)?;
    for (at, start, step, count) in cuts {
        let step = usize::try_from(step).map_err(|_| format!("a slice with step {step}"))?;
        if count == 0 {
            return Err("a slice of nothing".into());
        }
        view = view.cut(at, start, step, count);
    }
    Ok(vec![Value::Mapped(Mapped::of(view))])
}

pub fn split(lift: &mut Lift, read: &Read) -> Result<Vec<Value>, Reason> {
    let view = lift.cuttable(read.input(0)?)?;
    let at = axis(read.node.int("axis", 0), view.shape.len())?;
    let mut start = 0;
    let part = |count: usize| {
        let part = view.cut(at, start, 1, count);
        start += count;
        if count == 0 { Err("a part of nothing".to_string()) } else { Ok(Value::Mapped(Mapped::of(part))) }
    };
    fold::parts(read.node, view.shape[at], read.constants)?.into_iter().map(part).collect()
}

pub fn gather(lift: &mut Lift, read: &Read) -> Result<Vec<Value>, Reason> {
    if let (Value::Constant(table), Value::Tokens(tokens)) = (read.input(0)?, read.input(1)?) {
        return lift.embed(read, table, tokens).map(|value| vec![value]);
    }
    let indices = read.weights(1)?;
    let view = lift.cuttable(read.input(0)?)?;
    let at = axis(read.node.int("axis", 0), view.shape.len())?;
    let rows: Vec<usize> = indices.to_ints()?.iter().map(|i| index(*i, view.shape[at])).collect::<Result<_, _>>()?;
    let is_run = rows.windows(2).all(|pair| pair[1] == pair[0] + 1);
    let (Some(first), true, true) = (rows.first(), is_run, indices.shape.len() <= 1) else {
        return Err(format!("rows or channels in the order of a constant of shape {:?}", indices.shape));
    };
    let view = if indices.shape.is_empty() { view.at(at, *first) } else { view.cut(at, *first, 1, rows.len()) };
    Ok(vec![Value::Mapped(Mapped::of(view))])
}

/// One index of one sequence, as exporters write `x[range(batch), index]`.
pub fn gather_nd(lift: &mut Lift, read: &Read) -> Result<Vec<Value>, Reason> {
    let indices = read.weights(1)?;
    let tuple = indices.to_ints()?;
    let mut view = lift.cuttable(read.input(0)?)?;
    let is_one = indices.shape.last() == Some(&tuple.len()) && tuple.len() <= view.shape.len();
    if !is_one || read.node.int("batch_dims", 0) != 0 {
        return Err(format!("rows of a constant of shape {:?}", indices.shape));
    }
    for i in tuple.iter() {
        view = view.at(0, index(*i, view.shape[0])?);
    }
    let rank = view.shape.len() + indices.shape.len() - 1;
    Ok(vec![Value::Mapped(Mapped::of(view.of_rank(rank)))])
}

pub fn concat(lift: &mut Lift, read: &Read) -> Result<Vec<Value>, Reason> {
    let values: Vec<&Value> = (0..read.inputs.len()).map(|i| read.input(i)).collect::<Result<_, _>>()?;
    if let [only] = values[..] {
        return Ok(vec![only.clone()]);
    }
    let rank = values[0].shape().ok_or("a value without a shape")?.len();
    let at = axis(read.node.int("axis", 0), rank)?;
    if let [classes @ .., rows @ Value::Mapped(_)] = &values[..]
        && let Some(classes) = classes.iter().map(|value| value.constant()).collect::<Option<Vec<_>>>()
    {
        let mut rows = (*rows).clone();
        for class in classes.into_iter().rev() {
            rows = lift.class_token(class, &rows, at)?;
        }
        return Ok(vec![rows]);
    }
    let mut all: Option<View> = None;
    for value in values {
        let Value::Mapped(mapped) = value else { return Err(format!("{} side by side with others", value.describe())) };
        let view = lift.whole(mapped)?;
        all = Some(match all {
            None => view,
            Some(before) => lift.beside(&before, &view, at)?,
        });
    }
    Ok(all.map(|view| Value::Mapped(Mapped::of(view))).into_iter().collect())
}

impl Lift {
    /// A learned row before the others.
    fn class_token(&mut self, class: &Tensor, rows: &Value, at: usize) -> Result<Value, Reason> {
        let view = match rows {
            Value::Mapped(mapped) => self.whole(mapped)?,
            other => return Err(format!("a constant before {}", other.describe())),
        };
        let grid = self.grid(view.value);
        let is_row = view.is_rows(grid) && at + 2 == view.shape.len() && view.shape[at] == grid.rows();
        if !is_row || class.len() != grid.channels || class.shape.last() != Some(&grid.channels) {
            return Err(format!("a constant of shape {:?} before values of shape {:?}", class.shape, view.shape));
        }
        let made = Grid { height: grid.rows() + 1, width: 1, ..grid };
        let positions = std::sync::Arc::new(vec![0.0; elements(&[made.rows(), grid.channels])?]);
        let class = Some(class.to_floats().to_vec());
        let id = self.push(Operation::Prepend { input: view.value, class, positions }, made);
        let mut leading = view.shape[..view.shape.len() - 1].to_vec();
        leading[at] += 1;
        Ok(Value::Mapped(Mapped::of(View::rows(id, &leading, grid.channels))))
    }

    /// Channels of two values one after the other.
    fn beside(&mut self, a: &View, b: &View, at: usize) -> Result<View, Reason> {
        let (ga, gb) = (self.grid(a.value), self.grid(b.value));
        let made = Grid { channels: ga.channels + gb.channels, ..ga };
        let is_same = (ga.height, ga.width, ga.per_token) == (gb.height, gb.width, gb.per_token);
        let id = self.draft.entries.len();
        let view = match (a.is_channels_first(ga) && b.is_channels_first(gb), a.is_rows(ga) && b.is_rows(gb)) {
            (true, _) if at == 1 => View::channels_first(id, made),
            (_, true) if at + 1 == a.shape.len() && a.shape.len() == b.shape.len() => {
                View::rows(id, &a.shape[..at], made.channels)
            }
            _ => return Err(format!("values of shapes {:?} and {:?} side by side at axis {at}", a.shape, b.shape)),
        };
        if !is_same {
            return Err(format!("values of shapes {:?} and {:?} side by side", a.shape, b.shape));
        }
        self.push(Operation::Concat { input: a.value, other: b.value }, made);
        Ok(view)
    }
}
