use super::Params;
use crate::kernels::{Case, Layout, Numbers, Window};

pub(super) fn case(
    n: &mut Numbers,
    side: u32,
    channels: u32,
    out_channels: u32,
    size: u32,
    stride: u32,
    activation: u32,
) -> Case {
    let window = Window::same(size, stride, side);
    let out = side.div_ceil(stride);
    let row_words = (size * size * channels).div_ceil(4);
    let mut w = Layout::default();
    let weight = w.codes(n, out_channels * row_words * 4);
    let (scale, bias) = (w.floats(n, out_channels, 0.01), w.floats(n, out_channels, 1.0));
    let params = Params {
        in_height: side,
        in_width: side,
        in_channels: channels,
        out_height: out,
        out_width: out,
        out_channels,
        size,
        stride,
        pad_before: window.pad_before,
        activation,
        weight,
        scale,
        bias,
        row_words,
    };
    Case::new(params, w, n.f32s(side * side * channels), out * out * out_channels)
}
