use super::{ADD, Params};
use crate::Result;
use crate::kernels::{Activation, Call, Operation, Shape, Tensors, Values, node};

node! {
    /// `activation(input + residual)` of two values of the same shape.
    pub struct Node {
        pub input: String,
        pub residual: String,
        pub activation: Activation,
        pub output: String,
    }
}

impl Operation for Node {
    fn values(&self) -> Values<'_> {
        Values { other: Some(&self.residual), ..Values::new(&self.input, &self.output) }
    }

    fn lower(&self, tensors: &dyn Tensors, input: Shape, other: Option<Shape>) -> Result<(Call, Shape)> {
        tensors.second(&format!("a residual for {}", self.output), other, input)?;
        let params = Params { second: ADD, ..Params::of(tensors, &self.output, input, self.activation)? };
        Ok((params.into(), input))
    }
}
