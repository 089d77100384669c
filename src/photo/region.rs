//! A part of a photo: what the shopper means of it.

use serde::Deserialize;

use super::Photo;
use crate::{Error, Result};

/// How far beyond the photo's edge a region may reach: fractions that were divided add up to a little more than 1.
const ROUNDING: f64 = 1e-6;

/// A rectangle in fractions of the upright photo's width and height.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// Of the left edge, 0 to 1.
    pub x: f64,
    /// Of the upper edge, 0 to 1.
    pub y: f64,
    /// Above 0.
    pub width: f64,
    /// Above 0.
    pub height: f64,
}

impl Region {
    /// Refuses a rectangle that is empty or not within the photo.
    ///
    /// # Errors
    /// [`Error::Argument`].
    pub fn check(&self) -> Result<()> {
        let within =
            |start: f64, length: f64| (0.0..1.0).contains(&start) && length > 0.0 && start + length <= 1.0 + ROUNDING;
        if within(self.x, self.width) && within(self.y, self.height) {
            return Ok(());
        }
        let Region { x, y, width, height } = self;
        let expected = "a rectangle within the photo, in fractions of its width and height from 0 to 1";
        Err(Error::argument("region", expected, format!("x {x}, y {y}, width {width}, height {height}")))
    }
}

impl std::str::FromStr for Region {
    type Err = Error;

    /// Of `x,y,width,height`.
    fn from_str(text: &str) -> Result<Self> {
        let numbers: Option<Vec<f64>> = text.split(',').map(|number| number.trim().parse().ok()).collect();
        let Some([x, y, width, height]) = numbers.as_deref() else {
            return Err(Error::argument("region", "four numbers x,y,width,height", format!("{text:?}")));
        };
        let region = Region { x: *x, y: *y, width: *width, height: *height };
        region.check().map(|()| region)
    }
}

impl Photo {
    /// That part of the photo; at least one pixel. An error is that of [`Region::check`].
    pub fn part(&self, region: &Region) -> Result<Photo> {
        region.check()?;
        let cut = |side: u32, start: f64, length: f64| {
            let pixel = |at: f64| (at * f64::from(side)).round() as u32;
            let first = pixel(start).min(side - 1);
            (first, pixel(start + length).clamp(first + 1, side) - first)
        };
        let ((left, width), (top, height)) =
            (cut(self.width, region.x, region.width), cut(self.height, region.y, region.height));
        Ok(self.cut(left, top, width, height))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn photo() -> Photo {
        let rgb = (0..4 * 3).flat_map(|i| [i as u8; 3]).collect();
        Photo { width: 4, height: 3, rgb }
    }

    fn region(x: f64, y: f64, width: f64, height: f64) -> Region {
        Region { x, y, width, height }
    }

    #[test]
    fn a_part_has_the_pixels_of_its_rectangle() {
        let part = photo().part(&region(0.25, 1.0 / 3.0, 0.5, 2.0 / 3.0)).unwrap();
        let greys: Vec<u8> = part.rgb.iter().step_by(3).copied().collect();
        assert_eq!((part.width, part.height, greys), (2, 2, vec![5, 6, 9, 10]));
    }

    #[test]
    fn the_whole_is_a_part_and_the_smallest_part_is_a_pixel() {
        assert_eq!(photo().part(&region(0.0, 0.0, 1.0, 1.0)).unwrap().rgb, photo().rgb);
        let part = photo().part(&region(0.999, 0.999, 0.001, 0.001)).unwrap();
        assert_eq!((part.width, part.height, part.rgb), (1, 1, vec![11; 3]));
    }

    #[test]
    fn a_rectangle_that_is_empty_or_leaves_the_photo_is_refused() {
        for bad in [
            region(0.0, 0.0, 0.0, 1.0),
            region(-0.1, 0.0, 0.5, 0.5),
            region(0.6, 0.0, 0.5, 0.5),
            region(0.0, 0.0, 1.0, f64::NAN),
            region(1.0, 0.0, 0.1, 0.5),
            region(0.0, f64::INFINITY, 0.5, 0.5),
        ] {
            assert_eq!(photo().part(&bad).err().unwrap().code(), "bad-argument", "{bad:?}");
        }
    }

    #[test]
    fn a_region_is_read_from_four_numbers() {
        assert_eq!("0.25, 0,0.5,1".parse::<Region>().unwrap(), region(0.25, 0.0, 0.5, 1.0));
        for bad in ["", "0,0,1", "0,0,1,1,1", "0,0,1,a", "0,0,2,1"] {
            assert!(bad.parse::<Region>().is_err(), "{bad}");
        }
    }
}
