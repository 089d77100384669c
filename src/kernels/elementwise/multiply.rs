use super::{MULTIPLY, Params};
use crate::Result;
use crate::kernels::{Activation, Call, Operation, Shape, Tensors, Values, node};

node! {
    /// `activation(input · other)` of two values of the same shape, or with one row that is a factor for each channel
    /// (squeeze-and-excitation, Hu et al. 2018, eq. 4).
    pub struct Node {
        pub input: String,
        pub other: String,
        pub activation: Activation,
        pub output: String,
    }
}

impl Operation for Node {
    fn values(&self) -> Values<'_> {
        Values { other: Some(&self.other), ..Values::new(&self.input, &self.output) }
    }

    fn lower(&self, tensors: &dyn Tensors, input: Shape, other: Option<Shape>) -> Result<(Call, Shape)> {
        let broadcast = other.is_some_and(|other| other.rows() == 1 && !other.per_token);
        let like = if broadcast { Shape { height: 1, width: 1, per_token: false, ..input } } else { input };
        tensors.second(&format!("a factor for {}", self.output), other, like)?;
        let params = Params {
            second: MULTIPLY,
            broadcast: broadcast.into(),
            ..Params::of(tensors, &self.output, input, self.activation)?
        };
        Ok((params.into(), input))
    }
}
