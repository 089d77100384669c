use super::Params;
use crate::Result;
use crate::kernels::{Activation, Call, Operation, Shape, Tensors, Values, node};

node! {
    /// `activation(input · gain + bias)` with a gain and a bias for each channel: a batch norm before an activation, or the scale of
    /// a layer.
    pub struct Node {
        pub input: String,
        pub weight: String,
        /// Whether there is a bias.
        #[serde(skip_serializing_if = "is_true")]
        pub bias: bool = true,
        pub activation: Activation,
        pub output: String,
    }
}

fn is_true(value: &bool) -> bool {
    *value
}

impl Operation for Node {
    fn values(&self) -> Values<'_> {
        Values::new(&self.input, &self.output)
    }

    fn lower(&self, tensors: &dyn Tensors, input: Shape, _: Option<Shape>) -> Result<(Call, Shape)> {
        let width = input.channels;
        let params = Params {
            scaled: 1,
            gain: tensors.gain(&self.weight, width)?,
            biased: self.bias.into(),
            bias: if self.bias { tensors.bias(&self.weight, width)? } else { 0 },
            ..Params::of(tensors, &self.output, input, self.activation)?
        };
        Ok((params.into(), input))
    }
}
