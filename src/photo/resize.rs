//! Resizing in fixed point: the same bytes natively and in wasm.

use bytemuck::Pod;
use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::{U8, U8x3, U16x3};
use fast_image_resize::{FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer};

use super::Photo;
use crate::{Error, Result};

/// How many times as large a picture must be that its average over squares is not seen behind the filter.
const LEAST_RATIO: u32 = 4;

impl Photo {
    /// Resized to `width × height`, whatever the aspect ratio, with an antialiased bicubic filter (a = −0.5, as Pillow's):
    /// `[height, width, 3]`. An error where either size is 0.
    ///
    /// In 16 bits a channel: values are rounded and clipped to 8 bits once, not after each of the two passes. A picture that is
    /// at least eight times as large is averaged over squares first, down to four times: the filter takes most of the time.
    pub fn resized(&self, width: u32, height: u32) -> Result<Vec<u8>> {
        let ratio = (self.width.checked_div(width)).min(self.height.checked_div(height)).unwrap_or(1);
        if ratio >= 2 * LEAST_RATIO {
            return self.divided(ratio / LEAST_RATIO).resized(width, height);
        }
        // Half of the range, so that overshoot between the passes is kept.
        let wide: Vec<u16> = self.rgb.iter().map(|v| u16::from(*v) * 128 + 16_384).collect();
        let wide = resize::<U16x3>(&wide, self.width, self.height, width, height, FilterType::CatmullRom)?;
        Ok(wide.iter().map(|v| ((i32::from(*v) - 16_384 + 64) >> 7).clamp(0, 255) as u8).collect())
    }

    /// Resized, where it is larger, so that neither side is longer than `side`.
    pub fn within(&self, side: u32) -> Result<Photo> {
        let scale = (f64::from(side) / f64::from(self.width.max(self.height))).min(1.0);
        let scaled = |side: u32| ((f64::from(side) * scale).round() as u32).max(1);
        let (width, height) = (scaled(self.width), scaled(self.height));
        Ok(Photo { width, height, rgb: self.resized(width, height)? })
    }

    /// Resized to `width × height`, whatever the aspect ratio, with a box filter: `[height, width, 3]`.
    pub(super) fn averaged(&self, width: u32, height: u32) -> Result<Vec<u8>> {
        resize::<U8x3>(&self.rgb, self.width, self.height, width, height, FilterType::Box)
    }

    /// The centre crop of `share` of the width and of the height, 0 to 1; at least one pixel.
    pub fn centre(&self, share: f32) -> Photo {
        let cut = |side: u32| {
            let kept = ((side as f32 * share).round() as u32).clamp(1, side);
            ((side - kept) / 2, kept)
        };
        let ((left, width), (top, height)) = (cut(self.width), cut(self.height));
        self.cut(left, top, width, height)
    }

    /// A rectangle of the photo, in pixels, which must be within it.
    pub(super) fn cut(&self, left: u32, top: u32, width: u32, height: u32) -> Photo {
        let row = |y: u32| {
            let start = ((top + y) * self.width + left) as usize * 3;
            &self.rgb[start..][..width as usize * 3]
        };
        Photo { width, height, rgb: (0..height).flat_map(row).copied().collect() }
    }

    /// In grey, resized to `width × height`, whatever the aspect ratio, with a Lanczos filter: `[height, width]`.
    pub(super) fn grey(&self, width: u32, height: u32) -> Result<Vec<u8>> {
        // ITU-R 601 in 16-bit fixed point, as Pillow's "L".
        let luma = |p: &[u8]| {
            ((u32::from(p[0]) * 19_595 + u32::from(p[1]) * 38_470 + u32::from(p[2]) * 7_471 + 0x8000) >> 16) as u8
        };
        let grey: Vec<u8> = self.rgb.chunks_exact(3).map(luma).collect();
        resize::<U8>(&grey, self.width, self.height, width, height, FilterType::Lanczos3)
    }
}

/// With the library's static pixel types: its run-time type would link the code and the tables of every type.
fn resize<P: PixelTrait<Component: Pod>>(
    pixels: &[P::Component],
    width: u32,
    height: u32,
    to_width: u32,
    to_height: u32,
    filter: FilterType,
) -> Result<Vec<P::Component>> {
    let failed = |e: String| Error::photo(format!("a picture that can be resized to {to_width} × {to_height}"), e);
    let pixels = bytemuck::cast_slice(pixels);
    let source = TypedImageRef::<P>::from_buffer(width, height, pixels).map_err(|e| failed(e.to_string()))?;
    let mut target = TypedImage::<P>::new(to_width, to_height);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter));
    Resizer::new().resize_typed(&source, &mut target, &options).map_err(|e| failed(e.to_string()))?;
    Ok(P::components(target.pixels()).to_vec())
}
