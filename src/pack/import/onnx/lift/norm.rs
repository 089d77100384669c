//! Normalisation operators that are nodes of their own.

use super::elementwise::{Spread, spread};
use super::{Lift, Mapped, Read, Value};
use crate::kernels::Activation;
use crate::pack::import::onnx::draft::Operation;
use crate::pack::import::onnx::strides::axis;
use crate::pack::import::onnx::tensor::{Reason, Tensor};

pub fn batch_norm(lift: &mut Lift, read: &Read) -> Result<Vec<Value>, Reason> {
    let Value::Mapped(mapped) = read.input(0)? else { return Err(read.input(0)?.describe()) };
    let part = |i: usize| read.weights(i).map(Tensor::to_floats);
    let (gain, bias, mean, variance) = (part(1)?, part(2)?, part(3)?, part(4)?);
    let view = lift.whole(mapped)?;
    let grid = lift.grid(view.value);
    let channels = view.shape.get(1).copied().unwrap_or(0);
    if [gain.len(), bias.len(), mean.len(), variance.len()] != [channels; 4] || channels != grid.channels {
        return Err(format!("{} values over shape {:?}", gain.len(), view.shape));
    }
    let epsilon = read.node.float("epsilon", 1e-5);
    let factors: Vec<f32> = gain.iter().zip(variance.iter()).map(|(g, v)| g / (v + epsilon).sqrt()).collect();
    let rest = bias.iter().zip(mean.iter().zip(&factors)).map(|(b, (m, f))| b - m * f).collect();
    let mut shape = vec![1; view.shape.len()];
    shape[1] = channels;
    let by_channel = |values: Vec<f32>| match spread(&view, grid, &Tensor::floats(shape.clone(), values))? {
        Spread::Channels(values) => Ok::<_, Reason>(values),
        Spread::Elements(_) => Err("a second axis that is not the channels".into()),
    };
    let (gain, bias) = (by_channel(factors)?, by_channel(rest)?);
    let id = lift.push(Operation::Affine { input: view.value, gain, bias, activation: Activation::None }, grid);
    Ok(vec![Value::Mapped(Mapped::of(view.of(id)))])
}

pub fn layer_norm(lift: &mut Lift, read: &Read) -> Result<Vec<Value>, Reason> {
    let Value::Mapped(mapped) = read.input(0)? else { return Err(read.input(0)?.describe()) };
    let view = lift.whole(mapped)?;
    let grid = lift.grid(view.value);
    let rank = view.shape.len();
    if axis(read.node.int("axis", -1), rank)? + 1 != rank || !view.is_rows(grid) {
        return Err(format!("over another axis than the channels of shape {:?}", view.shape));
    }
    let part = |i: usize| {
        let values = read.weights(i)?.to_floats().to_vec();
        let expected = grid.channels;
        if values.len() == expected {
            Ok(values)
        } else {
            Err(format!("{} values for {expected} channels", values.len()))
        }
    };
    let (input, epsilon, gain) = (view.value, read.node.float("epsilon", 1e-5), part(1)?);
    let operation = match (read.node.op_type.as_str(), read.inputs.get(2)) {
        ("LayerNormalization", Some(Some(_))) => Operation::LayerNorm { input, gain, bias: part(2)?, epsilon },
        ("LayerNormalization", _) => Operation::LayerNorm { input, gain, bias: vec![0.0; grid.channels], epsilon },
        _ => Operation::RmsNorm { input, gain, epsilon },
    };
    let id = lift.push(operation, grid);
    Ok(vec![Value::Mapped(Mapped::of(view.of(id)))])
}

pub fn lp_normalization(lift: &mut Lift, read: &Read) -> Result<Vec<Value>, Reason> {
    let Value::Mapped(mapped) = read.input(0)? else { return Err(read.input(0)?.describe()) };
    let view = lift.whole(mapped)?;
    let grid = lift.grid(view.value);
    let rank = view.shape.len();
    let is_last = axis(read.node.int("axis", -1), rank)? + 1 == rank;
    if read.node.int("p", 2) != 2 || !is_last || !view.is_rows(grid) || grid.rows() != 1 {
        return Err(format!("other than L2 of one vector, over shape {:?}", view.shape));
    }
    let id = lift.push(Operation::L2Normalize { input: view.value }, grid);
    Ok(vec![Value::Mapped(Mapped::of(view.of(id)))])
}
