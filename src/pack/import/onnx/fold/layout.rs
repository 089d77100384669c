//! Operators that move values without changing them.

use std::sync::Arc;

use super::{Arguments, sizes};
use crate::pack::import::onnx::strides::{
    Offsets, axis, broadcast, broadcast_strides, dense, index, reshape, slice, squeeze, unsqueeze,
};
use crate::pack::import::onnx::tensor::{Data, Reason, Tensor, elements, grown};

pub fn fold(arguments: &Arguments) -> Option<Result<Tensor, Reason>> {
    Some(match arguments.node.op_type.as_str() {
        "Reshape" => reshaped(arguments),
        "Flatten" => flatten(arguments),
        "Squeeze" => (|| {
            let tensor = arguments.get(0)?;
            tensor.reshaped(squeeze(&tensor.shape, arguments.ints("axes", 1)?.as_deref())?)
        })(),
        "Unsqueeze" => (|| {
            let (tensor, axes) = (arguments.get(0)?, arguments.ints("axes", 1)?.ok_or("no axes")?);
            tensor.reshaped(unsqueeze(&tensor.shape, &axes)?)
        })(),
        "Transpose" => transpose(arguments),
        "Expand" => (|| {
            let tensor = arguments.get(0)?;
            let shape = broadcast(&tensor.shape, &sizes(&arguments.get(1)?.to_ints()?)?)?;
            let strides = broadcast_strides(&tensor.shape, &shape);
            strided(tensor, shape, &strides, 0)
        })(),
        "Tile" => tile(arguments),
        "Slice" => sliced(arguments),
        "Gather" => gather(arguments),
        "GatherND" => gather_nd(arguments),
        "GatherElements" => gather_elements(arguments),
        "Concat" => concat(arguments),
        "Resize" => resize(arguments),
        _ => return None,
    })
}

fn taken(data: &Data, places: impl Iterator<Item = usize>) -> Data {
    match data {
        Data::Float(values) => Data::Float(Arc::new(places.map(|i| values[i]).collect())),
        Data::Int(values) => Data::Int(Arc::new(places.map(|i| values[i]).collect())),
    }
}

fn strided(tensor: &Tensor, shape: Vec<usize>, strides: &[usize], offset: usize) -> Result<Tensor, Reason> {
    grown(&shape, tensor.len())?;
    let data = taken(&tensor.data, Offsets::new(&shape, strides, offset));
    Ok(Tensor { shape, data })
}

fn reshaped(arguments: &Arguments) -> Result<Tensor, Reason> {
    let tensor = arguments.get(0)?;
    let shape = reshape(&tensor.shape, &arguments.get(1)?.to_ints()?, arguments.node.int("allowzero", 0) != 0)?;
    tensor.reshaped(shape)
}

fn flatten(arguments: &Arguments) -> Result<Tensor, Reason> {
    let tensor = arguments.get(0)?;
    let at = arguments.node.int("axis", 1);
    let at = if at == tensor.shape.len() as i64 { tensor.shape.len() } else { axis(at, tensor.shape.len())? };
    let outer: usize = tensor.shape[..at].iter().product();
    tensor.reshaped(vec![outer, tensor.shape[at..].iter().product()])
}

/// The order of axes that `Transpose` states, or the reverse.
pub fn order(node: &crate::pack::import::onnx::schema::Node, rank: usize) -> Result<Vec<usize>, Reason> {
    let Some(order) = node.ints("perm") else { return Ok((0..rank).rev().collect()) };
    let axes: Vec<usize> = order.iter().map(|a| axis(*a, rank)).collect::<Result<_, _>>()?;
    let is_whole = axes.len() == rank && (0..rank).all(|a| axes.contains(&a));
    if is_whole { Ok(axes) } else { Err(format!("{rank} axes in the order {order:?}")) }
}

fn transpose(arguments: &Arguments) -> Result<Tensor, Reason> {
    let tensor = arguments.get(0)?;
    let order = order(arguments.node, tensor.shape.len())?;
    let strides = dense(&tensor.shape);
    let moved: Vec<_> = order.iter().map(|a| strides[*a]).collect();
    strided(tensor, order.iter().map(|a| tensor.shape[*a]).collect(), &moved, 0)
}

fn tile(arguments: &Arguments) -> Result<Tensor, Reason> {
    let tensor = arguments.get(0)?;
    let repeats = sizes(&arguments.get(1)?.to_ints()?)?;
    if repeats.len() != tensor.shape.len() {
        return Err(format!("{:?} repeated {repeats:?} times", tensor.shape));
    }
    let own = dense(&tensor.shape);
    let axes = tensor.shape.iter().zip(&own).zip(&repeats);
    // Each axis as two: the repetitions, then the axis itself.
    let (shape, strides): (Vec<_>, Vec<_>) = axes.flat_map(|((n, s), r)| [(*r, 0), (*n, *s)]).unzip();
    let tiled = strided(tensor, shape, &strides, 0)?;
    tiled.reshaped(tensor.shape.iter().zip(&repeats).map(|(n, r)| n * r).collect())
}

/// Axis, start, step and count of each axis that a `Slice` cuts; `shape` is that of its first input.
pub fn slices(
    node: &crate::pack::import::onnx::schema::Node,
    shape: &[usize],
    inputs: &[Option<Tensor>],
) -> Result<Vec<(usize, usize, i64, usize)>, Reason> {
    let arguments = Arguments { node, inputs };
    let starts = arguments.ints("starts", 1)?.ok_or("a slice without a start")?;
    let ends = arguments.ints("ends", 2)?.ok_or("a slice without an end")?;
    let axes = arguments.ints("axes", 3)?.unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = arguments.ints("steps", 4)?.unwrap_or_else(|| vec![1; starts.len()]);
    if [ends.len(), axes.len(), steps.len()] != [starts.len(); 3] {
        return Err("a slice with bounds of different numbers".into());
    }
    let bounds = starts.iter().zip(&ends).zip(axes.iter().zip(&steps));
    let cut = |((start, end), (at, step)): ((&i64, &i64), (&i64, &i64))| {
        let at = axis(*at, shape.len())?;
        let (start, step, count) = slice(*start, *end, *step, shape[at])?;
        Ok((at, start, step, count))
    };
    bounds.map(cut).collect()
}

fn sliced(arguments: &Arguments) -> Result<Tensor, Reason> {
    let mut tensor = arguments.get(0)?.clone();
    for (at, start, step, count) in slices(arguments.node, &tensor.shape, arguments.inputs)? {
        let rows = (0..count as i64).map(|i| (start as i64 + i * step) as usize).collect::<Vec<_>>();
        tensor = picked(&tensor, at, &rows, &[count])?;
    }
    Ok(tensor)
}

/// Sizes of the parts that `Split` makes of an axis.
pub fn parts(
    node: &crate::pack::import::onnx::schema::Node,
    size: usize,
    inputs: &[Option<Tensor>],
) -> Result<Vec<usize>, Reason> {
    let arguments = Arguments { node, inputs };
    let parts = match arguments.ints("split", 1)? {
        Some(parts) => sizes(&parts)?,
        None => {
            let count = node.output.len().max(1);
            let part = size.div_ceil(count);
            (0..count).map(|i| part.min(size.saturating_sub(i * part))).collect()
        }
    };
    let sum = parts.iter().try_fold(0usize, |sum, n| sum.checked_add(*n));
    if sum == Some(size) { Ok(parts) } else { Err(format!("{size} split as {parts:?}")) }
}

pub fn split(arguments: &Arguments) -> Result<Vec<Tensor>, Reason> {
    let tensor = arguments.get(0)?;
    let at = axis(arguments.node.int("axis", 0), tensor.shape.len())?;
    let strides = dense(&tensor.shape);
    let mut start = 0;
    let part = |size: usize| {
        let mut shape = tensor.shape.clone();
        shape[at] = size;
        let part = strided(tensor, shape, &strides, start * strides[at]);
        start += size;
        part
    };
    parts(arguments.node, tensor.shape[at], arguments.inputs)?.into_iter().map(part).collect()
}

fn gather(arguments: &Arguments) -> Result<Tensor, Reason> {
    let (tensor, indices) = (arguments.get(0)?, arguments.get(1)?);
    let at = axis(arguments.node.int("axis", 0), tensor.shape.len())?;
    let rows: Vec<usize> = indices.to_ints()?.iter().map(|i| index(*i, tensor.shape[at])).collect::<Result<_, _>>()?;
    picked(tensor, at, &rows, &indices.shape)
}

/// Some indices of an axis, in whose place are the axes `shape`.
fn picked(tensor: &Tensor, at: usize, rows: &[usize], shape: &[usize]) -> Result<Tensor, Reason> {
    let shape = [&tensor.shape[..at], shape, &tensor.shape[at + 1..]].concat();
    grown(&shape, tensor.len())?;
    let outer: usize = tensor.shape[..at].iter().product();
    let inner: usize = tensor.shape[at + 1..].iter().product();
    let size = tensor.shape[at];
    let blocks = (0..outer).flat_map(|o| rows.iter().map(move |r| (o * size + r) * inner));
    let data = taken(&tensor.data, blocks.flat_map(|start| start..start + inner));
    Ok(Tensor { shape, data })
}

fn gather_nd(arguments: &Arguments) -> Result<Tensor, Reason> {
    let (tensor, indices) = (arguments.get(0)?, arguments.get(1)?);
    let depth = indices.shape.last().copied().filter(|d| *d > 0 && *d <= tensor.shape.len());
    let depth = depth.filter(|_| arguments.node.int("batch_dims", 0) == 0).ok_or("indices of another shape")?;
    let strides = dense(&tensor.shape);
    let block: usize = tensor.shape[depth..].iter().product();
    let mut places = Vec::new();
    for tuple in indices.to_ints()?.chunks(depth) {
        let mut start = 0;
        for (a, i) in tuple.iter().enumerate() {
            start += index(*i, tensor.shape[a])? * strides[a];
        }
        places.extend(start..start + block);
        grown(&[places.len()], tensor.len())?;
    }
    let shape = [&indices.shape[..indices.shape.len() - 1], &tensor.shape[depth..]].concat();
    Ok(Tensor { shape, data: taken(&tensor.data, places.into_iter()) })
}

fn gather_elements(arguments: &Arguments) -> Result<Tensor, Reason> {
    let (tensor, indices) = (arguments.get(0)?, arguments.get(1)?);
    let at = axis(arguments.node.int("axis", 0), tensor.shape.len())?;
    let fits = |a: usize| a == at || indices.shape[a] <= tensor.shape[a];
    if indices.shape.len() != tensor.shape.len() || !(0..tensor.shape.len()).all(fits) {
        return Err(format!("elements of {:?} by indices of {:?}", tensor.shape, indices.shape));
    }
    let mut strides = dense(&tensor.shape);
    let stride = std::mem::take(&mut strides[at]);
    let picked = Offsets::new(&indices.shape, &strides, 0).zip(indices.to_ints()?.to_vec());
    let places = picked.map(|(start, i)| Ok(start + index(i, tensor.shape[at])? * stride));
    let places: Vec<usize> = places.collect::<Result<_, Reason>>()?;
    Ok(Tensor { shape: indices.shape.clone(), data: taken(&tensor.data, places.into_iter()) })
}

fn concat(arguments: &Arguments) -> Result<Tensor, Reason> {
    let first = arguments.get(0)?;
    let at = axis(arguments.node.int("axis", 0), first.shape.len())?;
    let tensors: Vec<&Tensor> = (0..arguments.inputs.len()).map(|i| arguments.get(i)).collect::<Result<_, _>>()?;
    let mut shape = first.shape.clone();
    shape[at] = 0;
    for tensor in &tensors {
        let others = |s: &[usize]| [&s[..at.min(s.len())], &s[(at + 1).min(s.len())..]].concat();
        if tensor.shape.len() != shape.len() || others(&tensor.shape) != others(&shape) {
            return Err(format!("shapes {:?} and {:?} side by side", first.shape, tensor.shape));
        }
        shape[at] += tensor.shape[at];
    }
    elements(&shape)?;
    let outer: usize = shape[..at].iter().product();
    let blocks: Vec<usize> = tensors.iter().map(|t| t.shape[at..].iter().product()).collect();
    let whole = tensors.iter().all(|t| matches!(t.data, Data::Int(_)));
    if whole {
        let values: Vec<_> = tensors.iter().map(|t| t.to_ints()).collect::<Result<_, _>>()?;
        let rows = (0..outer).flat_map(|o| values.iter().zip(&blocks).flat_map(move |(v, b)| &v[o * b..(o + 1) * b]));
        return Ok(Tensor::ints(shape.clone(), rows.copied().collect()));
    }
    let values: Vec<_> = tensors.iter().map(|t| t.to_floats()).collect();
    let rows = (0..outer).flat_map(|o| values.iter().zip(&blocks).flat_map(move |(v, b)| &v[o * b..(o + 1) * b]));
    Ok(Tensor::floats(shape.clone(), rows.copied().collect()))
}

/// To the same size, which changes nothing whatever the filter: exporters resize the positions of a vision transformer so.
fn resize(arguments: &Arguments) -> Result<Tensor, Reason> {
    let tensor = arguments.get(0)?;
    let wanted = arguments.optional(3).map(|t| t.to_ints()).transpose()?.filter(|sizes| !sizes.is_empty());
    let is_same = match wanted {
        Some(wanted) => sizes(&wanted)? == tensor.shape,
        None => arguments.optional(2).and_then(Tensor::uniform) == Some(1.0),
    };
    if is_same {
        return Ok(tensor.clone());
    }
    Err("positions resized to another grid: export the model at the size of its positions, or state that size".into())
}
