//! `catalogue.json`, whose own hash is corrected so that what it covers is read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use twinlens::catalogue::Manifest;
use twinlens::digest::sha256_hex;

/// The demo shop's, which is in the format of today.
const SEED: &[u8] = include_bytes!("../../www/demo/catalogue/catalogue.json");

fuzz_target!(
    init: twinlens_fuzz::plant(&[SEED.to_vec()], |bytes| Manifest::parse(bytes, "seed")),
    |bytes: &[u8]| {
        let _ = Manifest::parse(bytes, "fuzz");
        let Some(bytes) = with_its_hash(bytes) else { return };
        if let Ok(manifest) = Manifest::parse(&bytes, "fuzz") {
            let _ = manifest.bytes();
            for encoder in 0..manifest.encoders.len() {
                let _ = manifest.dimension(encoder);
            }
        }
    }
);

/// The same bytes with the right digits in `self_sha256`, where it has 64 digits.
fn with_its_hash(bytes: &[u8]) -> Option<Vec<u8>> {
    let json: Value = serde_json::from_slice(bytes).ok()?;
    let digits = json.get("self_sha256")?.as_str()?;
    let at = bytes.windows(64).position(|window| digits.len() == 64 && window == digits.as_bytes())?;
    let mut file = bytes.to_vec();
    file[at..at + 64].fill(b'0');
    let hash = sha256_hex(&file);
    file[at..at + 64].copy_from_slice(hash.as_bytes());
    Some(file)
}
