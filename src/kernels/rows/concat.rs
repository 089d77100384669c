use super::{CONCAT, Params};
use crate::Result;
use crate::kernels::{Call, Operation, Shape, Tensors, Values, node};

node! {
    /// The channels of two values with the same rows side by side.
    pub struct Node {
        pub input: String,
        pub other: String,
        pub output: String,
    }
}

impl Operation for Node {
    fn values(&self) -> Values<'_> {
        Values { other: Some(&self.other), ..Values::new(&self.input, &self.output) }
    }

    fn lower(&self, tensors: &dyn Tensors, input: Shape, other: Option<Shape>) -> Result<(Call, Shape)> {
        let output = &self.output;
        let other_width = other.map_or(0, |other| other.channels);
        tensors.second(&format!("a second input for {output}"), other, Shape { channels: other_width, ..input })?;
        tensors.multiple(&format!("channels of the second input of {output}"), other_width, 4)?;
        let params = Params { other_width, ..Params::new(tensors, output, input, CONCAT)? };
        Ok((params.into(), Shape { channels: input.channels.saturating_add(other_width), ..input }))
    }
}
