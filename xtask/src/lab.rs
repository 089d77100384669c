//! The lab's tests: reference models on Burn, natively, and the packs that they become, in Chromium.

use std::env;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::toolbox::Toolbox;
use crate::{process, server, web};

/// Builds in a folder outside the checkout: Burn compiles for a quarter of an hour, and for all checkouts alike.
pub fn test(toolbox: &Toolbox) -> Result<()> {
    let folder = cache()?;
    let packs = toolbox.target_dir.join("lab-packs");
    fs::create_dir_all(&packs).with_context(|| format!("cannot make {}", packs.display()))?;
    let mut tests = toolbox.command("cargo");
    tests.args(["test", "--features", "lab", "--lib", "--test", "lab_*"]);
    // What an incremental build keeps would add up, a checkout at a time; lines of a backtrace are not worth the time they take.
    tests.env("CARGO_TARGET_DIR", &folder).env("CARGO_INCREMENTAL", "0").env("CARGO_PROFILE_DEV_DEBUG", "0");
    tests.env("TWINLENS_LAB_PACKS", &packs);
    process::run(&mut tests)?;
    let chromium = toolbox.chromium().context("expected Chromium on PATH, found none")?;
    web::bundle_scripts(toolbox)?;
    let mut page = toolbox.command("node");
    page.args(["--test", "--test-concurrency=1"]).arg(toolbox.checkout.join("tests/page/lab-packs.mjs"));
    page.env("TWINLENS_BIN", server::binary(toolbox)).env("CHROMIUM", chromium).env("TWINLENS_LAB_PACKS", &packs);
    process::run(&mut page)
}

/// Where cargo builds with the feature `lab`: `TWINLENS_LAB_TARGET`, or `twinlens/lab` in the user's cache folder.
pub fn cache() -> Result<PathBuf> {
    if let Some(folder) = env::var_os("TWINLENS_LAB_TARGET") {
        return Ok(folder.into());
    }
    let cache = match env::var_os("XDG_CACHE_HOME").filter(|path| !path.is_empty()) {
        Some(path) => PathBuf::from(path),
        None => PathBuf::from(env::var_os("HOME").context("expected HOME to be set")?).join(".cache"),
    };
    Ok(cache.join("twinlens/lab"))
}
