//! What the page tests and the web build take from npm: playwright-core, and wasm-opt from binaryen.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::toolbox::Toolbox;

/// Where package.json and its lock are.
const FOLDER: &str = "tests/page";
/// playwright-core needs it.
const OLDEST_NODE: u32 = 20;

pub fn ensure(toolbox: &Toolbox) -> Result<()> {
    let node = process::read(toolbox.command("node").arg("--version"))?;
    let major = node.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < OLDEST_NODE) {
        bail!("expected Node.js {OLDEST_NODE} or newer as `node` on PATH, found {node}; install a newer one");
    }
    let folder = toolbox.checkout.join(FOLDER);
    let lock = folder.join("package-lock.json");
    let locked = fs::read(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
    // Written last: an installation that was cut short has none.
    let stamp = folder.join("node_modules/.installed-from-lock");
    if fs::read(&stamp).is_ok_and(|installed| installed == locked) {
        return Ok(());
    }
    eprintln!("setup: npm ci in {FOLDER}");
    process::run_quietly(toolbox.command("npm").arg("ci").current_dir(&folder))?;
    fs::write(&stamp, locked).with_context(|| format!("cannot write {}", stamp.display()))
}
