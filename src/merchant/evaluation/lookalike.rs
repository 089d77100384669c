//! Products that differ in one number only, which a shop may have one of: does it pass for the other?

use std::collections::BTreeSet;

use fastrand::Rng;
use serde::Serialize;

use super::dataset::{Dataset, Query};
use super::world::World;
use crate::Result;
use crate::encoder::{Encoder, Identity};
use crate::fusion::{Decision, Mode};
use crate::merchant::learn::{predictor, search, training_examples};
use crate::merchant::listings::Record;

/// Titles with a place for a value, and values: one that the shop has, one that it has in none of the family's titles, and
/// the first written otherwise.
type Family = (&'static [&'static str], &'static [(&'static str, &'static str, &'static str)]);

const FAMILIES: [Family; 6] = [
    (
        &[
            "Heinz Tomato Ketchup {}",
            "Nivea Soft Feuchtigkeitscreme {}",
            "Garnier Micellar Water {} sensitive skin",
            "L'Oréal Elvive shampoing cheveux secs {}",
            "Bertolli aceite de oliva virgen extra {}",
            "San Pellegrino acqua frizzante {}",
            "Sunlight Geschirrspülmittel Zitrone {}",
            "Kecap manis ABC botol {}",
            "Head & Shoulders anti-dandruff shampoo {}",
            "Leite de coco orgânico {}",
            "Dove Duschgel Sensitive {}",
        ],
        &[
            ("400 ml", "800 ml", "0.4 l"),
            ("250ml", "500ml", "250 ml"),
            ("1 l", "1.5 l", "1000 ml"),
            ("330 ml", "300 ml", "33 cl"),
            ("750 ml", "700 ml", "0,75 l"),
            ("12 fl oz", "16 fl oz", "355 ml"),
            ("100 ml", "200 ml", "10 cl"),
            ("5 l", "3 l", "5000ml"),
            ("50 ml", "30 ml", "50ml"),
            ("2 l", "2.5 l", "2 litre"),
        ],
    ),
    (
        &[
            "Lavazza Crema e Gusto ground coffee {}",
            "Basmati Reis {} Premium",
            "Barilla spaghetti n.5 {}",
            "Whiskas adult cat food chicken {}",
            "Gula pasir putih {} asli",
            "Quaker rolled oats {}",
            "Harina de trigo {} integral",
            "Haribo Goldbären {} Beutel",
            "Optimum Nutrition whey protein vanilla {}",
            "Ariel washing powder colour {}",
            "Philadelphia original cream cheese {}",
        ],
        &[
            ("500 g", "600 g", "0.5 kg"),
            ("250 g", "350 g", "250g"),
            ("1 kg", "2 kg", "1000 g"),
            ("1 lb", "2 lb", "454 g"),
            ("175 g", "200 g", "175 gr"),
            ("10 kg", "5 kg", "10kg"),
            ("100 g", "150 g", "0.1 kg"),
            ("2.27 kg", "4.54 kg", "5 lb"),
            ("300g", "320g", "300 grams"),
            ("8 oz", "12 oz", "227 g"),
        ],
    ),
    (
        &[
            "SanDisk Ultra microSD card {}",
            "Apple iPad Air Wi-Fi tablet {} space grey",
            "Samsung Galaxy smartphone {} schwarz",
            "Kingston DataTraveler USB stick {}",
            "Crucial SSD disque dur interne {}",
            "Western Digital external hard drive {}",
            "Xiaomi Redmi ponsel {} garansi resmi",
            "Seagate disco duro portátil {}",
        ],
        &[
            ("64 GB", "128 GB", "64GB"),
            ("256GB", "512GB", "256 GB"),
            ("1 TB", "2 TB", "1000 GB"),
            ("500 GB", "250 GB", "0.5 TB"),
            ("16 gb", "8 gb", "16GB"),
            ("4 TB", "5 TB", "4TB"),
            ("120 GB", "240 GB", "120GB"),
            ("32 GB", "48 GB", "32gb"),
        ],
    ),
    (
        &[
            "Duracell AA alkaline batteries {}",
            "Pampers Premium windeln {}",
            "Gillette Mach3 Rasierklingen {}",
            "Finish dishwasher tablets lemon {}",
            "Tesa film crystal clear {}",
            "Tempo Taschentücher {}",
            "Philips LED bulb warm white {}",
            "Coca-Cola zero cans {}",
        ],
        &[
            ("pack of 4", "pack of 5", "4 pack"),
            ("6 pcs", "12 pcs", "6 pieces"),
            ("pack of 2", "pack of 9", "2-pack"),
            ("set of 10", "set of 20", "10 pcs"),
            ("24 pack", "36 pack", "pack of 24"),
            ("3 pack", "7 pack", "3-pack"),
            ("100 count", "50 count", "100 ct"),
            ("8 pieces", "16 pieces", "8 pcs"),
        ],
    ),
    (
        &[
            "Levi's 501 original jeans blue {}",
            "Adidas Originals hoodie trefoil black {}",
            "Uniqlo Airism T-Shirt weiß {}",
            "Nike running shoe men {}",
            "Zara blusa mujer roja {}",
            "Decathlon veste de randonnée femme {}",
            "Patagonia fleece jacket green {}",
            "Kaos polos katun combed hitam {}",
        ],
        &[
            ("size M", "size XS", "Size M"),
            ("size S", "size 3XL", "Gr. S"),
            ("EU 42", "EU 43", "size EU 42"),
            ("size 38", "size 40", "Gr. 38"),
            ("UK 8", "UK 9", "size UK 8"),
            ("size XL", "size XXL", "talla XL"),
            ("size 36", "size 44", "taille 36"),
            ("size L", "size XXL", "taille L"),
        ],
    ),
    (
        &[
            "Sony wireless headphones {}",
            "Bosch Professional cordless drill {}",
            "Canon laser printer {}",
            "Bose speaker system {} black",
            "Panasonic Telefon schnurlos {}",
            "Logitech souris sans fil {}",
            "Samsung televisor {} smart",
            "Epson ink cartridge {}",
            "Garmin GPS navigator {}",
            "Makita Akkuschrauber {}",
        ],
        &[
            ("WH-1000XM3", "WH-1000XM4", "WH1000XM3"),
            ("GSR12V-15", "GSR12V-35", "GSR 12V-15"),
            ("LBP6030W", "LBP6230W", "LBP-6030W"),
            ("AM53BK", "AM63BK", "am53bk"),
            ("KX-TG6700B", "KX-TG6800B", "KXTG6700B"),
            ("M185-2", "M187-2", "M1852"),
            ("UE43AU7172", "UE43AU7192", "ue43au7172"),
            ("T0715C", "T0725C", "T-0715C"),
            ("DF332DSAE", "DF333DSAE", "df332dsae"),
            ("DSC-W120", "DSC-W130", "DSCW120"),
        ],
    ),
];

/// What was said of look-alikes and of other spellings.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Lookalikes {
    /// Queries for the product with the other value, which the shop does not have.
    pub pairs: usize,
    /// Share of them that was said to be the one the shop has.
    pub false_match: f64,
    pub unsure: f64,
    /// Queries for a product of the shop, its value written otherwise.
    pub spellings: usize,
    /// Share of them that was found and called a Match; and found, whatever it was called.
    pub true_match: f64,
    pub found: f64,
    /// False matches, query and listing.
    pub examples: Vec<[String; 2]>,
}

/// Builds a shop with one of each pair, as `twinlens build` does, and asks for both.
pub fn lookalikes(encoders: Vec<(Identity, Encoder)>) -> Result<Lookalikes> {
    let (mut records, mut queries, mut is_other) = (Vec::new(), Vec::new(), Vec::new());
    let mut rng = Rng::with_seed(1);
    for (titles, values) in FAMILIES {
        for title in titles {
            for (has, other, spelling) in values {
                let index = records.len();
                let price = Some(1.0 + rng.f64() * 99.0);
                let title = |value: &str| title.replace("{}", value);
                records.push(Record {
                    line: index as u64 + 2,
                    id: format!("p{index}"),
                    title: title(has),
                    price,
                    ..Record::default()
                });
                for (value, other) in [(other, true), (spelling, false)] {
                    let relevant = if other { BTreeSet::new() } else { [index].into() };
                    queries.push(Query { title: title(value), relevant, group: index as u64, ..Query::default() });
                    is_other.push(other);
                }
            }
        }
    }
    let dataset = Dataset {
        images: Default::default(),
        listings: records,
        queries,
        examples: Vec::new(),
        further_images: Vec::new(),
        pairs: None,
        is_symmetric: false,
        encoders: &["e5-small-latin"],
    };
    let world = World::new(&dataset, encoders)?;
    let training_examples = training_examples(&world.ranker, &world.augmented, false)?;
    let predictor =
        predictor(&training_examples.iter().filter(|l| l.mode == Mode::Title).collect::<Vec<_>>(), Mode::Title)?;
    let mut found = Lookalikes::default();
    for (query, other) in world.queries.iter().zip(is_other) {
        let scored = world.ranker.rank_with(&predictor, search(&world.ranker, &query.probe, &|_| false));
        let Some(best) = scored.first() else { continue };
        let decision = world.ranker.decide(best.probability);
        if other {
            found.pairs += 1;
            found.unsure += f64::from(u8::from(decision == Decision::Unsure));
            if decision == Decision::Match {
                found.false_match += 1.0;
                let asked = query.probe.title.as_ref().map(|t| t.normal.clone()).unwrap_or_default();
                found.examples.push([asked, world.ranker.catalogue.listing(best.candidate.position).title.clone()]);
            }
        } else {
            let is_right = query.relevant.contains(&best.candidate.position);
            found.spellings += 1;
            found.found += f64::from(u8::from(is_right));
            found.true_match += f64::from(u8::from(is_right && decision == Decision::Match));
        }
    }
    found.false_match /= found.pairs.max(1) as f64;
    found.unsure /= found.pairs.max(1) as f64;
    found.found /= found.spellings.max(1) as f64;
    found.true_match /= found.spellings.max(1) as f64;
    Ok(found)
}
