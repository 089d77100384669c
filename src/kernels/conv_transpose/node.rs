use super::Params;
use crate::Result;
use crate::kernels::{Activation, Call, Operation, Shape, Tensors, Values, Window, node};

node! {
    /// A transposed convolution over `[height, width, channels]` with filters `[out][y][x][in]`; the window's padding is cut from the
    /// output.
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
        let (in_channels, out_channels) = (input.channels, matrix.rows);
        tensors.multiple(&format!("channels that {weight} takes"), in_channels, 4)?;
        tensors.multiple(&format!("filters of {weight}"), out_channels, 4)?;
        tensors.filters(weight, &matrix, window, in_channels)?;
        let (out_height, out_width) = tensors.windowed_back(weight, window, input)?;
        let params = Params {
            in_height: input.height,
            in_width: input.width,
            in_channels,
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
        };
        Ok((params.into(), Shape { height: out_height, width: out_width, channels: out_channels, ..input }))
    }
}
