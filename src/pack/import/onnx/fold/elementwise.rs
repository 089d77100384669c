//! Operators on each value alone, with broadcasting.

use std::sync::Arc;

use super::Arguments;
use crate::pack::import::onnx::strides::{Offsets, broadcast, broadcast_strides};
use crate::pack::import::onnx::tensor::{Data, Reason, Tensor, grown};

pub fn fold(arguments: &Arguments) -> Option<Result<Tensor, Reason>> {
    let operator = arguments.node.op_type.as_str();
    if operator == "Where" {
        return Some(choose(arguments));
    }
    if operator == "Clip" {
        return Some(clip(arguments));
    }
    if matches!(operator, "Min" | "Max" | "Sum") {
        return Some(fold_all(arguments));
    }
    if let Some(unary) = unary(operator) {
        return Some(arguments.get(0).map(unary));
    }
    let (int, float) = binary(operator)?;
    Some(arguments.get(0).and_then(|a| arguments.get(1).and_then(|b| together(a, b, int, float))))
}

type Unary = fn(&Tensor) -> Tensor;

fn floats(tensor: &Tensor, f: impl Fn(f32) -> f32) -> Tensor {
    Tensor::floats(tensor.shape.clone(), tensor.to_floats().iter().map(|v| f(*v)).collect())
}

/// Of whole numbers by `int`, of others by `float`.
fn either(tensor: &Tensor, int: impl Fn(i64) -> i64, float: impl Fn(f32) -> f32) -> Tensor {
    match &tensor.data {
        Data::Int(v) => Tensor::ints(tensor.shape.clone(), v.iter().map(|v| int(*v)).collect()),
        Data::Float(_) => floats(tensor, float),
    }
}

fn truth(tensor: &Tensor, f: impl Fn(f32) -> bool) -> Tensor {
    Tensor::ints(tensor.shape.clone(), tensor.to_floats().iter().map(|v| i64::from(f(*v))).collect())
}

fn unary(operator: &str) -> Option<Unary> {
    Some(match operator {
        "Identity" | "Dropout" => Tensor::clone,
        "Neg" => |t| either(t, i64::wrapping_neg, |v| -v),
        "Abs" => |t| either(t, i64::wrapping_abs, f32::abs),
        "Sign" => |t| either(t, i64::signum, |v| if v == 0.0 { 0.0 } else { v.signum() }),
        "Relu" => |t| either(t, |v| v.max(0), |v| v.max(0.0)),
        "Not" => |t| truth(t, |v| v == 0.0),
        "IsNaN" => |t| truth(t, f32::is_nan),
        "IsInf" => |t| truth(t, f32::is_infinite),
        "Sqrt" => |t| floats(t, f32::sqrt),
        "Reciprocal" => |t| floats(t, |v| 1.0 / v),
        "Exp" => |t| floats(t, f32::exp),
        "Log" => |t| floats(t, f32::ln),
        "Sin" => |t| floats(t, f32::sin),
        "Cos" => |t| floats(t, f32::cos),
        "Tanh" => |t| floats(t, f32::tanh),
        "Sigmoid" => |t| floats(t, |v| 1.0 / (1.0 + (-v).exp())),
        "Floor" => |t| floats(t, f32::floor),
        "Ceil" => |t| floats(t, f32::ceil),
        "Round" => |t| floats(t, f32::round_ties_even),
        _ => return None,
    })
}

type OfInts = fn(i64, i64) -> i64;
type OfFloats = fn(f32, f32) -> f32;

/// The operator of whole numbers and of others; comparisons give 0 or 1 and are whole numbers either way.
fn binary(operator: &str) -> Option<(OfInts, Out)> {
    use Out::{Number, Truth};
    Some(match operator {
        "Add" => (i64::wrapping_add, Number(|a, b| a + b)),
        "Sub" => (i64::wrapping_sub, Number(|a, b| a - b)),
        "Mul" => (i64::wrapping_mul, Number(|a, b| a * b)),
        "Div" => (|a, b| a.checked_div(b).unwrap_or(0), Number(|a, b| a / b)),
        "Mod" => (
            |a, b| a.checked_rem(b).map_or(0, |r| if r != 0 && (r < 0) != (b < 0) { r + b } else { r }),
            Number(|a, b| a % b),
        ),
        "Pow" => (|a, b| u32::try_from(b).ok().and_then(|b| a.checked_pow(b)).unwrap_or(0), Number(f32::powf)),
        "Min" => (i64::min, Number(f32::min)),
        "Max" => (i64::max, Number(f32::max)),
        "Equal" => (|a, b| i64::from(a == b), Truth(|a, b| a == b)),
        "Less" => (|a, b| i64::from(a < b), Truth(|a, b| a < b)),
        "LessOrEqual" => (|a, b| i64::from(a <= b), Truth(|a, b| a <= b)),
        "Greater" => (|a, b| i64::from(a > b), Truth(|a, b| a > b)),
        "GreaterOrEqual" => (|a, b| i64::from(a >= b), Truth(|a, b| a >= b)),
        "And" => (|a, b| i64::from(a != 0 && b != 0), Truth(|a, b| a != 0.0 && b != 0.0)),
        "Or" => (|a, b| i64::from(a != 0 || b != 0), Truth(|a, b| a != 0.0 || b != 0.0)),
        "Xor" => (|a, b| i64::from((a != 0) != (b != 0)), Truth(|a, b| (a != 0.0) != (b != 0.0))),
        _ => return None,
    })
}

enum Out {
    Number(OfFloats),
    Truth(fn(f32, f32) -> bool),
}

fn together(a: &Tensor, b: &Tensor, int: OfInts, float: Out) -> Result<Tensor, Reason> {
    let shape = broadcast(&a.shape, &b.shape)?;
    grown(&shape, a.len().max(b.len()))?;
    let (sa, sb) = (broadcast_strides(&a.shape, &shape), broadcast_strides(&b.shape, &shape));
    let pairs = Offsets::new(&shape, &sa, 0).zip(Offsets::new(&shape, &sb, 0));
    if let (Data::Int(x), Data::Int(y)) = (&a.data, &b.data) {
        let values = pairs.map(|(i, j)| int(x[i], y[j])).collect();
        return Ok(Tensor::ints(shape, values));
    }
    let (x, y) = (a.to_floats(), b.to_floats());
    match float {
        Out::Number(f) => {
            let values = pairs.map(|(i, j)| f(x[i], y[j])).collect();
            Ok(Tensor::floats(shape, values))
        }
        Out::Truth(f) => {
            let values = pairs.map(|(i, j)| i64::from(f(x[i], y[j]))).collect();
            Ok(Tensor::ints(shape, values))
        }
    }
}

fn fold_all(arguments: &Arguments) -> Result<Tensor, Reason> {
    let operator = if arguments.node.op_type == "Sum" { "Add" } else { &arguments.node.op_type };
    let mut all = arguments.get(0)?.clone();
    for i in 1..arguments.inputs.len() {
        let (int, float) = binary(operator).ok_or("another operator")?;
        all = together(&all, arguments.get(i)?, int, float)?;
    }
    Ok(all)
}

fn clip(arguments: &Arguments) -> Result<Tensor, Reason> {
    let node = arguments.node;
    let mut values = arguments.get(0)?.clone();
    for (i, name, operator) in [(1, "min", "Max"), (2, "max", "Min")] {
        let stated = node.has(name).then(|| Tensor::floats(vec![], vec![node.float(name, 0.0)]));
        let bound = arguments.optional(i).cloned().or(stated);
        if let (Some(bound), Some((int, float))) = (bound, binary(operator)) {
            values = together(&values, &bound, int, float)?;
        }
    }
    Ok(values)
}

fn choose(arguments: &Arguments) -> Result<Tensor, Reason> {
    let (condition, a, b) = (arguments.get(0)?, arguments.get(1)?, arguments.get(2)?);
    let shape = broadcast(&condition.shape, &broadcast(&a.shape, &b.shape)?)?;
    grown(&shape, a.len().max(b.len()))?;
    let strides = [condition, a, b].map(|t| broadcast_strides(&t.shape, &shape));
    let [c, i, j] = [0, 1, 2].map(|n: usize| Offsets::new(&shape, &strides[n], 0));
    let condition = condition.to_floats();
    let chosen = c.zip(i.zip(j)).map(|(c, (i, j))| if condition[c] != 0.0 { (true, i) } else { (false, j) });
    let data = match (&a.data, &b.data) {
        (Data::Int(a), Data::Int(b)) => {
            Data::Int(Arc::new(chosen.map(|(first, at)| if first { a[at] } else { b[at] }).collect()))
        }
        _ => {
            let (a, b) = (a.to_floats(), b.to_floats());
            Data::Float(Arc::new(chosen.map(|(first, at)| if first { a[at] } else { b[at] }).collect()))
        }
    };
    Ok(Tensor { shape, data })
}
