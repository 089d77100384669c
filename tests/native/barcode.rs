//! Bar codes in photos, drawn here; pictures that look a little like one; and what a shop makes of them.

use crate::support::barcode::{Drawn, PLAIN, draw, picture_of, symbol};
use crate::support::{Shop, answer, encoded, models, outcome, picture, refused, text, twinlens};
use image::ImageFormat;
use serde_json::{Value, json};
use twinlens::photo::Photo;
use twinlens::photo::barcode::{Barcode, Format, read};
use twinlens::title::Gtin;

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
fn a_code_that_the_border_cuts_is_not_taken_for_a_shorter_one() {
    for (format, text) in [(Format::Ean13, "9780441014989"), (Format::UpcA, "854818000116")] {
        let modules = symbol(format, text);
        for kept in 40..100 {
            // Without the label's own margin, so that the picture ends where the code is cut.
            let photo = draw(&modules[..kept], &PLAIN);
            let (width, margin) = ((kept as f32 * PLAIN.module) as usize, (photo.width as f32 / 7.0) as usize);
            let row = photo.width as usize * 3;
            let cut = |row: &[u8]| row[margin * 3..(margin + width) * 3].to_vec();
            let rgb: Vec<u8> = photo.rgb.chunks_exact(row).flat_map(cut).collect();
            let found = read(&Photo { width: width as u32, height: photo.height, rgb });
            assert_eq!(found, [], "{kept} modules of {text}");
        }
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

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(32))]
    #[test]
    fn any_pixels_can_be_searched(width in 1u32..90, rows in proptest::collection::vec(proptest::num::u8::ANY, 1..90)) {
        let rgb = rows.iter().flat_map(|row| (0..width * 3).map(move |x| (x * u32::from(*row)) as u8)).collect();
        let found = read(&Photo { width, height: rows.len() as u32, rgb });
        proptest::prop_assert!(found.is_empty());
    }
}

#[test]
fn pictures_too_small_for_a_code_are_none() {
    for (width, height) in [(1, 1), (1, 3_000), (3_000, 1), (3, 3_000), (59, 59)] {
        assert_eq!(read(&Photo { width, height, rgb: vec![90; (width * height * 3) as usize] }), []);
    }
}

/// A picture of two EAN-13, one above the other.
fn both(codes: &[&str; 2]) -> image::DynamicImage {
    let [upper, lower] = codes.map(picture_of);
    let mut both = image::RgbImage::new(upper.width(), upper.height() + lower.height());
    image::imageops::replace(&mut both, &upper.to_rgb8(), 0, 0);
    image::imageops::replace(&mut both, &lower.to_rgb8(), 0, i64::from(upper.height()));
    both.into()
}

#[test]
fn two_codes_in_one_photo_are_both_read() {
    let rgb = both(&["4006381333931", "9780201310054"]).into_rgb8();
    let found = read(&Photo { width: rgb.width(), height: rgb.height(), rgb: rgb.into_raw() });
    assert_eq!(found.len(), 2);
    assert!(
        found.iter().any(|code| code.text == "4006381333931") && found.iter().any(|code| code.text == "9780201310054")
    );
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
        let code = Barcode { format: Format::UpcE, text: short.into() };
        assert!(code.gtin().is_some());
        assert_eq!(code.gtin(), Gtin::parse(long), "{short}");
    }
}

/// A shop that has two cups, with their GTINs and pictures without a bar code.
fn shop(listings: &str) -> Shop {
    let shop = Shop::with(listings);
    shop.build(&[]);
    shop
}

const WITH_GTINS: &str =
    "id,image,title,gtin\na,1.png,Red cup,4006381333931\nb,2.png,Blue cup,9780201310054\nc,3.png,Green pen,\n";

/// The answer to a picture, with further arguments.
fn asked(shop: &Shop, picture: &image::DynamicImage, more: &[&str]) -> Value {
    shop.write("photo.png", &encoded(picture, ImageFormat::Png));
    let photo = text(&shop.path("photo.png"));
    answer(&shop.match_arguments(&models(), &[&["--photo", &photo], more].concat()))
}

fn note_codes(answer: &Value) -> Vec<&str> {
    answer["notes"].as_array().unwrap().iter().map(|note| note["code"].as_str().unwrap()).collect()
}

#[test]
fn the_listing_whose_bar_code_is_in_the_photo_is_a_match_and_the_reasons_say_so() {
    let answer = asked(&shop(WITH_GTINS), &picture_of("9780201310054"), &[]);
    assert_eq!((answer["decision"].as_str(), answer["hits"][0]["id"].as_str()), (Some("Match"), Some("b")), "{answer}");
    assert_eq!(answer["hits"][0]["why"][0], "Same GTIN 9780201310054 in the photo");
    assert_eq!(note_codes(&answer), ["barcode-read"]);
}

#[test]
fn a_typed_gtin_wins_over_that_of_the_photo() {
    let shop = shop(WITH_GTINS);
    let answer = asked(&shop, &picture_of("9780201310054"), &["--gtin", "4006381333931"]);
    assert_eq!((answer["decision"].as_str(), answer["hits"][0]["id"].as_str()), (Some("Match"), Some("a")), "{answer}");
    assert_eq!(answer["hits"][0]["why"][0], "Same GTIN 4006381333931");
    assert_eq!(note_codes(&answer), [""; 0]);
}

#[test]
fn of_two_gtins_in_a_photo_none_decides_and_a_note_says_so() {
    let answer = asked(&shop(WITH_GTINS), &both(&["4006381333931", "9780201310054"]), &[]);
    assert_eq!(note_codes(&answer), ["several-barcodes"]);
    assert!(answer["hits"].as_array().unwrap().iter().all(|hit| hit["lanes"]["gtin"].is_null()), "{answer}");
}

#[test]
fn a_number_that_another_shop_gave_itself_decides_nothing() {
    let in_shop =
        |gtin: &str| shop(&format!("id,image,title,gtin\na,1.png,Red cup,4006381333931\nb,2.png,Cheese,{gtin}\n"));
    let answer = asked(&in_shop("9780201310054"), &picture_of("2012345678903"), &[]);
    assert!(note_codes(&answer).is_empty() && answer["hits"][0]["lanes"]["gtin"].is_null(), "{answer}");
    let answer = asked(&in_shop("2012345678903"), &picture_of("2012345678903"), &[]);
    assert_eq!((answer["decision"].as_str(), answer["hits"][0]["id"].as_str()), (Some("Match"), Some("b")), "{answer}");
}

#[test]
fn a_shop_without_gtins_does_not_look_for_bar_codes() {
    let shop = shop("id,image,title\na,1.png,Red cup\nb,2.png,Blue cup\n");
    assert_eq!(note_codes(&asked(&shop, &picture_of("9780201310054"), &[])), [""; 0]);
}

/// What the program reads in a picture, as JSON.
fn read_by_program(picture: &image::DynamicImage) -> Value {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), encoded(picture, ImageFormat::Png)).unwrap();
    answer(&["read", "--photo", &text(file.path())])
}

#[test]
fn the_program_prints_the_bar_codes_of_a_photo_or_an_empty_list() {
    assert_eq!(
        read_by_program(&picture_of("4006381333931")),
        json!({ "barcodes": [{ "format": "EAN-13", "text": "4006381333931" }] })
    );
    assert_eq!(read_by_program(&picture(1)), json!({ "barcodes": [] }));
}

#[test]
fn the_program_prints_a_line_for_each_bar_code() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), encoded(&picture_of("4006381333931"), ImageFormat::Png)).unwrap();
    let run = outcome(twinlens(&["read", "--photo", &text(file.path())]));
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), "EAN-13 4006381333931\n"));
}

#[test]
fn a_file_that_is_no_picture_has_no_bar_codes_but_is_refused() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), b"id,title").unwrap();
    let refusal = refused(&["read", "--photo", &text(file.path())]);
    assert_eq!(refusal.code, "bad-photo");
}

#[test]
fn pictures_whose_code_is_read_and_pictures_in_which_another_is_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("barcode")).unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join("barcode").join(name), bytes).unwrap();
    write("a.png", &encoded(&picture_of("4006381333931"), ImageFormat::Png));
    write("b.png", &encoded(&picture(1), ImageFormat::Png));
    write("labels.csv", b"image,gtin\na.png,4006381333931\na.png,9780201310054\nb.png,9780201310054\n");
    let found = &answer(&["eval", "barcode", "--data", &text(folder.path())])["barcodes"];
    assert_eq!((&found["pictures"], &found["right"], &found["wrong"]), (&json!(3), &json!(1), &json!(1)));
    assert_eq!(found["others"], json!([["a.png", ["4006381333931"]], ["b.png", []]]));
}
