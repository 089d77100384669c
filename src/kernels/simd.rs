//! Vector arithmetic that several fast kernels share, written once over `fearless_simd`'s native-width vectors.

use std::sync::OnceLock;

use fearless_simd::{Level, dispatch, prelude::*};

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

/// Lower and upper bound that an activation puts on a value; GELU has none and is applied by [`gelu`] afterwards.
pub fn bounds(activation: u32) -> (f32, f32) {
    match activation {
        super::RELU6 => (0.0, 6.0),
        _ => (f32::NEG_INFINITY, f32::INFINITY),
    }
}

/// GELU of every value, in place: a pass of its own, so that no matrix kernel has to carry its code.
pub fn gelu(values: &mut [f32]) {
    dispatch!(level(), simd => gelu_simd(simd, values));
}

#[inline(always)]
fn gelu_simd<S: Simd>(simd: S, values: &mut [f32]) {
    let lanes = S::f32s::LEN;
    let mut chunks = values.chunks_exact_mut(lanes);
    for chunk in &mut chunks {
        gelu_of(simd, S::f32s::from_slice(simd, chunk)).store_slice(chunk);
    }
    for value in chunks.into_remainder() {
        *value = super::activate(*value, super::GELU);
    }
}

/// `max(x, 0) − |x| · Φ(−|x|)`. The second term is a bump between 0 and 5, here the polynomial of degree 11 with the least
/// largest error, in `|x| / 2.5 − 1`; altogether GELU within 1e-5, a hundredth of the finest code that may become of it.
#[inline(always)]
fn gelu_of<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    const BUMP: [f32; 12] = [
        0.045_460_634,
        -0.072_259_02,
        -0.139_017_34,
        0.324_346_96,
        0.006_714_422_7,
        -0.481_069,
        0.440_555_6,
        -0.019_357_048,
        -0.259_796_32,
        0.232_806_13,
        -0.093_916_28,
        0.015_523_995,
    ];
    let splat = |v: f32| S::f32s::splat(simd, v);
    let t = x.abs().min(splat(5.0)).mul_add(splat(0.4), splat(-1.0));
    let bump = BUMP[1..].iter().fold(splat(BUMP[0]), |sum, c| sum.mul_add(t, splat(*c)));
    x.max(splat(0.0)) - bump
}
