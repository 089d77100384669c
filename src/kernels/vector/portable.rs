use super::Unit;

/// Plain Rust in the shape of a vector unit: the reference of the others, and what runs where none of them does.
#[derive(Clone, Copy)]
pub(super) struct Portable;

const LANES: usize = 4;

// SAFETY: plain reads and writes through the caller's pointers.
impl Unit for Portable {
    type Code = i16;
    type Ints = [i32; LANES];
    type Floats = [f32; LANES];
    type Halves = [i16; 2 * LANES];

    const LANES: usize = LANES;
    const GROUP: usize = 2;
    const ROWS: usize = 4;
    const FIXED: f32 = 4095.0;

    #[inline(always)]
    unsafe fn ints(from: *const i32) -> Self::Ints {
        unsafe { from.cast::<Self::Ints>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn store_ints(to: *mut i32, ints: Self::Ints) {
        unsafe { to.cast::<Self::Ints>().write_unaligned(ints) }
    }
    #[inline(always)]
    unsafe fn dot(sum: Self::Ints, x: Self::Halves, weights: Self::Halves) -> Self::Ints {
        unsafe { Self::dot_pairs(sum, x, weights) }
    }
    #[inline(always)]
    unsafe fn weights(from: *const i8) -> Self::Halves {
        unsafe { from.cast::<[i8; 2 * LANES]>().read_unaligned() }.map(i16::from)
    }
    #[inline(always)]
    unsafe fn broadcast(from: *const i16) -> Self::Halves {
        let [a, b] = unsafe { from.cast::<[i16; 2]>().read_unaligned() };
        [a, b, a, b, a, b, a, b]
    }

    #[inline(always)]
    unsafe fn to_floats(ints: Self::Ints) -> Self::Floats {
        ints.map(|i| i as f32)
    }
    #[inline(always)]
    unsafe fn splat(value: f32) -> Self::Floats {
        [value; LANES]
    }
    #[inline(always)]
    unsafe fn floats(from: *const f32) -> Self::Floats {
        unsafe { from.cast::<Self::Floats>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn mul(a: Self::Floats, b: Self::Floats) -> Self::Floats {
        std::array::from_fn(|i| a[i] * b[i])
    }
    #[inline(always)]
    unsafe fn add(a: Self::Floats, b: Self::Floats) -> Self::Floats {
        std::array::from_fn(|i| a[i] + b[i])
    }
    #[inline(always)]
    unsafe fn mul_add(a: Self::Floats, b: Self::Floats, c: Self::Floats) -> Self::Floats {
        std::array::from_fn(|i| a[i] * b[i] + c[i])
    }
    #[inline(always)]
    unsafe fn min(a: Self::Floats, b: Self::Floats) -> Self::Floats {
        std::array::from_fn(|i| a[i].min(b[i]))
    }
    #[inline(always)]
    unsafe fn max(a: Self::Floats, b: Self::Floats) -> Self::Floats {
        std::array::from_fn(|i| a[i].max(b[i]))
    }
    #[inline(always)]
    unsafe fn store(to: *mut f32, values: Self::Floats) {
        unsafe { to.cast::<Self::Floats>().write_unaligned(values) }
    }
    #[inline(always)]
    unsafe fn store_codes(to: *mut i16, low: Self::Floats, high: Self::Floats) {
        let code = |i: usize| if i < LANES { low[i] } else { high[i - LANES] }.round_ties_even() as i16;
        unsafe { to.cast::<Self::Halves>().write_unaligned(std::array::from_fn(code)) }
    }

    #[inline(always)]
    unsafe fn halves(from: *const i16) -> Self::Halves {
        unsafe { Self::pairs(from) }
    }
    #[inline(always)]
    unsafe fn pairs(from: *const i16) -> Self::Halves {
        unsafe { from.cast::<Self::Halves>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn interleave(a: Self::Halves, b: Self::Halves) -> [Self::Halves; 2] {
        let by_turns = |i: usize| if i.is_multiple_of(2) { a[i / 2] } else { b[i / 2] };
        [std::array::from_fn(by_turns), std::array::from_fn(|i| by_turns(2 * LANES + i))]
    }
    #[inline(always)]
    unsafe fn dot_pairs(sum: Self::Ints, a: Self::Halves, b: Self::Halves) -> Self::Ints {
        let product = |i: usize| i32::from(a[i]) * i32::from(b[i]);
        std::array::from_fn(|i| sum[i].wrapping_add(product(2 * i)).wrapping_add(product(2 * i + 1)))
    }
    #[inline(always)]
    unsafe fn store_interleaved(to: *mut i16, [low, high]: [Self::Floats; 2]) {
        let clamped = |values: Self::Floats| values.map(|v| v.clamp(0.0, Self::FIXED));
        unsafe { Self::store_codes(to, clamped(low), clamped(high)) }
    }
}
