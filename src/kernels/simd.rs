//! Vector arithmetic that several fast kernels share, written once over `fearless_simd`'s native-width vectors.

use std::sync::OnceLock;

use fearless_simd::{Level, prelude::*};

/// The best instruction set of this machine, detected once.
pub fn level() -> Level {
    static LEVEL: OnceLock<Level> = OnceLock::new();
    *LEVEL.get_or_init(Level::new)
}

/// eˣ with a relative error below 2e-7 for −87 ≤ x ≤ 88 (Cephes `expf`: range reduction by ln 2, then a polynomial).
#[inline(always)]
pub fn exp<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let splat = |v: f32| S::f32s::splat(simd, v);
    let x = x.max(splat(-87.0)).min(splat(88.0));
    let n = (x * splat(std::f32::consts::LOG2_E)).round_ties_even();
    let r = n.mul_add(splat(-0.693_359_4), x);
    let r = n.mul_add(splat(2.121_944_4e-4), r);
    let mut p = splat(1.987_569_1e-4);
    for c in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 0.166_666_66, 0.5] {
        p = p.mul_add(r, splat(c));
    }
    let p = (p * r).mul_add(r, r) + splat(1.0);
    let exponent: S::i32s = n.to_int();
    let power: S::f32s = ((exponent + S::i32s::splat(simd, 127)) << 23).bitcast();
    p * power
}

/// Lower and upper bound that an activation puts on a value. Those that are more than bounds have none and are applied
/// afterwards ([`activate_all`](super::activate_all)).
pub fn bounds(activation: u32) -> (f32, f32) {
    match activation {
        super::RELU6 => (0.0, 6.0),
        super::RELU => (0.0, f32::INFINITY),
        _ => (f32::NEG_INFINITY, f32::INFINITY),
    }
}
