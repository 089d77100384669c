//! The colour histogram of a photo's foreground, for what the encoders are invariant to: a product in grey is not the one in red.

use super::{Photo, background};
use crate::Result;

/// Side of the scaled photo whose pixels are counted.
const SIDE: u32 = 64;
/// Bins of L* (lightness), a* (green to red) and b* (blue to yellow).
const BINS: [usize; 3] = [4, 8, 8];
/// How much less a difference in chroma is seen, for each unit of chroma: S_C of CIE94 (CIE 116-1995). Bins are as much wider
/// there, and narrow near grey.
const CHROMA_WEIGHT: f32 = 0.045;
/// The a* and b* at the middle of the last bins; what is beyond counts there.
const MOST_CHROMA: f32 = 60.0;
/// Standard deviation of the Gaussian weight of a pixel around the foreground's centre, as a share of its width and height.
/// Foreground: the pixels outside a plain background, or all where there is none.
const SPREAD: f32 = 0.2;

/// A histogram over CIE L*a*b* (D65), each bin the square root of its share times 255: the dot product of two is 255² times
/// their Bhattacharyya coefficient (Bhattacharyya 1943).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColourHistogram(pub [u8; ColourHistogram::LEN]);

impl ColourHistogram {
    /// Number of bins.
    pub const LEN: usize = BINS[0] * BINS[1] * BINS[2];

    /// The histogram of a photo's foreground, its centre weighted most. An error only where the photo cannot be resized.
    pub fn of(photo: &Photo) -> Result<Self> {
        let rgb = photo.averaged(SIDE, SIDE)?;
        let side = SIDE as usize;
        let small = Photo { width: SIDE, height: SIDE, rgb };
        let foreground =
            background::mask(&small).map(|mask| mask.iter().map(|is_plain| !is_plain).collect::<Vec<bool>>());
        // A foreground of a few pixels is more likely noise.
        let foreground = foreground.filter(|mask| mask.iter().filter(|inside| **inside).count() * 50 > side * side);
        let (columns, rows) = match &foreground {
            Some(mask) => (
                extent(side, |x| (0..side).filter(|y| mask[y * side + x]).count()),
                extent(side, |y| (0..side).filter(|x| mask[y * side + x]).count()),
            ),
            None => ((0.5, 1.0), (0.5, 1.0)),
        };
        let mut counts = [0.0f32; ColourHistogram::LEN];
        for (i, pixel) in small.rgb.chunks_exact(3).enumerate() {
            if foreground.as_ref().is_none_or(|mask| mask[i]) {
                let at = |i: usize, (middle, width): (f32, f32)| ((i as f32 + 0.5) / side as f32 - middle) / width;
                let (x, y) = (at(i % side, columns), at(i / side, rows));
                let weight = (-(x * x + y * y) / (2.0 * SPREAD * SPREAD)).exp();
                count(&mut counts, lab([pixel[0], pixel[1], pixel[2]]), weight);
            }
        }
        let total: f32 = counts.iter().sum();
        Ok(ColourHistogram(counts.map(|count| ((count / total).sqrt() * 255.0).round() as u8)))
    }

    /// The Bhattacharyya coefficient of two histograms, 0 to 1; as a cosine, since rounding changes their lengths a little.
    pub fn bhattacharyya(&self, other: &ColourHistogram) -> f32 {
        let dot = |a: &[u8], b: &[u8]| a.iter().zip(b).map(|(a, b)| u32::from(*a) * u32::from(*b)).sum::<u32>() as f32;
        let lengths = (dot(&self.0, &self.0) * dot(&other.0, &other.0)).sqrt();
        if lengths > 0.0 { (dot(&self.0, &other.0) / lengths).min(1.0) } else { 0.0 }
    }
}

/// 1 less the Hellinger distance of two distributions, from their Bhattacharyya coefficient, 0 to 1: steps among distributions that
/// are nearly the same are as large as others.
pub fn hellinger_similarity(coefficient: f32) -> f32 {
    1.0 - (1.0 - coefficient).max(0.0).sqrt()
}

/// Centre and width, as shares of the side, of the extent of the rows or columns of which more than one pixel in a hundred is
/// foreground; `pixels` counts those of one.
fn extent(side: usize, pixels: impl Fn(usize) -> usize) -> (f32, f32) {
    let lines = || (0..side).filter(|i| pixels(*i) * 100 > side);
    let (Some(first), Some(last)) = (lines().next(), lines().next_back()) else { return (0.5, 1.0) };
    ((first + last + 1) as f32 / (2 * side) as f32, (last + 1 - first) as f32 / side as f32)
}

/// Adds a colour to the eight nearest bins by trilinear interpolation.
fn count(counts: &mut [f32; ColourHistogram::LEN], lab: [f32; 3], weight: f32) {
    let [lightness, a, b] = lab;
    let shares = [lightness / 100.0, compressed(a), compressed(b)];
    let place: [(usize, f32); 3] = std::array::from_fn(|i| {
        let at = shares[i].clamp(0.0, 1.0) * (BINS[i] - 1) as f32;
        let low = (at as usize).min(BINS[i] - 2);
        (low, at - low as f32)
    });
    for corner in 0..8 {
        let (mut index, mut share) = (0, weight);
        for (i, (low, above)) in place.into_iter().enumerate() {
            let high = corner >> i & 1;
            index = index * BINS[i] + low + high;
            share *= if high == 1 { above } else { 1.0 - above };
        }
        counts[index] += share;
    }
}

/// Where an a* or b* lies between −[`MOST_CHROMA`], 0, and [`MOST_CHROMA`], 1, in steps that are seen as equal.
fn compressed(value: f32) -> f32 {
    let steps = |chroma: f32| (CHROMA_WEIGHT * chroma).ln_1p();
    (steps(value.abs()).copysign(value) / steps(MOST_CHROMA) + 1.0) / 2.0
}

/// sRGB to CIE L*a*b* under D65 (IEC 61966-2-1; CIE 15).
fn lab(rgb: [u8; 3]) -> [f32; 3] {
    let [r, g, b] = rgb.map(|v| {
        let v = f32::from(v) / 255.0;
        if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
    });
    let x = (0.412_456 * r + 0.357_576 * g + 0.180_437 * b) / 0.950_47;
    let y = 0.212_673 * r + 0.715_152 * g + 0.072_175 * b;
    let z = (0.019_334 * r + 0.119_192 * g + 0.950_304 * b) / 1.088_83;
    let [x, y, z] = [x, y, z].map(|t| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 });
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(colour: [u8; 3], ground: [u8; 3]) -> Photo {
        let inside = |i: usize| (20..44).contains(&(i % 64)) && (16..50).contains(&(i / 64));
        let rgb = (0..64 * 64).flat_map(|i| if inside(i) { colour } else { ground }).collect();
        Photo { width: 64, height: 64, rgb }
    }

    #[test]
    fn the_foreground_counts_and_not_a_plain_background() {
        let colour_histogram = |colour, ground| ColourHistogram::of(&square(colour, ground)).unwrap();
        let red = colour_histogram([200, 30, 40], [255; 3]);
        assert!(red.bhattacharyya(&colour_histogram([190, 36, 44], [230; 3])) > 0.9);
        assert!(red.bhattacharyya(&colour_histogram([40, 60, 190], [255; 3])) < 0.1);
        assert!((red.bhattacharyya(&red) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn greys_of_two_tints_are_less_alike_than_reds_that_differ_as_much() {
        let alike = |a, b| {
            let of = |colour| ColourHistogram::of(&square(colour, [255; 3])).unwrap();
            of(a).bhattacharyya(&of(b))
        };
        let (greys, reds) = (alike([120, 120, 120], [120, 116, 104]), alike([200, 30, 40], [190, 36, 44]));
        assert!(greys < reds, "{greys} {reds}");
        let [low, middle, high] = [-200.0, 0.0, 60.0].map(compressed);
        assert!(low < 0.0 && middle == 0.5 && high == 1.0 && compressed(10.0) - 0.5 > 2.0 * (1.0 - compressed(50.0)));
    }

    #[test]
    fn black_white_and_pure_red_have_their_values_in_cie_lab() {
        let near = |a: [f32; 3], b: [f32; 3]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 0.1);
        assert!(near(lab([255; 3]), [100.0, 0.0, 0.0]) && near(lab([0; 3]), [0.0, 0.0, 0.0]));
        assert!(near(lab([255, 0, 0]), [53.24, 80.09, 67.2]));
    }

    #[test]
    fn a_photo_of_one_colour_or_one_pixel_has_a_histogram() {
        for side in [1, 64] {
            let photo = Photo { width: side, height: side, rgb: vec![90; (side * side * 3) as usize] };
            assert!(ColourHistogram::of(&photo).unwrap().0.iter().any(|v| *v > 0));
        }
    }
}
