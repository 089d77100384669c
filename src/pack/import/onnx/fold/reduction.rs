//! Sums and the like along axes, and products of matrices.

use super::Arguments;
use crate::pack::import::onnx::strides::{Offsets, axis, broadcast, broadcast_strides, dense};
use crate::pack::import::onnx::tensor::{Data, Reason, Tensor, grown};

pub fn fold(arguments: &Arguments) -> Option<Result<Tensor, Reason>> {
    Some(match arguments.node.op_type.as_str() {
        "ReduceSum" => reduce(arguments, |values| values.sum()),
        "ReduceProd" => reduce(arguments, |values| values.product()),
        "ReduceMax" => reduce(arguments, |values| values.fold(f64::NEG_INFINITY, f64::max)),
        "ReduceMin" => reduce(arguments, |values| values.fold(f64::INFINITY, f64::min)),
        "ReduceMean" => reduce(arguments, |values| {
            let (n, sum) = values.fold((0u32, 0.0), |(n, sum), v| (n + 1, sum + v));
            sum / f64::from(n)
        }),
        "CumSum" => cumulative(arguments),
        "ArgMax" => arg_max(arguments),
        "MatMul" => product(arguments),
        "Gemm" => gemm(arguments),
        _ => return None,
    })
}

/// The axes that a reduction names, all where it names none.
pub fn axes(arguments: &Arguments, rank: usize) -> Result<Vec<bool>, Reason> {
    let named = arguments.ints("axes", 1)?.unwrap_or_default();
    let mut reduced = vec![named.is_empty() && arguments.node.int("noop_with_empty_axes", 0) == 0; rank];
    for a in named {
        reduced[axis(a, rank)?] = true;
    }
    Ok(reduced)
}

fn reduce(arguments: &Arguments, combine: impl Fn(&mut dyn Iterator<Item = f64>) -> f64) -> Result<Tensor, Reason> {
    let tensor = arguments.get(0)?;
    let reduced = axes(arguments, tensor.shape.len())?;
    let strides = dense(&tensor.shape);
    let pick = |wanted: bool, of: &[usize]| -> Vec<usize> {
        of.iter().zip(&reduced).filter(|(_, r)| **r == wanted).map(|(n, _)| *n).collect()
    };
    let (kept, kept_strides) = (pick(false, &tensor.shape), pick(false, &strides));
    let (inner, inner_strides) = (pick(true, &tensor.shape), pick(true, &strides));
    let value = |i: usize| match &tensor.data {
        Data::Float(v) => f64::from(v[i]),
        Data::Int(v) => v[i] as f64,
    };
    let of = |start| combine(&mut Offsets::new(&inner, &inner_strides, start).map(value));
    let values: Vec<f64> = Offsets::new(&kept, &kept_strides, 0).map(of).collect();
    let shape = if arguments.node.int("keepdims", 1) != 0 {
        tensor.shape.iter().zip(&reduced).map(|(n, r)| if *r { 1 } else { *n }).collect()
    } else {
        kept.clone()
    };
    Ok(match tensor.data {
        Data::Int(_) => Tensor::ints(shape, values.iter().map(|v| *v as i64).collect()),
        Data::Float(_) => Tensor::floats(shape, values.iter().map(|v| *v as f32).collect()),
    })
}

fn cumulative(arguments: &Arguments) -> Result<Tensor, Reason> {
    let tensor = arguments.get(0)?;
    let at = arguments.get(1)?.to_ints()?.first().copied().unwrap_or(0);
    let at = axis(at, tensor.shape.len())?;
    if arguments.node.int("exclusive", 0) != 0 || arguments.node.int("reverse", 0) != 0 {
        return Err("a cumulative sum that is exclusive or reversed".into());
    }
    let stride = dense(&tensor.shape)[at];
    let size = tensor.shape[at];
    let is_first = |i: usize| (i / stride).is_multiple_of(size);
    match &tensor.data {
        Data::Int(values) => {
            let mut values = values.to_vec();
            (0..values.len())
                .filter(|i| !is_first(*i))
                .for_each(|i| values[i] = values[i].wrapping_add(values[i - stride]));
            Ok(Tensor::ints(tensor.shape.clone(), values))
        }
        Data::Float(values) => {
            let mut values = values.to_vec();
            (0..values.len()).filter(|i| !is_first(*i)).for_each(|i| values[i] += values[i - stride]);
            Ok(Tensor::floats(tensor.shape.clone(), values))
        }
    }
}

fn arg_max(arguments: &Arguments) -> Result<Tensor, Reason> {
    let tensor = arguments.get(0)?;
    let at = axis(arguments.node.int("axis", 0), tensor.shape.len())?;
    let (size, stride) = (tensor.shape[at], dense(&tensor.shape)[at]);
    if size == 0 {
        return Err("the largest of no values".into());
    }
    let values = tensor.to_floats();
    let mut kept = tensor.shape.clone();
    kept[at] = 1;
    let last = arguments.node.int("select_last_index", 0) != 0;
    let strides: Vec<usize> = dense(&tensor.shape);
    let of = |start: usize| {
        let mut best = 0;
        for i in 1..size {
            let (new, old) = (values[start + i * stride], values[start + best * stride]);
            if new > old || (last && new == old) {
                best = i;
            }
        }
        best as i64
    };
    let found = Offsets::new(&kept, &strides, 0).map(of).collect();
    if arguments.node.int("keepdims", 1) == 0 {
        kept.remove(at);
    }
    Ok(Tensor::ints(kept, found))
}

fn product(arguments: &Arguments) -> Result<Tensor, Reason> {
    multiplied(arguments.get(0)?, arguments.get(1)?)
}

/// Most multiplications of a product of constants.
const MAX_PRODUCTS: usize = 1 << 32;

fn multiplied(a: &Tensor, b: &Tensor) -> Result<Tensor, Reason> {
    let failed = || format!("a product of matrices {:?} and {:?}", a.shape, b.shape);
    let ([outer_a @ .., m, k], [outer_b @ .., k2, n]) = (&a.shape[..], &b.shape[..]) else { return Err(failed()) };
    let (m, k, n) = (*m, *k, *n);
    if k != *k2 {
        return Err(failed());
    }
    let outer = broadcast(outer_a, outer_b)?;
    let shape = [&outer[..], &[m, n]].concat();
    if grown(&shape, a.len().max(b.len()))?.checked_mul(k).is_none_or(|products| products > MAX_PRODUCTS) {
        return Err(failed());
    }
    let (sa, sb) = (broadcast_strides(outer_a, &outer), broadcast_strides(outer_b, &outer));
    let (x, y) = (a.to_floats(), b.to_floats());
    let mut out = Vec::with_capacity(shape.iter().product());
    for (i, j) in Offsets::new(&outer, &sa, 0).zip(Offsets::new(&outer, &sb, 0)) {
        let (x, y) = (&x[i * m * k..][..m * k], &y[j * k * n..][..k * n]);
        for r in 0..m {
            let mut row = vec![0.0f64; n];
            for (v, line) in x[r * k..][..k].iter().zip(y.chunks(n.max(1))) {
                row.iter_mut().zip(line).for_each(|(sum, w)| *sum += f64::from(*v) * f64::from(*w));
            }
            out.extend(row.iter().map(|v| *v as f32));
        }
    }
    Ok(Tensor::floats(shape, out))
}

fn transposed(tensor: &Tensor) -> Result<Tensor, Reason> {
    let [rows, columns] = tensor.shape[..] else { return Err("a matrix product of no matrix".into()) };
    let values = tensor.to_floats();
    let moved = (0..columns).flat_map(|c| (0..rows).map(move |r| r * columns + c)).map(|i| values[i]).collect();
    Ok(Tensor::floats(vec![columns, rows], moved))
}

fn gemm(arguments: &Arguments) -> Result<Tensor, Reason> {
    let side = |i: usize, flag: &str| {
        let tensor = arguments.get(i)?;
        if arguments.node.int(flag, 0) != 0 { transposed(tensor) } else { Ok(tensor.clone()) }
    };
    let product = multiplied(&side(0, "transA")?, &side(1, "transB")?)?;
    let alpha = arguments.node.float("alpha", 1.0);
    let mut values: Vec<f32> = product.to_floats().iter().map(|v| v * alpha).collect();
    if let Some(bias) = arguments.optional(2) {
        let beta = arguments.node.float("beta", 1.0);
        if broadcast(&bias.shape, &product.shape)? != product.shape {
            return Err(format!("a bias of shape {:?}", bias.shape));
        }
        let (strides, bias) = (broadcast_strides(&bias.shape, &product.shape), bias.to_floats());
        values.iter_mut().zip(Offsets::new(&product.shape, &strides, 0)).for_each(|(v, i)| *v += beta * bias[i]);
    }
    Ok(Tensor::floats(product.shape, values))
}
