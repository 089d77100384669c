//! Draws bar codes.

use image::{DynamicImage, RgbImage};
use twinlens::photo::Photo;
use twinlens::photo::barcode::Format;

/// Modules of each digit in number set A, a bit each, dark ones 1 (ISO/IEC 15420, table 1).
const SET_A: [u8; 10] =
    [0b0001101, 0b0011001, 0b0010011, 0b0111101, 0b0100011, 0b0110001, 0b0101111, 0b0111011, 0b0110111, 0b0001011];
/// Sets of the left digits by the first one (ISO/IEC 15420, table 2).
const SETS: [&str; 10] =
    ["AAAAAA", "AABABB", "AABBAB", "AABBBA", "ABAABB", "ABBAAB", "ABBBAA", "ABABAB", "ABABBA", "ABBABA"];

/// Modules of a digit from left to right.
fn modules(digit: u8, set: char) -> Vec<bool> {
    let code = SET_A[usize::from(digit - b'0')];
    let a: Vec<bool> = (0..7).rev().map(|i| code >> i & 1 == 1).collect();
    match set {
        'A' => a,
        'B' => a.iter().rev().map(|dark| !dark).collect(),
        _ => a.iter().map(|dark| !dark).collect(),
    }
}

fn bits(text: &str) -> Vec<bool> {
    text.bytes().map(|bit| bit == b'1').collect()
}

/// Modules of an EAN-13, EAN-8, UPC-A or UPC-E with its quiet zones.
pub fn symbol(format: Format, text: &str) -> Vec<bool> {
    let digits = text.as_bytes();
    let each = |digits: &[u8], sets: &str| -> Vec<bool> {
        digits.iter().zip(sets.chars()).flat_map(|(digit, set)| modules(*digit, set)).collect()
    };
    let halves = |left: &[u8], sets: &str, right: &[u8]| {
        [bits("101"), each(left, sets), bits("01010"), each(right, "CCCCCC"), bits("101")].concat()
    };
    let bars = match format {
        Format::Ean13 => halves(&digits[1..7], SETS[usize::from(digits[0] - b'0')], &digits[7..]),
        Format::UpcA => halves(&digits[..6], SETS[0], &digits[6..]),
        Format::Ean8 => halves(&digits[..4], "AAAA", &digits[4..]),
        // Sets of number system 0 and check digit 4 (GS1 General Specifications, figure 5.2.2.4.2-1).
        Format::UpcE => [bits("101"), each(&digits[1..7], "BABBAA"), bits("010101")].concat(),
    };
    [vec![false; 11], bars, vec![false; 11]].concat()
}

/// How a symbol lies in the picture.
pub struct Drawn {
    /// Pixels.
    pub module: f32,
    pub degrees: f32,
    /// Standard deviation of the blur, in modules.
    pub blur: f32,
    /// Largest change of a pixel at random.
    pub noise: i32,
}

pub const PLAIN: Drawn = Drawn { module: 2.5, degrees: 0.0, blur: 0.0, noise: 0 };

/// A label with the symbol on a grey picture, each pixel the mean of 4 × 4 points.
pub fn draw(modules: &[bool], drawn: &Drawn) -> Photo {
    let (width, height) = (modules.len() as f32 * drawn.module, modules.len() as f32 * drawn.module * 0.6);
    let side = (width * 1.4) as u32;
    let (sine, cosine) = drawn.degrees.to_radians().sin_cos();
    // Weights of what lies −2 to 2 blurs beside a point.
    let taps = [-2.0f32, -1.0, 0.0, 1.0, 2.0].map(|at| (at * drawn.blur, (-at * at / 2.0).exp()));
    let total: f32 = taps.iter().map(|(_, weight)| weight).sum();
    let brightness = |x: f32, y: f32| {
        let (x, y) = (x - side as f32 / 2.0, y - side as f32 / 2.0);
        let (x, y) = (cosine * x + sine * y, cosine * y - sine * x);
        if x.abs() > width / 2.0 || y.abs() > height / 2.0 {
            return 120.0;
        }
        let dark =
            |at: f32| usize::try_from(at.floor() as i64).ok().and_then(|i| modules.get(i)).is_some_and(|dark| *dark);
        let at = (x + width / 2.0) / drawn.module;
        taps.iter().map(|(beside, weight)| weight * if dark(at + beside) { 40.0 } else { 225.0 }).sum::<f32>() / total
    };
    let mut random = 1u32;
    let mut pixel = |i: u32| {
        let (x, y) = ((i % side) as f32, (i / side) as f32);
        let points = (0..16).map(|k| brightness(x + (k % 4) as f32 / 4.0 + 0.125, y + (k / 4) as f32 / 4.0 + 0.125));
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = (random >> 16) as i32 % (2 * drawn.noise + 1) - drawn.noise;
        [(points.sum::<f32>() / 16.0 + noise as f32).clamp(0.0, 255.0) as u8; 3]
    };
    Photo { width: side, height: side, rgb: (0..side * side).flat_map(&mut pixel).collect() }
}

/// The picture of an EAN-13.
pub fn picture_of(ean_13: &str) -> DynamicImage {
    let Photo { width, height, rgb } = draw(&symbol(Format::Ean13, ean_13), &PLAIN);
    RgbImage::from_raw(width, height, rgb).unwrap().into()
}
