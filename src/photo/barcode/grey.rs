//! A photo's luma, in halved sizes.

use crate::photo::Photo;

/// The coarsest size has at most so many pixels a side: a symbol of 95 modules that fills a quarter of it is still read.
const COARSEST_SIDE: usize = 1_000;

/// `[height, width]` luma.
pub(super) struct Grey {
    pub width: usize,
    pub height: usize,
    pub pixels: Vec<u8>,
}

impl Grey {
    /// ITU-R 601.
    pub fn of(photo: &Photo) -> Self {
        let luma = |[red, green, blue]: &[u8; 3]| {
            ((u32::from(*red) * 77 + u32::from(*green) * 150 + u32::from(*blue) * 29) >> 8) as u8
        };
        let pixels = photo.rgb.as_chunks().0.iter().map(luma).collect();
        Grey { width: photo.width as usize, height: photo.height as usize, pixels }
    }

    /// This size, its half, and so on down to the coarsest.
    pub fn pyramid(self) -> Vec<Grey> {
        let mut sizes = vec![self];
        let is_large = |size: &&Grey| size.width.max(size.height) > COARSEST_SIDE && size.width.min(size.height) > 1;
        while let Some(half) = sizes.last().filter(is_large).map(Grey::half) {
            sizes.push(half);
        }
        sizes
    }

    /// The mean of each 2 × 2 pixels; an odd last row or column is left out.
    fn half(&self) -> Grey {
        let (width, height) = (self.width / 2, self.height / 2);
        let mut pixels = Vec::with_capacity(width * height);
        let mut rows = self.pixels.chunks_exact(self.width.max(1));
        while let (Some(upper), Some(lower)) = (rows.next(), rows.next()) {
            let pairs = upper.as_chunks::<2>().0.iter().zip(lower.as_chunks::<2>().0);
            pixels.extend(pairs.map(|([a, b], [c, d])| {
                ((u32::from(*a) + u32::from(*b) + u32::from(*c) + u32::from(*d) + 2) / 4) as u8
            }));
        }
        Grey { width, height, pixels }
    }

    /// Rows as columns: what was a vertical line is a row.
    pub fn transposed(&self) -> Grey {
        let mut pixels = vec![0; self.pixels.len()];
        // In strips of columns, so that both sides stay in the cache.
        const STRIP: usize = 16;
        for start in (0..self.width).step_by(STRIP) {
            for (y, row) in self.pixels.chunks_exact(self.width).enumerate() {
                for (x, value) in row.iter().enumerate().skip(start).take(STRIP) {
                    if let Some(pixel) = pixels.get_mut(x * self.height + y) {
                        *pixel = *value;
                    }
                }
            }
        }
        Grey { width: self.height, height: self.width, pixels }
    }
}
