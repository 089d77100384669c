//! What lies beside a manifest: shards, their pictures and projections, from a manifest that vouches for whatever the bytes are.
#![no_main]

use std::path::Path;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use twinlens::Result;
use twinlens::catalogue::{Manifest, Pictures, PicturesEntry, Projection, ProjectionEntry, Row, Shard, ShardEntry};
use twinlens::digest::sha256_hex;
use twinlens::merchant::folder;

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../www/demo/catalogue");
/// Listings of the seed.
const LISTINGS: usize = 2;
/// Lengths of the seed's vectors before and after the projection.
const PROJECTION: (usize, usize) = (8, 4);

static MANIFEST: LazyLock<Manifest> = LazyLock::new(|| {
    let bytes = std::fs::read(Path::new(DEMO).join("catalogue.json")).expect("the demo shop's manifest can be read");
    Manifest::parse(&bytes, DEMO).expect("the demo shop's manifest is valid")
});

/// The shard whose pictures are read.
static SHARD: LazyLock<Shard> = LazyLock::new(|| read_shard(&shard_seed()).expect("the seed is a shard"));

fuzz_target!(
    init: twinlens_fuzz::plant(&[shard_seed(), projection_seed(), pictures_seed()], |bytes| {
        let projection = || read_projection(bytes).map(drop);
        read_shard(bytes).map(drop).or_else(|_| projection()).or_else(|_| read_pictures(bytes).map(drop))
    }),
    |bytes: &[u8]| {
        if let Ok(shard) = read_shard(bytes) {
            for listing in 0..shard.listings.len() {
                let _ = shard.row(listing);
            }
        }
        if let Ok(projection) = read_projection(bytes) {
            let _ = projection.project(&[0.5; PROJECTION.0]);
        }
        if let Ok(pictures) = read_pictures(bytes) {
            for row in 0..=SHARD.pictures() {
                let _ = pictures.get(row);
            }
            for listing in 0..LISTINGS {
                pictures.fill(&mut SHARD.row(listing), &SHARD, listing);
            }
        }
    }
);

fn read_shard(bytes: &[u8]) -> Result<Shard> {
    let entry = ShardEntry {
        file: "shard".into(),
        bytes: bytes.len() as u64,
        sha256: sha256_hex(bytes),
        listings: LISTINGS as u64,
    };
    Shard::read(bytes, &entry, &MANIFEST, "shard")
}

fn read_projection(bytes: &[u8]) -> Result<Projection> {
    let entry = ProjectionEntry {
        file: "projection".into(),
        bytes: bytes.len() as u64,
        sha256: sha256_hex(bytes),
        dimension: PROJECTION.1 as u32,
    };
    Projection::read(bytes, &entry, PROJECTION.0, "projection")
}

fn read_pictures(bytes: &[u8]) -> Result<Pictures> {
    let entry = PicturesEntry { file: "pictures".into(), bytes: bytes.len() as u64, sha256: sha256_hex(bytes) };
    Pictures::read(bytes, &entry, &SHARD, "pictures")
}

/// The first listings of the demo shop.
fn rows() -> Vec<Row> {
    let catalogue = folder::open(Path::new(DEMO)).expect("the demo shop can be read");
    (0..LISTINGS).map(|listing| catalogue.shards[0].row(listing)).collect()
}

fn shard_seed() -> Vec<u8> {
    Shard::write(&rows(), &MANIFEST).expect("rows that were read can be written")
}

/// Pictures of a few bytes: what is in them is nothing to the reader.
fn pictures_seed() -> Vec<u8> {
    let mut rows = rows();
    rows.iter_mut().for_each(|row| row.thumbnail = b"a picture".to_vec());
    Pictures::write(&rows).expect("pictures of a few bytes can be written")
}

fn projection_seed() -> Vec<u8> {
    let rows: Vec<f32> = (0..PROJECTION.0 * PROJECTION.1).map(|i| i as f32).collect();
    Projection::of_rows(&rows, PROJECTION.0).write().expect("a projection can be written")
}
