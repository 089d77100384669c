//! A picture between its decoder and a photo. The `image` library has a type for it as well, with every depth and kind of pixels,
//! whose conversions the browser would have to download.

use std::ops::Range;

use image::metadata::Orientation;

use super::Photo;

/// 8 bits a channel.
pub(super) struct Picture {
    pub(super) width: u32,
    pub(super) height: u32,
    /// 1 for grey, 2 for grey and alpha, 3 for RGB, 4 for RGB and alpha.
    pub(super) channels: usize,
    /// `[height, width, channels]`.
    pub(super) values: Vec<u8>,
}

impl Picture {
    /// `None` where there are fewer or more values than the size says.
    pub(super) fn new(width: u32, height: u32, channels: usize, values: Vec<u8>) -> Option<Self> {
        let is_whole = (1..=4).contains(&channels) && values.len() == width as usize * height as usize * channels;
        is_whole.then_some(Picture { width, height, channels, values })
    }

    pub(super) fn has_colour(&self) -> bool {
        self.channels > 2
    }

    /// With three channels for a grey one.
    pub(super) fn with_colour(mut self) -> Self {
        self.values = match self.channels {
            1 => self.values.iter().flat_map(|grey| [*grey; 3]).collect(),
            2 => self.values.as_chunks().0.iter().flat_map(|[grey, alpha]| [*grey, *grey, *grey, *alpha]).collect(),
            _ => return self,
        };
        self.channels += 2;
        self
    }

    /// Composited over white.
    pub(super) fn over_white(self) -> Photo {
        let blend = |value: u8, alpha: u8| {
            let (value, alpha) = (u32::from(value), u32::from(alpha));
            ((value * alpha + 255 * (255 - alpha) + 127) / 255) as u8
        };
        let over_white = |[red, green, blue, alpha]: &[u8; 4]| [*red, *green, *blue].map(|v| blend(v, *alpha));
        let picture = self.with_colour();
        let rgb = match picture.channels {
            3 => picture.values,
            _ => picture.values.as_chunks().0.iter().flat_map(over_white).collect(),
        };
        Photo { width: picture.width, height: picture.height, rgb }
    }
}

impl Photo {
    /// Upright, where it lies as EXIF says (EXIF 2.3, section 4.6.4).
    pub(super) fn oriented(self, orientation: Orientation) -> Photo {
        let exif = orientation.to_exif();
        if exif == 1 {
            return self;
        }
        let (right, bottom) = (self.width as usize - 1, self.height as usize - 1);
        let source = |x: usize, y: usize| match exif {
            2 => (right - x, y),
            3 => (right - x, bottom - y),
            4 => (x, bottom - y),
            5 => (y, x),
            6 => (y, bottom - x),
            7 => (right - y, bottom - x),
            _ => (right - y, x),
        };
        let (width, height) = if exif > 4 { (self.height, self.width) } else { (self.width, self.height) };
        let pixels = self.rgb.as_chunks::<3>().0;
        let mut rgb = Vec::with_capacity(self.rgb.len());
        for y in 0..height as usize {
            for x in 0..width as usize {
                let (from_x, from_y) = source(x, y);
                rgb.extend_from_slice(pixels.get(from_y * self.width as usize + from_x).unwrap_or(&[0; 3]));
            }
        }
        Photo { width, height, rgb }
    }

    /// These rows alone.
    pub(super) fn rows(mut self, rows: Range<u32>) -> Photo {
        let line = self.width as usize * 3;
        self.rgb.truncate(rows.end as usize * line);
        self.rgb.drain(..(rows.start as usize * line).min(self.rgb.len()));
        self.height = rows.end - rows.start;
        self
    }
}
