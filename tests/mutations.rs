//! Seeded mutations of every file that a shopper's tab or an update reads: none may be taken for the file, none may panic,
//! and none may ask for much memory.
//!
//! `TWINLENS_MUTATIONS` sets how many (500 unless set), `TWINLENS_MUTATIONS_OUT` a file for the figures as JSON:
//! `cargo xtask mutate` sets both.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by a panic")]
#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use fastrand::Rng;
use peak_alloc::PeakAlloc;
use serde_json::json;
use support::models;
use support::tiny::{TinyCatalogue, photo_pack, title_pack, tokenizer};
use twinlens::Result;
use twinlens::catalogue::{MANIFEST_FILE, Manifest, Pictures, PicturesEntry, Projection, Shard};
use twinlens::digest::sha256_hex;
use twinlens::encoder::Encoder;
use twinlens::engine::Device;
use twinlens::matching::ranker::Ranker;
use twinlens::merchant::folder::read_at_most;
use twinlens::merchant::unpublished::{Unpublished, UnpublishedListing};
use twinlens::pack::Pack;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const SEED: u64 = 8;
/// Most bytes that reading a mutated file may ask for.
const MOST_BYTES: usize = 256 << 20;
/// One mutation in so many is of a committed file, which takes longer to hash.
const COMMITTED_EVERY: u64 = 25;

/// Reads a file as the product does.
type Reader = Box<dyn Fn(&[u8]) -> Result<()>>;

/// A file, and how it is read.
struct Subject {
    name: String,
    bytes: Vec<u8>,
    /// As a reader does who has the file's hash from elsewhere, or the file's own.
    read: Reader,
    /// The same where every hash was made to agree with the bytes: what is behind the hashes must hold out, too.
    read_rehashed: Reader,
}

#[derive(Default)]
struct Figures {
    tried: u64,
    accepted: Vec<String>,
    panicked: Vec<String>,
    peak_bytes: usize,
}

#[test]
fn no_mutated_file_is_accepted_or_panics_or_asks_for_more_than_256_mb() {
    let count = std::env::var("TWINLENS_MUTATIONS").map_or(500, |count| count.parse().unwrap());
    let (generated, committed) = (generated(), committed());
    for subject in generated.iter().chain(&committed) {
        let whole = (subject.read)(&subject.bytes).and_then(|()| (subject.read_rehashed)(&subject.bytes));
        assert!(whole.is_ok(), "{} itself is refused: {}", subject.name, whole.unwrap_err());
    }
    let mut rng = Rng::with_seed(SEED);
    let mut figures = Figures::default();
    // What panics is counted; its message would only hide the count.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    while figures.tried < count {
        let subjects = if rng.u64(..COMMITTED_EVERY) == 0 { &committed } else { &generated };
        let subject = &subjects[rng.usize(..subjects.len())];
        let other = &generated[rng.usize(..generated.len())];
        let (kind, mutated) = mutated(&subject.bytes, &other.bytes, &mut rng);
        if mutated != subject.bytes {
            figures.tried += 1;
            figures.count(subject, &kind, &mutated);
        }
    }
    std::panic::set_hook(hook);
    let Figures { tried, accepted, panicked, peak_bytes } = figures;
    if let Ok(path) = std::env::var("TWINLENS_MUTATIONS_OUT") {
        let figures = json!({"mutations.tried": tried, "mutations.accepted": accepted.len(),
            "mutations.panicked": panicked.len(), "mutations.peak_bytes": peak_bytes});
        std::fs::write(path, figures.to_string()).unwrap();
    }
    assert!(accepted.is_empty(), "accepted: {accepted:#?}");
    assert!(panicked.is_empty(), "panicked: {panicked:#?}");
    assert!(peak_bytes <= MOST_BYTES, "{peak_bytes} bytes were asked for");
}

impl Figures {
    fn count(&mut self, subject: &Subject, kind: &str, mutated: &[u8]) {
        let name = format!("{kind} of {}", subject.name);
        for (read, is_rehashed) in [(&subject.read, false), (&subject.read_rehashed, true)] {
            let before = MEMORY.current_usage();
            MEMORY.reset_peak_usage();
            match catch_unwind(AssertUnwindSafe(|| read(mutated))) {
                // Another title or price is a sound catalogue, once its hashes agree.
                Ok(Ok(())) if !is_rehashed => self.accepted.push(name.clone()),
                Ok(_) => {}
                Err(_) => self.panicked.push(name.clone()),
            }
            self.peak_bytes = self.peak_bytes.max(MEMORY.peak_usage().saturating_sub(before));
        }
    }
}

/// A mutation of a file, and what it is; it may happen to change nothing.
fn mutated(file: &[u8], other: &[u8], rng: &mut Rng) -> (String, Vec<u8>) {
    let mut bytes = file.to_vec();
    match rng.u32(..10) {
        0..6 => {
            let changes = rng.usize(1..=8);
            let at: Vec<usize> = (0..changes).map(|_| rng.usize(..file.len())).collect();
            at.iter().for_each(|i| bytes[*i] = rng.u8(..));
            (format!("bytes {at:?}"), bytes)
        }
        6..8 => {
            bytes.truncate(rng.usize(..file.len()));
            (format!("the first {} bytes", bytes.len()), bytes)
        }
        8 => {
            let length = rng.usize(1..=file.len() / 4);
            let (a, b) = (rng.usize(..file.len() / 2 - length), rng.usize(file.len() / 2..file.len() - length));
            (a..a + length).zip(b..b + length).for_each(|(a, b)| bytes.swap(a, b));
            (format!("bytes from {a} and {b} on in each other's place, {length} of them,"), bytes)
        }
        _ => ("another file in place".into(), other.to_vec()),
    }
}

/// A small catalogue, its packs and its `merchant.json`.
fn generated() -> Vec<Subject> {
    let TinyCatalogue { mut manifest, shards, pictures, projection } = TinyCatalogue::new(|_| ());
    let manifest_bytes = manifest.write().unwrap();
    let mut subjects = vec![subject(
        MANIFEST_FILE,
        manifest_bytes,
        |bytes| Manifest::parse(bytes, "memory").map(drop),
        |bytes| Manifest::parse(&rehashed(bytes), "memory").map(drop),
    )];
    for (i, file) in shards.iter().enumerate() {
        let whole = manifest.clone();
        let (manifest, shards, projection) = (manifest.clone(), shards.clone(), projection.clone());
        let pictures = pictures.clone();
        subjects.push(subject(
            &manifest.shards[i].file.clone(),
            file.clone(),
            move |bytes| Shard::read(bytes, &whole.shards[i], &whole, "memory").map(drop),
            move |bytes| {
                let mut changed = TinyCatalogue {
                    manifest: manifest.clone(),
                    shards: shards.clone(),
                    pictures: pictures.clone(),
                    projection: projection.clone(),
                };
                changed.manifest.shards[i].bytes = bytes.len() as u64;
                changed.manifest.shards[i].sha256 = sha256_hex(bytes);
                changed.shards[i] = bytes.to_vec();
                changed.catalogue().map(|catalogue| drop(Ranker::new(catalogue)))
            },
        ));
    }
    for (i, file) in pictures.iter().enumerate() {
        let shard = |shards: &[Vec<u8>], manifest: &Manifest| {
            Shard::read(&shards[i], &manifest.shards[i], manifest, "memory").unwrap()
        };
        let (entry, of, of_rehashed) =
            (manifest.pictures[i].clone(), shard(&shards, &manifest), shard(&shards, &manifest));
        subjects.push(subject(
            &entry.file.clone(),
            file.clone(),
            {
                let entry = entry.clone();
                move |bytes| Pictures::read(bytes, &entry, &of, "memory").map(drop)
            },
            move |bytes| {
                let (bytes_len, sha256) = (bytes.len() as u64, sha256_hex(bytes));
                let entry = PicturesEntry { bytes: bytes_len, sha256, ..entry.clone() };
                let pictures = Pictures::read(bytes, &entry, &of_rehashed, "memory")?;
                let lengths = (0..of_rehashed.pictures()).filter_map(|row| pictures.get(row));
                std::hint::black_box(lengths.map(<[u8]>::len).sum::<usize>());
                Ok(())
            },
        ));
    }
    let entry = manifest.projections[0].clone().unwrap();
    let from = manifest.encoders[0].dimension as usize;
    subjects.push(subject(
        &entry.file.clone(),
        projection,
        {
            let entry = entry.clone();
            move |bytes| Projection::read(bytes, &entry, from, "memory").map(drop)
        },
        move |bytes| {
            let (bytes_len, sha256) = (bytes.len() as u64, sha256_hex(bytes));
            let entry = twinlens::catalogue::ProjectionEntry { bytes: bytes_len, sha256, ..entry.clone() };
            Projection::read(bytes, &entry, from, "memory").map(drop)
        },
    ));
    for bytes in [photo_pack(), title_pack()] {
        subjects.push(pack("a generated pack", bytes));
    }
    let tokenizer_read = |bytes: &[u8]| {
        let pack = Pack::read(&title_pack(), "memory", None)?;
        pollster::block_on(Encoder::new(&Device::Cpu { reason: None }, &pack, Some(bytes))).map(drop)
    };
    subjects.push(subject("a tokenizer", tokenizer(), tokenizer_read, |_| Ok(())));
    let listing = |id: &str| UnpublishedListing {
        id: id.into(),
        digest: sha256_hex(id.as_bytes()),
        stock: Some(3),
        label_group: Some("tea".into()),
    };
    let mut unpublished = Unpublished {
        version: twinlens::catalogue::VERSION,
        self_sha256: String::new(),
        manifest_sha256: manifest.self_sha256.clone(),
        generations: vec![vec!["shard-old.safetensors".into()]],
        learnt_from: vec![0, 96],
        listings: ["p0", "p1"].map(listing).into(),
    };
    subjects.push(subject(
        "merchant.json",
        unpublished.write().unwrap(),
        |bytes| Unpublished::parse(bytes, "memory").map(drop),
        |bytes| Unpublished::parse(&rehashed(bytes), "memory").map(drop),
    ));
    subjects
}

/// The demo shop's catalogue and a pack that comes with Twinlens.
fn committed() -> Vec<Subject> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/demo/catalogue");
    let read = |file: &str| std::fs::read(folder.join(file)).unwrap();
    let manifest = Manifest::parse(&read(MANIFEST_FILE), "the demo shop").unwrap();
    // Another shop's whole manifest is sound in itself; it names shards that are not there.
    let with_shards = {
        let folder = folder.clone();
        move |bytes: &[u8]| {
            let manifest = Manifest::parse(bytes, "memory")?;
            manifest.shards.iter().try_for_each(|entry| {
                let file = read_at_most(&folder.join(&entry.file), entry.bytes)?;
                Shard::read(&file, entry, &manifest, "memory").map(drop)
            })
        }
    };
    let mut subjects = vec![subject("the demo shop's manifest", read(MANIFEST_FILE), with_shards, |bytes| {
        Manifest::parse(&rehashed(bytes), "memory").map(drop)
    })];
    for (i, entry) in manifest.shards.iter().enumerate() {
        let (whole, changed) = (manifest.clone(), manifest.clone());
        subjects.push(subject(
            "the demo shop's shard",
            read(&entry.file),
            move |bytes| Shard::read(bytes, &whole.shards[i], &whole, "memory").map(drop),
            move |bytes| {
                let mut entry = changed.shards[i].clone();
                (entry.bytes, entry.sha256) = (bytes.len() as u64, sha256_hex(bytes));
                Shard::read(bytes, &entry, &changed, "memory").map(drop)
            },
        ));
    }
    subjects.push(pack("efficientnet-lite0", std::fs::read(models().join("efficientnet-lite0.safetensors")).unwrap()));
    subjects
}

fn subject(
    name: &str,
    bytes: Vec<u8>,
    read: impl Fn(&[u8]) -> Result<()> + 'static,
    read_rehashed: impl Fn(&[u8]) -> Result<()> + 'static,
) -> Subject {
    Subject { name: name.into(), bytes, read: Box::new(read), read_rehashed: Box::new(read_rehashed) }
}

/// A pack, which is accepted where its fingerprint agrees, as for a catalogue, or its own hash and name, as for `embed`.
fn pack(name: &str, bytes: Vec<u8>) -> Subject {
    let fingerprint = sha256_hex(&bytes);
    let header = Pack::read(&bytes, "memory", None).unwrap().header;
    let read = move |bytes: &[u8]| {
        Pack::read(bytes, "memory", Some(&fingerprint)).map(drop).or_else(|_| {
            let pack = Pack::read(bytes, "memory", None)?;
            let same = pack.header.name == header.name;
            same.then_some(()).ok_or_else(|| pack.error(&header.name, &pack.header.name))
        })
    };
    subject(name, bytes, read, |bytes| Pack::read(&rehashed(bytes), "memory", None).map(drop))
}

/// The file with its own hash made to agree with the rest, where it still has a place for one.
fn rehashed(file: &[u8]) -> Vec<u8> {
    let mut bytes = file.to_vec();
    // As in JSON, and as in JSON within a string of JSON.
    let keys = [&b"\"self_sha256\": \""[..], b"\"self_sha256\":\"", b"\\\"self_sha256\\\":\\\""];
    let after = |key: &&[u8]| Some(file.windows(key.len()).position(|window| window == *key)? + key.len());
    let Some(at) = keys.iter().find_map(after).filter(|at| at + 64 <= file.len()) else { return bytes };
    bytes[at..at + 64].fill(b'0');
    let digits = sha256_hex(&bytes);
    bytes[at..at + 64].copy_from_slice(digits.as_bytes());
    bytes
}
