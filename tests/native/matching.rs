//! The whole way of a query over the demo shop, natively.

use std::path::{Path, PathBuf};

use twinlens::engine::{Device, Preference};
use twinlens::matching::{Answer, Decision, Filter, LoadedPack, Matcher, Query, Reload};
use twinlens::merchant::folder;
use twinlens::pack::{Pack, Preprocessing};
use twinlens::photo::Source;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn photo(name: &str) -> Vec<u8> {
    std::fs::read(root().join("www/demo/photos").join(name)).unwrap()
}

fn demo(device: Device) -> Matcher {
    let catalogue = folder::open(&root().join("www/demo/catalogue")).unwrap();
    let packs = catalogue.manifest.encoders.iter().map(|e| load(&e.name)).collect();
    pollster::block_on(Matcher::new(device, catalogue, packs, reload(), "gpu")).unwrap()
}

fn load(name: &str) -> LoadedPack {
    let read = |file: &str| std::fs::read(root().join("models").join(file)).unwrap();
    let pack = Pack::read(&read(&format!("{name}.safetensors")), name, None).unwrap();
    let tokenizer = match &pack.header.preprocessing {
        Preprocessing::Text { tokenizer, .. } => Some(read(tokenizer)),
        Preprocessing::Image { .. } => None,
    };
    LoadedPack { pack, tokenizer }
}

fn reload() -> Reload {
    Box::new(|identity| Box::pin(async move { Ok(load(&identity.name)) }))
}

fn cpu() -> Device {
    Device::Cpu { reason: None }
}

fn camera(matcher: &mut Matcher) -> Answer {
    let photo = photo("camera.jpg");
    let query = Query { photo: Some(Source::File(&photo)), title: Some("instant"), limit: 3, ..Query::default() };
    pollster::block_on(matcher.answer(&query)).unwrap()
}

#[test]
fn a_photo_and_half_a_title_find_their_product() {
    let answer = camera(&mut demo(cpu()));
    assert_eq!((answer.hits[0].id.as_str(), answer.decision), ("instant-camera", Decision::Match));
    assert_eq!((answer.hits.len(), answer.device.as_str()), (3, "cpu"));
}

#[test]
fn a_gpu_that_is_lost_costs_no_answer_and_is_told_of() {
    let device = match pollster::block_on(Device::open(Preference::Gpu)) {
        Ok(device) => device,
        Err(error) => return println!("skipped: {error}"),
    };
    let mut matcher = demo(device.clone());
    let before = camera(&mut matcher);
    assert_eq!((before.hits[0].id.as_str(), before.device.as_str()), ("instant-camera", "gpu"));
    let Device::Gpu(gpu) = device else { panic!("expected a GPU") };
    gpu.destroy();
    let after = camera(&mut matcher);
    assert_eq!((after.hits[0].id.as_str(), after.device.as_str()), ("instant-camera", "cpu"));
    assert!(matcher.info().reason.unwrap().contains("the GPU failed"));
}

#[test]
fn a_filter_leaves_only_listings_that_pass_it() {
    let photo = photo("camera.jpg");
    let filter = Filter { max_price: Some(100.0), ..Filter::default() };
    let query = Query { photo: Some(Source::File(&photo)), limit: 54, filter, ..Query::default() };
    let answer = pollster::block_on(demo(cpu()).answer(&query)).unwrap();
    assert!(!answer.hits.is_empty() && answer.hits.iter().all(|hit| hit.price.is_some_and(|price| price <= 100.0)));
}

#[test]
fn hits_come_in_the_order_of_their_probability() {
    let query = Query { title: Some("wooden table"), limit: 20, ..Query::default() };
    let answer = pollster::block_on(demo(cpu()).answer(&query)).unwrap();
    assert!(answer.hits.is_sorted_by(|a, b| a.probability >= b.probability));
    assert_eq!(answer.probability, answer.hits[0].probability);
}

#[test]
fn packs_of_another_catalogue_are_refused_with_both_fingerprints() {
    let mut catalogue = folder::open(&root().join("www/demo/catalogue")).unwrap();
    let name = catalogue.manifest.encoders[0].name.clone();
    let path = Path::new("models").join(format!("{name}.safetensors"));
    let pack = Pack::read(&std::fs::read(root().join(path)).unwrap(), &name, None).unwrap();
    let found = pack.fingerprint.clone();
    catalogue.manifest.encoders.truncate(1);
    catalogue.manifest.encoders[0].fingerprint = "0".repeat(64);
    let packs = vec![LoadedPack { pack, tokenizer: None }];
    let refused = pollster::block_on(Matcher::new(cpu(), catalogue, packs, reload(), "gpu"));
    let message = refused.err().unwrap().to_string();
    assert!(message.contains(&found) && message.contains(&"0".repeat(64)), "{message}");
}
