use std::arch::wasm32::*;

use super::Unit;

/// WebAssembly's 128 bits: `i32x4.dot_i16x8_s`, one instruction on x86.
#[derive(Clone, Copy)]
pub(super) struct Simd128;

// SAFETY: the instructions are part of the module's target; pointers are the caller's promise.
impl Unit for Simd128 {
    type Code = i16;
    type Ints = v128;
    type Floats = v128;
    type Halves = v128;

    const LANES: usize = 4;
    const GROUP: usize = 2;
    // Six would need all 16 registers of x86, and browsers keep one or two for themselves.
    const ROWS: usize = 4;
    const FIXED: f32 = 4095.0;

    #[inline(always)]
    unsafe fn ints(from: *const i32) -> v128 {
        unsafe { v128_load(from.cast()) }
    }
    #[inline(always)]
    unsafe fn store_ints(to: *mut i32, ints: v128) {
        unsafe { v128_store(to.cast(), ints) }
    }
    #[inline(always)]
    unsafe fn dot(sum: v128, x: v128, weights: v128) -> v128 {
        i32x4_add(sum, i32x4_dot_i16x8(x, weights))
    }
    #[inline(always)]
    unsafe fn weights(from: *const i8) -> v128 {
        unsafe { i16x8_load_extend_i8x8(from) }
    }
    #[inline(always)]
    unsafe fn broadcast(from: *const i16) -> v128 {
        unsafe { v128_load32_splat(from.cast()) }
    }

    #[inline(always)]
    unsafe fn to_floats(ints: v128) -> v128 {
        f32x4_convert_i32x4(ints)
    }
    #[inline(always)]
    unsafe fn splat(value: f32) -> v128 {
        f32x4_splat(value)
    }
    #[inline(always)]
    unsafe fn floats(from: *const f32) -> v128 {
        unsafe { v128_load(from.cast()) }
    }
    #[inline(always)]
    unsafe fn mul(a: v128, b: v128) -> v128 {
        f32x4_mul(a, b)
    }
    #[inline(always)]
    unsafe fn add(a: v128, b: v128) -> v128 {
        f32x4_add(a, b)
    }
    #[inline(always)]
    unsafe fn mul_add(a: v128, b: v128, c: v128) -> v128 {
        f32x4_add(f32x4_mul(a, b), c)
    }
    // `pmin` and `pmax` are one instruction on x86, unlike `min` and `max`, which order zeros and NaNs.
    #[inline(always)]
    unsafe fn min(a: v128, b: v128) -> v128 {
        f32x4_pmin(a, b)
    }
    #[inline(always)]
    unsafe fn max(a: v128, b: v128) -> v128 {
        f32x4_pmax(a, b)
    }
    #[inline(always)]
    unsafe fn store(to: *mut f32, values: v128) {
        unsafe { v128_store(to.cast(), values) }
    }
    #[inline(always)]
    unsafe fn store_codes(to: *mut i16, low: v128, high: v128) {
        unsafe { v128_store(to.cast(), i16x8_narrow_i32x4(rounded(low), rounded(high))) }
    }

    #[inline(always)]
    unsafe fn halves(from: *const i16) -> v128 {
        unsafe { v128_load(from.cast()) }
    }
    #[inline(always)]
    unsafe fn pairs(from: *const i16) -> v128 {
        unsafe { v128_load(from.cast()) }
    }
    #[inline(always)]
    unsafe fn interleave(a: v128, b: v128) -> [v128; 2] {
        [i16x8_shuffle::<0, 8, 1, 9, 2, 10, 3, 11>(a, b), i16x8_shuffle::<4, 12, 5, 13, 6, 14, 7, 15>(a, b)]
    }
    #[inline(always)]
    unsafe fn dot_pairs(sum: v128, a: v128, b: v128) -> v128 {
        i32x4_add(sum, i32x4_dot_i16x8(a, b))
    }
    #[inline(always)]
    unsafe fn store_interleaved(to: *mut i16, [low, high]: [v128; 2]) {
        // Clamped as floats: the rounding below is right for small ones only.
        let clamped = |values| f32x4_pmin(f32x4_pmax(values, f32x4_splat(0.0)), f32x4_splat(Self::FIXED));
        unsafe { Self::store_codes(to, clamped(low), clamped(high)) }
    }
}

/// To the nearest integer: 1.5 · 2²³ pushes the fraction out of a small float, and its low bits are then the integer.
#[inline(always)]
fn rounded(values: v128) -> v128 {
    const MAGIC: f32 = 12_582_912.0;
    i32x4_sub(f32x4_add(values, f32x4_splat(MAGIC)), i32x4_splat(MAGIC.to_bits() as i32))
}
