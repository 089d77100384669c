use super::{MEAN, Params};
use crate::Result;
use crate::kernels::{Call, Operation, Shape, Tensors, Values, node};

/// Most windows along a side.
const MAX_SIDE: u32 = 64;

node! {
    /// The means of `height × width` windows that divide the input evenly, as PyTorch's `AdaptiveAvgPool2d` has them: from
    /// ⌊i · input / output⌋ to ⌈(i + 1) · input / output⌉.
    pub struct Node {
        pub input: String,
        pub height: u32,
        pub width: u32,
        pub output: String,
    }
}

impl Operation for Node {
    fn values(&self) -> Values<'_> {
        Values::new(&self.input, &self.output)
    }

    fn lower(&self, tensors: &dyn Tensors, input: Shape, _: Option<Shape>) -> Result<(Call, Shape)> {
        tensors.pixels(&self.output, input)?;
        let sides = 1..=MAX_SIDE;
        // A side times the number of windows stays within 32 bits.
        if !sides.contains(&self.height) || !sides.contains(&self.width) || input.height.max(input.width) >= 1 << 26 {
            let expected = format!("at most {MAX_SIDE} windows along the sides of {}", self.output);
            return Err(tensors.error(expected, format!("{} × {} of {input:?}", self.height, self.width)));
        }
        let params = Params::adaptive(input, self.height, self.width, MEAN).checked(tensors, &self.output)?;
        Ok((params.into(), params.output()))
    }
}
