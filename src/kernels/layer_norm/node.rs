use super::Params;
use crate::Result;
use crate::kernels::{Call, Operation, Shape, Tensors, Values, node};

node! {
    /// Layer normalisation over the last axis (Ba et al. 2016, eq. 4).
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
        tensors.multiple("width of a layer norm", width, 4)?;
        let gain = tensors.gain(&self.weight, width)?;
        let bias = tensors.bias(&self.weight, width)?;
        let params = Params { rows: input.rows(), width, gain, bias, epsilon: self.epsilon, centred: 1 };
        Ok((params.into(), input))
    }
}
