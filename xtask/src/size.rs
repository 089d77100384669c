//! `cargo xtask size`: what the browser downloads before it can match, and the limit we keep it under.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use flate2::{Compression, write::GzEncoder};
use serde_json::json;

use crate::toolbox::Toolbox;
use crate::web;

/// Largest runtime, gzipped, in bytes: about a seventh of ONNX Runtime Web's WebGPU build (6.6 MB), which has neither a
/// tokenizer nor image decoders.
const MAX_RUNTIME_GZIPPED: usize = 1_000_000;

/// What a shop's page loads before it can match, below www: the npm package's code. The rest is our own page's.
const RUNTIME: [&str; 4] = ["client", "pkg", "twinlens.js", "worker.js"];

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
    if !entries.iter().any(|entry| entry.path.ends_with(".wasm")) {
        bail!("expected a .wasm file, found none in {}; build it with `cargo xtask build-web`", web::PACKAGE);
    }
    let total: usize = entries.iter().map(|entry| entry.gzipped).sum();
    if arguments.json {
        let files: Vec<_> = entries
            .iter()
            .map(|entry| json!({ "path": entry.path, "bytes": entry.bytes, "gzipped": entry.gzipped }))
            .collect();
        println!("{}", json!({ "files": files, "gzipped": total, "max_gzipped": MAX_RUNTIME_GZIPPED }));
    } else {
        println!("{:>10} {:>10}  file", "bytes", "gzip -9");
        for entry in &entries {
            println!("{:>10} {:>10}  {}", entry.bytes, entry.gzipped, entry.path);
        }
        println!("{:>10} {total:>10}  in all, of at most {MAX_RUNTIME_GZIPPED}", "");
    }
    if total > MAX_RUNTIME_GZIPPED {
        bail!("expected a runtime of at most {MAX_RUNTIME_GZIPPED} bytes gzipped, found {total}");
    }
    Ok(())
}

/// The files of the runtime.
pub fn measure(checkout: &Path) -> Result<Vec<Entry>> {
    let mut paths = Vec::new();
    for part in RUNTIME {
        collect(checkout.join("www").join(part), &mut paths)?;
    }
    paths.sort();
    paths.iter().map(|path| measure_file(checkout, path)).collect()
}

fn measure_file(checkout: &Path, path: &Path) -> Result<Entry> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&bytes)?;
    Ok(Entry {
        path: path.strip_prefix(checkout).unwrap_or(path).display().to_string(),
        bytes: bytes.len(),
        gzipped: encoder.finish()?.len(),
    })
}

/// The code at or below `path`: modules and scripts.
fn collect(path: PathBuf, paths: &mut Vec<PathBuf>) -> Result<()> {
    if path.is_dir() {
        for entry in fs::read_dir(&path).with_context(|| format!("cannot list {}", path.display()))? {
            collect(entry?.path(), paths)?;
        }
    } else if path.extension().is_some_and(|kind| kind == "wasm" || kind == "js") {
        paths.push(path);
    }
    Ok(())
}
