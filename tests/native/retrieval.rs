//! Which listings become candidates: the same for shoppers and for learning, whatever the limit, and under a filter.

use std::path::PathBuf;

use twinlens::catalogue::{Background, Catalogue, Listing, Manifest, Row, Shard, ShardEntry, VERSION};
use twinlens::digest::sha256_hex;
use twinlens::encoder::{Encoder, Identity};
use twinlens::engine::{Device, Preference};
use twinlens::matching::probe::Probe;
use twinlens::matching::ranker::Ranker;
use twinlens::matching::retrieve::POOL;
use twinlens::matching::{Answer, Filter, LoadedPack, MAX_LIMIT, Matcher, Query, Reload};
use twinlens::merchant::learn::prior;
use twinlens::pack::{Pack, Preprocessing};
use twinlens::title::NormalTitle;

const ENCODER: &str = "e5-small-latin";
const TEA: &str = "Green tea 20 bags";
const CHAIR: &str = "Garden chair, solid oak";

fn identity() -> Identity {
    let LoadedPack { pack, tokenizer } = load();
    Identity::of(&pack, tokenizer.as_deref())
}

fn load() -> LoadedPack {
    let models = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("models");
    let read = |file: &str| std::fs::read(models.join(file)).unwrap();
    let pack = Pack::read(&read(&format!("{ENCODER}.safetensors")), ENCODER, None).unwrap();
    let Preprocessing::Text { tokenizer, .. } = &pack.header.preprocessing else { panic!("{ENCODER} reads no titles") };
    LoadedPack { tokenizer: Some(read(tokenizer)), pack }
}

fn cpu() -> Device {
    Device::Cpu { reason: None }
}

fn encoder() -> Encoder {
    let LoadedPack { pack, tokenizer } = load();
    pollster::block_on(Encoder::new(&cpu(), &pack, tokenizer.as_deref())).unwrap()
}

/// A shop of listings with the vectors of their titles, of which there are few.
fn shop(listings: &[Listing]) -> Catalogue {
    let mut encoder = encoder();
    let mut embed = |title: &str| {
        let Encoder::Text(encoder) = &mut encoder else { panic!("expected an encoder of titles") };
        Row::quantise(&pollster::block_on(encoder.embed(&normal(title))).unwrap())
    };
    let (tea, chair) = (embed(TEA), embed(CHAIR));
    let row = |listing: &Listing| Row {
        listing: listing.clone(),
        vectors: vec![Some(if listing.title == TEA { tea.clone() } else { chair.clone() })],
        hash: None,
        colour_histogram: None,
        thumbnail: Vec::new(),
        further: Vec::new(),
    };
    let mut manifest = Manifest {
        version: VERSION,
        self_sha256: String::new(),
        listings: listings.len() as u64,
        encoders: vec![identity()],
        projections: vec![None],
        backgrounds: vec![Background { mean: 0.8, deviation: 0.03 }],
        decision: prior().unwrap(),
        shards: Vec::new(),
        pictures: Vec::new(),
        pictures_side: 0,
    };
    let bytes = Shard::write(&listings.iter().map(row).collect::<Vec<_>>(), &manifest).unwrap();
    let (size, listings) = (bytes.len() as u64, listings.len() as u64);
    let entry = ShardEntry { file: "0".into(), bytes: size, sha256: sha256_hex(&bytes), listings };
    let shard = Shard::read(&bytes, &entry, &manifest, "memory").unwrap();
    manifest.shards.push(entry);
    Catalogue::new(manifest, vec![shard], vec![None]).unwrap()
}

fn normal(title: &str) -> NormalTitle {
    NormalTitle::of(title).unwrap()
}

/// Listings of one title, in the reverse order of their ids.
fn teas(count: usize) -> Vec<Listing> {
    let tea = |i| Listing { id: format!("p{i:04}"), title: TEA.into(), price: Some(40.0), ..Listing::default() };
    (0..count).rev().map(tea).collect()
}

fn matcher(device: Device, catalogue: Catalogue) -> Matcher {
    let reload: Reload = Box::new(|_| Box::pin(async { Ok(load()) }));
    pollster::block_on(Matcher::new(device, catalogue, vec![load()], reload, "gpu")).unwrap()
}

fn answer(matcher: &mut Matcher, limit: usize, price: Option<f64>, filter: Filter) -> Answer {
    let query = Query { title: Some("green tea"), limit, price, filter, ..Query::default() };
    pollster::block_on(matcher.answer(&query)).unwrap()
}

fn ids(answer: &Answer) -> Vec<&str> {
    answer.hits.iter().map(|hit| hit.id.as_str()).collect()
}

#[test]
fn the_limit_changes_neither_the_decision_nor_a_probability() {
    let mut listings = teas(200);
    // Of all listings this one agrees best, but by its price, which proposes no candidates.
    listings[10].price = Some(10.0);
    let mut matcher = matcher(cpu(), shop(&listings));
    let mut with_limit = |limit| answer(&mut matcher, limit, Some(10.0), Filter::default());
    let all = with_limit(MAX_LIMIT);
    assert_eq!(all.hits.len(), 200);
    for limit in [1, 10, POOL, POOL + 1, 100] {
        let few = with_limit(limit);
        assert_eq!((few.decision, few.probability), (all.decision, all.probability), "limit {limit}");
        let hits = |answer: &Answer| {
            answer.hits.iter().take(limit).map(|hit| (hit.id.clone(), hit.log_odds)).collect::<Vec<_>>()
        };
        assert_eq!(hits(&few), hits(&all), "limit {limit}");
    }
}

#[test]
fn of_equal_listings_those_with_the_lower_ids_are_candidates_on_every_device() {
    let expected: Vec<String> = (0..POOL).map(|i| format!("p{i:04}")).collect();
    let gpu = pollster::block_on(Device::open(Preference::Gpu));
    if let Err(error) = &gpu {
        println!("skipped on the GPU: {error}");
    }
    for device in [Ok(cpu()), gpu].into_iter().flatten() {
        let mut matcher = matcher(device, shop(&teas(200)));
        assert_eq!(ids(&answer(&mut matcher, POOL, None, Filter::default())), expected);
    }
}

#[test]
fn a_filter_is_applied_before_the_pool() {
    let mut listings = teas(600);
    let chair =
        Listing { id: "chair".into(), title: CHAIR.into(), category: Some("garden".into()), ..Listing::default() };
    listings.push(chair);
    let mut matcher = matcher(cpu(), shop(&listings));
    let unfiltered = answer(&mut matcher, 500, None, Filter::default());
    assert!(!ids(&unfiltered).contains(&"chair"));
    let filter = Filter { category: Some("garden".into()), ..Filter::default() };
    assert_eq!(ids(&answer(&mut matcher, 10, None, filter)), ["chair"]);
}

#[test]
fn a_shopper_and_learning_get_the_same_candidates_for_the_same_probe() {
    let mut listings = teas(100);
    listings.extend((0..100).map(|i| Listing { id: format!("c{i:04}"), title: CHAIR.into(), ..Listing::default() }));
    let ranker = Ranker::new(shop(&listings));
    let title = normal("green tea for the garden");
    let probe = pollster::block_on(Probe::of_title(&ranker.catalogue, &mut [encoder()], title.clone())).unwrap();
    let ranked = ranker.rank(&probe, ranker.retrieve(&probe, None)).scored;
    let learnt: Vec<(&str, f64)> =
        ranked.iter().map(|s| (ranker.catalogue.listing(s.candidate.position).id.as_str(), s.log_odds)).collect();
    let query = Query { title: Some(title.as_str()), limit: learnt.len(), ..Query::default() };
    let answer = pollster::block_on(matcher(cpu(), shop(&listings)).answer(&query)).unwrap();
    let shown: Vec<(&str, f64)> = answer.hits.iter().map(|hit| (hit.id.as_str(), hit.log_odds)).collect();
    assert_eq!(shown, learnt);
    assert!(learnt.len() >= POOL && learnt.len() < listings.len());
}

#[test]
fn a_filter_or_a_price_that_is_no_price_is_refused_by_its_name() {
    let mut matcher = matcher(cpu(), shop(&teas(1)));
    let mut refused = |query: Query<'_>| {
        let query = Query { title: Some("tea"), limit: 1, ..query };
        pollster::block_on(matcher.answer(&query)).unwrap_err().to_string()
    };
    for price in [-1.0, f64::NAN, f64::INFINITY] {
        let min = Filter { min_price: Some(price), ..Filter::default() };
        let max = Filter { max_price: Some(price), ..Filter::default() };
        assert!(refused(Query { price: Some(price), ..Query::default() }).contains("price: expected a price that is"));
        assert!(refused(Query { filter: min, ..Query::default() }).contains("filter: expected a lowest price that is"));
        assert!(
            refused(Query { filter: max, ..Query::default() }).contains("filter: expected a highest price that is")
        );
    }
    let filter = Filter { min_price: Some(2.0), max_price: Some(1.0), ..Filter::default() };
    assert!(
        refused(Query { filter, ..Query::default() }).contains("a lowest price not above the highest, found 2 and 1")
    );
}
