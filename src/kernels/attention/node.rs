use super::Params;
use crate::Result;
use crate::kernels::{Call, Operation, Shape, Tensors, Values, node};

node! {
    /// Softmax attention of all tokens to all, or to those up to them (Vaswani et al. 2017, eq. 1); input `[tokens, 3 · width]`:
    /// queries, keys, values.
    pub struct Node {
        pub input: String,
        pub heads: u32,
        /// Whether a token takes notice of no later one, as in a text decoder.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        pub causal: bool = false,
        pub output: String,
    }
}

impl Operation for Node {
    fn values(&self) -> Values<'_> {
        Values::new(&self.input, &self.output)
    }

    fn lower(&self, tensors: &dyn Tensors, input: Shape, _: Option<Shape>) -> Result<(Call, Shape)> {
        let heads = self.heads;
        tensors.multiple(&format!("channels of the input of {}", self.output), input.channels, 3)?;
        let width = input.channels / 3;
        let head_width = Params::head_width(tensors, width, heads)?;
        let causal = self.causal.into();
        let params = Params { rows: input.rows(), heads, head_width, causal, pooled: 0, query: 0 };
        Ok((params.into(), Shape { channels: width, ..input }))
    }
}
