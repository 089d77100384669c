//! What must hold of every decision, whatever the titles: over shops of titles alone, which need no encoder.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use twinlens::catalogue::{Catalogue, Listing, Manifest, Row, Shard, ShardEntry, VERSION};
use twinlens::digest::sha256_hex;
use twinlens::fusion::{Decision, Evidence, FEATURES, Lane, Mode, Rule, Values, probability};
use twinlens::matching::probe::{Probe, ProbeTitle};
use twinlens::matching::ranker::{Ranker, Scored};
use twinlens::matching::{Completeness, Decided, why};
use twinlens::merchant::learn::{LabelledQuery, prior, training_examples};
use twinlens::title::{Gtin, NormalTitle, normalise};

/// A shop of listings without vectors, in shards of three.
fn shop(listings: &[Listing]) -> Ranker {
    let mut manifest = Manifest {
        version: VERSION,
        self_sha256: String::new(),
        listings: listings.len() as u64,
        encoders: Vec::new(),
        projections: Vec::new(),
        backgrounds: Vec::new(),
        decision: prior().unwrap(),
        shards: Vec::new(),
        pictures: Vec::new(),
        pictures_side: 0,
    };
    let row = |listing: &Listing| Row {
        listing: listing.clone(),
        vectors: Vec::new(),
        hash: None,
        colour_histogram: None,
        thumbnail: Vec::new(),
        further: Vec::new(),
    };
    let mut shards = Vec::new();
    for (i, listings) in listings.chunks(3).enumerate() {
        let bytes = Shard::write(&listings.iter().map(row).collect::<Vec<_>>(), &manifest).unwrap();
        let entry = ShardEntry {
            file: i.to_string(),
            bytes: bytes.len() as u64,
            sha256: sha256_hex(&bytes),
            listings: listings.len() as u64,
        };
        shards.push(Shard::read(&bytes, &entry, &manifest, "memory").unwrap());
        manifest.shards.push(entry);
    }
    Ranker::new(Catalogue::new(manifest, shards, Vec::new()).unwrap())
}

fn titled(titles: &[&str]) -> Ranker {
    let listing = |(i, title): (usize, &&str)| Listing {
        id: format!("p{i}"),
        title: if title.is_empty() { String::new() } else { normalise(title).unwrap() },
        ..Listing::default()
    };
    shop(&titles.iter().enumerate().map(listing).collect::<Vec<_>>())
}

fn ranked_by_title(ranker: &Ranker, title: &str) -> Vec<Scored> {
    let title = ProbeTitle::of(NormalTitle::of(title).unwrap());
    let gtin = title.parsed.gtin;
    ranked(ranker, Probe { title: Some(title), gtin, ..Probe::default() })
}

fn ranked(ranker: &Ranker, probe: Probe) -> Vec<Scored> {
    ranker.rank(&probe, ranker.retrieve(&probe, None)).scored
}

fn decided(ranker: &Ranker, title: &str) -> Decided {
    let title = ProbeTitle::of(NormalTitle::of(title).unwrap());
    let probe = Probe { title: Some(title), ..Probe::default() };
    let ranked = ranker.rank(&probe, ranker.retrieve(&probe, None));
    Decided::of(ranker, &probe, &ranked, Completeness::Whole)
}

fn best(ranker: &Ranker, title: &str) -> (String, Decision, Vec<String>) {
    let scored = ranked_by_title(ranker, title);
    let Some(first) = scored.first() else { return (String::new(), Decision::NoMatch, Vec::new()) };
    let reasons = why(&first.candidate.lanes, &first.prediction.contributions);
    (ranker.catalogue.listing(first.candidate.position).id.clone(), decided(ranker, title).decision, reasons)
}

const KITCHEN: [&str; 8] = [
    "Bosch kettle TWK7603 black 1.7 l",
    "Bosch kettle TWK7604 red 1.7 l",
    "Philips toaster HD2581 white",
    "Tomato ketchup 800 ml",
    "Green tea 20 bags",
    "Ground coffee 500 g",
    "Apple juice 1 l",
    "Instant camera white",
];

#[test]
fn a_title_as_the_shop_has_it_is_a_match_with_its_reasons() {
    let (id, decision, why) = best(&titled(&KITCHEN), "bosch TWK7603 kettle, black");
    assert_eq!((id.as_str(), decision), ("p0", Decision::Match), "{why:?}");
    assert!(why.iter().any(|reason| reason.contains("TWK7603")), "{why:?}");
}

#[test]
fn another_amount_is_never_a_match_and_the_reason_says_so() {
    let (_, decision, why) = best(&titled(&KITCHEN), "Tomato ketchup 400 ml");
    assert_eq!(decision, Decision::NoMatch);
    assert!(why[0].contains("400 ml is not 800 ml"), "{why:?}");
}

#[test]
fn the_same_gtin_decides_whatever_the_titles_say_and_another_one_too() {
    let listing = |id: &str, title: &str, gtin: &str| Listing {
        id: id.into(),
        title: title.into(),
        gtins: vec![gtin.into()],
        ..Listing::default()
    };
    let ranker = shop(&[listing("a", "Highlighter", "4006381333931"), listing("b", "Red pen", "036000291452")]);
    let title = Some(ProbeTitle::of(NormalTitle::of("Red pen").unwrap()));
    let scored =
        ranked(&ranker, Probe { title: title.clone(), gtin: Gtin::parse("4006381333931"), ..Probe::default() });
    let of = |id: &str| scored.iter().find(|j| ranker.catalogue.listing(j.candidate.position).id == id).unwrap();
    assert_eq!(ranker.decide(of("a").probability), Decision::Match);
    assert_eq!(ranker.decide(of("b").probability), Decision::NoMatch);
    assert!(why(&of("a").candidate.lanes, &of("a").prediction.contributions)[0].starts_with("Same GTIN"));
}

#[test]
fn the_same_title_is_a_match_unless_the_shop_has_it_twice() {
    let titles = ["Zorb", "Zorb of the other kind", "Green tea 20 bags", "Green tea 20 bags"];
    let ranker = titled(&titles);
    assert_eq!(best(&ranker, "Zorb").1, Decision::Match);
    assert_eq!(best(&ranker, "Zorb of the other kind").1, Decision::Match);
    let twice = decided(&ranker, "Green tea 20 bags");
    assert_eq!((twice.decision, twice.fits.count), (Decision::Unsure, 2));
}

#[test]
fn a_query_that_fits_several_listings_is_unsure_and_says_in_what_they_differ() {
    let ranker = titled(&[
        "Corva drill 18 V red",
        "Corva drill 18 V blue",
        "Corva drill 18 V green",
        "Oak table",
        "Lamp",
        "Mirror",
    ]);
    let decided = decided(&ranker, "corva drill 18 V");
    assert_eq!((decided.decision, decided.fits.count), (Decision::Unsure, 3), "{decided:?}");
    assert_eq!(decided.fits.differ_in.as_deref(), Some("colour"));
    let mut values = decided.fits.values;
    values.sort();
    assert_eq!(values, ["blue", "green", "red"]);
}

#[test]
fn a_shop_without_the_product_says_so() {
    assert_eq!(best(&titled(&KITCHEN), "leather football boots size 43").1, Decision::NoMatch);
}

#[test]
fn absurd_titles_and_shops_get_a_finite_decision() {
    let absurd = [
        "999999999999999999999999999999999999999 ml of -1e308 kg",
        "0 ml 0 g 0x0 00000000",
        "½ l ¾ kg 1/0 inch 1..5 l 1,000,000,000 TB",
        "شاي أخضر ٥٠٠ غرام",
        "תה ירוק 500 גרם",
        "5 kg 5 lb 5 oz 5 ml 5 inch 5 GB 5 W pack of 5",
        "\u{202e}drawkcab 12 ml\u{202c}",
        "茶 500ml",
    ];
    let same: Vec<&str> = vec!["Green tea 20 bags"; 40];
    let shops = [titled(&KITCHEN), titled(&["Green tea 20 bags"]), titled(&same), titled(&absurd), titled(&["", ""])];
    for ranker in &shops {
        for title in absurd.iter().chain(&KITCHEN) {
            for scored in ranked_by_title(ranker, title) {
                assert!(scored.log_odds.is_finite() && (0.0..=1.0).contains(&scored.probability), "{title}");
            }
        }
    }
    assert!(ranked_by_title(&shops[4], "tea").is_empty());
}

#[test]
fn of_many_equal_listings_none_is_preferred_by_its_place() {
    let same: Vec<&str> = vec!["Green tea 20 bags"; 100];
    let scored = ranked_by_title(&titled(&same), "Green tea 20 bags");
    assert!(scored.windows(2).all(|pair| pair[0].log_odds == pair[1].log_odds));
}

/// Probability by id.
fn by_id(ranker: &Ranker, title: &str) -> BTreeMap<String, f64> {
    let id = |scored: &Scored| ranker.catalogue.listing(scored.candidate.position).id.clone();
    ranked_by_title(ranker, title).iter().map(|scored| (id(scored), scored.probability)).collect()
}

fn value(feature: usize) -> BoxedStrategy<Option<f32>> {
    if FEATURES[feature].discrete {
        prop_oneof![Just(None), prop::sample::select(vec![-1.0f32, -0.5, 0.0, 0.5, 1.0]).prop_map(Some)].boxed()
    } else {
        prop_oneof![Just(None), (-30.0f32..30.0).prop_map(Some), (-1.0f32..1.0).prop_map(Some)].boxed()
    }
}

fn evidence() -> impl Strategy<Value = Evidence> {
    let values: Vec<_> = (0..FEATURES.len()).map(value).collect();
    let rule = prop::sample::select(vec![
        Rule::None,
        Rule::None,
        Rule::SameTitle,
        Rule::SameNumber,
        Rule::Contradiction,
        Rule::Veto,
        Rule::SameGtin,
        Rule::OtherGtin,
    ]);
    (values, rule).prop_map(|(values, rule)| Evidence {
        values: Values::try_from(values).unwrap(),
        rule,
        ..Evidence::default()
    })
}

proptest! {
    #[test]
    fn contributions_add_up_to_the_log_odds(candidates in prop::collection::vec(evidence(), 1..12)) {
        let model = prior().unwrap();
        for mode in Mode::ALL {
            for prediction in model.predictor(mode).predict(&candidates, 3.0).candidates {
                let sum: f64 = prediction.contributions.iter().map(|(_, share)| share).sum();
                prop_assert_eq!(sum, prediction.log_odds());
                prop_assert!(probability(sum).is_finite());
                let lanes: Vec<Lane> = prediction.contributions.iter().map(|(lane, _)| *lane).collect();
                prop_assert!(lanes.iter().all(|lane| lanes.iter().filter(|l| *l == lane).count() == 1));
            }
        }
    }

    #[test]
    fn a_listing_is_never_surer_than_that_the_shop_has_the_product(candidates in prop::collection::vec(evidence(), 1..12)) {
        let model = prior().unwrap();
        for mode in Mode::ALL {
            let found = model.predictor(mode).predict(&candidates, 3.0);
            for (prediction, candidate) in found.candidates.iter().zip(&candidates) {
                // The rules decide by themselves.
                if matches!(candidate.rule, Rule::None | Rule::Contradiction) {
                    prop_assert!(prediction.log_odds() <= found.presence + 1e-9);
                    prop_assert!(candidates.len() > 1 || (prediction.log_odds() - found.presence).abs() < 1e-9);
                }
            }
        }
    }

    #[test]
    fn more_agreement_never_lowers_the_probability(
        candidates in prop::collection::vec(evidence(), 1..8), feature in 0..FEATURES.len(), more in 0.0f32..10.0,
    ) {
        let model = prior().unwrap();
        let mut agreeing = candidates.clone();
        // A missing lane comes with the highest value it can have; one that is there rises.
        let highest = if FEATURES[feature].discrete { 1.0 } else { 30.0 };
        let value = &mut agreeing[0].values[feature];
        *value = Some(value.map_or(highest, |v| if FEATURES[feature].discrete { v.max(1.0) } else { v + more }));
        for mode in Mode::ALL {
            let predictor = model.predictor(mode);
            let (before, after) = (predictor.predict(&candidates, 3.0), predictor.predict(&agreeing, 3.0));
            // A rival that comes nearer to the best is a sign of a title that is like many.
            let scores: Vec<f64> =
                candidates.iter().map(|c| c.rule.applied(predictor.pair.log_odds(&c.values))).collect();
            if scores.iter().all(|score| *score <= scores[0]) {
                prop_assert!(after.presence >= before.presence - 1e-9, "{} lowers presence", FEATURES[feature].name);
            }
            let (before, after) = (before.candidates[0].log_odds(), after.candidates[0].log_odds());
            prop_assert!(after >= before - 1e-9, "{} from {} to {}", FEATURES[feature].name, before, after);
        }
    }

    #[test]
    fn the_order_of_a_catalogue_changes_nothing(order in Just((0..KITCHEN.len()).collect::<Vec<_>>()).prop_shuffle(), query in 0..KITCHEN.len()) {
        let listing = |i: &usize| Listing { id: format!("p{i}"), title: KITCHEN[*i].into(), ..Listing::default() };
        let shuffled = shop(&order.iter().map(listing).collect::<Vec<_>>());
        let title: String = KITCHEN[query].split(' ').skip(1).collect::<Vec<_>>().join(" ");
        prop_assert_eq!(by_id(&titled(&KITCHEN), &title), by_id(&shuffled, &title));
    }
}

#[test]
fn whether_a_product_is_there_is_learnt_from_shops_that_differ_in_it_alone() {
    let titles: Vec<String> = (0..12).map(|i| format!("Green tea number {i}")).collect();
    let ranker = titled(&titles.iter().map(String::as_str).collect::<Vec<_>>());
    let positions: Vec<_> = ranker.catalogue.positions().collect();
    let query = |relevant: BTreeSet<_>| LabelledQuery {
        probe: Probe::of_listing(&ranker.catalogue, positions[0]),
        relevant,
        excluded: BTreeSet::new(),
        group: 3,
        fold: 0,
        weight: 1.0,
    };
    let of = |relevant| training_examples(&ranker, &[query(relevant)], true).unwrap().remove(0).lists;
    let [whole, with, without] = of([positions[0]].into());
    assert_eq!([whole.is_there, with.is_there, without.is_there], [Some(1.0), Some(1.0), Some(0.0)]);
    assert_eq!([&whole, &with, &without].map(|list| list.teaches_presence), [false, true, true]);
    let counts = [&whole, &with, &without].map(|list| list.candidates.len());
    assert!(counts[0] == 12 && counts[1] == counts[2] + 1 && counts[1] < 12, "{counts:?}");
    // The truth of each candidate is learnt from the whole shop and from the one without the product.
    let matches = |truth: &[Option<f64>]| truth.iter().filter(|truth| **truth == Some(1.0)).count();
    assert_eq!([&whole, &without].map(|list| matches(&list.truth)), [1, 0]);
    assert!(with.truth.iter().all(Option::is_none));
    // Of a product that the shop does not have all lists say so.
    let [_, first, second] = of(BTreeSet::new());
    assert_eq!([first.is_there, second.is_there], [Some(0.0); 2]);
}
