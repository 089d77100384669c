//! The wasm32-unknown-unknown standard library of the Rust toolchain in use.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::debian_rust;
use crate::process;
use crate::toolbox::Toolbox;

pub const TARGET: &str = "wasm32-unknown-unknown";

/// Whether children's `rustc` can compile for [`TARGET`].
pub fn is_available(toolbox: &Toolbox) -> bool {
    is_available_to(&mut toolbox.command("rustc"))
}

/// Whether this `rustc` can compile for [`TARGET`].
pub fn is_available_to(rustc: &mut Command) -> bool {
    library_dir(rustc).is_ok_and(|dir| holds_core(&dir))
}

/// Where this `rustc` looks for the target's standard library, whether or not it is there.
pub fn library_dir(rustc: &mut Command) -> Result<PathBuf> {
    process::read(rustc.args(["--print", "target-libdir", "--target", TARGET])).map(PathBuf::from)
}

/// True when the toolchain in use has the target, where need be after asking rustup for it; false when it takes
/// Debian's toolchain instead.
pub fn ensure(toolbox: &Toolbox) -> Result<bool> {
    if is_available(toolbox) {
        return Ok(true);
    }
    // An attempt to download can be slow to fail; what is ready needs none.
    if debian_rust::is_ready() {
        return Ok(false);
    }
    let Some(toolchain) = rustup_toolchain(toolbox) else {
        return Ok(false);
    };
    eprintln!("setup: rustup target add --toolchain {toolchain} {TARGET}");
    let added =
        process::run_quietly(toolbox.command("rustup").args(["target", "add", "--toolchain", &toolchain, TARGET]));
    if let Err(error) = added {
        eprintln!("setup: {error:#}");
    }
    Ok(is_available(toolbox))
}

/// The name under which rustup knows the toolchain in use, if it is one of rustup's.
fn rustup_toolchain(toolbox: &Toolbox) -> Option<String> {
    let home = process::read(toolbox.command("rustup").args(["show", "home"])).ok()?;
    let sysroot = process::read(toolbox.command("rustc").args(["--print", "sysroot"])).ok()?;
    let name = Path::new(&sysroot).strip_prefix(Path::new(&home).join("toolchains")).ok()?;
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
