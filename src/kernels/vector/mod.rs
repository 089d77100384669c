//! Integer arithmetic of the vector units that the CPU engine runs on: one trait, a file an instruction set.
//!
//! Activations become whole numbers (codes), weights are int8, and sums are exact in i32. Where the hardware multiplies
//! pairs of 16-bit numbers, an activation has 13 bits; where it multiplies quadruples of bytes, it has 8.
//!
//! Kernels over f32 (attention, depthwise convolutions between f32 values, scores) are written over `fearless_simd` instead,
//! which detects the instruction set in a type of its own and is safe. It has no product of pairs or quadruples with a sum
//! (`vpmaddwd`, `vpdpbusd`, `i32x4.dot_i16x8_s`), on which the speed of these kernels rests: hence this second layer, for
//! integer arithmetic only.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod codes;
mod gelu;
#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod portable;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;

use std::sync::OnceLock;

use bytemuck::Pod;

#[cfg(target_arch = "x86_64")]
use avx2::Avx2;
#[cfg(target_arch = "x86_64")]
use avx512::{Avx512Bytes, Avx512Pairs};
pub use codes::Scale;
pub(crate) use codes::quantise;
pub(crate) use gelu::{Gelu, gelu};
#[cfg(target_arch = "aarch64")]
use neon::Neon;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
use portable::Portable;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use simd128::Simd128;

/// The top of ReLU6: fixed codes divide 0 to 6 evenly.
pub const RELU6_TOP: f32 = 6.0;

/// What a vector unit can do. Vectors have [`LANES`](Unit::LANES) i32 or f32, or twice as many i16.
///
/// # Safety
/// All methods: the processor has the unit's instructions, and pointers are valid for the length that the method names.
pub(crate) trait Unit: Copy {
    /// An activation as a whole number.
    type Code: Pod + From<u8>;
    /// [`LANES`](Unit::LANES) i32.
    type Ints: Copy;
    /// [`LANES`](Unit::LANES) f32.
    type Floats: Copy;
    /// Twice [`LANES`](Unit::LANES) i16.
    type Halves: Copy;

    const LANES: usize;
    /// Neighbouring codes that are multiplied and summed into one i32.
    const GROUP: usize;
    /// Rows of a register tile of two vectors of outputs: 4, or 12 with 32 registers.
    const ROWS: usize;
    /// The code of [`RELU6_TOP`], and the largest one there is.
    const FIXED: f32;

    /// Loads [`LANES`](Unit::LANES) i32.
    unsafe fn ints(from: *const i32) -> Self::Ints;
    /// Stores [`LANES`](Unit::LANES) i32.
    unsafe fn store_ints(to: *mut i32, ints: Self::Ints);
    /// `sum[i] + Σ x[g] · weights[i · GROUP + g]` over a group of `x`, for [`LANES`](Unit::LANES) groups of weights.
    unsafe fn dot(sum: Self::Ints, x: Self::Halves, weights: Self::Halves) -> Self::Ints;
    /// Loads [`LANES`](Unit::LANES) groups of weights.
    unsafe fn weights(from: *const i8) -> Self::Halves;
    /// A group of codes in every lane.
    unsafe fn broadcast(from: *const Self::Code) -> Self::Halves;

    unsafe fn to_floats(ints: Self::Ints) -> Self::Floats;
    unsafe fn splat(value: f32) -> Self::Floats;
    /// Loads [`LANES`](Unit::LANES) f32.
    unsafe fn floats(from: *const f32) -> Self::Floats;
    /// `a · b`.
    unsafe fn mul(a: Self::Floats, b: Self::Floats) -> Self::Floats;
    /// `a + b`.
    unsafe fn add(a: Self::Floats, b: Self::Floats) -> Self::Floats;
    /// `a · b + c`, rounded once or twice.
    unsafe fn mul_add(a: Self::Floats, b: Self::Floats, c: Self::Floats) -> Self::Floats;
    unsafe fn min(a: Self::Floats, b: Self::Floats) -> Self::Floats;
    unsafe fn max(a: Self::Floats, b: Self::Floats) -> Self::Floats;
    /// Stores [`LANES`](Unit::LANES) f32.
    unsafe fn store(to: *mut f32, values: Self::Floats);
    /// Rounds to the nearest and stores twice [`LANES`](Unit::LANES) codes; codes of 8 bits saturate.
    unsafe fn store_codes(to: *mut Self::Code, low: Self::Floats, high: Self::Floats);

    /// Loads twice [`LANES`](Unit::LANES) codes.
    unsafe fn halves(from: *const Self::Code) -> Self::Halves;
    /// Loads twice [`LANES`](Unit::LANES) i16.
    unsafe fn pairs(from: *const i16) -> Self::Halves;
    /// `a` and `b` by turns; which of the two results has which element says [`interleaved`](Unit::interleaved).
    unsafe fn interleave(a: Self::Halves, b: Self::Halves) -> [Self::Halves; 2];
    /// `sum[i] + a[2i] · b[2i] + a[2i + 1] · b[2i + 1]`.
    unsafe fn dot_pairs(sum: Self::Ints, a: Self::Halves, b: Self::Halves) -> Self::Ints;
    /// Rounds to the nearest within 0 and [`FIXED`](Unit::FIXED) and stores twice [`LANES`](Unit::LANES) codes in order, of
    /// values in the order of [`interleave`](Unit::interleave).
    unsafe fn store_interleaved(to: *mut Self::Code, values: [Self::Floats; 2]);
    /// The element that lane `lane` of result `result` of [`interleave`](Unit::interleave) has: in units of 128 bits, the
    /// lower half is in the first result and the upper in the second.
    fn interleaved(result: usize, lane: usize) -> usize {
        lane / 4 * 8 + result * 4 + lane % 4
    }
}

/// An instruction set that this machine has and the integer kernels are written for. It can be had only by detecting it, so
/// that safe code never runs instructions that the processor lacks:
///
/// ```compile_fail,E0599
/// let set = twinlens::kernels::vector::InstructionSet::Avx512Pairs;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InstructionSet(Kind);

/// Only [`InstructionSet::available`] makes an [`InstructionSet`] of one, after detecting it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Plain Rust. A module with WebAssembly's own instructions would not start without them and leaves it out.
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// AVX-512 with VNNI: codes of 8 bits.
    #[cfg(target_arch = "x86_64")]
    Avx512Bytes,
    /// AVX-512 with VNNI: codes of 13 bits.
    #[cfg(target_arch = "x86_64")]
    Avx512Pairs,
    #[cfg(target_arch = "aarch64")]
    Neon,
    /// WebAssembly's.
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    Simd128,
}

/// What every machine has that the target is for.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
const BASELINE: Kind = Kind::Portable;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
const BASELINE: Kind = Kind::Simd128;

impl InstructionSet {
    /// Those of this machine, the best one last.
    pub fn available() -> Vec<Self> {
        #[allow(unused_mut, reason = "targets without vector units have one")]
        let mut kinds = vec![BASELINE];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                kinds.push(Kind::Avx2);
            }
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512vnni")
                && is_x86_feature_detected!("fma")
            {
                kinds.extend([Kind::Avx512Bytes, Kind::Avx512Pairs]);
            }
        }
        #[cfg(target_arch = "aarch64")]
        kinds.push(Kind::Neon);
        kinds.into_iter().map(InstructionSet).collect()
    }

    /// The best one of this machine, detected once.
    pub fn best() -> Self {
        static BEST: OnceLock<InstructionSet> = OnceLock::new();
        let baseline = InstructionSet(BASELINE);
        *BEST.get_or_init(|| InstructionSet::available().last().copied().unwrap_or(baseline))
    }

    /// The set with codes of 8 bits on the same vector unit, where that has one.
    pub fn quick(self) -> Self {
        match self.0 {
            // The two are detected together.
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512Pairs => InstructionSet(Kind::Avx512Bytes),
            _ => self,
        }
    }

    /// Bytes of a code.
    pub fn code_bytes(self) -> usize {
        self.run(CodeBytes)
    }

    /// f32 of a vector.
    pub fn lanes(self) -> usize {
        self.run(Lanes)
    }

    /// Does the work with this instruction set, compiled for it.
    pub(crate) fn run<W: Work>(self, work: W) -> W::Output {
        match self.0 {
            // SAFETY: plain Rust needs no instructions.
            #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
            Kind::Portable => unsafe { work.run::<Portable>() },
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => {
                #[target_feature(enable = "avx2,fma")]
                unsafe fn run<W: Work>(work: W) -> W::Output {
                    // SAFETY: the caller has detected the instructions that this function enables.
                    unsafe { work.run::<Avx2>() }
                }
                // SAFETY: an `InstructionSet` of this kind is made only after detecting AVX2 and FMA.
                unsafe { run(work) }
            }
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512Bytes => {
                #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni,fma")]
                unsafe fn run<W: Work>(work: W) -> W::Output {
                    // SAFETY: the caller has detected the instructions that this function enables.
                    unsafe { work.run::<Avx512Bytes>() }
                }
                // SAFETY: an `InstructionSet` of this kind is made only after detecting AVX-512 F, BW, VL and VNNI, and FMA.
                unsafe { run(work) }
            }
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512Pairs => {
                #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni,fma")]
                unsafe fn run<W: Work>(work: W) -> W::Output {
                    // SAFETY: the caller has detected the instructions that this function enables.
                    unsafe { work.run::<Avx512Pairs>() }
                }
                // SAFETY: an `InstructionSet` of this kind is made only after detecting AVX-512 F, BW, VL and VNNI, and FMA.
                unsafe { run(work) }
            }
            #[cfg(target_arch = "aarch64")]
            // SAFETY: every aarch64 processor has Neon.
            Kind::Neon => unsafe { work.run::<Neon>() },
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            // SAFETY: the module is compiled for it: without, it would not have started.
            Kind::Simd128 => unsafe { work.run::<Simd128>() },
        }
    }
}

/// Something to do with a unit; what it calls must be `#[inline(always)]`, or it is compiled for the baseline instead.
pub(crate) trait Work {
    type Output;

    /// # Safety
    /// The processor has the unit's instructions.
    unsafe fn run<U: Unit>(self) -> Self::Output;
}

struct Lanes;

impl Work for Lanes {
    type Output = usize;

    #[inline(always)]
    unsafe fn run<U: Unit>(self) -> usize {
        U::LANES
    }
}

struct CodeBytes;

impl Work for CodeBytes {
    type Output = usize;

    #[inline(always)]
    unsafe fn run<U: Unit>(self) -> usize {
        size_of::<U::Code>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instruction_set_can_be_had_only_by_detecting_it() {
        let available = InstructionSet::available();
        assert!(available.contains(&InstructionSet::best()));
        for set in &available {
            assert!(available.contains(&set.quick()), "{set:?} gives {:?}, which was not detected", set.quick());
        }
    }
}
