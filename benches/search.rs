//! `search make SETUP MODELS LISTINGS` writes a shop of generated listings, always the same, to `SETUP/search-LISTINGS`;
//! `search run SETUP LISTINGS cpu|gpu` scans it on one thread, for the conductor of `cargo xtask bench`: a line on stdin is the number of
//! a query, after `filtered ` for a filter that one in ten listings passes, and the answer is a line of JSON with the milliseconds,
//! the numbers of the nearest listings and the bytes that were read back from a GPU.
//!
//! Listings lie around the vectors of real titles, as those of a shop lie around its kinds of products: in random vectors
//! nothing is near anything, and which ten are nearest means little.

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::{Value, json};
use twinlens::catalogue::{Background, Listing, MANIFEST_FILE, Manifest, Row, Shard, ShardEntry, VERSION};
use twinlens::digest::sha256_hex;
use twinlens::encoder::{Encoder, Identity, TextEncoder};
use twinlens::engine::{Device, Preference};
use twinlens::merchant::learn::prior;
use twinlens::pack::Pack;
use twinlens::search::{Mask, Search};
use twinlens::title::NormalTitle;

type Failure = Box<dyn std::error::Error>;

const SEED: u64 = 20_261_124;
const SHARD_LISTINGS: usize = 1024;
const QUERIES: usize = 20;
const NEAREST: usize = 10;
/// One in so many listings passes the filter.
const FILTERED: usize = 10;
/// Length of what is added to a title's vector to make a listing's.
const SPREAD: f32 = 0.5;
const WORDS: [[&str; 10]; 3] = [
    ["red", "blue", "green", "black", "white", "large", "small", "light", "classic", "folding"],
    ["cotton", "steel", "leather", "wooden", "glass", "ceramic", "bamboo", "nylon", "silver", "rubber"],
    ["shirt", "kettle", "chair", "wallet", "lamp", "knife", "backpack", "watch", "teapot", "boots"],
];

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["make", setup, models, listings] => make(&folder(setup, listings), models.as_ref(), listings.parse()?),
        ["run", setup, listings, device] => run(&folder(setup, listings), device.parse()?),
        _ => Err("expected make SETUP MODELS LISTINGS or run SETUP LISTINGS cpu|gpu".into()),
    }
}

fn folder(setup: &str, listings: &str) -> PathBuf {
    Path::new(setup).join(format!("search-{listings}"))
}

/// A title that shops have many of, and its vector.
struct Kind {
    title: String,
    vector: Vec<f32>,
}

fn make(folder: &Path, models: &Path, listings: usize) -> Result<(), Failure> {
    let path = models.join("minilm.safetensors");
    let pack = Pack::read(&std::fs::read(&path)?, &path.display().to_string(), None)?;
    let tokenizer = std::fs::read(models.join("minilm.tokenizer.json"))?;
    let kinds = kinds(&pack, &tokenizer)?;
    let queries: Vec<&Kind> = kinds.iter().step_by(kinds.len() / QUERIES).take(QUERIES).collect();
    let mut manifest = Manifest {
        version: VERSION,
        self_sha256: String::new(),
        listings: listings as u64,
        encoders: vec![Identity::of(&pack, Some(&tokenizer))],
        projections: vec![None],
        backgrounds: vec![Background { mean: 0.2, deviation: 0.15 }],
        decision: prior()?,
        shards: Vec::new(),
        pictures: Vec::new(),
        pictures_side: 0,
    };
    std::fs::create_dir_all(folder.join("catalogue"))?;
    let mut codes = std::io::BufWriter::new(std::fs::File::create(folder.join("codes.i8"))?);
    let mut scales = std::io::BufWriter::new(std::fs::File::create(folder.join("scales.f32"))?);
    let mut random = fastrand::Rng::with_seed(SEED);
    let mut nearest: Vec<Vec<(f32, usize)>> = vec![Vec::new(); queries.len()];
    for start in (0..listings).step_by(SHARD_LISTINGS) {
        let mut rows = Vec::new();
        for number in start..listings.min(start + SHARD_LISTINGS) {
            let kind = &kinds[random.usize(..kinds.len())];
            let vector = near(&kind.vector, &mut random);
            for (nearest, query) in nearest.iter_mut().zip(&queries) {
                keep(nearest, (dot(&vector, &query.vector), number));
            }
            let row = row(number, &kind.title, &vector);
            if let Some((row, scale)) = &row.vectors[0] {
                codes.write_all(&row.iter().map(|code| *code as u8).collect::<Vec<u8>>())?;
                scales.write_all(&scale.to_le_bytes())?;
            }
            rows.push(row);
        }
        let bytes = Shard::write(&rows, &manifest)?;
        let file = format!("shard-{:04}.safetensors", manifest.shards.len());
        std::fs::write(folder.join("catalogue").join(&file), &bytes)?;
        let (size, sha256) = (bytes.len() as u64, sha256_hex(&bytes));
        manifest.shards.push(ShardEntry { file, bytes: size, sha256, listings: rows.len() as u64 });
    }
    std::fs::write(folder.join("catalogue").join(MANIFEST_FILE), manifest.write()?)?;
    let queries = queries.iter().zip(nearest).map(|(query, nearest)| {
        let nearest: Vec<usize> = nearest.into_iter().map(|(_, number)| number).collect();
        json!({ "title": query.title, "vector": query.vector, "nearest": nearest })
    });
    // Last: without it the set-up was cut short.
    std::fs::write(folder.join("queries.json"), serde_json::to_vec(&queries.collect::<Vec<_>>())?)?;
    Ok(())
}

fn kinds(pack: &Pack, tokenizer: &[u8]) -> Result<Vec<Kind>, Failure> {
    let encoder = pollster::block_on(Encoder::new(&Device::Cpu { reason: None }, pack, Some(tokenizer)))?;
    let Encoder::Text(mut encoder) = encoder else { return Err("expected minilm to read titles".into()) };
    let mut kinds = Vec::new();
    for first in WORDS[0] {
        for second in WORDS[1] {
            for third in WORDS[2] {
                kinds.push(kind(&mut encoder, format!("{first} {second} {third}"))?);
            }
        }
    }
    Ok(kinds)
}

fn kind(encoder: &mut TextEncoder, title: String) -> Result<Kind, Failure> {
    let vector = pollster::block_on(encoder.embed(&NormalTitle::of(&title)?))?;
    Ok(Kind { title, vector })
}

fn near(centre: &[f32], random: &mut fastrand::Rng) -> Vec<f32> {
    // Uniform from -1 to 1 has a variance of a third.
    let step = SPREAD * (3.0 / centre.len() as f32).sqrt();
    let moved: Vec<f32> = centre.iter().map(|value| value + step * (random.f32() * 2.0 - 1.0)).collect();
    let length = dot(&moved, &moved).sqrt();
    moved.into_iter().map(|value| value / length).collect()
}

fn row(number: usize, kind: &str, vector: &[f32]) -> Row {
    Row {
        listing: Listing { id: number.to_string(), title: format!("{kind} {number}"), ..Listing::default() },
        vectors: vec![Some(Row::quantise(vector))],
        hash: None,
        colour_histogram: None,
        thumbnail: Vec::new(),
        further: Vec::new(),
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Takes one in among the best; of equal ones the first stays.
fn keep(nearest: &mut Vec<(f32, usize)>, found: (f32, usize)) {
    let at = nearest.partition_point(|best| best.0 >= found.0);
    if at < NEAREST {
        nearest.insert(at, found);
        nearest.truncate(NEAREST);
    }
}

fn run(folder: &Path, preference: Preference) -> Result<(), Failure> {
    let catalogue = twinlens::merchant::folder::open(&folder.join("catalogue"))?;
    let device = pollster::block_on(Device::open(preference))?;
    let mut search = pollster::block_on(Search::new(&device, &catalogue))?;
    let queries: Vec<Value> = serde_json::from_slice(&std::fs::read(folder.join("queries.json"))?)?;
    let vector = |query: &Value| -> Vec<f32> {
        query["vector"].as_array().into_iter().flatten().filter_map(Value::as_f64).map(|v| v as f32).collect()
    };
    let vectors: Vec<Vec<f32>> = queries.iter().map(vector).collect();
    let mask = Mask::from_fn(catalogue.positions().count(), |number| number % FILTERED == 0);
    let mut stdout = std::io::stdout();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let (filter, number) = match line.strip_prefix("filtered ") {
            Some(number) => (Some(&mask), number),
            None => (None, line.as_str()),
        };
        let query = vectors.get(number.parse::<usize>()?).ok_or_else(|| format!("expected a query, found {line}"))?;
        let start = Instant::now();
        let found = pollster::block_on(search.nearest(&catalogue, 0, query, NEAREST, filter))?;
        let ms = start.elapsed().as_secs_f64() * 1e3;
        let found: Vec<usize> = found.iter().map(|nearest| catalogue.number(nearest.position)).collect();
        let read_back = search.read_back_bytes(0);
        writeln!(stdout, "{}", json!({ "ms": ms, "found": found, "readback_bytes": read_back }))?;
        stdout.flush()?;
    }
    Ok(())
}
