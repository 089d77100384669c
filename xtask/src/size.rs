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

/// Largest gzipped module, in bytes: about a third of ONNX Runtime Web's WebGPU build (6.6 MB), which does less of the
/// work that a match takes.
const MAX_MODULE_GZIPPED: usize = 2_000_000;

#[derive(Args, Default)]
pub struct Arguments {
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

struct Entry {
    /// Relative to the checkout.
    path: String,
    bytes: usize,
    /// As by `gzip -9`.
    gzipped: usize,
}

impl Entry {
    fn is_module(&self) -> bool {
        self.path.ends_with(".wasm")
    }
}

pub fn run(toolbox: &Toolbox, arguments: &Arguments) -> Result<()> {
    let entries = measure(&toolbox.checkout)?;
    let total: usize = entries.iter().map(|entry| entry.gzipped).sum();
    if arguments.json {
        let files: Vec<_> = entries
            .iter()
            .map(|entry| json!({ "path": entry.path, "bytes": entry.bytes, "gzipped": entry.gzipped }))
            .collect();
        println!("{}", json!({ "files": files, "gzipped": total, "max_module_gzipped": MAX_MODULE_GZIPPED }));
    } else {
        println!("{:>10} {:>10}  file", "bytes", "gzip -9");
        for entry in &entries {
            println!("{:>10} {:>10}  {}", entry.bytes, entry.gzipped, entry.path);
        }
        println!("{:>10} {total:>10}  in all", "");
    }
    let Some(module) = entries.iter().filter(|entry| entry.is_module()).max_by_key(|entry| entry.gzipped) else {
        bail!("expected a .wasm file, found none in {}; build it with `cargo xtask build-web`", web::PACKAGE);
    };
    if module.gzipped > MAX_MODULE_GZIPPED {
        bail!("expected at most {MAX_MODULE_GZIPPED} bytes gzipped, found {} in {}", module.gzipped, module.path);
    }
    Ok(())
}

fn measure(checkout: &Path) -> Result<Vec<Entry>> {
    let mut paths = Vec::new();
    collect(&checkout.join("www"), &mut paths)?;
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

/// The code below `dir`: modules and scripts.
fn collect(dir: &Path, paths: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(dir).with_context(|| format!("cannot list {}", dir.display()))? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            collect(&path, paths)?;
        } else if path.extension().is_some_and(|kind| kind == "wasm" || kind == "js") {
            paths.push(path);
        }
    }
    Ok(())
}
