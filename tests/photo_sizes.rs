//! Photos of phones' largest cameras: read in a fraction of the memory that their pixels take, and with the same vector.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by a panic")]

mod support;

use std::sync::Mutex;

use image::imageops::{FilterType, resize};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use peak_alloc::PeakAlloc;
use support::encoded;
use support::strips::{UNIT, repeated};
use twinlens::photo::{Photo, decode};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;
/// The peak is that of the whole process.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// By how many megabytes memory grows at most while a photo is decoded and made fit for an encoder.
fn growth(file: &[u8]) -> (Photo, f32) {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage_as_mb();
    let photo = decode(file).unwrap();
    photo.resized(224, 224).unwrap();
    (photo, MEMORY.peak_usage_as_mb() - before)
}

/// Colours that change along the row.
fn strip(width: u32) -> RgbImage {
    RgbImage::from_fn(width, UNIT, |x, y| Rgb([(x / 16) as u8, (x / 40) as u8 ^ 0x55, (x / 100 + 10 * y) as u8]))
}

#[test]
fn a_jpeg_of_48_megapixels_takes_60_mb_at_most_and_one_of_200_takes_120() {
    let _alone = ONE_AT_A_TIME.lock().unwrap();
    for (width, height, left, most) in [(8064, 6048, (2016, 1512), 60.0), (16_320, 12_240, (2040, 1530), 120.0)] {
        let (photo, grown) = growth(&repeated(&strip(width), height / UNIT));
        assert_eq!((photo.width, photo.height), left);
        assert!(grown <= most, "{grown} MB for {width} × {height}");
        let found = &photo.rgb[photo.rgb.len() / 2..][..3];
        assert!(found.iter().any(|value| *value > 0), "{found:?}");
    }
}

#[test]
fn a_png_of_48_megapixels_takes_60_mb_at_most() {
    let _alone = ONE_AT_A_TIME.lock().unwrap();
    let (width, height) = (8064, 6048);
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::Fastest);
    let mut writer = encoder.write_header().unwrap();
    let mut rows = writer.stream_writer().unwrap();
    let row = strip(width).into_raw()[..width as usize * 3].to_vec();
    (0..height).for_each(|_| std::io::Write::write_all(&mut rows, &row).unwrap());
    rows.finish().unwrap();
    writer.finish().unwrap();
    let (photo, grown) = growth(&file);
    assert_eq!((photo.width, photo.height), (2016, 1512));
    assert!(grown <= 60.0, "{grown} MB");
}

#[test]
fn a_picture_that_is_decoded_smaller_is_the_average_of_its_pixels() {
    let _alone = ONE_AT_A_TIME.lock().unwrap();
    let wave = |x: u32, y: u32, period: f32| 128.0 + 100.0 * ((x as f32 / period).sin() * (y as f32 / period).cos());
    let picture = RgbImage::from_fn(3400, 2600, |x, y| Rgb([9.0, 23.0, 61.0].map(|period| wave(x, y, period) as u8)));
    let half = resize(&picture, 1700, 1300, FilterType::Triangle);
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Bmp] {
        let photo = decode(&encoded(&DynamicImage::from(picture.clone()), format)).unwrap();
        assert_eq!((photo.width, photo.height), half.dimensions(), "{format:?}");
        let sum: u64 = photo.rgb.iter().zip(half.as_raw()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        let mean = sum as f64 / photo.rgb.len() as f64;
        assert!(mean < 2.0, "{mean} in {format:?}");
    }
}

#[test]
fn a_progressive_jpeg_whose_coefficients_take_more_than_200_mb_is_refused_as_such() {
    let _alone = ONE_AT_A_TIME.lock().unwrap();
    let mut file = include_bytes!("data/progressive.jpg").to_vec();
    let frame = file.windows(2).position(|w| w == [0xff, 0xc2]).unwrap();
    file[frame + 5..frame + 9].copy_from_slice(&[0x23, 0x28, 0x2e, 0xe0]);
    let refusal = decode(&file).err().unwrap().to_string();
    assert!(refusal.contains("progressive") && refusal.contains("200 MB"), "{refusal}");
}
