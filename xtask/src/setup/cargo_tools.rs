//! Programs of the Rust ecosystem, built by `cargo install`: what the web build needs, and what single checks need.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::toolbox::Toolbox;

/// A package of programs in the one version that we have tried.
struct Tool {
    package: &'static str,
    version: String,
    programs: &'static [&'static str],
}

/// The packages inside wasm-bindgen-cli that spend its time.
const OPTIMISED: [&str; 7] =
    ["gimli", "hashbrown", "id-arena", "walrus", "wasm-bindgen-cli-support", "wasm-encoder", "wasmparser"];

/// wasm-bindgen, in the version that the crate is locked to, and wasm-pack.
pub fn ensure(toolbox: &Toolbox) -> Result<()> {
    let bindgen = Tool {
        package: "wasm-bindgen-cli",
        version: locked_version(toolbox, "wasm-bindgen")?,
        programs: &["wasm-bindgen", "wasm-bindgen-test-runner"],
    };
    let pack = Tool { package: "wasm-pack", version: "0.15.1".into(), programs: &["wasm-pack"] };
    ensure_all(toolbox, &[bindgen, pack])?;
    advise_on_path(toolbox);
    Ok(())
}

/// cargo-deny, which checks dependencies.
pub fn ensure_deny(toolbox: &Toolbox) -> Result<()> {
    ensure_all(toolbox, &[Tool { package: "cargo-deny", version: "0.20.2".into(), programs: &["cargo-deny"] }])
}

/// cargo-fuzz, which builds and runs the targets in fuzz/.
pub fn ensure_fuzz(toolbox: &Toolbox) -> Result<()> {
    ensure_all(toolbox, &[Tool { package: "cargo-fuzz", version: "0.13.2".into(), programs: &["cargo-fuzz"] }])
}

/// Installs each where PATH has no such version.
fn ensure_all(toolbox: &Toolbox, tools: &[Tool]) -> Result<()> {
    for Tool { package, version, programs } in tools {
        if programs.iter().any(|program| found_version(toolbox, program).as_deref() != Some(version)) {
            install(toolbox, package, version)?;
        }
        for program in *programs {
            check(toolbox, program, version)?;
        }
    }
    let build_dir = toolbox.target_dir.join("xtask/tools");
    if build_dir.exists() {
        fs::remove_dir_all(&build_dir).with_context(|| format!("cannot remove {}", build_dir.display()))?;
    }
    Ok(())
}

fn install(toolbox: &Toolbox, package: &str, version: &str) -> Result<()> {
    eprintln!("setup: cargo install --version {version} {package} (takes minutes)");
    let run = |locked: &[&str]| {
        let mut command = toolbox.command("cargo");
        command.args(["install", "--quiet", "--force", "--version", version, package]).args(locked);
        command.arg("--root").arg(&toolbox.cargo_home);
        command.env("CARGO_TARGET_DIR", toolbox.target_dir.join("xtask/tools"));
        // These run for seconds and would compile for minutes: only what reads and writes wasm is optimised.
        command
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
            .env("CARGO_PROFILE_RELEASE_LTO", "false")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_DEBUG", "0");
        for package in OPTIMISED {
            command.arg("--config").arg(format!("profile.release.package.{package}.opt-level=2"));
        }
        process::run_quietly(&mut command)
    };
    // A registry mirror may lack the very versions that the package was locked to.
    run(&["--locked"]).or_else(|_| run(&[])).with_context(|| format!("cannot install {package} {version}"))
}

/// Children find what was installed in any case; the caller's own shell may not.
fn advise_on_path(toolbox: &Toolbox) {
    let bin = toolbox.cargo_home.join("bin");
    let on_path = std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(|dir| dir == bin));
    if !on_path && toolbox.find("wasm-pack").is_some_and(|path| path.starts_with(&bin)) {
        eprintln!("setup: add {} to PATH so that wasm-pack works by itself", bin.display());
    }
}

fn check(toolbox: &Toolbox, program: &str, version: &str) -> Result<()> {
    let found = found_version(toolbox, program);
    if found.as_deref() == Some(version) {
        return Ok(());
    }
    let found = found.unwrap_or_else(|| "none".to_owned());
    match toolbox.find(program) {
        Some(path) => bail!("expected {program} {version} first on PATH, found {found} at {}", path.display()),
        None => bail!("expected {program} {version} on PATH, found none"),
    }
}

fn found_version(toolbox: &Toolbox, program: &str) -> Option<String> {
    toolbox.find(program)?;
    let line = process::read(toolbox.command(program).arg("--version")).ok()?;
    line.split_whitespace().nth(1).map(str::to_owned)
}

/// The version of `package` in Cargo.lock; the JavaScript side of wasm-bindgen must be exactly the Rust side's.
fn locked_version(toolbox: &Toolbox, package: &str) -> Result<String> {
    let path = toolbox.checkout.join("Cargo.lock");
    let lock = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name).skip(1);
    let version = lines.next().and_then(|line| line.strip_prefix("version = \"")?.strip_suffix('"'));
    version.map(str::to_owned).with_context(|| format!("expected {package} with a version in {}", path.display()))
}
