//! Photos that no encoder can read, and the odd ones that it must.

use crate::support::{self, Refusal, Shop, answer, encoded, models, picture, refused, text};
use image::codecs::gif::GifEncoder;
use image::{DynamicImage, Frame, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use twinlens::photo::{decode, decode_with_notes};

/// Arguments that embed a photo on the CPU.
fn embed(photo: &std::path::Path) -> Vec<String> {
    ["embed", "--photo", &text(photo), "--device", "cpu", "--models", &text(&models())].map(String::from).to_vec()
}

fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    file
}

/// How a photo is refused, by a message that ends with its path.
fn refused_photo(bytes: &[u8]) -> Refusal {
    let file = file(bytes);
    let refusal = refused(&embed(file.path()));
    assert_eq!(refusal.code, "bad-photo");
    refusal.says(&[&text(file.path())]);
    refusal
}

fn embedding(bytes: &[u8]) -> Vec<f64> {
    let file = file(bytes);
    let answer = answer(&embed(file.path()));
    answer["embedding"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

#[test]
fn a_file_that_is_no_picture_is_refused_with_its_size() {
    refused_photo(b"id,title\n1,Laptop\n")
        .says(&["expected a JPEG, PNG, WebP, GIF or BMP picture", "18 bytes of something else"]);
}

#[test]
fn an_empty_file_is_refused_as_0_bytes() {
    refused_photo(b"").says(&["found 0 bytes"]);
}

#[test]
fn a_picture_in_a_format_that_is_not_read_is_refused() {
    refused_photo(b"II*\0\x08\0\0\0\0\0\0\0\0\0").says(&["expected a JPEG, PNG, WebP, GIF or BMP picture"]);
}

#[test]
fn a_photo_that_is_not_there_is_refused_with_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let refusal = refused(&embed(&folder.path().join("none.jpg")));
    assert_eq!(refusal.code, "io");
    refusal.says(&["none.jpg"]);
}

#[test]
fn a_folder_in_place_of_a_photo_is_refused_with_its_path() {
    let folder = tempfile::tempdir().unwrap();
    refused(&embed(folder.path())).says(&[&text(folder.path())]);
}

/// Cut in the first bytes, after the header and in the picture.
fn cut_anywhere_is_refused(whole: &[u8], format: &str) {
    for length in [12, whole.len() / 4, whole.len() / 2, whole.len() * 3 / 4] {
        refused_photo(&whole[..length]).says(&[&format!("expected a whole {format}"), &format!("{length} bytes")]);
    }
}

#[test]
fn a_truncated_jpeg_is_refused() {
    cut_anywhere_is_refused(&encoded(&picture(1), ImageFormat::Jpeg), "JPEG");
}

#[test]
fn a_truncated_png_is_refused() {
    cut_anywhere_is_refused(&encoded(&picture(1), ImageFormat::Png), "PNG");
}

#[test]
fn a_truncated_lossless_webp_is_refused() {
    cut_anywhere_is_refused(&encoded(&picture(1), ImageFormat::WebP), "WebP");
}

#[test]
fn a_truncated_lossy_webp_is_refused() {
    let pixels = picture(1).into_rgb8();
    cut_anywhere_is_refused(&webp::Encoder::from_rgb(&pixels, 96, 64).encode(80.0), "WebP");
}

#[test]
fn a_truncated_gif_is_refused() {
    cut_anywhere_is_refused(&encoded(&picture(1), ImageFormat::Gif), "GIF");
}

#[test]
fn a_truncated_bmp_is_refused() {
    cut_anywhere_is_refused(&encoded(&picture(1), ImageFormat::Bmp), "BMP");
}

/// A PNG chunk with its CRC-32 (PNG specification, section 5.3).
fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let body = [kind, data].concat();
    let crc = !body.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    });
    [&(data.len() as u32).to_be_bytes(), body.as_slice(), &crc.to_be_bytes()].concat()
}

/// A PNG of that size whose picture is missing.
fn png_header(side: u32) -> Vec<u8> {
    let header = [&side.to_be_bytes()[..], &side.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    [b"\x89PNG\r\n\x1a\n".as_slice(), &chunk(b"IHDR", &header), &chunk(b"IDAT", b"\x78\x9c"), &chunk(b"IEND", b"")]
        .concat()
}

#[test]
fn a_picture_without_pixels_is_refused() {
    refused_photo(&png_header(0)).says(&["PNG"]);
}

/// Refused from the header: in an address space smaller than a quarter of what the pixels would take.
#[cfg(target_os = "linux")]
fn a_bomb_is_refused_before_it_is_decoded(bytes: &[u8], most: &str) {
    let file = file(bytes);
    let mut command = std::process::Command::new("sh");
    command
        .args(["-c", "ulimit -v 262144; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_twinlens")])
        .args(embed(file.path()));
    let line = support::one_clear_line(&support::outcome(command));
    for part in [&format!("at most {most} pixels and 16384 a side"), "found 20000 × 20000"] {
        assert!(line.contains(part), "{part:?} is not in: {line}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_png_of_20_000_by_20_000_is_refused_before_it_is_decoded() {
    a_bomb_is_refused_before_it_is_decoded(&png_header(20_000), "210000000");
}

#[cfg(target_os = "linux")]
#[test]
fn a_jpeg_of_20_000_by_20_000_is_refused_before_it_is_decoded() {
    let mut jpeg = encoded(&picture(1), ImageFormat::Jpeg);
    let frame = jpeg.windows(4).position(|w| w == [0xff, 0xc0, 0, 17]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0x4e, 0x20, 0x4e, 0x20]);
    a_bomb_is_refused_before_it_is_decoded(&jpeg, "210000000");
}

#[cfg(target_os = "linux")]
#[test]
fn a_gif_of_20_000_by_20_000_is_refused_before_it_is_decoded() {
    let mut gif = encoded(&picture(1), ImageFormat::Gif);
    gif[6..10].copy_from_slice(&[0x20, 0x4e, 0x20, 0x4e]);
    a_bomb_is_refused_before_it_is_decoded(&gif, "100000000");
}

#[cfg(target_os = "linux")]
#[test]
fn a_bmp_of_20_000_by_20_000_is_refused_before_it_is_decoded() {
    let mut bmp = encoded(&picture(1), ImageFormat::Bmp);
    bmp[18..26].copy_from_slice(&[0x20, 0x4e, 0, 0, 0x20, 0x4e, 0, 0]);
    a_bomb_is_refused_before_it_is_decoded(&bmp, "100000000");
}

fn gif(frames: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    encoder.encode_frames((1..=frames).map(|i| Frame::new(picture(i).into_rgba8()))).unwrap();
    drop(encoder);
    bytes
}

/// Two frames around the VP8L chunk of a still picture (WebP container specification).
fn animated_webp() -> Vec<u8> {
    let still = encoded(&picture(1), ImageFormat::WebP);
    let at = still.windows(4).position(|w| w == b"VP8L").unwrap();
    let len = u32::from_le_bytes(still[at + 4..at + 8].try_into().unwrap()) as usize;
    let vp8l = &still[at..at + 8 + len.next_multiple_of(2)];
    let chunk = |kind: &[u8], data: &[u8]| [kind, &(data.len() as u32).to_le_bytes(), data].concat();
    let extended = chunk(b"VP8X", &[2, 0, 0, 0, 95, 0, 0, 63, 0, 0]);
    let frame = chunk(b"ANMF", &[&[0, 0, 0, 0, 0, 0, 95, 0, 0, 63, 0, 0, 100, 0, 0, 0], vp8l].concat());
    let body = [b"WEBP".as_slice(), &extended, &chunk(b"ANIM", &[0; 6]), &frame, &frame].concat();
    chunk(b"RIFF", &body)
}

/// A still PNG whose header says two frames.
fn animated_png() -> Vec<u8> {
    let still = encoded(&picture(1), ImageFormat::Png);
    let control = chunk(b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0]);
    [&still[..33], &control, &still[33..]].concat()
}

#[test]
fn of_an_animation_the_first_frame_is_read_and_a_note_says_so() {
    for (file, name) in [(gif(2), "GIF"), (animated_webp(), "WebP"), (animated_png(), "PNG")] {
        let (photo, notes) = decode_with_notes(&file).unwrap();
        assert_eq!((photo.width, photo.height), (96, 64), "{name}");
        assert!(notes.len() == 1 && notes[0].code == "first-frame" && notes[0].message.contains(name), "{notes:?}");
    }
    assert_eq!(decode_with_notes(&gif(1)).unwrap().1, []);
}

#[test]
fn the_orientation_of_a_second_picture_in_the_file_is_not_that_of_the_first() {
    let first = encoded(&picture(1), ImageFormat::Jpeg);
    // A big-endian EXIF block with the orientation 6 (a quarter turn) alone.
    let exif = b"\xff\xe1\0\x22Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let turned = [&first[..2], exif, &first[2..]].concat();
    assert_eq!(decode(&turned).unwrap().width, 64);
    assert_eq!(decode(&[first, turned].concat()).unwrap().width, 96);
}

#[test]
fn a_webp_that_announces_metadata_which_it_does_not_have_is_read() {
    let mut webp = animated_webp();
    webp[20] |= 0x2c;
    assert_eq!(decode(&webp).unwrap().width, 96);
}

#[test]
fn a_gif_of_one_frame_is_read() {
    assert_eq!(decode(&gif(1)).unwrap().width, 96);
}

#[test]
fn a_grey_jpeg_is_read() {
    let grey = DynamicImage::from(picture(1).into_luma8());
    assert_eq!(decode(&encoded(&grey, ImageFormat::Jpeg)).unwrap().width, 96);
}

#[test]
fn a_photo_of_one_pixel_has_an_embedding() {
    let pixel = DynamicImage::from(RgbImage::from_pixel(1, 1, Rgb([200, 10, 10])));
    assert_eq!(embedding(&encoded(&pixel, ImageFormat::Png)).len(), 1280);
}

/// The JPEG with an EXIF segment behind its first marker.
fn with_exif(jpeg: &[u8], tiff: &[u8]) -> Vec<u8> {
    let body = [b"Exif\0\0", tiff].concat();
    let len = (body.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &len, &body, &jpeg[2..]].concat()
}

/// The JPEG with an EXIF orientation, 1 to 8.
fn oriented(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let entry = [0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0];
    with_exif(jpeg, &[b"MM\0*\0\0\0\x08\0\x01".as_slice(), &entry, &[0, 0, 0, 0]].concat())
}

#[test]
fn a_photo_lying_on_its_side_has_the_embedding_of_the_upright_one() {
    let jpeg = encoded(&picture(2), ImageFormat::Jpeg);
    let lying = decode(&jpeg).unwrap();
    let upright = DynamicImage::from(RgbImage::from_raw(lying.width, lying.height, lying.rgb).unwrap()).rotate90();
    assert_eq!(embedding(&oriented(&jpeg, 6)), embedding(&encoded(&upright, ImageFormat::Png)));
}

#[test]
fn every_exif_orientation_puts_the_corners_where_it_says() {
    // Clockwise from the top left: red, green, white, blue. What stands there afterwards follows from EXIF 2.3, section 4.6.4:
    // the orientation says which sides the stored first row and first column are.
    let color = |c: char| match c {
        'R' => [255, 0, 0],
        'G' => [0, 255, 0],
        'B' => [0, 0, 255],
        _ => [255, 255, 255],
    };
    let quadrant = |x: u32, y: u32| color(['R', 'G', 'B', 'W'][(y / 32 * 2 + x / 32) as usize]);
    let jpeg = encoded(&RgbImage::from_fn(64, 64, |x, y| Rgb(quadrant(x, y))).into(), ImageFormat::Jpeg);
    for (orientation, corners) in (1..).zip(["RGWB", "GRBW", "WBRG", "BWGR", "RBWG", "BRGW", "WGRB", "GWBR"]) {
        let photo = decode(&oriented(&jpeg, orientation)).unwrap();
        for ((x, y), corner) in [(16, 16), (48, 16), (48, 48), (16, 48)].into_iter().zip(corners.chars()) {
            let found = &photo.rgb[(y * 64 + x) * 3..][..3];
            let near = found.iter().zip(color(corner)).all(|(a, b)| a.abs_diff(b) < 40);
            assert!(near, "orientation {orientation}, at {x}, {y}: {found:?} is not {corner}");
        }
    }
}

#[test]
fn a_photo_with_broken_exif_is_read_as_it_lies() {
    let jpeg = encoded(&picture(1), ImageFormat::Jpeg);
    let photo = decode(&with_exif(&jpeg, b"MM\0*\xff\xff\xff\xff no directory here")).unwrap();
    assert_eq!((photo.width, photo.height), (96, 64));
}

#[test]
fn transparency_lies_over_white() {
    let clear =
        RgbaImage::from_fn(64, 64, |x, y| Rgba([255, (x * 4) as u8, (y * 4) as u8, if x < 32 { 0 } else { 255 }]));
    let flat =
        RgbImage::from_fn(64, 64, |x, y| if x < 32 { Rgb([255; 3]) } else { Rgb([255, (x * 4) as u8, (y * 4) as u8]) });
    let file = |picture: DynamicImage| encoded(&picture, ImageFormat::Png);
    assert_eq!(embedding(&file(clear.into())), embedding(&file(flat.into())));
}

#[test]
fn half_transparent_black_over_white_is_grey() {
    let pixel = DynamicImage::from(RgbaImage::from_pixel(1, 1, Rgba([0, 0, 0, 128])));
    assert_eq!(decode(&encoded(&pixel, ImageFormat::Png)).unwrap().rgb, [127; 3]);
}

#[test]
fn a_match_with_a_broken_photo_is_refused_with_its_path() {
    let shop = Shop::of_photos();
    let file = file(b"no picture");
    let refusal = refused(&shop.match_arguments(&models(), &["--photo", &text(file.path())]));
    assert_eq!(refusal.code, "bad-photo");
    refusal.says(&[&text(file.path())]);
}

#[test]
fn a_photo_for_an_encoder_of_titles_is_refused() {
    let file = file(&encoded(&picture(1), ImageFormat::Png));
    let arguments = [embed(file.path()), vec!["--encoder".into(), "minilm".into()]].concat();
    refused(&arguments).says(&["one that reads photos", "minilm"]);
}
