//! `twinlens inspect`: what a pack, shard, manifest or `merchant.json` holds.

mod plan;

use std::collections::BTreeMap;
use std::path::PathBuf;

use safetensors::SafeTensors;
use serde_json::{Value, json};

use crate::catalogue::Manifest;
use crate::digest::sha256_hex;
use crate::engine::Plan;
use crate::merchant::unpublished::Unpublished;
use crate::pack::Pack;
use crate::{Error, Result};

/// Show what a pack, a shard or a manifest holds
#[derive(clap::Args)]
pub struct Arguments {
    file: PathBuf,
    /// Of a pack: every kernel call, what it reads and computes, and an estimate for GPUs that are not here
    #[arg(long)]
    plan: bool,
    /// Tokens of the title that the plan is for
    #[arg(long, default_value_t = 24, requires = "plan")]
    tokens: u32,
}

pub fn run(arguments: &Arguments, json: bool) -> Result<()> {
    let place = arguments.file.display().to_string();
    let bytes = super::read(&arguments.file)?;
    let document = match arguments.plan {
        true => plan::describe(&Pack::read(&bytes, &place, None)?, arguments.tokens)?,
        false => describe(&bytes, &place)?,
    };
    if json {
        super::print(&document.to_string());
        return Ok(());
    }
    if arguments.plan {
        super::print(&plan::table(&document));
        return Ok(());
    }
    for (key, value) in document.as_object().into_iter().flatten() {
        match value {
            Value::Array(items) => {
                super::print(&format!("{key}:"));
                items.iter().for_each(|item| super::print(&format!("  {item}")));
            }
            Value::Object(entries) => {
                super::print(&format!("{key}:"));
                entries.iter().for_each(|(key, value)| super::print(&format!("  {key}: {value}")));
            }
            Value::String(text) => super::print(&format!("{key}: {text}")),
            value => super::print(&format!("{key}: {value}")),
        }
    }
    Ok(())
}

fn describe(bytes: &[u8], place: &str) -> Result<Value> {
    if bytes.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'{') {
        if serde_json::from_slice::<Value>(bytes).is_ok_and(|json| json.get("manifest_sha256").is_some()) {
            let unpublished = Unpublished::parse(bytes, place)?;
            return Ok(json!({"kind": "merchant", "version": unpublished.version,
                "manifest_sha256": unpublished.manifest_sha256, "listings": unpublished.listings.len(),
                "generations": unpublished.generations}));
        }
        let manifest = Manifest::parse(bytes, place)?;
        return Ok(json!({"kind": "manifest", "version": manifest.version, "self_sha256": manifest.self_sha256,
            "listings": manifest.listings, "encoders": manifest.encoders, "projections": manifest.projections,
            "shards": manifest.shards}));
    }
    let expected = "a pack, a shard or a manifest";
    let other = |found: String| Error::argument("file", expected, format!("{found} in {place}"));
    let (_, metadata) = SafeTensors::read_metadata(bytes)
        .map_err(|e| other(format!("{} bytes of something else ({e})", bytes.len())))?;
    let keys = metadata.metadata().clone().unwrap_or_default();
    let tensors: BTreeMap<String, String> =
        metadata.tensors().into_iter().map(|(name, t)| (name, format!("{:?} {:?}", t.dtype, t.shape))).collect();
    if keys.contains_key("twinlens.pack") {
        let pack = Pack::read(bytes, place, None)?;
        let plan = Plan::new(&pack)?;
        return Ok(json!({"kind": "pack", "header": pack.header, "fingerprint": pack.fingerprint, "bytes": pack.bytes,
            "kernel_calls": plan.steps.len(), "activation_bytes": plan.buffers.iter().sum::<usize>() * 4, "tensors": tensors}));
    }
    let header: Option<Value> = keys.get("twinlens.shard").and_then(|json| serde_json::from_str(json).ok());
    match header {
        Some(header) => Ok(
            json!({"kind": "shard", "header": header, "sha256": sha256_hex(bytes), "bytes": bytes.len(), "tensors": tensors}),
        ),
        None => Err(other("a safetensors file of another kind".into())),
    }
}
