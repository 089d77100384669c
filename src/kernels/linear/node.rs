use super::Params;
use crate::Result;
use crate::kernels::{Activation, Call, Operation, Shape, Tensors, Values, node};

node! {
    /// `activation(input · weightᵀ + bias) + residual`; over pixels it is a 1×1 convolution.
    pub struct Node {
        pub input: String,
        pub weight: String,
        pub activation: Activation,
        pub residual: Option<String> = None,
        pub output: String,
    }
}

impl Operation for Node {
    fn values(&self) -> Values<'_> {
        Values { other: self.residual.as_deref(), ..Values::new(&self.input, &self.output) }
    }

    fn lower(&self, tensors: &dyn Tensors, input: Shape, other: Option<Shape>) -> Result<(Call, Shape)> {
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
        let output = Shape { channels: outer, ..input };
        if self.residual.is_some() {
            tensors.second(&format!("a residual for {}", self.output), other, output)?;
        }
        Ok((params.into(), output))
    }
}
