//! Data augmentation of photos: what differs between a shop's picture of a product and a shopper's photo of it.

use fastrand::Rng;
use image::RgbImage;

use crate::photo::{Photo, background};

/// Longest side of an augmented photo in pixels: encoders need no more, and a build makes many.
const MAX_SIDE: u32 = 320;

/// The photo under a random affine warp (rotated by up to 12°, scaled by 0.8 to 1.5, translated by up to 8 % of a side), half of
/// the time with a plain background replaced, with random gamma and gain of each channel, and blurred one time in three.
pub fn augment(photo: &Photo, rng: &mut Rng) -> Photo {
    let mut augmented = warped(photo, rng);
    relit(&mut augmented, rng);
    if rng.u8(0..3) == 0 {
        let radius = 0.5 + rng.f32() * 1.5;
        if let Some(image) = RgbImage::from_raw(augmented.width, augmented.height, std::mem::take(&mut augmented.rgb)) {
            augmented.rgb = image::imageops::fast_blur(&image, radius).into_raw();
        }
    }
    augmented
}

/// A random affine warp with bilinear sampling; a vertical gradient of random colours stands for what is outside the photo, and
/// half of the time for its plain background.
fn warped(photo: &Photo, rng: &mut Rng) -> Photo {
    let uniform = |rng: &mut Rng, low: f32, high: f32| low + rng.f32() * (high - low);
    let shrink = (MAX_SIDE as f32 / photo.width.max(photo.height) as f32).min(1.0);
    let side = |side: u32| ((side as f32 * shrink).round() as u32).max(1);
    let (width, height) = (side(photo.width), side(photo.height));
    let angle = uniform(rng, -12.0, 12.0).to_radians();
    // Pixels of the photo for one of the result.
    let scale = uniform(rng, 0.67, 1.25) / shrink;
    let (stretch_x, stretch_y) = (uniform(rng, 0.92, 1.08), uniform(rng, 0.92, 1.08));
    let spare = |side: u32| side as f32 * 0.08;
    let centre_x = photo.width as f32 / 2.0 + uniform(rng, -1.0, 1.0) * spare(photo.width);
    let centre_y = photo.height as f32 / 2.0 + uniform(rng, -1.0, 1.0) * spare(photo.height);
    let plain = (rng.u8(0..2) == 0).then(|| background::mask(photo)).flatten();
    let [top, bottom] = [(); 2].map(|()| [(); 3].map(|()| rng.u8(30..=255)));
    let mut rgb = Vec::with_capacity((width * height * 3) as usize);
    for y in 0..height {
        let share = y as f32 / height as f32;
        let backdrop: [f32; 3] =
            std::array::from_fn(|c| f32::from(top[c]) * (1.0 - share) + f32::from(bottom[c]) * share);
        for x in 0..width {
            let (dx, dy) = (x as f32 + 0.5 - width as f32 / 2.0, y as f32 + 0.5 - height as f32 / 2.0);
            let (dx, dy) = (dx * scale * stretch_x, dy * scale * stretch_y);
            let source_x = centre_x + dx * angle.cos() - dy * angle.sin() - 0.5;
            let source_y = centre_y + dx * angle.sin() + dy * angle.cos() - 0.5;
            let pixel = sample(photo, source_x, source_y, plain.as_deref()).unwrap_or(backdrop);
            rgb.extend(pixel.map(|v| v.round().clamp(0.0, 255.0) as u8));
        }
    }
    Photo { width, height, rgb }
}

/// Bilinear interpolation at `x`, `y`; `None` outside the photo and where the mask of a background to be replaced is set.
fn sample(photo: &Photo, x: f32, y: f32, plain: Option<&[bool]>) -> Option<[f32; 3]> {
    let (right, bottom) = (photo.width as f32 - 1.0, photo.height as f32 - 1.0);
    if x < -0.5 || y < -0.5 || x > right + 0.5 || y > bottom + 0.5 {
        return None;
    }
    let (x, y) = (x.clamp(0.0, right), y.clamp(0.0, bottom));
    let (x0, y0) = (x as usize, y as usize);
    let (x1, y1) = ((x0 + 1).min(right as usize), (y0 + 1).min(bottom as usize));
    let (fx, fy) = (x - x0 as f32, y - y0 as f32);
    let at = |x: usize, y: usize| y * photo.width as usize + x;
    if plain.is_some_and(|plain| plain[at(x.round() as usize, y.round() as usize)]) {
        return None;
    }
    let value = |x: usize, y: usize, c: usize| f32::from(photo.rgb[at(x, y) * 3 + c]);
    Some(std::array::from_fn(|c| {
        let above = value(x0, y0, c) * (1.0 - fx) + value(x1, y0, c) * fx;
        let below = value(x0, y1, c) * (1.0 - fx) + value(x1, y1, c) * fx;
        above * (1.0 - fy) + below * fy
    }))
}

/// Random gamma, and random gain of each channel (brightness and white balance), through a lookup table a channel.
fn relit(photo: &mut Photo, rng: &mut Rng) {
    let gamma = 0.7 + rng.f32() * 0.7;
    let tables: [[u8; 256]; 3] = std::array::from_fn(|_| {
        let gain = 0.8 + rng.f32() * 0.35;
        std::array::from_fn(|v| ((v as f32 / 255.0).powf(gamma) * gain * 255.0).round().min(255.0) as u8)
    });
    photo.rgb.iter_mut().enumerate().for_each(|(i, value)| *value = tables[i % 3][usize::from(*value)]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square_on_white() -> Photo {
        let inside = |i: usize| (20..44).contains(&(i % 64)) && (20..44).contains(&(i / 64));
        let rgb = (0..64 * 64).flat_map(|i| if inside(i) { [200, 30, 30] } else { [255, 255, 255] }).collect();
        Photo { width: 64, height: 64, rgb }
    }

    #[test]
    fn an_augmented_photo_differs_and_keeps_the_foreground_in_its_centre() {
        let photo = square_on_white();
        for seed in 0..50 {
            let augmented = augment(&photo, &mut Rng::with_seed(seed));
            assert_eq!(augmented.rgb.len(), (augmented.width * augmented.height * 3) as usize);
            assert_ne!(augmented.rgb, photo.rgb);
            let middle = &augmented.rgb[(32 * 64 + 32) * 3..][..3];
            assert!(middle[0] > middle[1].saturating_mul(2) && middle[0] > middle[2].saturating_mul(2), "{middle:?}");
        }
    }

    #[test]
    fn the_smallest_and_the_thinnest_photos_can_be_augmented() {
        for (width, height) in [(1, 1), (1, 900), (900, 2)] {
            let photo = Photo { width, height, rgb: vec![120; (width * height * 3) as usize] };
            for seed in 0..20 {
                let augmented = augment(&photo, &mut Rng::with_seed(seed));
                assert!(augmented.width >= 1 && augmented.height >= 1);
            }
        }
    }
}
