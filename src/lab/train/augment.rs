//! Changed copies of photos and titles to train on.

use std::f32::consts::PI;

use fastrand::Rng;
use image::RgbImage;

use super::recipe::{PhotoChanges, TitleChanges};
use crate::merchant::learn::augment_title::{drop_one, misspell, swap};
use crate::photo::Photo;

/// Longest side of a changed photo: encoders read less.
const MAX_SIDE: u32 = 320;
/// Least share of each side that a crop keeps.
const LEAST_CROP: f32 = 0.6;
/// Largest rotation in degrees.
const MOST_DEGREES: f32 = 12.0;

/// The title with the changes that the dice give it; never empty where it was not.
pub fn title(title: &str, changes: &TitleChanges, rng: &mut Rng) -> String {
    let mut words: Vec<String> = title.split_whitespace().map(str::to_string).collect();
    if rng.f64() < changes.drop {
        for _ in 0..rng.usize(1..=2) {
            drop_one(&mut words, rng);
        }
    }
    if rng.f64() < changes.swap {
        swap(&mut words, rng);
    }
    if rng.f64() < changes.misspell {
        misspell(&mut words, rng);
    }
    words.join(" ")
}

/// The photo with the changes that the dice give it.
pub fn photo(photo: &Photo, changes: &PhotoChanges, rng: &mut Rng) -> Photo {
    // A photo has the pixels that its sides say; one that has not is left as it is.
    let Some(mut image) = RgbImage::from_raw(photo.width, photo.height, photo.rgb.clone()) else {
        return photo.clone();
    };
    if rng.f64() < changes.crop {
        image = cropped(&image, rng);
    }
    let longest = image.width().max(image.height());
    if longest > MAX_SIDE {
        let side = |side: u32| (side * MAX_SIDE / longest).max(1);
        let (width, height) = (side(image.width()), side(image.height()));
        image = image::imageops::thumbnail(&image, width, height);
    }
    if rng.f64() < changes.rotate {
        image = rotated(&image, (rng.f32() * 2.0 - 1.0) * MOST_DEGREES * PI / 180.0);
    }
    if rng.f64() < changes.flip {
        image::imageops::flip_horizontal_in_place(&mut image);
    }
    if rng.f64() < changes.light {
        relit(&mut image, rng);
    }
    if rng.f64() < changes.blur {
        image = image::imageops::fast_blur(&image, 0.5 + rng.f32() * 1.5);
    }
    Photo { width: image.width(), height: image.height(), rgb: image.into_raw() }
}

fn cropped(image: &RgbImage, rng: &mut Rng) -> RgbImage {
    let mut part = |side: u32| {
        let kept = ((side as f32 * (LEAST_CROP + rng.f32() * (1.0 - LEAST_CROP))).round() as u32).clamp(1, side);
        (rng.u32(0..=side - kept), kept)
    };
    let (left, width) = part(image.width());
    let (top, height) = part(image.height());
    image::imageops::crop_imm(image, left, top, width, height).to_image()
}

/// By an angle about the centre, with bilinear sampling; what comes from outside has the colour of the nearest edge.
fn rotated(image: &RgbImage, angle: f32) -> RgbImage {
    let (width, height) = image.dimensions();
    let (sine, cosine) = angle.sin_cos();
    let (centre_x, centre_y) = ((width as f32 - 1.0) / 2.0, (height as f32 - 1.0) / 2.0);
    RgbImage::from_fn(width, height, |x, y| {
        let (dx, dy) = (x as f32 - centre_x, y as f32 - centre_y);
        let source_x = (centre_x + dx * cosine - dy * sine).clamp(0.0, width as f32 - 1.0);
        let source_y = (centre_y + dx * sine + dy * cosine).clamp(0.0, height as f32 - 1.0);
        image::imageops::interpolate_bilinear(image, source_x, source_y).unwrap_or(*image.get_pixel(x, y))
    })
}

/// Gamma, and a gain of each channel.
fn relit(image: &mut RgbImage, rng: &mut Rng) {
    let gamma = 0.7 + rng.f32() * 0.7;
    let tables: [[u8; 256]; 3] = std::array::from_fn(|_| {
        let gain = 0.8 + rng.f32() * 0.35;
        std::array::from_fn(|v| ((v as f32 / 255.0).powf(gamma) * gain * 255.0).round().min(255.0) as u8)
    });
    image.pixels_mut().for_each(|pixel| {
        pixel.0.iter_mut().zip(&tables).for_each(|(value, table)| *value = table[usize::from(*value)]);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gradient(width: u32, height: u32) -> Photo {
        let rgb = (0..width * height).flat_map(|i| [(i % width) as u8, (i / width) as u8, 99]).collect();
        Photo { width, height, rgb }
    }

    const NONE: PhotoChanges = PhotoChanges { flip: 0.0, crop: 0.0, rotate: 0.0, light: 0.0, blur: 0.0 };

    #[test]
    fn a_flip_exchanges_left_and_right_and_no_change_changes_nothing() {
        let photo_of = gradient(40, 20);
        assert_eq!(photo(&photo_of, &NONE, &mut Rng::with_seed(1)).rgb, photo_of.rgb);
        let flipped = photo(&photo_of, &PhotoChanges { flip: 1.0, ..NONE }, &mut Rng::with_seed(1));
        assert_eq!(&flipped.rgb[..3], [39, 0, 99]);
    }

    #[test]
    fn each_change_keeps_a_whole_photo_of_any_size() {
        let all = PhotoChanges { flip: 1.0, crop: 1.0, rotate: 1.0, light: 1.0, blur: 1.0 };
        for (width, height) in [(1, 1), (3, 500), (640, 200)] {
            for seed in 0..5 {
                let made = photo(&gradient(width, height), &all, &mut Rng::with_seed(seed));
                assert_eq!(made.rgb.len() as u32, made.width * made.height * 3);
                assert!(made.width.max(made.height) <= MAX_SIDE && made.width > 0);
            }
        }
    }

    #[test]
    fn a_quarter_turn_moves_a_corner_to_its_neighbour() {
        let photo = gradient(31, 31);
        let image = RgbImage::from_raw(31, 31, photo.rgb).unwrap();
        let turned = rotated(&image, PI / 2.0);
        let corner = turned.get_pixel(0, 0).0;
        assert!(corner[0] >= 29 && corner[1] <= 1, "{corner:?}");
    }

    #[test]
    fn a_title_is_never_emptied_and_a_seed_gives_one_result() {
        let changes = TitleChanges { drop: 1.0, swap: 1.0, misspell: 1.0 };
        for seed in 0..50 {
            let made = |text: &str| title(text, &changes, &mut Rng::with_seed(seed));
            assert!(!made("Soap").is_empty());
            assert_eq!(made("Corva instant camera white"), made("Corva instant camera white"));
            assert_ne!(made("Corva instant camera white"), "Corva instant camera white");
        }
    }
}
