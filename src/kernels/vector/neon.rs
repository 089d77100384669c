use std::arch::aarch64::*;

use super::Unit;

/// 128 bits: pairs of 16-bit numbers.
#[derive(Clone, Copy)]
pub(super) struct Neon;

// SAFETY: all intrinsics are Neon's, which every aarch64 processor has; pointers are the caller's promise.
impl Unit for Neon {
    type Code = i16;
    type Ints = int32x4_t;
    type Floats = float32x4_t;
    type Halves = int16x8_t;

    const LANES: usize = 4;
    const GROUP: usize = 2;
    const ROWS: usize = 12;
    const FIXED: f32 = 4095.0;

    #[inline(always)]
    unsafe fn ints(from: *const i32) -> int32x4_t {
        unsafe { vld1q_s32(from) }
    }
    #[inline(always)]
    unsafe fn store_ints(to: *mut i32, ints: int32x4_t) {
        unsafe { vst1q_s32(to, ints) }
    }
    #[inline(always)]
    unsafe fn dot(sum: int32x4_t, x: int16x8_t, weights: int16x8_t) -> int32x4_t {
        unsafe { Self::dot_pairs(sum, x, weights) }
    }
    #[inline(always)]
    unsafe fn weights(from: *const i8) -> int16x8_t {
        unsafe { vmovl_s8(vld1_s8(from)) }
    }
    #[inline(always)]
    unsafe fn broadcast(from: *const i16) -> int16x8_t {
        unsafe { vreinterpretq_s16_s32(vdupq_n_s32(from.cast::<i32>().read_unaligned())) }
    }

    #[inline(always)]
    unsafe fn to_floats(ints: int32x4_t) -> float32x4_t {
        unsafe { vcvtq_f32_s32(ints) }
    }
    #[inline(always)]
    unsafe fn splat(value: f32) -> float32x4_t {
        unsafe { vdupq_n_f32(value) }
    }
    #[inline(always)]
    unsafe fn floats(from: *const f32) -> float32x4_t {
        unsafe { vld1q_f32(from) }
    }
    #[inline(always)]
    unsafe fn mul(a: float32x4_t, b: float32x4_t) -> float32x4_t {
        unsafe { vmulq_f32(a, b) }
    }
    #[inline(always)]
    unsafe fn add(a: float32x4_t, b: float32x4_t) -> float32x4_t {
        unsafe { vaddq_f32(a, b) }
    }
    #[inline(always)]
    unsafe fn mul_add(a: float32x4_t, b: float32x4_t, c: float32x4_t) -> float32x4_t {
        unsafe { vfmaq_f32(c, a, b) }
    }
    #[inline(always)]
    unsafe fn min(a: float32x4_t, b: float32x4_t) -> float32x4_t {
        unsafe { vminq_f32(a, b) }
    }
    #[inline(always)]
    unsafe fn max(a: float32x4_t, b: float32x4_t) -> float32x4_t {
        unsafe { vmaxq_f32(a, b) }
    }
    #[inline(always)]
    unsafe fn store(to: *mut f32, values: float32x4_t) {
        unsafe { vst1q_f32(to, values) }
    }
    #[inline(always)]
    unsafe fn store_codes(to: *mut i16, low: float32x4_t, high: float32x4_t) {
        unsafe { vst1q_s16(to, vcombine_s16(vqmovn_s32(vcvtnq_s32_f32(low)), vqmovn_s32(vcvtnq_s32_f32(high)))) }
    }

    #[inline(always)]
    unsafe fn halves(from: *const i16) -> int16x8_t {
        unsafe { vld1q_s16(from) }
    }
    #[inline(always)]
    unsafe fn pairs(from: *const i16) -> int16x8_t {
        unsafe { vld1q_s16(from) }
    }
    #[inline(always)]
    unsafe fn interleave(a: int16x8_t, b: int16x8_t) -> [int16x8_t; 2] {
        unsafe { [vzip1q_s16(a, b), vzip2q_s16(a, b)] }
    }
    #[inline(always)]
    unsafe fn dot_pairs(sum: int32x4_t, a: int16x8_t, b: int16x8_t) -> int32x4_t {
        unsafe {
            let (low, high) = (vmull_s16(vget_low_s16(a), vget_low_s16(b)), vmull_high_s16(a, b));
            vaddq_s32(sum, vpaddq_s32(low, high))
        }
    }
    #[inline(always)]
    unsafe fn store_interleaved(to: *mut i16, [low, high]: [float32x4_t; 2]) {
        unsafe {
            let packed = vcombine_u16(vqmovun_s32(vcvtnq_s32_f32(low)), vqmovun_s32(vcvtnq_s32_f32(high)));
            vst1q_s16(to, vreinterpretq_s16_u16(vminq_u16(packed, vdupq_n_u16(4095))));
        }
    }
}
