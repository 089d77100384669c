//! The 64-bit perceptual hash of a photo.

use std::f64::consts::PI;
use std::fmt;
use std::str::FromStr;

use super::Photo;
use crate::sort::sorted_by;
use crate::{Error, Result};

const SIDE: usize = 32;
const KEPT: usize = 8;

/// pHash as Python's `imagehash.phash` computes it (and so Shopee's `image_phash`): the 8 × 8 lowest frequencies of the DCT of
/// the photo in grey at 32 × 32, a bit for each that is above their median. Displayed as 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PerceptualHash(pub u64);

impl PerceptualHash {
    /// The hash of a photo. An error only where the photo cannot be resized.
    pub fn of(photo: &Photo) -> Result<Self> {
        let grey = photo.grey(SIDE as u32, SIDE as u32)?;
        let wave = |k: usize, i: usize| (PI * k as f64 * (2 * i + 1) as f64 / (2 * SIDE) as f64).cos();
        let waves: Vec<f64> = (0..KEPT).flat_map(|k| (0..SIDE).map(move |i| wave(k, i))).collect();
        let mut columns = [[0.0; SIDE]; KEPT];
        for (k, row) in columns.iter_mut().enumerate() {
            for (x, value) in row.iter_mut().enumerate() {
                *value = (0..SIDE).map(|y| f64::from(grey[y * SIDE + x]) * waves[k * SIDE + y]).sum();
            }
        }
        let low = |k: usize| (0..SIDE).map(|x| columns[k / KEPT][x] * waves[(k % KEPT) * SIDE + x]).sum::<f64>();
        let low: Vec<f64> = (0..KEPT * KEPT).map(low).collect();
        let sorted = sorted_by(low.clone(), f64::total_cmp);
        let median = (sorted[KEPT * KEPT / 2 - 1] + sorted[KEPT * KEPT / 2]) / 2.0;
        Ok(PerceptualHash(low.iter().fold(0, |hash, value| hash << 1 | u64::from(*value > median))))
    }

    /// Hamming distance of two hashes, 0 to 64 bits.
    pub fn distance(self, other: Self) -> u32 {
        (self.0 ^ other.0).count_ones()
    }
}

impl fmt::Display for PerceptualHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for PerceptualHash {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let digits = (text.len() == 16).then(|| u64::from_str_radix(text, 16).ok()).flatten();
        digits
            .map(PerceptualHash)
            .ok_or_else(|| Error::argument("perceptual hash", "16 hex digits", format!("{text:?}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks of different greys: most frequencies of a plain gradient are near 0, and their signs random.
    fn blocks(brightness: u8) -> Photo {
        let grey = |i: usize| ((i % 64 / 8 * 53 + i / 64 / 8 * 97) % 180) as u8 + brightness;
        let rgb = (0..64 * 48).flat_map(|i| [grey(i), grey(i) / 2 + 20, brightness]).collect();
        Photo { width: 64, height: 48, rgb }
    }

    #[test]
    fn a_brighter_copy_has_nearly_the_same_hash() {
        let (a, b) = (PerceptualHash::of(&blocks(0)).unwrap(), PerceptualHash::of(&blocks(40)).unwrap());
        assert!(a.distance(b) <= 6, "{a} and {b}");
    }

    #[test]
    fn a_hash_reads_back_from_its_digits() {
        let hash = PerceptualHash::of(&blocks(7)).unwrap();
        assert_eq!(hash.to_string().parse::<PerceptualHash>().unwrap(), hash);
        assert!("not a hash".parse::<PerceptualHash>().is_err());
    }
}
