//! Joint encoders: words beside pictures.

use crate::support::{Shop, answer, encoded, misused, refused, text, tiny};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use serde_json::Value;
use twinlens::encoder::ImageEncoder;
use twinlens::engine::Device;
use twinlens::merchant::decode::decode;
use twinlens::merchant::folder;
use twinlens::merchant::models::Models;

const WORDS: &str = "tiny-words";
const PICTURES: &str = "tiny-pictures";
/// Length of the vectors of both.
const WIDTH: usize = 32;
const COLOURS: [(&str, [u8; 3]); 3] = [("red", [220, 30, 30]), ("blue", [30, 40, 220]), ("green", [20, 180, 60])];

/// A picture of that colour, darker towards its right edge.
fn flat([red, green, blue]: [u8; 3]) -> DynamicImage {
    RgbImage::from_fn(48, 48, |x, _| Rgb([red, green, blue].map(|value| value - value / 100 * (x as u8 / 4)))).into()
}

fn png(colour: [u8; 3]) -> Vec<u8> {
    encoded(&flat(colour), ImageFormat::Png)
}

/// A vector that has nothing in common with those.
fn orthogonal(vectors: &[Vec<f32>]) -> Vec<f32> {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let mut basis: Vec<Vec<f32>> = Vec::new();
    let alternating: Vec<f32> = (0..WIDTH).map(|i| if i % 2 == 0 { 1.0 } else { -1.0 }).collect();
    for vector in vectors.iter().chain([&alternating]) {
        let mut rest = vector.clone();
        for known in &basis {
            let share = dot(&rest, known);
            rest.iter_mut().zip(known).for_each(|(value, known)| *value -= share * known);
        }
        let length = dot(&rest, &rest).sqrt();
        basis.push(rest.into_iter().map(|value| value / length).collect());
    }
    basis.pop().unwrap()
}

/// An encoder of words: a colour's name has the vector of a picture of that colour, less what all colours share.
fn words_pack(photos: &mut ImageEncoder) -> Vec<u8> {
    let vector = |(_, colour): &(&str, [u8; 3])| {
        let photo = decode(png(*colour)).unwrap();
        pollster::block_on(photos.embed(&photo)).unwrap()
    };
    let vectors: Vec<Vec<f32>> = COLOURS.iter().map(vector).collect();
    let mean: Vec<f32> = (0..WIDTH).map(|i| vectors.iter().map(|vector| vector[i]).sum::<f32>() / 3.0).collect();
    let own: Vec<Vec<f32>> =
        vectors.iter().map(|vector| vector.iter().zip(&mean).map(|(value, mean)| value - mean).collect()).collect();
    let neutral = orthogonal(&vectors);
    let codes = |vector: &[f32]| {
        let largest = vector.iter().fold(0.0, |largest: f32, value| largest.max(value.abs()));
        vector.iter().map(|value| (value / largest * 120.0).round() as i8 as u8).collect::<Vec<u8>>()
    };
    // The tokenizer's other words say nothing of colours.
    let rows = (0..8).map(|row| if (1..4).contains(&row) { &own[row - 1] } else { &neutral });
    let table = rows.flat_map(|vector| codes(vector)).collect();
    tiny::pack_of_rows(WORDS, WIDTH, table, vec![0; 16 * WIDTH])
}

/// A shop whose titles do not say what its pictures show, two listings of a colour; one has its colour in its second picture.
fn shop() -> Shop {
    let shop = Shop::with(
        "id,image,image_2,title\nr1,red.png,,cup\nb1,blue.png,,cup\ng1,green.png,,cup\nr2,red.png,,pen\nb2,green.png,blue.png,pen\n",
    );
    let models = shop.path("models");
    tiny::write_models(&models);
    std::fs::write(models.join(format!("{PICTURES}.safetensors")), tiny::photo_pack_of(PICTURES, WIDTH)).unwrap();
    let device = Device::Cpu { reason: None };
    let found = Models::find(Some(&models)).unwrap();
    let (_, mut photos) = found.image_encoder(PICTURES, &device).unwrap();
    std::fs::write(models.join(format!("{WORDS}.safetensors")), words_pack(&mut photos)).unwrap();
    for (name, colour) in COLOURS {
        shop.write(&format!("images/{name}.png"), &png(colour));
    }
    shop
}

fn arguments(shop: &Shop, joint: &str) -> Vec<String> {
    let (models, encoders) = (text(&shop.path("models")), format!("{},{WORDS}", PICTURES));
    shop.build_arguments(&["--encoders", &encoders, "--joint", joint, "--models", &models])
}

fn matched(shop: &Shop, title: &str) -> Value {
    answer(&shop.match_arguments(&shop.path("models"), &["--title", title, "--limit", "5"]))
}

fn ids(found: &Value, count: usize) -> Vec<&str> {
    let mut ids: Vec<&str> =
        found["hits"].as_array().unwrap()[..count].iter().map(|hit| hit["id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    ids
}

#[test]
fn words_find_the_pictures_that_show_them() {
    let shop = shop();
    answer(&arguments(&shop, &format!("{WORDS}={}", PICTURES)));
    for (colour, expected) in [("red", ["r1", "r2"]), ("blue", ["b1", "b2"])] {
        let found = matched(&shop, colour);
        assert_eq!(ids(&found, 2), expected, "{found}");
        let best = &found["hits"][0];
        assert!(best["lanes"]["joint"].as_f64().unwrap() > found["hits"][4]["lanes"]["joint"].as_f64().unwrap());
        assert!(best["contributions"]["joint"].as_f64().unwrap() > 0.0, "{best}");
        let why = best["why"].to_string();
        assert!(why.contains("Words and picture are"), "{why}");
        // No title says so: nothing here is a match by a colour alone.
        assert_ne!(found["decision"], "match", "{found}");
    }
    let found = matched(&shop, "cup");
    assert_eq!(ids(&found, 3), ["b1", "g1", "r1"], "words of titles count before pictures: {found}");
}

#[test]
fn a_catalogue_holds_the_picture_of_each_listing_for_the_words_unprojected_and_an_update_takes_it_over() {
    let shop = shop();
    let joint = format!("{WORDS}={}", PICTURES);
    answer(&arguments(&shop, &joint));
    let catalogue = folder::open(&shop.path("catalogue")).unwrap();
    let encoders = &catalogue.manifest.encoders;
    assert_eq!(encoders[1].pictures.as_deref(), Some(PICTURES));
    assert_eq!(encoders[0].pictures, None);
    let shard = &catalogue.shards[0];
    assert!((0..5).all(|listing| shard.vectors[1].row(listing).is_some()));
    assert_eq!(shard.gallery.vectors[1].scales.len(), 1);
    let again = answer(&[arguments(&shop, &joint), vec!["--update".into()]].concat());
    assert_eq!(again["reused"], 5);
    // Without the joint lane it is another catalogue.
    let plain = [PICTURES, WORDS].join(",");
    let models = text(&shop.path("models"));
    let other = answer(&shop.build_arguments(&["--encoders", &plain, "--models", &models, "--update"]));
    assert_eq!(other["reused"], 0);
}

#[test]
fn encoders_that_cannot_be_compared_are_refused() {
    let shop = shop();
    let said = misused(&arguments(&shop, "tiny-words"));
    assert!(said.contains("WORDS=PICTURES") && said.contains("tiny-words"), "{said}");
    refused(&arguments(&shop, "tiny-words=clip"))
        .says(&["an encoder of photos among tiny-pictures, tiny-words", "clip"]);
    let models = text(&shop.path("models"));
    let longer = [tiny::PHOTO, tiny::TITLE].join(",");
    let joint = format!("{}={}", tiny::TITLE, tiny::PHOTO);
    let arguments = shop.build_arguments(&["--encoders", &longer, "--joint", &joint, "--models", &models]);
    refused(&arguments).says(&["vectors as long as those of tiny-photo, 8", "32 of tiny-title"]);
}

#[test]
fn a_manifest_that_joins_what_does_not_fit_is_refused() {
    let shop = shop();
    answer(&arguments(&shop, &format!("{WORDS}={}", PICTURES)));
    shop.change_manifest(|manifest| manifest["encoders"][1]["pictures"] = WORDS.into());
    refused(&shop.match_arguments(&shop.path("models"), &["--title", "red"])).says(&["its vectors as long as", WORDS]);
}
