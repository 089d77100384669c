//! Values as whole numbers.

use super::{RELU6_TOP, Unit};

/// What codes mean: a value is `(code − zero) · unit`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scale {
    pub unit: f32,
    /// The code of zero.
    pub zero: f32,
}

impl Scale {
    /// Of the codes that a ReLU6 writes.
    pub(crate) fn relu6<U: Unit>() -> Self {
        Scale { unit: RELU6_TOP / U::FIXED, zero: 0.0 }
    }

    /// For values from `least` ≤ 0 to `most` ≥ 0, and sums of `inner` products: codes of 8 bits use their whole range, those
    /// of more are as fine as such a sum allows.
    #[inline(always)]
    fn of<U: Unit>(least: f32, most: f32, inner: usize) -> Self {
        if size_of::<U::Code>() == 1 {
            let unit = (most - least) / U::FIXED;
            let zero = if unit > 0.0 { (-least / unit).round() } else { 0.0 };
            return Scale { unit, zero };
        }
        let largest = U::FIXED.min((i32::MAX as f32 / 128.0 / inner as f32).floor());
        Scale { unit: most.max(-least) / largest, zero: 0.0 }
    }
}

/// Values as codes, for sums of `inner` products.
///
/// # Safety
/// The unit was detected.
#[inline(always)]
pub(crate) unsafe fn quantise<U: Unit>(x: &[f32], codes: &mut [U::Code], inner: usize) -> Scale {
    let pair = 2 * U::LANES;
    let whole = x.len() / pair * pair;
    assert_eq!(x.len(), codes.len());
    // SAFETY: all offsets are multiples of a pair below `whole`; the tail and the arrays at the end have room for a pair.
    unsafe {
        let load = |at: usize| U::floats(x.as_ptr().add(at));
        // Zeros beside what is left over: zero is always in range.
        let mut tail = [0.0; 32];
        tail[..x.len() - whole].copy_from_slice(&x[whole..]);
        let tail = [U::floats(tail.as_ptr()), U::floats(tail.as_ptr().add(U::LANES))];
        let mut bounds = [U::min(tail[0], tail[1]), U::max(tail[0], tail[1])];
        for at in (0..whole).step_by(U::LANES) {
            bounds = [U::min(bounds[0], load(at)), U::max(bounds[1], load(at))];
        }
        let mut lanes = [[0.0f32; 16]; 2];
        U::store(lanes[0].as_mut_ptr(), bounds[0]);
        U::store(lanes[1].as_mut_ptr(), bounds[1]);
        let least = lanes[0].iter().fold(0.0f32, |m, v| m.min(*v));
        let most = lanes[1].iter().fold(0.0f32, |m, v| m.max(*v));
        let scale = Scale::of::<U>(least, most, inner);
        let inverse = U::splat(if scale.unit > 0.0 { 1.0 / scale.unit } else { 0.0 });
        let zero = U::splat(scale.zero);
        for at in (0..whole).step_by(pair) {
            let low = U::mul_add(load(at), inverse, zero);
            let high = U::mul_add(load(at + U::LANES), inverse, zero);
            U::store_codes(codes.as_mut_ptr().add(at), low, high);
        }
        if whole < x.len() {
            let mut last = [bytemuck::Zeroable::zeroed(); 32];
            let [low, high] = tail.map(|values| U::mul_add(values, inverse, zero));
            U::store_codes(last.as_mut_ptr(), low, high);
            codes[whole..].copy_from_slice(&last[..x.len() - whole]);
        }
        scale
    }
}
