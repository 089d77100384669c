//! Pictures larger than encoders and readers of bar codes need: averaged over squares of pixels, as their rows come.

use super::Photo;

/// Fewest pixels that are left of a picture: 1600 × 1200.
const LEAST_LEFT: u64 = 1_920_000;

/// By how much both sides of a picture are divided: 8, 4, 2 or 1, the most that leaves 1600 × 1200 pixels.
pub fn divisor(width: u32, height: u32) -> u32 {
    let pixels = u64::from(width) * u64::from(height);
    [8, 4, 2].into_iter().find(|divisor| pixels >= LEAST_LEFT * u64::from(divisor * divisor)).unwrap_or(1)
}

impl Photo {
    /// With both sides divided, rounded up: averages of squares of pixels.
    pub fn divided(&self, divisor: u32) -> Photo {
        let mut reducer = Reducer::new(self.width, divisor);
        self.rgb.chunks(self.width as usize * 3).for_each(|row| reducer.push(row));
        reducer.finish()
    }
}

/// Rows of RGB that become a smaller photo; incomplete squares at the right and at the bottom count as whole ones.
pub(super) struct Reducer {
    width: usize,
    divisor: usize,
    /// Of the rows since the last one that was finished.
    sums: Vec<u32>,
    summed: usize,
    photo: Photo,
}

impl Reducer {
    /// For rows of `width` pixels.
    pub(super) fn new(width: u32, divisor: u32) -> Self {
        let photo = Photo { width: width.div_ceil(divisor), height: 0, rgb: Vec::new() };
        let sums = if divisor == 1 { Vec::new() } else { vec![0; photo.width as usize * 3] };
        Reducer { width: width as usize, divisor: divisor as usize, sums, summed: 0, photo }
    }

    /// Adds a row: `[width, 3]`.
    pub(super) fn push(&mut self, row: &[u8]) {
        if self.divisor == 1 {
            self.photo.rgb.extend_from_slice(row);
            self.photo.height += 1;
            return;
        }
        for (sums, pixels) in self.sums.as_chunks_mut::<3>().0.iter_mut().zip(row.chunks(self.divisor * 3)) {
            for pixel in pixels.as_chunks::<3>().0 {
                for (sum, value) in sums.iter_mut().zip(pixel) {
                    *sum += u32::from(*value);
                }
            }
        }
        self.summed += 1;
        if self.summed == self.divisor {
            self.finish_row();
        }
    }

    pub(super) fn finish(mut self) -> Photo {
        if self.summed > 0 {
            self.finish_row();
        }
        self.photo
    }

    fn finish_row(&mut self) {
        let (divisor, rest) = (self.divisor, self.width % self.divisor);
        let squares = self.sums.as_chunks::<3>().0;
        let whole = if rest == 0 { squares.len() } else { squares.len().saturating_sub(1) };
        for (place, sums) in squares.iter().enumerate() {
            let columns = if place < whole { divisor } else { rest };
            let pixels = (columns * self.summed) as u32;
            self.photo.rgb.extend(sums.map(|sum| ((sum + pixels / 2) / pixels) as u8));
        }
        self.photo.height += 1;
        self.sums.fill(0);
        self.summed = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_keeps_1600_by_1200_pixels_whatever_its_shape() {
        for ((width, height), expected) in [
            ((1600, 1200), 1),
            ((3000, 2500), 1),
            ((4000, 3000), 2),
            ((8064, 6048), 4),
            ((16_320, 12_240), 8),
            ((16_384, 300), 1),
            ((1, 16_384), 1),
        ] {
            assert_eq!(divisor(width, height), expected, "{width} × {height}");
        }
    }

    #[test]
    fn squares_are_averaged_and_incomplete_ones_are_averages_of_what_there_is() {
        let mut reducer = Reducer::new(3, 2);
        reducer.push(&[0, 10, 20, 4, 30, 20, 200, 0, 1]);
        reducer.push(&[0, 10, 20, 4, 30, 20, 201, 0, 1]);
        reducer.push(&[7; 9]);
        let photo = reducer.finish();
        assert_eq!((photo.width, photo.height), (2, 2));
        assert_eq!(photo.rgb, [2, 20, 20, 201, 0, 1, 7, 7, 7, 7, 7, 7]);
    }

    #[test]
    fn rows_that_are_not_reduced_are_kept_as_they_are() {
        let mut reducer = Reducer::new(2, 1);
        reducer.push(&[1, 2, 3, 4, 5, 6]);
        assert_eq!(reducer.finish().rgb, [1, 2, 3, 4, 5, 6]);
    }
}
