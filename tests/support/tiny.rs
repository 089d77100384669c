//! Encoders of a few kB and a catalogue of theirs, which tests can afford to read thousands of times.

use std::path::Path;

use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde_json::{Value, json};
use twinlens::catalogue::{
    Background, Catalogue, Listing, Manifest, Pictures, PicturesEntry, Projection, ProjectionEntry, Row, Shard,
    ShardEntry, VERSION,
};
use twinlens::digest::sha256_hex;
use twinlens::encoder::Identity;
use twinlens::matching::LoadedPack;
use twinlens::merchant::learn::prior;
use twinlens::pack::Pack;
use twinlens::photo::{ColourHistogram, PerceptualHash};

/// Names of the encoders; the table is preliminary beside the encoder of titles.
pub const TABLE: &str = "e5-table";
pub const PHOTO: &str = "tiny-photo";
pub const TITLE: &str = "tiny-title";

/// That of the fourth listing.
pub const GTIN: &str = "4006381333931";

pub const TOKENIZER: &str = "tiny-title.tokenizer.json";

/// An encoder of photos: a convolution and a mean, 8 values.
pub fn photo_pack() -> Vec<u8> {
    photo_pack_of(PHOTO, 8)
}

/// One with so many values.
pub fn photo_pack_of(name: &str, dimension: usize) -> Vec<u8> {
    let floats = |value: f32| [value].repeat(dimension).iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
    let window = json!({"size": 3, "stride": 2, "pad_before": 0, "pad_after": 1});
    let graph = json!([
        {"op": "conv", "input": "pixels", "weight": "stem", "window": window, "activation": "relu6", "output": "stem"},
        {"op": "mean_pool", "input": "stem", "output": "pooled"},
        {"op": "l2_normalize", "input": "pooled", "output": "embedding"},
    ]);
    let preprocessing =
        json!({"kind": "image", "width": 8, "height": 8, "mean": [0.5, 0.5, 0.5], "deviation": [0.5, 0.5, 0.5]});
    let tensors = [
        ("stem.q8", Dtype::I8, vec![dimension, 28], pattern(dimension * 28)),
        ("stem.scale", Dtype::F32, vec![dimension], floats(0.01)),
        ("stem.bias", Dtype::F32, vec![dimension], floats(0.5)),
    ];
    pack(name, dimension as u32, preprocessing, graph, &tensors)
}

/// An encoder of titles: the mean of token vectors, 32 values.
pub fn title_pack() -> Vec<u8> {
    pack_of_tokens(TITLE, 32)
}

/// One of another length, 64 values.
pub fn table_pack() -> Vec<u8> {
    pack_of_tokens(TABLE, 64)
}

fn pack_of_tokens(name: &str, dimension: usize) -> Vec<u8> {
    pack_of_rows(name, dimension, pattern(8 * dimension), pattern(16 * dimension))
}

/// An encoder of titles by its table, a row for each of the tokenizer's eight words, and by the rows of 16 positions.
pub fn pack_of_rows(name: &str, dimension: usize, table: Vec<u8>, positions: Vec<u8>) -> Vec<u8> {
    let graph = json!([
        {"op": "embed", "input": "tokens", "table": "table", "positions": "positions", "output": "embedded"},
        {"op": "mean_pool", "input": "embedded", "output": "pooled"},
        {"op": "l2_normalize", "input": "pooled", "output": "embedding"},
    ]);
    let preprocessing = json!({"kind": "text", "tokenizer": TOKENIZER, "tokenizer_sha256": sha256_hex(&tokenizer()),
        "prefix": "", "max_tokens": 16});
    let scales = |count: usize| [0.01f32].repeat(count).iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
    let tensors = [
        ("table.q8", Dtype::I8, vec![8, dimension], table),
        ("table.scale", Dtype::F32, vec![8], scales(8)),
        ("positions.q8", Dtype::I8, vec![16, dimension], positions),
        ("positions.scale", Dtype::F32, vec![16], scales(16)),
    ];
    pack(name, dimension as u32, preprocessing, graph, &tensors)
}

/// The tokenizer of [`title_pack`]: words of colours and things.
pub fn tokenizer() -> Vec<u8> {
    let words = ["[UNK]", "red", "blue", "green", "tea", "cup", "pen", "##s"];
    let vocabulary: serde_json::Map<String, Value> =
        words.iter().enumerate().map(|(i, word)| (word.to_string(), i.into())).collect();
    let model = json!({"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 100, "vocab": vocabulary});
    let document = json!({"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "lowercase": true,
            "strip_accents": null},
        "pre_tokenizer": {"type": "BertPreTokenizer"}, "post_processor": null, "decoder": null, "model": model});
    document.to_string().into_bytes()
}

/// Writes all encoders into a folder of packs.
pub fn write_models(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join(format!("{PHOTO}.safetensors")), photo_pack()).unwrap();
    std::fs::write(folder.join(format!("{TITLE}.safetensors")), title_pack()).unwrap();
    std::fs::write(folder.join(format!("{TABLE}.safetensors")), table_pack()).unwrap();
    std::fs::write(folder.join(TOKENIZER), tokenizer()).unwrap();
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i * 37 % 255) as u8).collect()
}

fn pack(
    name: &str,
    dimension: u32,
    preprocessing: Value,
    graph: Value,
    tensors: &[(&str, Dtype, Vec<usize>, Vec<u8>)],
) -> Vec<u8> {
    let zeros = "0".repeat(64);
    let header = json!({"version": 1, "name": name, "dimension": dimension, "quantisation": "int8",
        "preprocessing": preprocessing, "graph": graph,
        "source": {"package": "none", "file": "none", "sha256": "none"}, "licence": "MIT", "self_sha256": zeros});
    let views =
        tensors.iter().map(|(name, dtype, shape, data)| (*name, TensorView::new(*dtype, shape.clone(), data).unwrap()));
    let metadata = [("twinlens.pack".to_string(), header.to_string())].into();
    let mut file = safetensors::serialize(views, Some(metadata)).unwrap();
    let at = file.windows(64).position(|window| window == zeros.as_bytes()).unwrap();
    let digits = sha256_hex(&file);
    file[at..at + 64].copy_from_slice(digits.as_bytes());
    file
}

/// A catalogue of six listings in two shards, with vectors of both encoders, those of photos in a projection.
pub struct TinyCatalogue {
    pub manifest: Manifest,
    pub shards: Vec<Vec<u8>>,
    pub pictures: Vec<Vec<u8>>,
    pub projection: Vec<u8>,
}

impl TinyCatalogue {
    /// The catalogue of the two packs, or of encoders that were changed: its shards agree with its manifest either way.
    pub fn new(change: impl Fn(&mut Vec<Identity>)) -> Self {
        let identity = |bytes: &[u8], tokenizer| Identity::of(&Pack::read(bytes, "memory", None).unwrap(), tokenizer);
        let mut encoders = vec![identity(&photo_pack(), None), identity(&title_pack(), Some(&tokenizer()))];
        change(&mut encoders);
        let from = encoders[0].dimension as usize;
        let rows: Vec<f32> = (0..4 * from).map(|i| (i as f32).sin()).collect();
        let projection = Projection::of_rows(&rows, from).write().unwrap();
        let entry = ProjectionEntry {
            file: "projection.safetensors".into(),
            bytes: projection.len() as u64,
            sha256: sha256_hex(&projection),
            dimension: 4,
        };
        let projections = (0..encoders.len()).map(|i| (i == 0).then(|| entry.clone())).collect();
        let backgrounds = vec![Background { mean: 0.3, deviation: 0.1 }; encoders.len()];
        let mut manifest = Manifest {
            version: VERSION,
            self_sha256: String::new(),
            listings: 6,
            encoders,
            projections,
            backgrounds,
            decision: prior().unwrap(),
            shards: Vec::new(),
            pictures: Vec::new(),
            pictures_side: 320,
        };
        let (mut shards, mut pictures) = (Vec::new(), Vec::new());
        for first in [0, 3] {
            let rows: Vec<Row> = (first..first + 3).map(|i| row(i, &manifest)).collect();
            let file = Shard::write(&rows, &manifest).unwrap();
            manifest.shards.push(ShardEntry {
                file: format!("shard-{first}.safetensors"),
                bytes: file.len() as u64,
                sha256: sha256_hex(&file),
                listings: 3,
            });
            shards.push(file);
            let file = Pictures::write(&rows).unwrap();
            manifest.pictures.push(PicturesEntry {
                file: format!("pictures-{first}.safetensors"),
                bytes: file.len() as u64,
                sha256: sha256_hex(&file),
            });
            pictures.push(file);
        }
        TinyCatalogue { manifest, shards, pictures, projection }
    }

    /// The catalogue of the two packs and the preliminary table.
    pub fn with_table() -> Self {
        TinyCatalogue::new(|encoders| {
            let table =
                LoadedPack { pack: Pack::read(&table_pack(), "memory", None).unwrap(), tokenizer: Some(tokenizer()) };
            encoders.push(Identity { preliminary: true, ..Identity::of(&table.pack, table.tokenizer.as_deref()) });
        })
    }

    /// The catalogue as a browser reads it.
    pub fn catalogue(&self) -> twinlens::Result<Catalogue> {
        let read = |(file, entry): (&Vec<u8>, &ShardEntry)| Shard::read(file, entry, &self.manifest, "memory");
        let shards = self.shards.iter().zip(&self.manifest.shards).map(read).collect::<twinlens::Result<_>>()?;
        let entry = self.manifest.projections[0].as_ref().unwrap();
        let from = self.manifest.encoders[0].dimension as usize;
        let projection = Projection::read(&self.projection, entry, from, "memory")?;
        let mut projections = vec![Some(projection)];
        projections.resize_with(self.manifest.encoders.len(), || None);
        Catalogue::new(self.manifest.clone(), shards, projections)
    }
}

/// The two packs as a matcher takes them.
pub fn loaded_packs() -> Vec<LoadedPack> {
    let pack = |bytes: &[u8]| Pack::read(bytes, "memory", None).unwrap();
    vec![
        LoadedPack { pack: pack(&photo_pack()), tokenizer: None },
        LoadedPack { pack: pack(&title_pack()), tokenizer: Some(tokenizer()) },
    ]
}

fn row(i: usize, manifest: &Manifest) -> Row {
    let title = ["red tea", "blue cup", "green pen", "red cup", "blue pen", "green tea"][i];
    let vector = |encoder: usize| {
        let vector: Vec<f32> = (0..manifest.dimension(encoder)).map(|d| ((i * 7 + d) as f32).cos()).collect();
        Some(Row::quantise(&vector))
    };
    Row {
        listing: Listing {
            id: format!("p{i}"),
            title: title.into(),
            price: Some(i as f64 + 0.5),
            in_stock: Some(i != 2),
            category: Some(if i.is_multiple_of(2) { "even" } else { "odd" }.into()),
            gtins: if i == 3 { vec![GTIN.into()] } else { Vec::new() },
            group: (i < 2).then_some(0),
            ..Listing::default()
        },
        vectors: (0..manifest.encoders.len()).map(vector).collect(),
        hash: Some(PerceptualHash(i as u64 * 0x0123_4567_89ab_cdef)),
        colour_histogram: Some(ColourHistogram([i as u8; ColourHistogram::LEN])),
        thumbnail: vec![i as u8; 20 + i],
        further: Vec::new(),
    }
}
