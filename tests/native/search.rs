//! The scan against a sort of all cosines, on the CPU and, where there is one, on the GPU.

use proptest::prelude::*;
use twinlens::catalogue::{Background, Catalogue, Listing, Manifest, Picture, Row, Shard, ShardEntry, VERSION};
use twinlens::digest::sha256_hex;
use twinlens::encoder::{Identity, Kind};
use twinlens::engine::{Device, Preference};
use twinlens::merchant::learn::prior;
use twinlens::photo::{ColourHistogram, PerceptualHash};
use twinlens::search::{Limits, MAX_GPU_LIMIT, Mask, Nearest, Search, cosine};

const DIMENSION: usize = 16;
/// Different vectors of a catalogue with many equal ones.
const FEW: usize = 40;

/// A catalogue of `count` listings, every seventh of them without a vector, in shards of 100.
fn catalogue(seed: u64, count: usize) -> Catalogue {
    catalogue_of(seed, count, usize::MAX)
}

/// The same with at most `different` vectors. The ids are in no order.
fn catalogue_of(seed: u64, count: usize, different: usize) -> Catalogue {
    let encoder = Identity {
        name: "test".into(),
        kind: Kind::Image,
        dimension: DIMENSION as u32,
        bytes: 0,
        fingerprint: "f".into(),
        tokenizer_bytes: 0,
        preliminary: false,
        pictures: None,
    };
    let encoders = vec![encoder];
    let vector = |i: usize| -> Vec<f32> {
        let mut state = seed ^ (i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (0..DIMENSION)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 40) as f32 / (1 << 23) as f32 - 1.0
            })
            .collect()
    };
    // Of an encoder of pictures, so that every fifth listing can have two further ones.
    let picture = |i: usize| Picture {
        vectors: vec![Some(Row::quantise(&vector(i % different)))],
        hash: PerceptualHash(0),
        colour_histogram: ColourHistogram([0; ColourHistogram::LEN]),
        is_shown: true,
        thumbnail: Vec::new(),
    };
    let row = |i: usize| Row {
        listing: Listing { id: format!("{}-{i}", i * 7919 % 101), ..Listing::default() },
        vectors: vec![(i % 7 != 6).then(|| Row::quantise(&vector(i % different)))],
        hash: None,
        colour_histogram: None,
        thumbnail: Vec::new(),
        further: if i.is_multiple_of(5) { vec![picture(i + 10_000), picture(i + 20_000)] } else { Vec::new() },
    };
    let rows: Vec<Row> = (0..count).map(row).collect();
    let mut manifest = Manifest {
        version: VERSION,
        self_sha256: String::new(),
        listings: count as u64,
        encoders,
        projections: vec![None],
        backgrounds: vec![Background { mean: 0.0, deviation: 0.3 }],
        decision: prior().unwrap(),
        shards: Vec::new(),
        pictures: Vec::new(),
        pictures_side: 0,
    };
    let files: Vec<Vec<u8>> = rows.chunks(100).map(|rows| Shard::write(rows, &manifest).unwrap()).collect();
    let entry = |(i, bytes): (usize, &Vec<u8>)| ShardEntry {
        file: format!("{i}"),
        bytes: bytes.len() as u64,
        sha256: sha256_hex(bytes),
        listings: rows.chunks(100).nth(i).unwrap().len() as u64,
    };
    manifest.shards = files.iter().enumerate().map(entry).collect();
    let shards =
        files.iter().zip(&manifest.shards).map(|(b, e)| Shard::read(b, e, &manifest, "memory").unwrap()).collect();
    Catalogue::new(manifest, shards, vec![None]).unwrap()
}

fn query(seed: u64) -> Vec<f32> {
    (0..DIMENSION).map(|i| ((seed as f32) * 0.001 + i as f32).sin()).collect()
}

/// Ids of the nearest listings by sorting all of them.
fn sorted(catalogue: &Catalogue, query: &[f32], limit: usize) -> Vec<(String, f32)> {
    let (codes, scale) = Row::quantise(query);
    let exact: Vec<f32> = codes.iter().map(|c| f32::from(*c) * scale).collect();
    let mut all = Vec::new();
    for shard in &catalogue.shards {
        for i in 0..shard.listings.len() {
            let further = shard.gallery.of(i).filter_map(|row| shard.gallery.vectors[0].row(row));
            let pictures = shard.vectors[0].row(i).into_iter().chain(further);
            let nearest = pictures.map(|(codes, scale)| cosine(&exact, codes, scale)).reduce(f32::max);
            all.extend(nearest.map(|nearest| (shard.listings[i].id.clone(), nearest)));
        }
    }
    all.sort_by(|a, b| b.1.total_cmp(&a.1));
    all.truncate(limit);
    all
}

fn assert_nearest(catalogue: &Catalogue, search: &mut Search, query: &[f32], limit: usize) {
    let found = pollster::block_on(search.nearest(catalogue, 0, query, limit, None)).unwrap();
    let expected = sorted(catalogue, query, limit);
    assert_eq!(found.len(), expected.len());
    for (found, (id, cosine)) in found.iter().zip(expected) {
        // Two listings may be equally near: the cosine decides, not the name.
        assert!((found.cosine - cosine).abs() < 1e-4, "expected {id} at {cosine}, found {}", found.cosine);
    }
}

/// Every third listing of the first half, and those after some number.
fn some_listings(count: usize, from: usize) -> Mask {
    Mask::from_fn(count, |number| (number < count / 2 && number % 3 == 0) || number >= from)
}

fn ids(catalogue: &Catalogue, found: &[Nearest]) -> Vec<(f32, String)> {
    found.iter().map(|nearest| (nearest.cosine, catalogue.listing(nearest.position).id.clone())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_mask_leaves_out_the_listings_whose_bits_are_not_set(seed: u64, count in 1usize..450, of in 1usize..20) {
        let catalogue = catalogue(seed, count);
        let mut search = pollster::block_on(Search::new(&Device::Cpu { reason: None }, &catalogue)).unwrap();
        let mask = Mask::from_fn(count, |number| number % of == 0);
        let found = pollster::block_on(search.nearest(&catalogue, 0, &query(seed), count, Some(&mask))).unwrap();
        let mut numbers: Vec<usize> = found.iter().map(|nearest| catalogue.number(nearest.position)).collect();
        numbers.sort_unstable();
        // Every seventh listing has no vector, unless it has further pictures.
        prop_assert_eq!(numbers, (0..count).filter(|n| n % of == 0 && (n % 7 != 6 || n % 5 == 0)).collect::<Vec<_>>());
    }

    #[test]
    fn of_equal_cosines_the_scan_finds_the_lower_ids_first(seed: u64, count in 1usize..450, limit in 1usize..200) {
        let catalogue = catalogue_of(seed, count, 3);
        let mut search = pollster::block_on(Search::new(&Device::Cpu { reason: None }, &catalogue)).unwrap();
        let nearest = |search: &mut Search, limit| {
            ids(&catalogue, &pollster::block_on(search.nearest(&catalogue, 0, &query(seed), limit, None)).unwrap())
        };
        let mut all = nearest(&mut search, count);
        all.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        all.truncate(limit);
        prop_assert_eq!(nearest(&mut search, limit), all);
    }

    #[test]
    fn the_scan_finds_what_a_sort_finds(seed: u64, count in 1usize..450, limit in 1usize..40) {
        let catalogue = catalogue(seed, count);
        let mut search = pollster::block_on(Search::new(&Device::Cpu { reason: None }, &catalogue)).unwrap();
        assert_nearest(&catalogue, &mut search, &query(seed), limit);
    }
}

/// The GPU, opened once; a message where there is none.
fn gpu() -> Option<Device> {
    match pollster::block_on(Device::open(Preference::Gpu)) {
        Ok(device) => Some(device),
        Err(error) => {
            println!("skipped: {error}");
            None
        }
    }
}

#[test]
fn a_large_catalogue_is_scanned_on_the_gpu_with_the_same_answer() {
    let Some(device) = gpu() else { return };
    let catalogue = catalogue(7, 50_100);
    let mut search = pollster::block_on(Search::new(&device, &catalogue)).unwrap();
    assert!(search.is_on_gpu());
    for seed in 0..3 {
        assert_nearest(&catalogue, &mut search, &query(seed), 10);
    }
}

#[test]
fn the_gpu_finds_the_same_listings_in_the_same_order_as_the_cpu() {
    let Some(device) = gpu() else { return };
    // Of one part, and of several; with more blocks than are chosen, and with fewer.
    for (count, part_rows, different) in
        [(30, 1000, 2), (2_000, 300, FEW), (12_000, 12_000, FEW), (12_000, 5_000, 9_000)]
    {
        let catalogue = catalogue_of(count as u64, count, different);
        let limits = Limits { gpu_min_listings: 0, part_bytes: part_rows * DIMENSION };
        let mut on_gpu = pollster::block_on(Search::with_limits(&device, &catalogue, limits)).unwrap();
        assert!(on_gpu.is_on_gpu());
        let mut on_cpu = pollster::block_on(Search::new(&Device::Cpu { reason: None }, &catalogue)).unwrap();
        let nothing = Mask::from_fn(count, |_| false);
        // A run without a mask comes after one with, which has to be taken off the device.
        let masks = [None, Some(some_listings(count, count - 9)), Some(nothing), None];
        for (seed, mask) in masks.iter().enumerate() {
            for limit in [1, 7, 64, MAX_GPU_LIMIT] {
                let query = query(seed as u64);
                let nearest = |search: &mut Search| {
                    let found = search.nearest(&catalogue, 0, &query, limit, mask.as_ref());
                    ids(&catalogue, &pollster::block_on(found).unwrap())
                };
                let (found, expected) = (nearest(&mut on_gpu), nearest(&mut on_cpu));
                assert_eq!(found, expected, "{count} listings, mask {seed}, limit {limit}");
            }
        }
    }
}

#[test]
fn a_part_of_the_vectors_on_the_gpu_reads_back_a_kilobyte_however_long_it_is() {
    let Some(device) = gpu() else { return };
    for rows in [1_000, 30_000] {
        let catalogue = catalogue_of(3, 2 * rows, FEW);
        // Six sevenths of the listings have a vector, and a fifth of them two further pictures.
        let limits = Limits { gpu_min_listings: 0, part_bytes: rows * 3 / 2 * DIMENSION };
        let search = pollster::block_on(Search::with_limits(&device, &catalogue, limits)).unwrap();
        assert_eq!(search.read_back_bytes(0), 2 * 1024);
    }
}
