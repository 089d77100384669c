//! `catalogue.json`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use twinlens::catalogue::Manifest;

/// The demo shop's, which is in the format of today.
const SEED: &[u8] = include_bytes!("../../www/demo/catalogue/catalogue.json");

fuzz_target!(
    init: twinlens_fuzz::plant(&[SEED.to_vec()], |bytes| Manifest::parse(bytes, "seed")),
    |bytes: &[u8]| {
        if let Ok(manifest) = Manifest::parse(bytes, "fuzz") {
            let _ = manifest.bytes();
            for encoder in 0..manifest.encoders.len() {
                let _ = manifest.dimension(encoder);
            }
        }
    }
);
