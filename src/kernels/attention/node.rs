use serde::{Deserialize, Serialize};

use super::{MAX_HEAD_WIDTH, Params};
use crate::Result;
use crate::kernels::{Call, Operation, Shape, Tensors, Values};

/// Softmax attention of all tokens to all (Vaswani et al. 2017, eq. 1); input `[tokens, 3 · width]`: queries, keys, values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    pub input: String,
    pub heads: u32,
    pub output: String,
}

impl Operation for Node {
    fn values(&self) -> Values<'_> {
        Values::new(&self.input, &self.output)
    }

    fn lower(&self, tensors: &dyn Tensors, input: Shape) -> Result<(Call, Shape)> {
        let heads = self.heads;
        let width = input.channels / 3;
        let fits = heads > 0 && width * 3 == input.channels && width.is_multiple_of(heads);
        let head_width = if fits { width / heads } else { 0 };
        if head_width == 0 || !head_width.is_multiple_of(4) || head_width > MAX_HEAD_WIDTH {
            let expected = format!("queries, keys and values in heads of 4 to {MAX_HEAD_WIDTH}");
            return Err(tensors.error(expected, format!("{} values in {heads} heads", input.channels)));
        }
        let params = Params { rows: input.rows(), heads, head_width };
        Ok((params.into(), Shape { channels: width, ..input }))
    }
}
