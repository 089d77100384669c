use super::Params;
use crate::kernels::{Case, Layout, Numbers};

/// Of 5 × 5 pixels with 12 channels; as much is cut below and right as above and left.
pub(super) fn case(n: &mut Numbers, size: u32, stride: u32, pad_before: u32, activation: u32) -> Case {
    let (side, in_channels, out_channels) = (5, 12, 8);
    let out = (side - 1) * stride + size - 2 * pad_before;
    let mut w = Layout::default();
    let weight = w.codes(n, out_channels * size * size * in_channels);
    let (scale, bias) = (w.floats(n, out_channels, 0.01), w.floats(n, out_channels, 1.0));
    let params = Params {
        in_height: side,
        in_width: side,
        in_channels,
        out_height: out,
        out_width: out,
        out_channels,
        size,
        stride,
        pad_before,
        activation,
        weight,
        scale,
        bias,
    };
    Case::new(params, w, n.f32s(side * side * in_channels), out * out * out_channels)
}
