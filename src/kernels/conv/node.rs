use super::Params;
use crate::Result;
use crate::kernels::{Activation, Call, Operation, Shape, Tensors, Values, Window, node};

node! {
    /// A full convolution over `[height, width, channels]`.
    pub struct Node {
        pub input: String,
        pub weight: String,
        pub window: Window,
        pub activation: Activation,
        pub output: String,
    }
}

impl Operation for Node {
    fn values(&self) -> Values<'_> {
        Values::new(&self.input, &self.output)
    }

    fn lower(&self, tensors: &dyn Tensors, input: Shape, _: Option<Shape>) -> Result<(Call, Shape)> {
        let Node { weight, window, .. } = self;
        let matrix = tensors.matrix(weight)?;
        let out_channels = matrix.rows;
        tensors.multiple(&format!("filters of {weight}"), out_channels, 4)?;
        let (out_height, out_width) = tensors.windowed(weight, window, input)?;
        tensors.filters(weight, &matrix, window, input.channels)?;
        let params = Params {
            in_height: input.height,
            in_width: input.width,
            in_channels: input.channels,
            out_height,
            out_width,
            out_channels,
            size: window.size,
            stride: window.stride,
            pad_before: window.pad_before,
            activation: self.activation.code(),
            weight: matrix.codes,
            scale: matrix.scale,
            bias: tensors.bias(weight, out_channels)?,
            row_words: matrix.width / 4,
        };
        Ok((params.into(), Shape { height: out_height, width: out_width, channels: out_channels, ..input }))
    }
}
