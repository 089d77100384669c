use super::Params;
use crate::kernels::{Case, Layout, Numbers};

pub(super) fn case(n: &mut Numbers, rows: u32, width: u32, centred: u32) -> Case {
    let mut w = Layout::default();
    let (gain, bias) = (w.floats(n, width, 1.0), w.floats(n, width, 1.0));
    let params = Params { rows, width, gain, bias, epsilon: 1e-12, centred };
    Case::new(params, w, n.f32s(rows * width), rows * width)
}
