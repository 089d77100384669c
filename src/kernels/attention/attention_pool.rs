use safetensors::Dtype;

use super::Params;
use crate::Result;
use crate::kernels::{Call, Operation, Shape, Tensors, Values, node};

node! {
    /// Softmax attention of one learned query to all rows (the pooling head of SigLIP, Zhai et al. 2023); input
    /// `[rows, 2 · width]`: keys, values. The tensor `<query>.query` `[width]` is the query as a product would give it.
    pub struct Node {
        pub input: String,
        pub query: String,
        pub heads: u32,
        pub output: String,
    }
}

impl Operation for Node {
    fn values(&self) -> Values<'_> {
        Values::new(&self.input, &self.output)
    }

    fn lower(&self, tensors: &dyn Tensors, input: Shape, _: Option<Shape>) -> Result<(Call, Shape)> {
        let heads = self.heads;
        tensors.multiple(&format!("channels of the input of {}", self.output), input.channels, 2)?;
        let width = input.channels / 2;
        let head_width = Params::head_width(tensors, width, heads)?;
        let query = tensors.place(&format!("{}.query", self.query), Dtype::F32, width.into())?;
        let params = Params { rows: input.rows(), heads, head_width, causal: 0, pooled: 1, query };
        Ok((params.into(), Shape { height: 1, width: 1, channels: width, per_token: false }))
    }
}
