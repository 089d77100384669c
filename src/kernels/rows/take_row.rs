use serde::{Deserialize, Serialize};

use super::{Params, TAKE_ROW};
use crate::Result;
use crate::kernels::{Call, Operation, Shape, Tensors, Values, node};

/// Which row is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Row {
    First,
    Last,
}

node! {
    /// One row of tokens: that of a class token, or of the end of a text.
    pub struct Node {
        pub input: String,
        pub row: Row,
        pub output: String,
    }
}

impl Operation for Node {
    fn values(&self) -> Values<'_> {
        Values::new(&self.input, &self.output)
    }

    fn lower(&self, tensors: &dyn Tensors, input: Shape, _: Option<Shape>) -> Result<(Call, Shape)> {
        let last = u32::from(self.row == Row::Last);
        let params = Params { last, ..Params::new(tensors, &self.output, input, TAKE_ROW)? };
        Ok((params.into(), Shape { height: 1, width: 1, channels: input.channels, per_token: false }))
    }
}
