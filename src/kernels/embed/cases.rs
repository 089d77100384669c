use super::Params;
use crate::kernels::{Case, Layout, Numbers};

pub(super) fn case(n: &mut Numbers, rows: u32, width: u32, table_is_int4: u32, has_positions: u32) -> Case {
    let vocabulary = 19;
    let mut w = Layout::default();
    let table = w.codes(n, vocabulary * width);
    let table_scale =
        if table_is_int4 == 1 { w.halves(n, vocabulary * width / 32) } else { w.floats(n, vocabulary, 0.01) };
    let positions = w.codes(n, rows * width);
    let position_scale = w.floats(n, rows, 0.01);
    let params =
        Params { rows, width, vocabulary, table_is_int4, table, table_scale, has_positions, positions, position_scale };
    // The last token is past the table.
    let tokens = (0..rows).map(|i| f32::from_bits(if i + 1 == rows { 5000 } else { n.word() % vocabulary })).collect();
    Case::new(params, w, tokens, rows * width)
}
