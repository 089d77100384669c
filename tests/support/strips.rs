//! JPEGs of any height, made of one encoded row of units: a restart marker before each repetition makes it stand alone.

use image::{DynamicImage, ImageFormat, RgbImage};

use super::encoded;

/// The file of a strip's picture, one row of units high, repeated below itself.
pub fn repeated(strip: &RgbImage, times: u32) -> Vec<u8> {
    let jpeg = encoded(&DynamicImage::from(strip.clone()), ImageFormat::Jpeg);
    let find = |start: &[u8]| jpeg.windows(start.len()).position(|w| w == start).unwrap();
    let (frame, scan) = (find(&[0xff, 0xc0]), find(&[0xff, 0xda]));
    let sampling = |component: usize| jpeg[frame + 11 + 3 * component];
    let unit = 8 * u32::from((0..3).map(|c| sampling(c) & 15).max().unwrap());
    let columns = strip.width().div_ceil(8 * u32::from((0..3).map(|c| sampling(c) >> 4).max().unwrap()));
    assert_eq!(strip.height(), unit, "one row of units");
    let header = scan + 2 + usize::from(u16::from_be_bytes([jpeg[scan + 2], jpeg[scan + 3]]));
    let data = &jpeg[header..jpeg.len() - 2];
    let mut file = jpeg[..scan].to_vec();
    file[frame + 5..frame + 7].copy_from_slice(&((unit * times) as u16).to_be_bytes());
    let interval = (columns as u16).to_be_bytes();
    file.extend([0xff, 0xdd, 0, 4, interval[0], interval[1]]);
    file.extend(&jpeg[scan..header]);
    for row in 0..times {
        if row > 0 {
            file.extend([0xff, 0xd0 + ((row - 1) % 8) as u8]);
        }
        file.extend(data);
    }
    file.extend([0xff, 0xd9]);
    file
}

/// Rows of one unit in the files of the encoder that the tests use.
pub const UNIT: u32 = 8;
