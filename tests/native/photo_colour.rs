//! Photos whose numbers are not sRGB, and formats that are refused by their name.

use std::io::Cursor;
use std::path::Path;

use crate::support::{Shop, answer, encoded as file_of, models, text};
use image::codecs::{jpeg::JpegEncoder, png::PngEncoder, webp::WebPEncoder};
use image::{DynamicImage, ExtendedColorType, ImageEncoder, ImageFormat, Rgb, RgbImage};
use moxcms::{ColorProfile, Layout, TransformOptions};
use twinlens::photo::{Photo, check_name, decode};

const SIDE: u32 = 64;
/// 8 × 8 pixels of one red in CMYK, with Adobe's marker (`tests/data/README.md`).
const CMYK: &[u8] = include_bytes!("../data/cmyk.jpg");

/// Smooth colours, not too saturated: all are within the profiles that are tried.
fn colours() -> RgbImage {
    RgbImage::from_fn(SIDE, SIDE, |x, y| image::Rgb([60 + x as u8 * 2, 60 + y as u8 * 2, 200 - x as u8]))
}

/// The numbers that stand for the picture in another profile.
fn in_profile(picture: &RgbImage, profile: &ColorProfile) -> Vec<u8> {
    let to =
        ColorProfile::new_srgb().create_transform_8bit(Layout::Rgb, profile, Layout::Rgb, TransformOptions::default());
    let mut numbers = vec![0; picture.as_raw().len()];
    to.unwrap().transform(picture.as_raw(), &mut numbers).unwrap();
    numbers
}

fn encoded(mut encoder: impl ImageEncoder, numbers: &[u8], icc: Vec<u8>) {
    encoder.set_icc_profile(icc).unwrap();
    encoder.write_image(numbers, SIDE, SIDE, ExtendedColorType::Rgb8).unwrap();
}

fn mean_difference(photo: &Photo, picture: &RgbImage) -> f64 {
    assert_eq!((photo.width, photo.height), picture.dimensions());
    let sum: u32 = photo.rgb.iter().zip(picture.as_raw()).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
    f64::from(sum) / photo.rgb.len() as f64
}

#[test]
fn embedded_profiles_are_converted_in_every_format_that_has_them() {
    let picture = colours();
    for profile in [ColorProfile::new_display_p3(), ColorProfile::new_adobe_rgb(), ColorProfile::new_bt2020()] {
        let (numbers, icc) = (in_profile(&picture, &profile), profile.encode().unwrap());
        let [mut png, mut jpeg, mut webp] = [const { Vec::new() }; 3];
        encoded(PngEncoder::new(&mut png), &numbers, icc.clone());
        encoded(JpegEncoder::new_with_quality(&mut jpeg, 98), &numbers, icc.clone());
        encoded(WebPEncoder::new_lossless(&mut webp), &numbers, icc);
        for file in [png, jpeg, webp] {
            let difference = mean_difference(&decode(&file).unwrap(), &picture);
            assert!(difference < 2.5, "{difference} in {:?}", image::guess_format(&file));
        }
        let plain = Photo { width: SIDE, height: SIDE, rgb: numbers };
        assert!(mean_difference(&plain, &picture) > 4.0, "the profile changes nothing");
    }
}

#[test]
fn a_profile_that_cannot_be_read_is_none() {
    let picture = colours();
    let mut png = Vec::new();
    encoded(PngEncoder::new(&mut png), picture.as_raw(), vec![7; 300]);
    assert_eq!(mean_difference(&decode(&png).unwrap(), &picture), 0.0);
}

#[test]
fn ink_is_shown_in_its_colour_whether_stored_as_cmyk_or_ycck() {
    let photo = decode(CMYK).unwrap();
    let is_red = |pixel: &[u8; 3]| pixel[0] > 240 && pixel[1] < 15 && pixel[2] < 15;
    assert!(photo.rgb.as_chunks().0.iter().all(is_red), "{:?}", photo.rgb);
    let mut ycck = CMYK.to_vec();
    let adobe = ycck.windows(5).position(|w| w == b"Adobe").unwrap();
    ycck[adobe + 11] = 2;
    assert_eq!(decode(&ycck).unwrap().width, 8);
}

#[test]
fn an_alpha_channel_of_zeros_in_a_bmp_is_unused() {
    let picture = colours();
    let mut bmp = Vec::new();
    let mut invisible = DynamicImage::from(picture.clone()).into_rgba8();
    invisible.pixels_mut().for_each(|pixel| pixel.0[3] = 0);
    invisible.write_to(&mut std::io::Cursor::new(&mut bmp), ImageFormat::Bmp).unwrap();
    assert_eq!(mean_difference(&decode(&bmp).unwrap(), &picture), 0.0);
}

#[test]
fn a_gif_that_ends_without_its_trailer_is_read() {
    let mut gif = Vec::new();
    DynamicImage::from(colours()).write_to(&mut std::io::Cursor::new(&mut gif), ImageFormat::Gif).unwrap();
    let whole = decode(&gif).unwrap();
    assert_eq!(gif.pop(), Some(0x3b));
    assert_eq!(decode(&gif).unwrap().rgb, whole.rgb);
}

#[test]
fn a_picture_of_one_colour_or_a_strip_is_never_a_match() {
    let shop = Shop::with("id,image,title\na,1.png,Red tea\nb,2.png,Blue cup\nc,3.png,Green pen\n");
    let of = |width, height, colour: fn(u32, u32) -> [u8; 3]| {
        DynamicImage::from(RgbImage::from_fn(width, height, |x, y| image::Rgb(colour(x, y))))
    };
    let one_colour = of(96, 64, |_, _| [180, 20, 20]);
    let strip = of(1000, 3, |x, y| [x as u8, (y * 80) as u8, 90]);
    for (name, picture) in [("images/1.png", &one_colour), ("images/2.png", &strip)] {
        shop.write(name, &file_of(picture, ImageFormat::Png));
    }
    shop.build(&[]);
    for name in ["images/1.png", "images/2.png"] {
        let found = answer(&shop.match_arguments(&models(), &["--photo", &text(&shop.path(name))]));
        assert_ne!(found["decision"], "Match", "{name}: {found}");
    }
}

#[test]
fn formats_that_are_not_read_are_refused_by_their_name() {
    for (start, name) in [
        (&b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"[..], "HEIC"),
        (b"\0\0\0\x1cftypavif\0\0\0\0", "AVIF"),
        (b"\0\0\x01\0\x01\0\x10\x10", "ICO"),
        (b"MM\0*\0\0\0\x08", "TIFF"),
        (b"8BPS\0\x01", "PSD"),
        (b"%PDF-1.7", "PDF"),
        (b"<html><body>not found", "HTML"),
        (b"\0\0\0\x14ftypmp42", "MP4"),
    ] {
        let refusal = decode(start).err().unwrap().to_string();
        assert!(refusal.contains(name) && refusal.contains("expected a JPEG, PNG"), "{refusal}");
    }
}

#[test]
fn a_tiff_is_read_and_a_camera_s_raw_file_in_one_is_refused() {
    let picture = RgbImage::from_fn(40, 30, |x, y| Rgb([x as u8 * 6, y as u8 * 8, 90]));
    let mut tiff = Cursor::new(Vec::new());
    DynamicImage::from(picture.clone()).write_to(&mut tiff, ImageFormat::Tiff).unwrap();
    let mut tiff = tiff.into_inner();
    assert_eq!(decode(&tiff).unwrap().rgb, picture.into_raw());
    let raw = check_name(Path::new("IMG_0001.DNG"), &tiff).err().unwrap().to_string();
    assert!(raw.contains("raw"), "{raw}");
    assert!(
        check_name(Path::new("scan.tif"), &tiff).is_ok() && check_name(Path::new("a.dng"), b"\xff\xd8\xff").is_ok()
    );
    // Its first tag becomes that of DNG's version.
    let directory = u32::from_le_bytes(tiff[4..8].try_into().unwrap()) as usize;
    tiff[directory + 2..directory + 4].copy_from_slice(&50_706u16.to_le_bytes());
    let refusal = decode(&tiff).err().unwrap().to_string();
    assert!(refusal.contains("raw") && refusal.contains("TIFF"), "{refusal}");
}
