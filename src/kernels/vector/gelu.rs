//! GELU on the vector units.

use super::{Unit, Work};

/// `max(x, 0) − |x| · Φ(−|x|)`, within 1e-5 of GELU (Hendrycks and Gimpel 2016, section 2). The second term is a bump between
/// 0 and 5, here the polynomial of degree 11 in `|x| / 2.5 − 1` with the least largest error, found by reweighted least
/// squares (Lawson 1961); past 5 it is below 2e-6.
///
/// # Safety
/// The unit was detected.
#[inline(always)]
pub(crate) unsafe fn gelu<U: Unit>(x: U::Floats) -> U::Floats {
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
    // SAFETY: passed on.
    unsafe {
        let negative = U::mul(x, U::splat(-1.0));
        let t = U::mul_add(U::min(U::max(x, negative), U::splat(5.0)), U::splat(0.4), U::splat(-1.0));
        let mut bump = U::splat(BUMP[0]);
        for c in &BUMP[1..] {
            bump = U::mul_add(bump, t, U::splat(*c));
        }
        U::mul_add(bump, U::splat(-1.0), U::max(x, U::splat(0.0)))
    }
}

/// GELU of all values, in place.
pub(crate) struct Gelu<'a>(pub &'a mut [f32]);

impl Work for Gelu<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<U: Unit>(self) {
        let mut chunks = self.0.chunks_exact_mut(U::LANES);
        // SAFETY: the caller has detected the unit; chunks are of a vector, as is the array.
        unsafe {
            for chunk in &mut chunks {
                U::store(chunk.as_mut_ptr(), gelu::<U>(U::floats(chunk.as_ptr())));
            }
            let rest = chunks.into_remainder();
            let mut lanes = [0.0; 16];
            lanes[..rest.len()].copy_from_slice(rest);
            U::store(lanes.as_mut_ptr(), gelu::<U>(U::floats(lanes.as_ptr())));
            rest.copy_from_slice(&lanes[..rest.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::vector::InstructionSet;
    use crate::kernels::{GELU, activate};

    #[test]
    fn gelu_is_within_1e_5_of_its_definition_on_every_instruction_set() {
        // Not a whole number of vectors.
        let x: Vec<f32> = (-4001..=4001).map(|i| i as f32 * 0.0025).collect();
        for set in InstructionSet::available() {
            let mut y = x.clone();
            set.run(Gelu(&mut y));
            for (x, found) in x.iter().zip(y) {
                let expected = activate(*x, GELU);
                assert!((found - expected).abs() <= 1e-5, "{set:?} at {x}: expected {expected}, found {found}");
            }
        }
    }
}
