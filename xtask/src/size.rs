//! `cargo xtask size`: what the browser downloads before it can do what, and the limits we keep it under.

mod imports;
mod site;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use flate2::{Compression, write::GzEncoder};
use serde_json::json;

use self::site::DemoSite;
use crate::toolbox::Toolbox;

/// Largest runtime, gzipped, in bytes: about a seventh of ONNX Runtime Web's WebGPU build (6.6 MB), which has neither a
/// tokenizer nor image decoders.
const MAX_RUNTIME_GZIPPED: usize = 1_000_000;

/// What a shop's page loads before it can match, below www: the npm package's script, its worker and the module. The rest is our own
/// page's.
const RUNTIME: [&str; 3] = ["twinlens.js", "worker.js", "pkg/twinlens_core_bg.wasm"];

/// Largest page before the first touch, gzipped, in bytes: it, and all that its modules import at once.
const MAX_SHELL_GZIPPED: usize = 60_000;
/// Largest element before its first use, gzipped, in bytes: what one tag costs a shop's page.
const MAX_ELEMENT_GZIPPED: usize = 15_000;
/// Most bytes that the first answer to a title takes in the demo shop, beside the runtime.
const MAX_FIRST_ANSWER: u64 = 3_000_000;
/// The page and the element, below www.
const PAGE: &str = "index.html";
const ELEMENT: &str = "twinlens-search.js";

/// A size and its limit.
struct Gate {
    name: &'static str,
    bytes: u64,
    most: u64,
}

#[derive(Args, Default)]
pub struct Arguments {
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

/// One file of the runtime.
pub struct Entry {
    /// Relative to the checkout.
    pub path: String,
    pub bytes: usize,
    /// As by `gzip -9`.
    pub gzipped: usize,
}

pub fn run(toolbox: &Toolbox, arguments: &Arguments) -> Result<()> {
    let entries = measure(&toolbox.checkout)?;
    let total: usize = entries.iter().map(|entry| entry.gzipped).sum();
    let gates = gates(toolbox, total)?;
    let site = DemoSite::read(&toolbox.checkout)?;
    let runtime: usize = entries.iter().map(|entry| entry.bytes).sum();
    if arguments.json {
        let files: Vec<_> = entries
            .iter()
            .map(|entry| json!({ "path": entry.path, "bytes": entry.bytes, "gzipped": entry.gzipped }))
            .collect();
        let gates: Vec<_> =
            gates.iter().map(|gate| json!({ "name": gate.name, "bytes": gate.bytes, "max": gate.most })).collect();
        let site =
            json!({ "runtime": runtime, "catalogue": site.catalogue, "pictures": site.pictures, "packs": site.packs });
        println!(
            "{}",
            json!({ "files": files, "gzipped": total, "max_gzipped": MAX_RUNTIME_GZIPPED, "gates": gates, "site": site })
        );
    } else {
        println!("{:>10} {:>10}  file", "bytes", "gzip -9");
        for entry in &entries {
            println!("{:>10} {:>10}  {}", entry.bytes, entry.gzipped, entry.path);
        }
        println!("\n{:>10} {:>10}  limit", "bytes", "at most");
        gates.iter().for_each(|gate| println!("{:>10} {:>10}  {}", gate.bytes, gate.most, gate.name));
        println!("\n{:>10}  the demo shop, published", "bytes");
        println!("{runtime:>10}  runtime");
        println!("{:>10}  catalogue", site.catalogue);
        println!("{:>10}  pictures", site.pictures);
        site.packs.iter().for_each(|(name, bytes)| println!("{bytes:>10}  {name}"));
    }
    match gates.iter().find(|gate| gate.bytes > gate.most) {
        Some(Gate { name, bytes, most }) => bail!("expected of {name} at most {most} bytes, found {bytes}"),
        None => Ok(()),
    }
}

/// What the page promises, with the runtime's size.
fn gates(toolbox: &Toolbox, runtime: usize) -> Result<Vec<Gate>> {
    let www = toolbox.checkout.join("www");
    let gzipped = |files: BTreeSet<PathBuf>| -> Result<u64> {
        let sizes = files.iter().map(|path| Ok(measure_file(&toolbox.checkout, path)?.gzipped as u64));
        sizes.sum()
    };
    let shell = gzipped(imports::of_page(&www.join(PAGE))?)?;
    let element = gzipped(imports::of_module(&www.join(ELEMENT))?)?;
    Ok(vec![
        Gate { name: "the page before the first touch, gzipped", bytes: shell, most: MAX_SHELL_GZIPPED as u64 },
        Gate { name: "the runtime, gzipped", bytes: runtime as u64, most: MAX_RUNTIME_GZIPPED as u64 },
        Gate {
            name: "the first answer to a title in the demo shop, beside the runtime",
            bytes: DemoSite::read(&toolbox.checkout)?.first_answer(),
            most: MAX_FIRST_ANSWER,
        },
        Gate { name: "the element before its first use, gzipped", bytes: element, most: MAX_ELEMENT_GZIPPED as u64 },
    ])
}

/// The files of the runtime.
pub fn measure(checkout: &Path) -> Result<Vec<Entry>> {
    RUNTIME.iter().map(|part| measure_file(checkout, &checkout.join("www").join(part))).collect()
}

fn measure_file(checkout: &Path, path: &Path) -> Result<Entry> {
    let bytes = fs::read(path)
        .with_context(|| format!("cannot read {}; `cargo xtask build-web` builds what is missing", path.display()))?;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&bytes)?;
    Ok(Entry {
        path: path.strip_prefix(checkout).unwrap_or(path).display().to_string(),
        bytes: bytes.len(),
        gzipped: encoder.finish()?.len(),
    })
}
