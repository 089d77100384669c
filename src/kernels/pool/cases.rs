use super::{MAX, MAX_OF_ALL, MEAN, MEAN_OF_ALL, Params};
use crate::kernels::{Case, Layout, Numbers};

pub(super) fn all(n: &mut Numbers) -> Vec<Case> {
    [(MAX, 3), (MAX_OF_ALL, 3), (MEAN, 3), (MEAN_OF_ALL, 3), (MEAN, 0)].map(|(kind, size)| case(n, kind, size)).into()
}

/// Over 11 × 11 pixels: windows that end beside the input on every side, or adaptive ones that overlap.
pub(super) fn case(n: &mut Numbers, kind: u32, size: u32) -> Case {
    let (side, out, channels) = (11, 6, 20);
    let windows = Params {
        in_height: side,
        in_width: side,
        channels,
        out_height: out,
        out_width: out,
        kind,
        size: size.min(3),
        stride: 2,
        pad_before: 1,
    };
    Case::new(windows, Layout::default(), n.f32s(side * side * channels), out * out * channels)
}
