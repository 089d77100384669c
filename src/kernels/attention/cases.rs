use super::Params;
use crate::kernels::{Case, Layout, Numbers};

/// Fills in where the query lies.
pub(super) fn case(n: &mut Numbers, params: Params) -> Case {
    let width = params.heads * params.head_width;
    let mut w = Layout::default();
    let query = w.floats(n, params.pooled * width, 1.0);
    let values = n.f32s(params.rows * (3 - params.pooled) * width);
    Case::new(Params { query, ..params }, w, values, params.out_rows() * width)
}
