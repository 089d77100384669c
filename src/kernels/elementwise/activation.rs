use super::Params;
use crate::Result;
use crate::kernels::{Activation, Call, Operation, Shape, Tensors, Values, node};

node! {
    /// An activation of every value.
    pub struct Node {
        pub input: String,
        pub activation: Activation,
        pub output: String,
    }
}

impl Operation for Node {
    fn values(&self) -> Values<'_> {
        Values::new(&self.input, &self.output)
    }

    fn lower(&self, tensors: &dyn Tensors, input: Shape, _: Option<Shape>) -> Result<(Call, Shape)> {
        let params = Params::of(tensors, &self.output, input, self.activation)?;
        Ok((params.into(), input))
    }
}
