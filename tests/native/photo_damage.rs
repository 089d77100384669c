//! Pictures that end early, or have bytes that belong to nothing: read as browsers show them, or refused, never half.

use crate::support::encoded;
use crate::support::strips::{UNIT, repeated};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use twinlens::photo::{Photo, decode, decode_with_notes};

/// 96 × 64 pixels in ten scans (`tests/data/README.md`).
const PROGRESSIVE: &[u8] = include_bytes!("../data/progressive.jpg");
const END: [u8; 2] = [0xff, 0xd9];

/// Different everywhere, so that every row takes as many bytes.
fn speckled(width: u32, height: u32) -> DynamicImage {
    let value = |x: u32, y: u32, c: u32| ((x * 7 + c * 40) ^ (y * 13)).wrapping_mul(2_654_435_761).to_be_bytes()[0];
    RgbImage::from_fn(width, height, |x, y| Rgb([0, 1, 2].map(|c| value(x / 3, y / 3, c)))).into()
}

fn speckled_file(format: ImageFormat) -> Vec<u8> {
    encoded(&speckled(96, 256), format)
}

/// In lossy WebP.
fn speckled_webp() -> Vec<u8> {
    webp::Encoder::from_rgb(&speckled(96, 256).into_rgb8(), 96, 256).encode(80.0).to_vec()
}

/// The first rows of a photo, read from a part of its file.
fn first_rows(part: &[u8], whole: &Photo) -> u32 {
    let (photo, notes) = decode_with_notes(part).unwrap();
    assert_eq!(photo.width, whole.width);
    assert!(notes.len() == 1 && notes[0].code == "ends-early", "{notes:?}");
    let said = format!("{} of its {} rows", photo.height, whole.height);
    assert!(notes[0].message.contains(&said), "{said:?} is not in {}", notes[0].message);
    let inner = (photo.height.saturating_sub(UNIT) * photo.width * 3) as usize;
    assert_eq!(photo.rgb[..inner], whole.rgb[..inner]);
    photo.height
}

fn refusal(part: &[u8]) -> String {
    decode(part).err().unwrap().to_string()
}

#[test]
fn a_jpeg_of_which_the_end_marker_alone_is_missing_is_whole() {
    for file in [&speckled_file(ImageFormat::Jpeg), PROGRESSIVE] {
        let (photo, notes) = decode_with_notes(file.strip_suffix(&END).unwrap()).unwrap();
        assert_eq!((photo.rgb, notes), (decode(file).unwrap().rgb, vec![]));
    }
}

#[test]
fn of_a_picture_that_ends_early_most_rows_are_read_with_a_note() {
    let formats = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Gif];
    for file in formats.map(speckled_file).into_iter().chain([speckled_webp()]) {
        let rows = first_rows(&file[..file.len() * 9 / 10], &decode(&file).unwrap());
        assert!((192..256).contains(&rows), "{rows} rows of a {:?}", image::guess_format(&file));
    }
}

#[test]
fn a_picture_of_which_half_is_there_is_refused_with_the_number_of_its_rows() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Gif, ImageFormat::Bmp] {
        let file = speckled_file(format);
        let refusal = refusal(&file[..file.len() * 6 / 10]);
        assert!(refusal.contains("of its 256 rows"), "{refusal}");
    }
}

#[test]
fn of_a_bmp_that_ends_early_the_lower_rows_are_read_which_come_first() {
    let file = speckled_file(ImageFormat::Bmp);
    let (part, whole) = (decode(&file[..file.len() * 9 / 10]).unwrap(), decode(&file).unwrap());
    assert!((225..256).contains(&part.height), "{}", part.height);
    assert_eq!(part.rgb, whole.rgb[whole.rgb.len() - part.rgb.len()..]);
}

#[test]
fn no_altered_or_missing_byte_makes_a_jpeg_decoder_panic() {
    for file in [PROGRESSIVE, &repeated(&speckled(40, UNIT).into_rgb8(), 3)] {
        for at in 2..file.len() {
            drop(decode(&file[..at]));
            for change in [0xff, 0x10, 0x01] {
                let mut altered = file.to_vec();
                altered[at] ^= change;
                drop(decode(&altered));
            }
        }
    }
}

#[test]
fn a_jpeg_that_ends_early_with_an_end_marker_is_no_whole_one() {
    let file = speckled_file(ImageFormat::Jpeg);
    let ended = |length: usize| [&file[..length], &END].concat();
    assert!(refusal(&ended(file.len() / 2)).contains("of its 256 rows"));
    first_rows(&ended(file.len() * 9 / 10), &decode(&file).unwrap());
}

#[test]
fn a_jpeg_whose_lower_half_is_of_one_colour_is_whole() {
    let mut picture = speckled(96, 128).into_rgb8();
    picture.enumerate_pixels_mut().filter(|(_, y, _)| *y > 60).for_each(|(_, _, pixel)| pixel.0 = [250; 3]);
    let (photo, notes) = decode_with_notes(&encoded(&picture.into(), ImageFormat::Jpeg)).unwrap();
    assert_eq!((photo.height, notes), (128, vec![]));
}

#[test]
fn bytes_before_a_restart_marker_that_belong_to_nothing_are_passed_over() {
    let file = repeated(&speckled(96, UNIT).into_rgb8(), 12);
    let whole = decode(&file).unwrap();
    for marker in [0xd1, 0xd6] {
        let at = file.windows(2).position(|w| w == [0xff, marker]).unwrap();
        let damaged = [&file[..at], &[0x5a; 19], &[0xff, 0, 7], &file[at..]].concat();
        assert_eq!(decode(&damaged).unwrap().rgb, whole.rgb, "before {marker:x}");
        first_rows(&damaged[..damaged.len() * 19 / 20], &whole);
    }
}

/// The offset of a scan's header.
fn scan(number: usize) -> usize {
    let scans = PROGRESSIVE.windows(2).enumerate().filter(|(_, w)| *w == [0xff, 0xda]);
    scans.map(|(at, _)| at).nth(number).unwrap()
}

fn mean_difference(a: &Photo, b: &Photo) -> f64 {
    let sum: u32 = a.rgb.iter().zip(&b.rgb).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
    f64::from(sum) / a.rgb.len().min(b.rgb.len()) as f64
}

#[test]
fn a_progressive_jpeg_that_ends_in_a_later_scan_is_read_without_its_details() {
    let whole = decode(PROGRESSIVE).unwrap();
    for end in [PROGRESSIVE.len() - 40, scan(9) + 20, scan(5) + 14] {
        let (photo, notes) = decode_with_notes(&PROGRESSIVE[..end]).unwrap();
        assert_eq!((photo.width, photo.height), (96, 64));
        assert!(notes.len() == 1 && notes[0].code == "ends-early", "{notes:?}");
        assert!(mean_difference(&photo, &whole) < 8.0, "{}", mean_difference(&photo, &whole));
    }
}

#[test]
fn a_progressive_jpeg_that_ends_in_its_first_scan_is_refused() {
    assert!(refusal(&PROGRESSIVE[..scan(0) + 30]).contains("of its 64 rows"));
}
