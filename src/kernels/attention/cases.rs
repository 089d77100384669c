use super::Params;
use crate::kernels::{Case, Layout, Numbers};

pub(super) fn case(n: &mut Numbers, rows: u32, heads: u32, head_width: u32) -> Case {
    let width = heads * head_width;
    Case::new(Params { rows, heads, head_width }, Layout::default(), n.f32s(rows * 3 * width), rows * width)
}
