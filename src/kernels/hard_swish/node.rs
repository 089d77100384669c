use super::Params;
use crate::Result;
use crate::kernels::{Call, Operation, Shape, Tensors, Values, node};

node! {
    /// `x · ReLU6(x + 3) / 6` of every value (Howard et al. 2019, section 5.2).
    pub struct Node {
        pub input: String,
        pub output: String,
    }
}

impl Operation for Node {
    fn values(&self) -> Values<'_> {
        Values::new(&self.input, &self.output)
    }

    fn lower(&self, tensors: &dyn Tensors, input: Shape, _: Option<Shape>) -> Result<(Call, Shape)> {
        tensors.multiple("channels of a hard-swish", input.channels, 4)?;
        let params = Params { rows: input.rows(), width: input.channels };
        Ok((params.into(), input))
    }
}
