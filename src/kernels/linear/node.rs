use serde::{Deserialize, Serialize};

use super::Params;
use crate::Result;
use crate::kernels::{Activation, Call, Operation, Shape, Tensors, Values};

/// `activation(input · weightᵀ + bias) + residual`; over pixels it is a 1×1 convolution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    pub input: String,
    pub weight: String,
    pub activation: Activation,
    pub residual: Option<String>,
    pub output: String,
}

impl Operation for Node {
    fn values(&self) -> Values<'_> {
        Values { residual: self.residual.as_deref(), ..Values::new(&self.input, &self.output) }
    }

    fn lower(&self, tensors: &dyn Tensors, input: Shape) -> Result<(Call, Shape)> {
        let weight = &self.weight;
        let matrix = tensors.matrix(weight)?;
        let outer = matrix.rows;
        tensors.multiple(&format!("rows of {weight}"), outer, 4)?;
        if matrix.width != input.channels {
            let expected = format!("{weight} of width {}", input.channels);
            return Err(tensors.error(expected, matrix.width.to_string()));
        }
        let params = Params {
            rows: input.rows(),
            inner: matrix.width,
            outer,
            is_int4: matrix.is_int4.into(),
            activation: self.activation.code(),
            weight: matrix.codes,
            scale: matrix.scale,
            bias: tensors.bias(weight, outer)?,
            residual: self.residual.is_some().into(),
        };
        Ok((params.into(), Shape { channels: outer, ..input }))
    }
}
