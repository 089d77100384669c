//! Debian's Rust toolchain with standard libraries built from Debian's sources, for machines where rustup has none and
//! cannot download one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::rust_target;
use crate::process;
use crate::toolbox::Toolbox;

/// The compiler, its sources, the linker for wasm, and the tools `cargo xtask test` runs.
pub const PACKAGES: [&str; 7] =
    ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm", "lld-22", "rust-web-clippy", "rustfmt-web"];

/// Where Debian puts `cargo` and `rustc`.
const BIN: &str = "/usr/bin";
/// What `rustup toolchain link` needs: the folder above `bin` and `lib`.
const PREFIX: &str = "/usr";
/// The name rustup knows this toolchain by.
const NAME: &str = "debian";
/// The compiler that built the standard library; another one cannot read it.
const STAMP: &str = "built-by";

/// Whether Debian's rustc is here and compiles for `target`.
pub fn is_ready(target: &str) -> bool {
    let (Some(dir), Some(version)) = (library_dir(target), compiler_version()) else {
        return false;
    };
    let stamp = fs::read_to_string(dir.join(STAMP));
    rust_target::is_available_to(&mut rustc(), target) && stamp.is_ok_and(|built_by| built_by == version)
}

/// Whether children's `rustc` is Debian's.
pub fn is_in_use(toolbox: &Toolbox) -> bool {
    rust_target::sysroot(toolbox).is_ok_and(|sysroot| sysroot == Path::new(PREFIX))
}

/// Builds the standard library for `target` if need be.
pub fn ensure(toolbox: &Toolbox, target: &str) -> Result<()> {
    if is_ready(target) {
        return Ok(());
    }
    let destination = library_dir(target).context("expected Debian's rustc at /usr/bin/rustc, found none that runs")?;
    let version = compiler_version().context("expected /usr/bin/rustc to print its version")?;
    eprintln!("setup: building the {target} standard library from Debian's sources");
    let scratch = toolbox.target_dir.join("xtask/standard-library");
    fs::create_dir_all(&scratch).with_context(|| format!("cannot create {}", scratch.display()))?;
    // An empty crate: building it for the target builds the standard library, and an rlib needs no linking.
    let manifest = "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
                    [lib]\npath = \"lib.rs\"\n\n[workspace]\n";
    fs::write(scratch.join("Cargo.toml"), manifest)?;
    fs::write(scratch.join("lib.rs"), "")?;

    let mut build = toolbox.command(&format!("{BIN}/cargo"));
    build.current_dir(&scratch).args(["build", "--release", "--target", target]);
    build.args(["-Z", "build-std=std,panic_abort,test"]);
    build.env("CARGO_TARGET_DIR", scratch.join("target")).env("RUSTC", format!("{BIN}/rustc"));
    // build-std is unstable, and Debian's compiler is a stable one.
    build.env("RUSTC_BOOTSTRAP", "1");
    // Fat LTO reads the bitcode; without it: "Can't find section .llvmbc".
    build.env("RUSTFLAGS", "-C embed-bitcode=yes");
    process::run_quietly(&mut build)?;

    install_libraries(&scratch.join("target").join(target).join("release/deps"), &destination, &version)?;
    fs::remove_dir_all(&scratch).with_context(|| format!("cannot remove {}", scratch.display()))
}

/// Copies beside the destination and renames, so that a compiler never sees half a standard library.
fn install_libraries(built: &Path, destination: &Path, version: &str) -> Result<()> {
    let staging = destination.with_extension("new");
    if staging.exists() {
        fs::remove_dir_all(&staging)?;
    }
    fs::create_dir_all(&staging).with_context(|| format!("cannot create {}", staging.display()))?;
    let mut copied = 0;
    for entry in fs::read_dir(built).with_context(|| format!("cannot list {}", built.display()))? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        if name.ends_with(".rlib") && !name.starts_with("libempty-") {
            fs::copy(&path, staging.join(name)).with_context(|| format!("cannot copy {}", path.display()))?;
            copied += 1;
        }
    }
    if copied == 0 {
        bail!("expected the libraries of the standard library, found none in {}", built.display());
    }
    fs::write(staging.join(STAMP), version)?;
    if destination.exists() {
        fs::remove_dir_all(destination)?;
    }
    fs::rename(&staging, destination).with_context(|| format!("cannot write {}", destination.display()))
}

/// Makes this toolchain the one for the checkout: through rustup where `rustc` is rustup's, so that `wasm-pack` in the
/// checkout finds it too; else through PATH.
pub fn take_into_use(toolbox: &mut Toolbox) -> Result<()> {
    let linked = process::succeeds(toolbox.command("rustup").args(["toolchain", "link", NAME, PREFIX]));
    if linked && rust_target::is_available_to(toolbox.command("rustc").env("RUSTUP_TOOLCHAIN", NAME), rust_target::WEB)
    {
        eprintln!("setup: rustup override set {NAME} (rustup override unset undoes it)");
        let checkout = toolbox.checkout.clone();
        process::run_quietly(toolbox.command("rustup").args(["override", "set", NAME, "--path"]).arg(checkout))?;
        toolbox.use_toolchain(NAME);
        return Ok(());
    }
    toolbox.put_first_on_path(Path::new(BIN));
    eprintln!("setup: using {BIN}/cargo; for wasm-pack by itself run it with PATH={BIN}:$PATH");
    Ok(())
}

fn rustc() -> Command {
    let mut command = Command::new(format!("{BIN}/rustc"));
    command.env_remove("LD_LIBRARY_PATH");
    command
}

fn library_dir(target: &str) -> Option<PathBuf> {
    rust_target::library_dir(&mut rustc(), target).ok()
}

fn compiler_version() -> Option<String> {
    process::read(rustc().arg("-vV")).ok()
}
