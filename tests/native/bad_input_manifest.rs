//! Manifests that were altered, made by another version, state what cannot be, or do not fit their packs.

use crate::support::tiny::{TinyCatalogue, loaded_packs};
use crate::support::{Refusal, Shop, alter, halve, models, refused, refused_match, sha256, text};
use serde_json::{Value, json};
use twinlens::catalogue::VERSION;
use twinlens::catalogue::limits::{MAX_CATALOGUE_BYTES, MAX_DIMENSION, MAX_FILE_BYTES, MAX_MANIFEST_BYTES};
use twinlens::encoder::{Identity, Kind};
use twinlens::engine::Device;
use twinlens::matching::Matcher;

/// How a match is refused after a change of the manifest.
fn refused_manifest(change: impl Fn(&mut Value)) -> Refusal {
    let shop = Shop::of_photos();
    shop.change_manifest(change);
    let photo = text(&shop.path("images/1.png"));
    refused(&shop.match_arguments(&models(), &["--photo", &photo]))
}

#[test]
fn a_manifest_of_another_version_is_refused_with_both_versions() {
    let refusal = refused_manifest(|m| m["version"] = 999.into());
    assert_eq!(refusal.code, "bad-manifest");
    refusal.says(&[&format!("expected catalogue format version {VERSION}"), "found version 999", "catalogue.json"]);
}

#[test]
fn a_manifest_without_a_version_is_refused() {
    let expected = format!("expected catalogue format version {VERSION}");
    refused_manifest(|m| m["version"] = Value::Null).says(&[&expected, "found none"]);
}

#[test]
fn a_decision_that_cannot_be_used_is_refused_with_what_is_wrong() {
    let curve = |m: &mut Value| {
        m["decision"]["photo"]["pair"]["shapes"]["image"] = json!({"at": [0, 1], "log_odds": [1, 0], "missing": 0})
    };
    refused_manifest(curve).says(&["rising, finite curves", "photo"]);
    refused_manifest(|m| m["decision"]["thresholds"]["match"] = 0.1.into()).says(&["thresholds in order"]);
    let unknown = |m: &mut Value| {
        m["decision"]["photo"]["pair"]["shapes"]["smell"] = json!({"at": [], "log_odds": [], "missing": 0})
    };
    refused_manifest(unknown).says(&["unknown feature `smell`", "image"]);
    refused_manifest(|m| m["backgrounds"][0]["deviation"] = 0.into()).says(&["deviation above 0"]);
    refused_manifest(|m| m["projections"] = json!([])).says(&["expected 1 projections", "found 0"]);
}

#[test]
fn a_manifest_with_another_count_of_listings_is_refused_with_both() {
    refused_manifest(|m| m["listings"] = 4.into()).says(&["expected 4 listings", "found 3"]);
}

#[test]
fn a_manifest_with_another_dimension_is_refused() {
    let refusal = refused_manifest(|m| m["encoders"][0]["dimension"] = 640.into());
    assert_eq!(refusal.code, "bad-shard");
    refusal.says(&["640", "1280"]);
}

#[test]
fn a_manifest_with_the_fingerprint_of_another_pack_is_refused_with_both() {
    let other = "0".repeat(64);
    let own = sha256(&models().join("efficientnet-lite0.safetensors"));
    let refusal = refused_manifest(|m| m["encoders"][0]["fingerprint"] = other.clone().into());
    refusal.says(&[&other, &own]);
}

#[test]
fn a_manifest_that_names_a_file_elsewhere_is_refused() {
    refused_manifest(|m| m["shards"][0]["file"] = "../secret".into()).says(&["plain file", "../secret"]);
}

#[test]
fn a_manifest_that_is_not_json_is_refused() {
    let shop = Shop::of_photos();
    let path = shop.path("catalogue/catalogue.json");
    for bytes in ["id,title\n1,Tea\n", "", "[]", "\u{feff}{}"] {
        std::fs::write(&path, bytes).unwrap();
        refused_match(&shop, &models(), "bad-manifest", &path);
    }
}

#[test]
fn a_truncated_manifest_is_refused() {
    let shop = Shop::of_photos();
    let path = shop.path("catalogue/catalogue.json");
    alter(&path, halve);
    refused_match(&shop, &models(), "bad-manifest", &path).says(&["a catalogue manifest in JSON"]);
}

#[test]
fn an_older_manifest_is_refused_with_what_to_do() {
    refused_manifest(|m| m["version"] = 2.into()).says(&["found version 2", "`twinlens build` has to build it anew"]);
}

/// How a match is refused after a change of the manifest's bytes alone.
fn refused_bytes(change: impl Fn(&mut Vec<u8>)) -> Refusal {
    let shop = Shop::of_photos();
    let path = shop.path("catalogue/catalogue.json");
    let mut bytes = std::fs::read(&path).unwrap();
    change(&mut bytes);
    std::fs::write(&path, bytes).unwrap();
    let photo = text(&shop.path("images/1.png"));
    refused(&shop.match_arguments(&models(), &["--photo", &photo]))
}

#[test]
fn an_altered_digit_in_the_backgrounds_is_refused_with_both_hashes() {
    let refusal = refused_bytes(|bytes| {
        let backgrounds = bytes.windows(12).position(|w| w == b"\"backgrounds").unwrap();
        let digit = backgrounds + bytes[backgrounds..].iter().position(|b| (b'1'..=b'8').contains(b)).unwrap();
        bytes[digit] += 1;
    });
    assert_eq!(refusal.code, "bad-manifest");
    let (expected, found) = refusal.message.split_once("found").unwrap();
    assert!(expected.contains("SHA-256") && found.contains("SHA-256"), "{}", refusal.message);
}

#[test]
fn a_reformatted_manifest_is_refused() {
    assert_eq!(refused_bytes(|bytes| bytes.push(b'\n')).code, "bad-manifest");
}

#[test]
fn a_manifest_whose_own_hash_was_altered_is_refused() {
    let refusal = refused_bytes(|bytes| {
        let key = b"\"self_sha256\": \"";
        let at = bytes.windows(key.len()).position(|w| w == key).unwrap() + key.len();
        bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
    });
    refusal.says(&["SHA-256"]);
}

#[test]
fn a_manifest_of_any_size_is_refused_before_it_is_read_whole() {
    let refusal = refused_bytes(|bytes| bytes.resize(MAX_MANIFEST_BYTES as usize + 1, b' '));
    refusal.says(&[&format!("at most {MAX_MANIFEST_BYTES} bytes"), "catalogue.json"]);
}

#[test]
fn a_dimension_that_no_vector_has_is_refused() {
    for dimension in [0, 6, MAX_DIMENSION + 4, u32::MAX] {
        let refusal = refused_manifest(|m| m["encoders"][0]["dimension"] = dimension.into());
        assert_eq!(refusal.code, "bad-manifest");
        refusal.says(&["dimension", "multiple of 4", &format!("found {dimension} ")]);
    }
}

#[test]
fn sizes_that_no_file_has_are_refused_before_memory_is_asked_for() {
    let most = format!("to {MAX_FILE_BYTES} bytes");
    for bytes in [0, 1, MAX_FILE_BYTES + 1, u64::MAX] {
        refused_manifest(|m| m["shards"][0]["bytes"] = bytes.into()).says(&[&most, &format!("found {bytes} ")]);
    }
    refused_manifest(|m| m["shards"][0]["listings"] = u64::MAX.into())
        .says(&["listings", "found 18446744073709551615"]);
    refused_manifest(|m| m["encoders"][0]["bytes"] = u64::MAX.into()).says(&["bytes", "found 18446744073709551615"]);
}

#[test]
fn a_catalogue_beyond_the_limit_of_all_files_together_is_refused() {
    let refusal = refused_manifest(|m| {
        let mut shard = m["shards"][0].clone();
        shard["bytes"] = MAX_FILE_BYTES.into();
        m["shards"] = vec![shard; (MAX_CATALOGUE_BYTES / MAX_FILE_BYTES) as usize + 1].into();
    });
    refusal.says(&[&format!("at most {MAX_CATALOGUE_BYTES} bytes in all files")]);
}

#[test]
fn more_listings_than_a_shard_has_bytes_for_are_refused() {
    let refusal = refused_manifest(|m| {
        m["shards"][0]["listings"] = 60_000.into();
        m["listings"] = 60_000.into();
    });
    assert_eq!(refusal.code, "bad-manifest");
}

#[test]
fn a_shard_longer_than_its_manifest_says_is_refused_with_both_sizes() {
    let shop = Shop::of_photos();
    let shard = shop.shard();
    let mut bytes = std::fs::read(&shard).unwrap();
    let whole = bytes.len();
    bytes.resize(whole + 1000, 0);
    std::fs::write(&shard, bytes).unwrap();
    let photo = text(&shop.path("images/1.png"));
    let refusal = refused(&shop.match_arguments(&models(), &["--photo", &photo]));
    refusal.says(&[&format!("at most {whole} bytes"), &format!("{} bytes", whole + 1000), &text(&shard)]);
}

/// How a matcher refuses a catalogue whose shards agree with its manifest, but whose first encoder is not quite its pack.
fn refused_encoder(change: impl Fn(&mut Identity)) -> String {
    let catalogue = TinyCatalogue::new(|encoders| change(&mut encoders[0])).catalogue().unwrap();
    let reload =
        Box::new(|_: Identity| -> std::pin::Pin<Box<dyn Future<Output = _>>> { panic!("nothing is lost on the CPU") });
    let matcher = Matcher::new(Device::Cpu { reason: None }, catalogue, loaded_packs(), reload, "gpu");
    let error = pollster::block_on(matcher).err().expect("a matcher takes the catalogue");
    assert_eq!(error.code(), "bad-manifest");
    error.to_string()
}

#[test]
fn an_encoder_of_another_dimension_than_its_pack_is_refused_with_both() {
    let refusal = refused_encoder(|encoder| encoder.dimension = 16);
    let (expected, found) = refusal.split_once("found").unwrap();
    assert!(expected.contains("dimension 16") && found.contains("dimension 8"), "{refusal}");
}

#[test]
fn an_encoder_of_another_kind_than_its_pack_is_refused_with_both() {
    let refusal = refused_encoder(|encoder| encoder.kind = Kind::Text);
    let (expected, found) = refusal.split_once("found").unwrap();
    assert!(expected.contains("reads titles") && found.contains("reads photos"), "{refusal}");
}

#[test]
fn an_encoder_of_another_name_or_size_than_its_pack_is_refused() {
    assert!(refused_encoder(|encoder| encoder.name = "other".into()).contains("other"));
    assert!(refused_encoder(|encoder| encoder.bytes += 1).contains("bytes"));
}
