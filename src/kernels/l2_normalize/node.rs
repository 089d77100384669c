use super::Params;
use crate::Result;
use crate::kernels::{Call, Operation, Shape, Tensors, Values, node};

node! {
    /// The vector over its Euclidean length.
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
        tensors.multiple("width of a vector", input.channels, 4)?;
        if input.rows() != 1 {
            return Err(tensors.error("one vector to normalise".into(), format!("{input:?}")));
        }
        let params = Params { width: input.channels };
        Ok((params.into(), input))
    }
}
