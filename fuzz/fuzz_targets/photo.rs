//! Photo decoding, and what every decoded photo goes through next.
#![no_main]

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};
use libfuzzer_sys::fuzz_target;
use twinlens::photo::decode;

fuzz_target!(
    init: twinlens_fuzz::plant(&seeds(), decode),
    |bytes: &[u8]| {
        if let Ok(photo) = decode(bytes) {
            assert_eq!(photo.rgb.len() as u64, 3 * u64::from(photo.width) * u64::from(photo.height));
            // Of a few pixels only: time is for the decoders.
            if photo.rgb.len() < 1 << 16 {
                let _ = photo.resized(8, 8);
            }
        }
    }
);

/// A small picture in every format.
fn seeds() -> Vec<Vec<u8>> {
    let picture = RgbImage::from_fn(9, 6, |x, y| Rgb([40 * y as u8, 25 * x as u8, (x * y) as u8]));
    let formats = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif, ImageFormat::Bmp];
    let encoded = |format| {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).expect("a picture of 9 × 6 pixels can be encoded");
        bytes.into_inner()
    };
    formats.map(encoded).to_vec()
}
