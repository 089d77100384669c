use super::{MAX, MAX_OF_ALL, Params};
use crate::Result;
use crate::kernels::{Call, Operation, Shape, Tensors, Values, Window, node};

node! {
    /// The largest value of each window.
    pub struct Node {
        pub input: String,
        pub window: Window,
        /// Whether padding counts, as zeros.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        pub count_padding: bool = false,
        pub output: String,
    }
}

impl Operation for Node {
    fn values(&self) -> Values<'_> {
        Values::new(&self.input, &self.output)
    }

    fn lower(&self, tensors: &dyn Tensors, input: Shape, _: Option<Shape>) -> Result<(Call, Shape)> {
        let kind = if self.count_padding { MAX_OF_ALL } else { MAX };
        let params = Params::windowed(tensors, &self.output, input, &self.window, kind)?;
        Ok((params.into(), params.output()))
    }
}
