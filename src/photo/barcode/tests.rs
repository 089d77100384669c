//! Bar codes that are drawn here, and pictures that look a little like one.

use super::*;

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
fn symbol(format: Format, text: &str) -> Vec<bool> {
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
struct Drawn {
    /// Pixels.
    module: f32,
    degrees: f32,
    /// Standard deviation of the blur, in modules.
    blur: f32,
    /// Largest change of a pixel at random.
    noise: i32,
}

const PLAIN: Drawn = Drawn { module: 2.5, degrees: 0.0, blur: 0.0, noise: 0 };

/// A label with the symbol on a grey picture, each pixel the mean of 4 × 4 points.
fn draw(modules: &[bool], drawn: &Drawn) -> Photo {
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

fn read_drawn(format: Format, text: &str, drawn: &Drawn) -> Vec<Barcode> {
    read(&draw(&symbol(format, text), drawn))
}

fn only(format: Format, text: &str) -> Vec<Barcode> {
    vec![Barcode { format, text: text.to_owned() }]
}

const EACH: [(Format, &str); 4] = [
    (Format::Ean13, "4006381333931"),
    (Format::UpcA, "036000291452"),
    (Format::Ean8, "96385074"),
    (Format::UpcE, "04252614"),
];

#[test]
fn each_format_is_read() {
    for (format, text) in EACH {
        assert_eq!(read_drawn(format, text, &PLAIN), only(format, text));
    }
}

#[test]
fn each_first_digit_of_an_ean_13_is_read() {
    for text in [
        "1234567890128",
        "2345678901234",
        "3456789012340",
        "4567890123456",
        "5678901234562",
        "6789012345678",
        "7890123456784",
        "8901234567890",
        "9012345678906",
    ] {
        assert_eq!(read_drawn(Format::Ean13, text, &PLAIN), only(Format::Ean13, text));
    }
}

#[test]
fn a_code_is_read_in_every_direction() {
    for (format, text) in EACH {
        for degrees in [12.0, 33.0, 45.0, 67.0, 90.0, 128.0, 180.0, 193.0, 270.0, 348.0] {
            let turned = Drawn { degrees, ..PLAIN };
            assert_eq!(read_drawn(format, text, &turned), only(format, text), "at {degrees} degrees");
        }
    }
}

#[test]
fn a_code_is_read_at_every_size_from_a_pixel_and_a_half_a_module() {
    for module in [1.5, 2.0, 3.7, 8.0, 14.0] {
        let sized = Drawn { module, ..PLAIN };
        assert_eq!(read_drawn(Format::Ean13, EACH[0].1, &sized), only(Format::Ean13, EACH[0].1), "{module} pixels");
    }
}

#[test]
fn a_blurred_and_noisy_code_is_read() {
    let poor = Drawn { module: 4.0, degrees: 5.0, blur: 0.4, noise: 25 };
    assert_eq!(read_drawn(Format::Ean13, EACH[0].1, &poor), only(Format::Ean13, EACH[0].1));
}

#[test]
fn a_code_with_a_wrong_check_digit_is_none() {
    for (format, text) in [(Format::Ean13, "4006381333932"), (Format::UpcA, "036000291451"), (Format::Ean8, "96385073")]
    {
        assert_eq!(read_drawn(format, text, &PLAIN), []);
    }
}

#[test]
fn a_code_without_quiet_zones_is_none() {
    for (format, text) in EACH {
        let mut modules = symbol(format, text);
        let last = modules.len() - 1;
        for at in [8, last - 8] {
            modules[at] = true;
            modules[at + 1] = true;
            modules[at - 1] = true;
        }
        modules[9] = true;
        modules[last - 9] = true;
        assert_eq!(read(&draw(&modules, &PLAIN)), [], "{format}");
    }
}

#[test]
fn stripes_and_random_bars_are_none() {
    let even: Vec<bool> = (0..120).map(|i| i % 2 == 0).collect();
    assert_eq!(read(&draw(&even, &PLAIN)), []);
    let mut random = 7u32;
    for _ in 0..20 {
        let bars: Vec<bool> = std::iter::repeat_with(|| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            random >> 30 == 0
        })
        .take(120)
        .collect();
        assert_eq!(read(&draw(&bars, &PLAIN)), []);
    }
}

#[test]
fn pictures_too_small_for_a_code_are_none() {
    for (width, height) in [(1, 1), (1, 3_000), (3_000, 1), (3, 3_000), (59, 59)] {
        assert_eq!(read(&Photo { width, height, rgb: vec![90; (width * height * 3) as usize] }), []);
    }
}

#[test]
fn two_codes_in_one_photo_are_both_read() {
    let [upper, lower] = [EACH[0], EACH[1]].map(|(format, text)| draw(&symbol(format, text), &PLAIN));
    let (width, height) = (upper.width.min(lower.width), upper.height + lower.height);
    let rows = |photo: &Photo| -> Vec<u8> {
        photo.rgb.chunks_exact(photo.width as usize * 3).flat_map(|row| row[..width as usize * 3].to_vec()).collect()
    };
    let found = read(&Photo { width, height, rgb: [rows(&upper), rows(&lower)].concat() });
    assert_eq!(found.len(), 2);
    assert!(EACH[..2].iter().all(|(format, text)| found.contains(&only(*format, text)[0])), "{found:?}");
}

#[test]
fn different_codes_that_lines_read_at_one_place_are_none() {
    // Rows of two codes in turn: as many lines read the one as the other.
    let [mut one, other] = ["4006381333931", "9780201310054"].map(|text| draw(&symbol(Format::Ean13, text), &PLAIN));
    let row = one.width as usize * 3;
    for (y, (row, other)) in one.rgb.chunks_exact_mut(row).zip(other.rgb.chunks_exact(row)).enumerate() {
        if y / 6 % 2 == 1 {
            row.copy_from_slice(other);
        }
    }
    assert_eq!(read(&one), []);
}

#[test]
fn the_gtin_of_a_upc_e_is_that_of_its_upc_a() {
    for (short, long) in [
        ("01234505", "012000003455"),
        ("01234531", "012300000451"),
        ("01234543", "012340000053"),
        ("01234558", "012345000058"),
        ("01234572", "012345000072"),
    ] {
        assert_eq!(symbol::expanded(short).as_deref(), Some(long));
    }
    let code = Barcode { format: Format::UpcE, text: "04252614".into() };
    assert_eq!(code.gtin(), Gtin::parse("042100005264"));
    assert!(code.gtin().is_some());
}
