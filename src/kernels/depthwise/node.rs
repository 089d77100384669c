use safetensors::Dtype;

use super::Params;
use crate::Result;
use crate::kernels::{Activation, Call, Operation, Shape, Tensors, Values, Window, node};

node! {
    /// A convolution of each channel with its own filter.
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
        let channels = input.channels;
        tensors.multiple(&format!("channels of {weight}"), channels, 4)?;
        let (out_height, out_width) = tensors.windowed(weight, window, input)?;
        let taps = u64::from(window.size * window.size);
        let params = Params {
            in_height: input.height,
            in_width: input.width,
            channels,
            out_height,
            out_width,
            size: window.size,
            stride: window.stride,
            pad_before: window.pad_before,
            activation: self.activation.code(),
            weight: tensors.place(&format!("{weight}.q8"), Dtype::I8, taps * u64::from(channels))?,
            scale: tensors.place(&format!("{weight}.scale"), Dtype::F32, channels.into())?,
            bias: tensors.bias(weight, channels)?,
        };
        Ok((params.into(), Shape { height: out_height, width: out_width, ..input }))
    }
}
