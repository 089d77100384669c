use super::{ADD, ALONE, MULTIPLY, Params};
use crate::kernels::{Activation, Case, Layout, Numbers};

/// Every activation, and every other part.
pub(super) fn all(n: &mut Numbers) -> Vec<Case> {
    let mut cases: Vec<Case> =
        Activation::ALL.into_iter().map(|activation| case(n, Params::new(13, 20, activation.code()))).collect();
    for (scaled, biased, second, broadcast, activation) in [
        (1, 1, ALONE, 0, Activation::Relu),
        (1, 0, ALONE, 0, Activation::None),
        (0, 0, ADD, 0, Activation::Relu),
        (0, 0, MULTIPLY, 0, Activation::None),
        (0, 0, MULTIPLY, 1, Activation::Silu),
    ] {
        let params = Params { scaled, biased, second, broadcast, ..Params::new(11, 36, activation.code()) };
        cases.push(case(n, params));
    }
    cases
}

/// Values from −6 to 6, which reach both ends of a ReLU6; fills in where the weights lie.
pub(super) fn case(n: &mut Numbers, params: Params) -> Case {
    let Params { rows, width, .. } = params;
    let mut w = Layout::default();
    let (gain, bias) = (w.floats(n, width, 1.0), w.floats(n, width, 1.0));
    let mut values = |rows| n.f32s(rows * width).into_iter().map(|v| 6.0 * v).collect();
    let case = Case::new(Params { gain, bias, ..params }, w, values(rows), rows * width);
    match params.second {
        ALONE => case,
        _ => case.with_second(values(if params.broadcast == 1 { 1 } else { rows })),
    }
}
