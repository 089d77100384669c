//! `titles`: what a long title costs beside a short one, for the conductor of `cargo xtask bench`: a line on stdin is a kind of title
//! and a length in characters, and the answer is a line of JSON with the milliseconds. `titles kinds` lists the kinds.
//!
//! Measured is all that is done with a title except encoding it: normalising, reading, and comparing it with each listing of a
//! generated catalogue. The clock includes nothing that is done once for a catalogue.

use std::io::{BufRead, Write};
use std::time::Instant;

use serde_json::json;
use twinlens::catalogue::{Catalogue, Listing, Manifest, Row, Shard, ShardEntry, VERSION};
use twinlens::digest::sha256_hex;
use twinlens::matching::probe::{Probe, ProbeTitle};
use twinlens::matching::ranker::Ranker;
use twinlens::merchant::learn::prior;
use twinlens::title::NormalTitle;

type Failure = Box<dyn std::error::Error>;

/// What a title is made of over and over, by kind: ordinary words first, then what costs a reader or a comparison most.
const KINDS: [(&str, &str); 10] = [
    ("words", "green cotton shirt with long sleeves and a wooden button, size M, "),
    ("code", "ab12"),
    ("codes", "ab1 cd2 ef3 xg4 "),
    ("model_numbers", "DSC-W120 KX-TG6700B AM53 LBP6030W "),
    ("numbers", "1 2 30 400 "),
    ("list", "1.2,3.4,"),
    ("units", "1 ml 2 g 3 cm 4 pcs "),
    ("sizes", "size 36/37/38/39 EU 40-44 XL "),
    ("word", "abcdefghij"),
    ("cjk", "洗发水500ml装红色"),
];
const MATERIALS: [&str; 8] = ["cotton", "steel", "leather", "wooden", "glass", "ceramic", "bamboo", "nylon"];
const THINGS: [&str; 8] = ["shirt", "kettle", "chair", "wallet", "lamp", "shampoo", "camera", "watch"];
const SIZES: [&str; 5] = ["500 ml", "size M", "pack of 6", "DSC-W120", "2.5 kg"];

fn main() -> Result<(), Failure> {
    let mut stdout = std::io::stdout();
    if std::env::args().any(|argument| argument == "kinds") {
        return Ok(writeln!(stdout, "{}", json!(KINDS.map(|(kind, _)| kind)))?);
    }
    let ranker = Ranker::new(catalogue()?);
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let title = title(&line).ok_or_else(|| format!("expected a kind and a length, found {line:?}"))?;
        let start = Instant::now();
        let best = best(&ranker, &title)?;
        let ms = start.elapsed().as_secs_f64() * 1e3;
        writeln!(stdout, "{}", json!({ "ms": ms, "best": best }))?;
        stdout.flush()?;
    }
    Ok(())
}

fn title(line: &str) -> Option<String> {
    let (kind, length) = line.split_once(' ')?;
    let (_, part) = KINDS.into_iter().find(|(name, _)| *name == kind)?;
    Some(part.chars().cycle().take(length.parse().ok()?).collect())
}

/// The id of the best listing, all of them compared.
fn best(ranker: &Ranker, title: &str) -> Result<Option<String>, Failure> {
    let title = ProbeTitle::of(NormalTitle::of(title)?);
    let probe = Probe { title: Some(title), ..Probe::default() };
    let lexical = ranker.lexical(&probe);
    let candidates = ranker.candidates(&probe, lexical.as_ref(), ranker.catalogue.positions());
    let ranked = ranker.rank(&probe, candidates).scored;
    Ok(ranked.first().map(|best| ranker.catalogue.listing(best.candidate.position).id.clone()))
}

fn catalogue() -> Result<Catalogue, Failure> {
    let titles = MATERIALS.iter().flat_map(|material| {
        THINGS.iter().flat_map(move |thing| SIZES.iter().map(move |size| format!("{material} {thing} {size}")))
    });
    let rows: Vec<Row> = titles
        .enumerate()
        .map(|(number, title)| Row {
            listing: Listing { id: number.to_string(), title, ..Listing::default() },
            vectors: Vec::new(),
            hash: None,
            colour_histogram: None,
            thumbnail: Vec::new(),
            further: Vec::new(),
        })
        .collect();
    let mut manifest = Manifest {
        version: VERSION,
        self_sha256: String::new(),
        listings: rows.len() as u64,
        encoders: Vec::new(),
        projections: Vec::new(),
        backgrounds: Vec::new(),
        decision: prior()?,
        shards: Vec::new(),
        pictures: Vec::new(),
        pictures_side: 0,
    };
    let bytes = Shard::write(&rows, &manifest)?;
    let (file, sha256) = ("shard".to_owned(), sha256_hex(&bytes));
    let entry = ShardEntry { file, bytes: bytes.len() as u64, sha256, listings: rows.len() as u64 };
    let shard = Shard::read(&bytes, &entry, &manifest, "memory")?;
    manifest.shards.push(entry);
    Ok(Catalogue::new(manifest, vec![shard], Vec::new())?)
}
