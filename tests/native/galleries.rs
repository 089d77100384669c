//! Several pictures a listing: the merchant's own, and photos that customers took.

use crate::support::{Shop, answer, encoded, models, picture, text};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use serde_json::Value;
use twinlens::matching::probe::Probe;
use twinlens::matching::ranker::Ranker;
use twinlens::merchant::folder;
use twinlens::search::{cosine, mean};

/// A shop whose first listing has two pictures.
fn shop() -> Shop {
    let shop = Shop::with("id,image,title\na,\"1.png, 4.png\",Red tea\nb,2.png,Blue cup\nc,3.png,Green pen\n");
    shop.write("images/4.png", &encoded(&picture(11), ImageFormat::Png));
    shop
}

/// The best hit for a picture in the shop's folder.
fn hit(shop: &Shop, photo: &str) -> Value {
    let answer = answer(&shop.match_arguments(&models(), &["--photo", &text(&shop.path(photo))]));
    answer["hits"][0].clone()
}

#[test]
fn a_listing_is_found_by_each_of_its_pictures_and_the_answer_says_by_which() {
    let shop = shop();
    let summary = shop.build(&[]);
    assert_eq!((&summary["with_photo"], &summary["photos"]), (&3.into(), &4.into()));
    for (photo, id, place) in [("images/1.png", "a", 0), ("images/4.png", "a", 1), ("images/2.png", "b", 0)] {
        let hit = hit(&shop, photo);
        assert_eq!((hit["id"].as_str(), hit["picture"].as_u64()), (Some(id), Some(place)), "{photo}");
        assert!(hit["lanes"]["image"].as_f64().unwrap() > 0.99, "{hit}");
    }
    let catalogue = folder::open(&shop.path("catalogue")).unwrap();
    let gallery = &catalogue.shards[0].gallery;
    assert_eq!((gallery.of(0), gallery.of(1)), (0..1, 1..1));
    assert!(gallery.is_shown(0));
}

#[test]
fn what_is_between_two_pictures_of_a_listing_is_like_their_mean() {
    let shop = shop();
    shop.build(&[]);
    let catalogue = folder::open(&shop.path("catalogue")).unwrap();
    let (vectors, gallery) = (&catalogue.shards[0].vectors[0], &catalogue.shards[0].gallery);
    let (first, second) = (vectors.row(0).unwrap(), gallery.vectors[0].row(0).unwrap());
    let between = mean(&[first, second]);
    let single = cosine(&between, first.0, first.1).max(cosine(&between, second.0, second.1));
    let probe = Probe { vectors: vec![Some(between)], hash: Some(gallery.hashes[0]), ..Probe::default() };
    let ranker = Ranker::new(catalogue);
    let candidates = ranker.retrieve(&probe, None);
    let of_first = candidates.iter().find(|candidate| candidate.position.listing == 0).unwrap();
    let image = of_first.lanes.image.unwrap().cosine;
    assert!((image - 1.0).abs() < 1e-4 && single < 0.995, "{image} {single}");
}

#[test]
fn customers_photos_are_searched_and_shown_to_nobody() {
    let shop = shop();
    std::fs::create_dir_all(shop.path("customers/b")).unwrap();
    shop.write("customers/b/1.jpg", &encoded(&picture(13), ImageFormat::Jpeg));
    let summary = shop.build(&["--customer-photos", &text(&shop.path("customers"))]);
    assert_eq!(summary["photos"], 5);
    let hit = hit(&shop, "customers/b/1.jpg");
    assert_eq!((hit["id"].as_str(), hit["picture"].as_u64()), (Some("b"), None));
    let catalogue = folder::open(&shop.path("catalogue")).unwrap();
    assert!(!catalogue.shards[0].gallery.is_shown(1));
}

#[test]
fn a_folder_of_customers_photos_that_names_no_listing_is_a_problem() {
    let shop = shop();
    std::fs::create_dir_all(shop.path("customers/z")).unwrap();
    let summary = shop.build(&["--customer-photos", &text(&shop.path("customers"))]);
    assert!(summary["problems"][0]["found"].as_str().unwrap().ends_with("customers/z"), "{summary}");
}

#[test]
fn an_update_encodes_a_listing_anew_when_one_of_its_pictures_has_changed() {
    let shop = shop();
    shop.build(&[]);
    assert_eq!(shop.build(&["--update"])["reused"], 3);
    shop.write("images/4.png", &encoded(&picture(17), ImageFormat::Png));
    assert_eq!(shop.build(&["--update"])["reused"], 2);
    shop.write("listings.csv", b"id,image,title\na,1.png,Red tea\nb,2.png,Blue cup\nc,3.png,Green pen\n");
    let summary = shop.build(&["--update"]);
    assert_eq!((&summary["reused"], &summary["photos"]), (&2.into(), &3.into()));
}

#[test]
fn a_broken_picture_is_a_problem_and_the_others_stay() {
    let shop = shop();
    shop.write("images/1.png", b"no picture");
    let summary = shop.build(&[]);
    assert!(summary["problems"][0]["found"].as_str().unwrap().contains("1.png"), "{summary}");
    assert_eq!((&summary["with_photo"], &summary["photos"]), (&3.into(), &3.into()));
    assert_eq!(hit(&shop, "images/4.png")["id"], "a");
}

#[test]
fn a_listing_is_found_by_its_sku_unless_that_is_a_word() {
    let shop = Shop::with(
        "id,sku,title\na,RT-250,Red tea\nb,BC-1,Blue cup\nb,BC-2,Blue cup\npen,pen,Green pen\np,GP-9,Red pen\n",
    );
    shop.build(&["--encoders", "minilm"]);
    for (number, id) in [("bc-2", "b"), ("GP-9", "p")] {
        let answer = answer(&shop.match_arguments(&models(), &["--title", number]));
        assert_eq!(
            (&answer["hits"][0]["id"], &answer["decision"]),
            (&id.into(), &"Match".into()),
            "{number}: {answer}"
        );
    }
    let answer = answer(&shop.match_arguments(&models(), &["--title", "pen"]));
    assert_ne!(answer["decision"], "Match", "a word that happens to be an SKU: {answer}");
}

/// A product of nine coloured fields, as it is, behind bars, and in the dark: what its pictures share with those of other products
/// is larger than what they share with one another.
fn seen(product: u64, view: u32) -> DynamicImage {
    let mut rng = fastrand::Rng::with_seed(product);
    let fields: Vec<[u8; 3]> = (0..9).map(|_| std::array::from_fn(|_| rng.u8(60..200))).collect();
    RgbImage::from_fn(96, 96, |x, y| {
        let colour = fields[(x / 32 + y / 32 * 3) as usize];
        match view {
            0 => Rgb(colour),
            1 if x % 16 < 6 => Rgb([255; 3]),
            1 => Rgb(colour),
            _ => Rgb(colour.map(|value| value / 2)),
        }
    })
    .into()
}

/// A shop of so many listings with three pictures each; `product` is what one of them shows.
fn shop_of_views(listings: u64, product: fn(u64, u32) -> u64) -> Shop {
    let rows = (0..listings).map(|at| format!("l{at},\"{at}-0.png, {at}-1.png, {at}-2.png\"\n"));
    let shop = Shop::with(format!("id,image\n{}", rows.collect::<String>()));
    for at in 0..listings {
        for view in 0..3 {
            shop.write(&format!("images/{at}-{view}.png"), &encoded(&seen(product(at, view), view), ImageFormat::Png));
        }
    }
    shop
}

#[test]
fn further_pictures_of_listings_teach_the_projection_where_products_are_found_better_by_it() {
    let shop = shop_of_views(48, |at, _| at);
    let summary = shop.build(&["--encoders", "efficientnet-lite0"]);
    assert_eq!(summary["learnt_from_photos"], 96, "{summary}");
    let updated = shop.build(&["--encoders", "efficientnet-lite0", "--update"]);
    assert_eq!((&updated["learnt_from_photos"], &updated["reused"]), (&96.into(), &48.into()));
    let catalogue = folder::open(&shop.path("catalogue")).unwrap();
    // By chance one product behind bars would have its own first picture for the nearest.
    let shard = &catalogue.shards[0];
    let floats = |(codes, scale): (&[i8], f32)| codes.iter().map(|code| f32::from(*code) * scale).collect::<Vec<f32>>();
    let is_nearest = |listing: &usize| {
        let barred = floats(shard.gallery.vectors[0].row(shard.gallery.of(*listing).start).unwrap());
        let alike =
            |other: usize| shard.vectors[0].row(other).map(|(codes, scale)| cosine(&barred, codes, scale)).unwrap();
        let own = alike(*listing);
        (0..48).all(|other| other == *listing || alike(other) < own)
    };
    let found = (0..48).filter(is_nearest).count();
    assert!(found > 12, "{found}");
}

#[test]
fn few_further_pictures_teach_nothing() {
    let shop = shop_of_views(15, |at, _| at);
    assert_eq!(shop.build(&["--encoders", "efficientnet-lite0"])["learnt_from_photos"], 0);
}

#[test]
fn further_pictures_that_show_other_products_teach_nothing() {
    let shop = shop_of_views(48, |at, view| at * 3 + u64::from(view));
    assert_eq!(shop.build(&["--encoders", "efficientnet-lite0"])["learnt_from_photos"], 0);
}
