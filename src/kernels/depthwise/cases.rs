use super::Params;
use crate::kernels::{Case, Layout, Numbers, Window};

pub(super) fn case(n: &mut Numbers, side: u32, channels: u32, size: u32, stride: u32, activation: u32) -> Case {
    let window = Window::same(size, stride, side);
    let out = side.div_ceil(stride);
    let mut w = Layout::default();
    let weight = w.codes(n, size * size * channels);
    let (scale, bias) = (w.floats(n, channels, 0.01), w.floats(n, channels, 1.0));
    let params = Params {
        in_height: side,
        in_width: side,
        channels,
        out_height: out,
        out_width: out,
        size,
        stride,
        pad_before: window.pad_before,
        activation,
        weight,
        scale,
        bias,
    };
    Case::new(params, w, n.f32s(side * side * channels), out * out * channels)
}
