//! `cargo xtask mutate`: seeded mutations of every file that a tab or an update reads, by `tests/mutations.rs`.

use std::fs;

use anyhow::{Context, Result};
use clap::Args;
use serde_json::{Value, json};

use crate::process;
use crate::toolbox::Toolbox;

#[derive(Args)]
pub struct Arguments {
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
    /// How many mutations
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    count: u64,
}

pub fn run(toolbox: &Toolbox, arguments: &Arguments) -> Result<()> {
    let path = toolbox.target_dir.join("mutations.json");
    // What an earlier run left must not be taken for this one's.
    if path.exists() {
        fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    let mut test = toolbox.command("cargo");
    test.args(["test", "--release", "--package", "twinlens", "--test", "mutations"]);
    test.env("TWINLENS_MUTATIONS", arguments.count.to_string()).env("TWINLENS_MUTATIONS_OUT", &path);
    // A test that fails has written its figures all the same; they are shown before its error.
    let outcome = process::run_quietly(&mut test);
    if let Ok(text) = fs::read(&path) {
        let figures: Value =
            serde_json::from_slice(&text).context("expected the figures of tests/mutations.rs in JSON")?;
        if arguments.json {
            println!("{}", json!({ "figures": figures }));
        } else {
            for (key, value) in figures.as_object().into_iter().flatten() {
                println!("{key:<24} {value:>12}");
            }
        }
    }
    outcome
}
