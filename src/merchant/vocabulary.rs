//! Cuts the pack of a text encoder to the pieces of its vocabulary that a shop's titles need.
//!
//! Kept are the pieces that the titles are tokenised into, as they are written and in small, capital and title case; those that
//! every title may need: of one character, without a letter, or special; and of the scripts of the titles those nearest to the
//! titles' own ([`Pieces::nearest`]), for what shoppers type. The titles are tokenised, and so encoded, as by the whole pack:
//! the likeliest segmentation is among those that are left.

use std::collections::{BTreeSet, HashMap};

use safetensors::SafeTensors;
use safetensors::tensor::TensorView;
use serde_json::Value;
use unicode_script::{Script, UnicodeScript};

use super::models::{Models, PackFiles};
use crate::Result;
use crate::digest::{sha256_hex, with_self_sha256};
use crate::encoder::Tokenizer;
use crate::pack::token_table::{TOKEN_TABLE, TokenTable};
use crate::pack::unigram::Unigram;
use crate::pack::vocabulary::{Pieces, body};
use crate::pack::{METADATA_KEY, Pack, Preprocessing};
use crate::title::NormalTitle;

/// The encoder whose pack is cut: it reads all scripts.
pub const WHOLE: &str = "e5-small";
/// Pieces that are kept beside those that must be, up to so many in all: pack and tokenizer have some 19 MB then.
const PIECES: usize = 30_000;

/// What was cut.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Cut {
    /// The encoder's name: that of the whole pack with a digest of the pieces.
    pub encoder: String,
    /// Pieces kept, and of the whole pack.
    pub pieces: usize,
    pub of: usize,
    /// Of pack and tokenizer together.
    pub bytes: u64,
}

/// Cuts the pack of the encoder `whole` for those titles and writes what is left beside it; the same titles in any order give the
/// same files. An error where the pack is not there, or is none with a unigram vocabulary.
pub fn cut(models: &Models, whole: &str, titles: &[NormalTitle]) -> Result<Cut> {
    let PackFiles { pack: bytes, tokenizer } = models.files(whole)?;
    let place = models.folder().join(whole).display().to_string();
    let pack = Pack::read(&bytes, &place, None)?;
    let other = |found: &str| pack.error("a pack with a unigram vocabulary and an int4 token table", found);
    let mut json: Value = serde_json::from_slice(&tokenizer).map_err(|e| other(&e.to_string()))?;
    let vocabulary = Unigram::read(&json).ok_or_else(|| other("another tokenizer"))?;
    let Preprocessing::Text { prefix, max_tokens, .. } = &pack.header.preprocessing else {
        return Err(other("an encoder of photos"));
    };
    let unusable = |e: tokenizers::Error| other(&e.to_string());
    let reader = Tokenizer::new(&tokenizer, *max_tokens).map_err(unusable)?;
    let mut used = BTreeSet::new();
    for form in titles.iter().flat_map(|title| forms(title.as_str())) {
        let ids = reader.encode(&format!("{prefix}{form}")).map_err(unusable)?;
        used.extend(ids.into_iter().map(|id| id as usize));
    }
    let tensors = SafeTensors::deserialize(&bytes).map_err(|e| other(&e.to_string()))?;
    let kept = kept(
        &vocabulary,
        &used,
        &TokenTable::read(&tensors, vocabulary.pieces.len()).ok_or_else(|| other("another table"))?,
    );
    Unigram::leave(&kept, &mut json).ok_or_else(|| other("a tokenizer without its special pieces"))?;
    let tokenizer = serde_json::to_vec(&json).map_err(|e| other(&e.to_string()))?;
    let encoder = format!("{whole}-shop-{}", &sha256_hex(&tokenizer)[..8]);
    let pack = with_rows(&pack, &tensors, &kept, &encoder, &tokenizer)?;
    let bytes = (pack.len() + tokenizer.len()) as u64;
    models.write(&encoder, &PackFiles { pack, tokenizer })?;
    Ok(Cut { encoder, pieces: kept.len(), of: vocabulary.pieces.len(), bytes })
}

/// A title as it is written, in small and capital letters, and each word with a capital.
fn forms(title: &str) -> [String; 4] {
    let capitalised = |word: &str| {
        let mut chars = word.chars();
        let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
        first + &chars.as_str().to_lowercase()
    };
    let title_case = title.split(' ').map(capitalised).collect::<Vec<_>>().join(" ");
    [title.to_string(), title.to_lowercase(), title.to_uppercase(), title_case]
}

/// The ids to keep of a vocabulary, ascending.
fn kept(vocabulary: &Unigram, used: &BTreeSet<usize>, table: &TokenTable<'_>) -> Vec<usize> {
    let known: BTreeSet<usize> = used.iter().copied().filter(|id| *id < vocabulary.pieces.len()).collect();
    // Latin letters are everywhere: model numbers, units and brands consist of them.
    let scripts: BTreeSet<&str> = known
        .iter()
        .flat_map(|id| vocabulary.pieces[*id].chars())
        .map(|c| c.script().full_name())
        .chain([Script::Latin, Script::Common, Script::Inherited].map(|script| script.full_name()))
        .collect();
    let in_scripts = |id: &usize| vocabulary.pieces[*id].chars().all(|c| scripts.contains(c.script().full_name()));
    let always = |id: usize| {
        let body = body(&vocabulary.pieces[id]);
        let is_short = body.chars().nth(1).is_none();
        known.contains(&id) || vocabulary.special.contains(&id) || is_short || !body.chars().any(char::is_alphabetic)
    };
    let ids: Vec<usize> =
        (0..vocabulary.pieces.len()).filter(|id| in_scripts(id) || vocabulary.special.contains(id)).collect();
    let seeds: Vec<usize> = known.iter().copied().filter(|id| !vocabulary.special.contains(id)).collect();
    let must = ids.iter().filter(|id| always(**id)).count();
    let row = |id: usize| table.row(id);
    let pieces = Pieces { log_probabilities: &vocabulary.log_probabilities, row: &row };
    pieces.nearest(&ids, &seeds, always, PIECES.max(must))
}

/// The file of a pack with those rows of its token table alone, under another name and with another tokenizer.
fn with_rows(
    pack: &Pack,
    tensors: &SafeTensors<'_>,
    kept: &[usize],
    encoder: &str,
    tokenizer: &[u8],
) -> Result<Vec<u8>> {
    let failed = |e: String| pack.error("tensors that can be written", e);
    let mut cut: Vec<(&str, Vec<u8>)> = Vec::new();
    for (name, view) in tensors.iter().filter(|(name, _)| name.starts_with(TOKEN_TABLE)) {
        let rows = view.shape().first().copied().unwrap_or_default().max(1);
        let row = view.data().len() / rows;
        cut.push((name, kept.iter().flat_map(|id| &view.data()[id * row..(id + 1) * row]).copied().collect()));
    }
    let mut views = Vec::new();
    for (name, view) in tensors.iter() {
        let data = cut.iter().find(|(other, _)| *other == name).map_or(view.data(), |(_, data)| data);
        let mut shape = view.shape().to_vec();
        if name.starts_with(TOKEN_TABLE) {
            shape[0] = kept.len();
        }
        views.push((name, TensorView::new(view.dtype(), shape, data).map_err(|e| failed(e.to_string()))?));
    }
    let mut header = pack.header.clone();
    header.name = encoder.to_string();
    if let Preprocessing::Text { tokenizer: file, tokenizer_sha256, .. } = &mut header.preprocessing {
        *file = super::models::tokenizer_file(encoder);
        *tokenizer_sha256 = sha256_hex(tokenizer);
    }
    let (bytes, _) = with_self_sha256(|digits| {
        header.self_sha256 = digits.into();
        let json = serde_json::to_string(&header).map_err(|e| failed(e.to_string()))?;
        let views = views.iter().map(|(name, view)| (*name, view.clone()));
        let metadata = HashMap::from([(METADATA_KEY.to_string(), json)]);
        safetensors::serialize(views, Some(metadata)).map_err(|e| failed(e.to_string()))
    })?;
    Ok(bytes)
}
