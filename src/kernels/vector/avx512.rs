use std::arch::x86_64::*;

use super::Unit;

/// 512 bits with VNNI: quadruples of bytes.
#[derive(Clone, Copy)]
pub(super) struct Avx512Bytes;

/// 512 bits with VNNI: pairs of 16-bit numbers.
#[derive(Clone, Copy)]
pub(super) struct Avx512Pairs;

/// What both have in common.
macro_rules! common {
    () => {
        type Ints = __m512i;
        type Floats = __m512;
        type Halves = __m512i;

        const LANES: usize = 16;
        const ROWS: usize = 12;

        #[inline(always)]
        unsafe fn ints(from: *const i32) -> __m512i {
            unsafe { _mm512_loadu_si512(from.cast()) }
        }
        #[inline(always)]
        unsafe fn store_ints(to: *mut i32, ints: __m512i) {
            unsafe { _mm512_storeu_si512(to.cast(), ints) }
        }
        #[inline(always)]
        unsafe fn to_floats(ints: __m512i) -> __m512 {
            unsafe { _mm512_cvtepi32_ps(ints) }
        }
        #[inline(always)]
        unsafe fn splat(value: f32) -> __m512 {
            unsafe { _mm512_set1_ps(value) }
        }
        #[inline(always)]
        unsafe fn floats(from: *const f32) -> __m512 {
            unsafe { _mm512_loadu_ps(from) }
        }
        #[inline(always)]
        unsafe fn mul(a: __m512, b: __m512) -> __m512 {
            unsafe { _mm512_mul_ps(a, b) }
        }
        #[inline(always)]
        unsafe fn add(a: __m512, b: __m512) -> __m512 {
            unsafe { _mm512_add_ps(a, b) }
        }
        #[inline(always)]
        unsafe fn mul_add(a: __m512, b: __m512, c: __m512) -> __m512 {
            unsafe { _mm512_fmadd_ps(a, b, c) }
        }
        #[inline(always)]
        unsafe fn min(a: __m512, b: __m512) -> __m512 {
            unsafe { _mm512_min_ps(a, b) }
        }
        #[inline(always)]
        unsafe fn max(a: __m512, b: __m512) -> __m512 {
            unsafe { _mm512_max_ps(a, b) }
        }
        #[inline(always)]
        unsafe fn store(to: *mut f32, values: __m512) {
            unsafe { _mm512_storeu_ps(to, values) }
        }
        #[inline(always)]
        unsafe fn pairs(from: *const i16) -> __m512i {
            unsafe { _mm512_loadu_si512(from.cast()) }
        }
        #[inline(always)]
        unsafe fn interleave(a: __m512i, b: __m512i) -> [__m512i; 2] {
            unsafe { [_mm512_unpacklo_epi16(a, b), _mm512_unpackhi_epi16(a, b)] }
        }
        #[inline(always)]
        unsafe fn dot_pairs(sum: __m512i, a: __m512i, b: __m512i) -> __m512i {
            unsafe { _mm512_dpwssd_epi32(sum, a, b) }
        }
    };
}

// SAFETY: all intrinsics are of AVX-512 F, BW, VL or VNNI, which the caller has detected; pointers are the caller's promise.
impl Unit for Avx512Bytes {
    common!();

    type Code = u8;

    const GROUP: usize = 4;
    const FIXED: f32 = 255.0;

    #[inline(always)]
    unsafe fn dot(sum: __m512i, x: __m512i, weights: __m512i) -> __m512i {
        unsafe { _mm512_dpbusd_epi32(sum, x, weights) }
    }
    #[inline(always)]
    unsafe fn weights(from: *const i8) -> __m512i {
        unsafe { _mm512_loadu_si512(from.cast()) }
    }
    #[inline(always)]
    unsafe fn broadcast(from: *const u8) -> __m512i {
        unsafe { _mm512_set1_epi32(from.cast::<i32>().read_unaligned()) }
    }
    #[inline(always)]
    unsafe fn store_codes(to: *mut u8, low: __m512, high: __m512) {
        unsafe {
            for (i, values) in [low, high].into_iter().enumerate() {
                let codes = _mm512_max_epi32(_mm512_cvtps_epi32(values), _mm512_setzero_si512());
                _mm_storeu_si128(to.add(i * 16).cast(), _mm512_cvtusepi32_epi8(codes));
            }
        }
    }
    #[inline(always)]
    unsafe fn halves(from: *const u8) -> __m512i {
        unsafe { _mm512_cvtepu8_epi16(_mm256_loadu_si256(from.cast())) }
    }
    #[inline(always)]
    unsafe fn store_interleaved(to: *mut u8, [low, high]: [__m512; 2]) {
        unsafe {
            // Both packings saturate: what is below zero becomes zero, what is above 255 becomes 255.
            let packed = _mm512_packus_epi32(_mm512_cvtps_epi32(low), _mm512_cvtps_epi32(high));
            _mm256_storeu_si256(to.cast(), _mm512_cvtusepi16_epi8(packed));
        }
    }
}

// SAFETY: as above.
impl Unit for Avx512Pairs {
    common!();

    type Code = i16;

    const GROUP: usize = 2;
    const FIXED: f32 = 4095.0;

    #[inline(always)]
    unsafe fn dot(sum: __m512i, x: __m512i, weights: __m512i) -> __m512i {
        unsafe { _mm512_dpwssd_epi32(sum, x, weights) }
    }
    #[inline(always)]
    unsafe fn weights(from: *const i8) -> __m512i {
        unsafe { _mm512_cvtepi8_epi16(_mm256_loadu_si256(from.cast())) }
    }
    #[inline(always)]
    unsafe fn broadcast(from: *const i16) -> __m512i {
        unsafe { _mm512_set1_epi32(from.cast::<i32>().read_unaligned()) }
    }
    #[inline(always)]
    unsafe fn store_codes(to: *mut i16, low: __m512, high: __m512) {
        unsafe {
            _mm256_storeu_si256(to.cast(), _mm512_cvtsepi32_epi16(_mm512_cvtps_epi32(low)));
            _mm256_storeu_si256(to.add(16).cast(), _mm512_cvtsepi32_epi16(_mm512_cvtps_epi32(high)));
        }
    }
    #[inline(always)]
    unsafe fn halves(from: *const i16) -> __m512i {
        unsafe { _mm512_loadu_si512(from.cast()) }
    }
    #[inline(always)]
    unsafe fn store_interleaved(to: *mut i16, [low, high]: [__m512; 2]) {
        unsafe {
            let packed = _mm512_packus_epi32(_mm512_cvtps_epi32(low), _mm512_cvtps_epi32(high));
            _mm512_storeu_si512(to.cast(), _mm512_min_epu16(packed, _mm512_set1_epi16(4095)));
        }
    }
}
