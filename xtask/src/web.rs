//! `cargo xtask build-web`: the crate as WebAssembly with its JavaScript, in www/pkg, and the package's scripts,
//! www/twinlens.js and www/worker.js.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::process;
use crate::toolbox::Toolbox;

/// The folder that holds what is built, relative to the checkout.
pub const PACKAGE: &str = "www/pkg";
/// The scripts that browsers load, with what they are made of.
const SCRIPTS: [(&str, &str); 2] = [("www/twinlens.js", "www/client/main.js"), ("www/worker.js", "www/worker/main.js")];
/// `twinlens_core.js` and `twinlens_core_bg.wasm`.
const NAME: &str = "twinlens_core";

/// The level that downloads smallest: LLVM has optimised already, and -O3 or -Oz make a module that gzips 1 % larger and
/// take four times as long. The features are those that rustc and the crate's own flags may emit for the browsers we
/// support; wasm-opt refuses the others.
///
/// After it, sets of locals that hold the value already are removed and the most used locals get the shortest numbers: 0.3 % gzipped.
const WASM_OPT: [&str; 12] = [
    "-O1",
    "--rse",
    "--vacuum",
    "--reorder-locals",
    "--enable-simd",
    "--enable-bulk-memory",
    "--enable-sign-ext",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-mutable-globals",
    "--enable-multivalue",
    "--strip-producers",
];

/// Of wasm-bindgen's script, which is mostly comments and long names, and of our own.
const ESBUILD: [&str; 4] = ["--minify", "--format=esm", "--target=es2022", "--allow-overwrite"];

/// Builds www/pkg, www/twinlens.js and www/worker.js; quick when nothing has changed.
pub fn build(toolbox: &Toolbox) -> Result<()> {
    let started = Instant::now();
    process::run(toolbox.command("cargo").args([
        "build",
        "--profile",
        "web",
        "--lib",
        "--package",
        "twinlens",
        "--target",
        "wasm32-unknown-unknown",
    ]))?;
    let module = toolbox.target_dir.join("wasm32-unknown-unknown/web/twinlens.wasm");
    let fingerprint = fingerprint(toolbox, &module)?;
    let package = toolbox.checkout.join(PACKAGE);
    let stamp = package.join(".built-from");
    if fs::read_to_string(&stamp).is_ok_and(|built_from| built_from == fingerprint) {
        eprintln!("{PACKAGE} is up to date");
        return bundle_scripts(toolbox);
    }

    // Elsewhere first: a build that fails half-way leaves the package as it was.
    let staging = toolbox.target_dir.join("xtask/pkg");
    if staging.exists() {
        fs::remove_dir_all(&staging).with_context(|| format!("cannot remove {}", staging.display()))?;
    }
    let mut bindgen = toolbox.command("wasm-bindgen");
    bindgen
        .args(["--target", "web", "--omit-default-module-path", "--out-name", NAME, "--out-dir"])
        .arg(&staging)
        .arg(&module);
    process::run(&mut bindgen)?;
    let bound = staging.join(format!("{NAME}_bg.wasm"));
    process::run(toolbox.command("node").arg(wasm_opt(toolbox)).args(WASM_OPT).arg(&bound).arg("-o").arg(&bound))?;
    let glue = staging.join(format!("{NAME}.js"));
    process::run_quietly(esbuild(toolbox).arg(format!("--outfile={}", glue.display())).arg(&glue))?;
    fs::write(staging.join(".built-from"), fingerprint)?;
    replace(&staging, &package)?;
    bundle_scripts(toolbox)?;
    eprintln!("{PACKAGE} built in {:.1} s", started.elapsed().as_secs_f64());
    Ok(())
}

/// The package and its worker, each with all that it imports in one file: one request where there would be a dozen, some only after
/// others have come.
pub fn bundle_scripts(toolbox: &Toolbox) -> Result<()> {
    for (bundle, source) in SCRIPTS {
        let mut command = esbuild(toolbox);
        let bundle = toolbox.checkout.join(bundle);
        command.arg("--bundle").arg(format!("--outfile={}", bundle.display())).arg(toolbox.checkout.join(source));
        process::run_quietly(&mut command)?;
    }
    Ok(())
}

/// Not npm's own name for it: what lies there is a script or a program, whatever npm has made of it.
fn esbuild(toolbox: &Toolbox) -> Command {
    let path = toolbox.checkout.join("tests/page/node_modules/.bin/esbuild");
    let mut command = toolbox.command(&path.to_string_lossy());
    command.args(ESBUILD);
    command
}

/// npm's binaryen: distributions' own are too old for some of the features.
fn wasm_opt(toolbox: &Toolbox) -> PathBuf {
    toolbox.checkout.join("tests/page/node_modules/binaryen/bin/wasm-opt")
}

/// Of everything that decides what the package holds: the module, the tools and their options.
fn fingerprint(toolbox: &Toolbox, module: &Path) -> Result<String> {
    let bytes = fs::read(module).with_context(|| format!("cannot read {}", module.display()))?;
    let lock = toolbox.checkout.join("tests/page/package-lock.json");
    let bindgen = process::read(toolbox.command("wasm-bindgen").arg("--version"))?;
    let mut hash = Sha256::new();
    hash.update(&bytes);
    hash.update(fs::read(&lock).with_context(|| format!("cannot read {}", lock.display()))?);
    hash.update(format!("{bindgen} {} {}", WASM_OPT.join(" "), ESBUILD.join(" ")));
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn replace(from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        fs::remove_dir_all(to).with_context(|| format!("cannot remove {}", to.display()))?;
    }
    fs::create_dir_all(to).with_context(|| format!("cannot create {}", to.display()))?;
    // Copied, not renamed: the target folder may be on another file system.
    copy_tree(from, to)
}

fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from).with_context(|| format!("cannot list {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            fs::create_dir_all(&target)?;
            copy_tree(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target).with_context(|| format!("cannot write {}", target.display()))?;
        }
    }
    Ok(())
}
