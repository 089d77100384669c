use super::{CONCAT, PREPEND, Params, TAKE_ROW, UPSAMPLE};
use crate::kernels::{Case, Layout, Numbers};

pub(super) fn all(n: &mut Numbers) -> Vec<Case> {
    [(CONCAT, 0, 0), (UPSAMPLE, 0, 0), (TAKE_ROW, 0, 0), (TAKE_ROW, 1, 0), (PREPEND, 0, 0), (PREPEND, 0, 1)]
        .map(|(kind, last, with_class)| case(n, kind, last, with_class))
        .into()
}

/// Of 6 rows, or 2 × 3 pixels, with 20 values.
pub(super) fn case(n: &mut Numbers, kind: u32, last: u32, with_class: u32) -> Case {
    let (rows, width) = (6, 20);
    let mut w = Layout::default();
    let class_token = w.floats(n, width, 1.0);
    let positions = w.floats(n, (rows + with_class) * width, 1.0);
    let other_width = if kind == CONCAT { 12 } else { 0 };
    let params =
        Params { rows, width, kind, other_width, columns: 3, factor: 2, last, with_class, class_token, positions };
    let case = Case::new(params, w, n.f32s(rows * width), params.out_len());
    if kind == CONCAT { case.with_second(n.f32s(rows * other_width)) } else { case }
}
