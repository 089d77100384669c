//! What comes from npm: drivers of browsers for the page tests, wasm-opt for the web build, bundlers, the bench's peers.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::toolbox::Toolbox;

/// Where package.json and its lock are.
pub const TESTS: &str = "tests/page";
/// The same, of the bundlers that the examples are built with.
pub const EXAMPLES: &str = "examples/javascript";
/// The same, of what the bench compares with.
pub const PEERS: &str = "benches";
/// playwright-core needs it.
const OLDEST_NODE: u32 = 20;

/// Installs what a folder's lock names, unless it is there.
pub fn ensure(toolbox: &Toolbox, folder: &str) -> Result<()> {
    let node = process::read(toolbox.command("node").arg("--version"))?;
    let major = node.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < OLDEST_NODE) {
        bail!("expected Node.js {OLDEST_NODE} or newer as `node` on PATH, found {node}; install a newer one");
    }
    let path = toolbox.checkout.join(folder);
    let lock = path.join("package-lock.json");
    let locked = fs::read(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
    // Written last: an installation that was cut short has none.
    let stamp = path.join("node_modules/.installed-from-lock");
    if fs::read(&stamp).is_ok_and(|installed| installed == locked) {
        return Ok(());
    }
    eprintln!("setup: npm ci in {folder}");
    process::run_quietly(toolbox.command("npm").arg("ci").current_dir(&path))?;
    fs::write(&stamp, locked).with_context(|| format!("cannot write {}", stamp.display()))
}
