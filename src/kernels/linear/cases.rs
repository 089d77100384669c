use super::Params;
use crate::kernels::{Case, Layout, Numbers};

/// In both formats, with each activation, with and without a residual.
pub(super) fn all(n: &mut Numbers) -> Vec<Case> {
    let mut cases = Vec::new();
    for (rows, inner, outer, activation, residual) in [(1, 32, 4, 0, 0), (13, 96, 36, 1, 1), (24, 64, 68, 2, 0)] {
        for is_int4 in [0, 1] {
            cases.push(case(n, Params { rows, inner, outer, is_int4, activation, residual, ..places() }));
        }
    }
    cases.push(case(n, Params { rows: 9, inner: 20, outer: 12, residual: 1, ..places() }));
    cases
}

/// With the format, activation and residual of `params`.
pub(super) fn like(n: &mut Numbers, params: &Params) -> Case {
    case(n, Params { rows: 13, inner: 96, outer: 36, ..*params })
}

fn places() -> Params {
    bytemuck::Zeroable::zeroed()
}

/// Fills in where the weights lie.
fn case(n: &mut Numbers, params: Params) -> Case {
    let Params { rows, inner, outer, .. } = params;
    let mut w = Layout::default();
    let (weight, scale) = match params.is_int4 {
        1 => (w.codes(n, inner * outer / 2), w.halves(n, inner / 32 * outer)),
        _ => (w.codes(n, inner * outer), w.floats(n, outer, 0.01)),
    };
    let bias = w.floats(n, outer, 1.0);
    let params = Params { weight, scale, bias, ..params };
    let case = Case::new(params, w, n.f32s(rows * inner), rows * outer);
    if params.residual == 1 { case.with_second(n.f32s(rows * outer)) } else { case }
}
