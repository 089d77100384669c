//! The demo shop as a published site: what each kind of file is in bytes, by the manifest of its catalogue.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

/// The encoder that answers before any other is there.
const TABLE: &str = "e5-table";

/// Bytes of the demo shop by what they are for.
pub struct DemoSite {
    /// The manifest, search shards and projections.
    pub catalogue: u64,
    /// Pictures, in shards of their own.
    pub pictures: u64,
    /// Packs with their tokenizers, by encoder.
    pub packs: BTreeMap<String, u64>,
    /// The table of token vectors with its tokenizer.
    pub table: u64,
}

impl DemoSite {
    /// Reads that of the checkout.
    pub fn read(checkout: &Path) -> Result<Self> {
        let folder = checkout.join("www/demo/catalogue");
        let path = folder.join("catalogue.json");
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let manifest: Value =
            serde_json::from_slice(&bytes).with_context(|| format!("expected JSON in {}", path.display()))?;
        let sum = |list: &str| -> u64 {
            manifest[list].as_array().into_iter().flatten().filter_map(|entry| entry["bytes"].as_u64()).sum()
        };
        let mut packs = BTreeMap::new();
        for encoder in manifest["encoders"].as_array().context("expected encoders in the demo shop's manifest")? {
            let name = encoder["name"].as_str().context("expected a name of each encoder")?;
            packs.insert(name.to_string(), pack(checkout, name)?);
        }
        Ok(DemoSite {
            catalogue: bytes.len() as u64 + sum("shards") + sum("projections"),
            pictures: sum("pictures"),
            packs,
            table: pack(checkout, TABLE)?,
        })
    }

    /// Bytes that the first answer to a title takes beside the runtime.
    pub fn first_answer(&self) -> u64 {
        self.catalogue + self.table
    }
}

/// Bytes of a pack and, of one that reads titles, its tokenizer.
fn pack(checkout: &Path, name: &str) -> Result<u64> {
    let path = checkout.join("models").join(format!("{name}.safetensors"));
    let pack = fs::metadata(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let tokenizer = fs::metadata(path.with_file_name(format!("{name}.tokenizer.json")));
    Ok(pack.len() + tokenizer.map_or(0, |file| file.len()))
}
