use super::{Params, UPSAMPLE};
use crate::Result;
use crate::kernels::{Call, Operation, Shape, Tensors, Values, node};

/// Largest factor.
const MAX_FACTOR: u32 = 64;

node! {
    /// Every pixel repeated `factor` times along both sides (nearest neighbour).
    pub struct Node {
        pub input: String,
        pub factor: u32,
        pub output: String,
    }
}

impl Operation for Node {
    fn values(&self) -> Values<'_> {
        Values::new(&self.input, &self.output)
    }

    fn lower(&self, tensors: &dyn Tensors, input: Shape, _: Option<Shape>) -> Result<(Call, Shape)> {
        let Node { factor, output, .. } = self;
        tensors.pixels(output, input)?;
        if !(1..=MAX_FACTOR).contains(factor) {
            return Err(tensors.error(format!("a factor of {output} from 1 to {MAX_FACTOR}"), factor.to_string()));
        }
        let params = Params { factor: *factor, columns: input.width, ..Params::new(tensors, output, input, UPSAMPLE)? };
        let [height, width] = [input.height, input.width].map(|side| side.saturating_mul(*factor));
        Ok((params.into(), Shape { height, width, ..input }))
    }
}
