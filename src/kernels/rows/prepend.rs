use safetensors::Dtype;

use super::{PREPEND, Params};
use crate::Result;
use crate::kernels::{Call, Operation, Shape, Tensors, Values, node};

node! {
    /// `[class; input] + positions` (Dosovitskiy et al. 2021, eq. 1), from the tensors `<weight>.class` `[width]` and
    /// `<weight>.positions` `[rows, width]`, a row more with `class`; without `class`, `input + positions`.
    pub struct Node {
        pub input: String,
        pub weight: String,
        /// Whether a class token comes first.
        pub class: bool,
        pub output: String,
    }
}

impl Operation for Node {
    fn values(&self) -> Values<'_> {
        Values::new(&self.input, &self.output)
    }

    fn lower(&self, tensors: &dyn Tensors, input: Shape, _: Option<Shape>) -> Result<(Call, Shape)> {
        let Node { weight, output, .. } = self;
        tensors.pixels(output, input)?;
        let width = input.channels;
        let with_class = u32::from(self.class);
        let height = input.rows().saturating_add(with_class);
        let place = |name, rows: u32| {
            tensors.place(&format!("{weight}.{name}"), Dtype::F32, u64::from(rows) * u64::from(width))
        };
        let params = Params {
            with_class,
            class_token: if self.class { place("class", 1)? } else { 0 },
            positions: place("positions", height)?,
            ..Params::new(tensors, output, input, PREPEND)?
        };
        Ok((params.into(), Shape { height, width: 1, ..input }))
    }
}
