use super::{MEAN, MEAN_OF_ALL, Params};
use crate::Result;
use crate::kernels::{Call, Operation, Shape, Tensors, Values, Window, node};

node! {
    /// The mean of each window.
    pub struct Node {
        pub input: String,
        pub window: Window,
        /// Whether padding counts, as zeros.
        pub count_padding: bool,
        pub output: String,
    }
}

impl Operation for Node {
    fn values(&self) -> Values<'_> {
        Values::new(&self.input, &self.output)
    }

    fn lower(&self, tensors: &dyn Tensors, input: Shape, _: Option<Shape>) -> Result<(Call, Shape)> {
        let kind = if self.count_padding { MEAN_OF_ALL } else { MEAN };
        let params = Params::windowed(tensors, &self.output, input, &self.window, kind)?;
        Ok((params.into(), params.output()))
    }
}
