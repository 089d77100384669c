use super::Params;
use crate::Result;
use crate::kernels::{Call, Operation, Shape, Tensors, Values, node};

node! {
    /// Root mean square normalisation over the last axis (Zhang and Sennrich 2019, eq. 4): no mean, no bias.
    pub struct Node {
        pub input: String,
        pub weight: String,
        pub epsilon: f32,
        pub output: String,
    }
}

impl Operation for Node {
    fn values(&self) -> Values<'_> {
        Values::new(&self.input, &self.output)
    }

    fn lower(&self, tensors: &dyn Tensors, input: Shape, _: Option<Shape>) -> Result<(Call, Shape)> {
        let width = input.channels;
        tensors.multiple(&format!("channels of {}", self.output), width, 4)?;
        let gain = tensors.gain(&self.weight, width)?;
        let params = Params { rows: input.rows(), width, gain, bias: 0, epsilon: self.epsilon, centred: 0 };
        Ok((params.into(), input))
    }
}
