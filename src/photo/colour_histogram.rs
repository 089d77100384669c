//! The colours of the thing in a photo, for what encoders overlook: a product in grey is not the one in red.

use super::{Photo, background};
use crate::Result;

/// Side of the picture that is counted, in pixels.
const SIDE: u32 = 64;
/// Bins: lightness, green to red, blue to yellow.
const BINS: [usize; 3] = [4, 5, 5];
/// Where the bins begin and how far they reach in CIE L*, a*, b*.
const FROM: [f32; 3] = [0.0, -60.0, -60.0];
const REACH: [f32; 3] = [100.0, 130.0, 130.0];
/// Standard deviation of a pixel's weight around the thing's middle, as a share of the thing's width and height.
const SPREAD: f32 = 0.2;

/// A histogram of colours in CIE L*a*b* under daylight (D65), its square roots scaled to a vector of length 255: the dot
/// product of two is 255² times their Bhattacharyya coefficient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColourHistogram(pub [u8; ColourHistogram::LEN]);

impl ColourHistogram {
    /// Values of a colour_histogram.
    pub const LEN: usize = BINS[0] * BINS[1] * BINS[2];

    /// The colour_histogram of a photo: of what stands before a plain background where there is one, the middle counting most.
    pub fn of(photo: &Photo) -> Result<Self> {
        let rgb = photo.averaged(SIDE, SIDE)?;
        let side = SIDE as usize;
        let small = Photo { width: SIDE, height: SIDE, rgb };
        let thing =
            background::plain(&small).map(|plain| plain.iter().map(|is_plain| !is_plain).collect::<Vec<bool>>());
        // A thing of a few pixels is more likely noise.
        let thing = thing.filter(|thing| thing.iter().filter(|t| **t).count() * 50 > side * side);
        let (columns, rows) = match &thing {
            Some(thing) => (
                extent(side, |x| (0..side).filter(|y| thing[y * side + x]).count()),
                extent(side, |y| (0..side).filter(|x| thing[y * side + x]).count()),
            ),
            None => ((0.5, 1.0), (0.5, 1.0)),
        };
        let mut counts = [0.0f32; ColourHistogram::LEN];
        for (i, pixel) in small.rgb.chunks_exact(3).enumerate() {
            if thing.as_ref().is_none_or(|thing| thing[i]) {
                let at = |i: usize, (middle, width): (f32, f32)| ((i as f32 + 0.5) / side as f32 - middle) / width;
                let (x, y) = (at(i % side, columns), at(i / side, rows));
                let weight = (-(x * x + y * y) / (2.0 * SPREAD * SPREAD)).exp();
                count(&mut counts, lab([pixel[0], pixel[1], pixel[2]]), weight);
            }
        }
        let total: f32 = counts.iter().sum();
        Ok(ColourHistogram(counts.map(|count| ((count / total).sqrt() * 255.0).round() as u8)))
    }

    /// How alike two colour_histograms are, 0 to 1.
    pub fn likeness(&self, other: &ColourHistogram) -> f32 {
        let dot = |a: &[u8], b: &[u8]| a.iter().zip(b).map(|(a, b)| u32::from(*a) * u32::from(*b)).sum::<u32>() as f32;
        let lengths = (dot(&self.0, &self.0) * dot(&other.0, &other.0)).sqrt();
        if lengths > 0.0 { (dot(&self.0, &other.0) / lengths).min(1.0) } else { 0.0 }
    }
}

/// Middle and width, as shares of the side, of the lines in which more than one pixel in a hundred is of the thing.
fn extent(side: usize, pixels: impl Fn(usize) -> usize) -> (f32, f32) {
    let lines = || (0..side).filter(|i| pixels(*i) * 100 > side);
    let (Some(first), Some(last)) = (lines().next(), lines().next_back()) else { return (0.5, 1.0) };
    ((first + last + 1) as f32 / (2 * side) as f32, (last + 1 - first) as f32 / side as f32)
}

/// Adds a colour to the eight bins around it.
fn count(counts: &mut [f32; ColourHistogram::LEN], lab: [f32; 3], weight: f32) {
    let place: [(usize, f32); 3] = std::array::from_fn(|i| {
        let at = ((lab[i] - FROM[i]) / REACH[i]).clamp(0.0, 1.0) * (BINS[i] - 1) as f32;
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
    fn the_thing_counts_and_not_a_plain_background() {
        let colour_histogram = |colour, ground| ColourHistogram::of(&square(colour, ground)).unwrap();
        let red = colour_histogram([200, 30, 40], [255; 3]);
        assert!(red.likeness(&colour_histogram([190, 36, 44], [230; 3])) > 0.9);
        assert!(red.likeness(&colour_histogram([40, 60, 190], [255; 3])) < 0.1);
        assert!((red.likeness(&red) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn black_white_and_pure_colours_stand_where_cie_has_them() {
        let near = |a: [f32; 3], b: [f32; 3]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 0.1);
        assert!(near(lab([255; 3]), [100.0, 0.0, 0.0]) && near(lab([0; 3]), [0.0, 0.0, 0.0]));
        assert!(near(lab([255, 0, 0]), [53.24, 80.09, 67.2]));
    }

    #[test]
    fn a_picture_of_one_colour_or_one_pixel_has_a_palette() {
        for side in [1, 64] {
            let photo = Photo { width: side, height: side, rgb: vec![90; (side * side * 3) as usize] };
            assert!(ColourHistogram::of(&photo).unwrap().0.iter().any(|v| *v > 0));
        }
    }
}
