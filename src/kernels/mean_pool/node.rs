use super::Params;
use crate::Result;
use crate::kernels::{Call, Operation, Shape, Tensors, Values, node};

node! {
    /// The mean over all rows (tokens or pixels).
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
        tensors.multiple("width of a mean", input.channels, 4)?;
        let params = Params { rows: input.rows(), width: input.channels };
        Ok((params.into(), Shape { height: 1, width: 1, channels: input.channels, per_token: false }))
    }
}
