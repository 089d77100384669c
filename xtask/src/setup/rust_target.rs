//! Which targets a Rust toolchain has a standard library for, and rustup's way to add one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::process;
use crate::toolbox::Toolbox;

/// What the browser runs.
pub const WEB: &str = "wasm32-unknown-unknown";
/// Checked only, so that the kernels for Neon compile.
pub const ARM: &str = "aarch64-unknown-linux-gnu";

/// Whether children's `rustc` can compile for `target`.
pub fn is_available(toolbox: &Toolbox, target: &str) -> bool {
    is_available_to(&mut toolbox.command("rustc"), target)
}

/// Whether this `rustc` can compile for `target`.
pub fn is_available_to(rustc: &mut Command, target: &str) -> bool {
    library_dir(rustc, target).is_ok_and(|dir| holds_core(&dir))
}

/// Where this `rustc` looks for the target's standard library, whether or not it is there.
pub fn library_dir(rustc: &mut Command, target: &str) -> Result<PathBuf> {
    process::read(rustc.args(["--print", "target-libdir", "--target", target])).map(PathBuf::from)
}

/// The folder that holds the `lib` of children's `rustc`.
pub fn sysroot(toolbox: &Toolbox) -> Result<PathBuf> {
    process::read(toolbox.command("rustc").args(["--print", "sysroot"])).map(PathBuf::from)
}

/// Has rustup download the target's standard library for the toolchain in use.
pub fn add(toolbox: &Toolbox, target: &str) -> Result<()> {
    let toolchain = rustup_toolchain(toolbox).context("expected a toolchain of rustup's, found another `rustc`")?;
    eprintln!("setup: rustup target add --toolchain {toolchain} {target}");
    process::run_quietly(toolbox.command("rustup").args(["target", "add", "--toolchain", &toolchain, target]))
}

/// The name under which rustup knows the toolchain in use, if it is one of rustup's.
fn rustup_toolchain(toolbox: &Toolbox) -> Option<String> {
    let home = process::read(toolbox.command("rustup").args(["show", "home"])).ok()?;
    let sysroot = sysroot(toolbox).ok()?;
    let name = sysroot.strip_prefix(Path::new(&home).join("toolchains")).ok()?;
    Some(name.to_str()?.to_owned())
}

fn holds_core(dir: &Path) -> bool {
    let Ok(entries) = fs::read_dir(dir) else {
        return false;
    };
    entries.flatten().any(|entry| {
        let name = entry.file_name();
        name.to_string_lossy().starts_with("libcore-") && entry.path().extension().is_some_and(|kind| kind == "rlib")
    })
}
