//! `cargo xtask fuzz`: the targets in fuzz/, each from its own seeds and what it has found before.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::process;
use crate::setup::cargo_tools;
use crate::toolbox::Toolbox;

const TARGETS: [&str; 5] = ["photo", "pack", "shard", "manifest", "listings"];
/// Targets that run at a time: each takes one core.
const AT_ONCE: usize = 2;
/// Most memory that a target may hold. The largest photo that is decoded has 300 MB.
const MAX_MEGABYTES: u32 = 2_048;
/// Longest time that one input may take: a picture at the limit on pixels takes most of a second on an idle machine.
const MAX_SECONDS: u32 = 60;

#[derive(Args)]
pub struct Arguments {
    /// How long each target runs
    #[arg(long, default_value_t = 20)]
    seconds: u32,
    /// Run this target only
    #[arg(long, value_parser = TARGETS)]
    target: Option<String>,
    /// Find errors of `unsafe` code too; everything is built anew, and runs at half the speed
    #[arg(long)]
    address_sanitizer: bool,
}

impl Default for Arguments {
    fn default() -> Self {
        Arguments { seconds: 20, target: None, address_sanitizer: false }
    }
}

/// Builds and runs the targets; the error says where the input lies that failed.
pub fn run(toolbox: &Toolbox, arguments: &Arguments) -> Result<()> {
    cargo_tools::ensure_fuzz(toolbox)?;
    let sanitizer = if arguments.address_sanitizer { "address" } else { "none" };
    let folder = toolbox.target_dir.join("fuzz").join(sanitizer);
    let only = arguments.target.as_deref();
    process::run(cargo_fuzz(toolbox, "build", sanitizer).arg("--target-dir").arg(&folder).args(only))?;
    let targets: Vec<&str> = TARGETS.into_iter().filter(|target| only.is_none_or(|only| only == *target)).collect();
    let run = |target: &'static str| fuzz(toolbox, arguments, sanitizer, &folder, target);
    for targets in targets.chunks(AT_ONCE) {
        let outcomes: Vec<Result<()>> = thread::scope(|scope| {
            let started: Vec<_> = targets.iter().map(|target| scope.spawn(|| run(target))).collect();
            started
                .into_iter()
                .map(|run| run.join().unwrap_or_else(|_| bail!("the thread of a target failed")))
                .collect()
        });
        outcomes.into_iter().collect::<Result<()>>()?;
    }
    Ok(())
}

/// Runs one target.
fn fuzz(toolbox: &Toolbox, arguments: &Arguments, sanitizer: &str, folder: &Path, target: &str) -> Result<()> {
    let seeds = folder.join("seeds").join(target);
    let corpus = folder.join("corpus").join(target);
    for folder in [&seeds, &corpus] {
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    println!("fuzz: {target} for {} s", arguments.seconds);
    let mut command = cargo_fuzz(toolbox, "run", sanitizer);
    // libFuzzer writes what it finds interesting to the first folder, and reads all.
    command.arg("--target-dir").arg(folder).arg(target).args([&corpus, &seeds]).arg("--");
    command.args(["-verbosity=0", "-print_final_stats=1"]).args([
        format!("-max_total_time={}", arguments.seconds),
        format!("-rss_limit_mb={MAX_MEGABYTES}"),
        format!("-timeout={MAX_SECONDS}"),
    ]);
    process::run(command.env("TWINLENS_FUZZ_SEEDS", &seeds))
        .with_context(|| format!("{target} failed on the input that lies in fuzz/artifacts/{target}"))
}

fn cargo_fuzz(toolbox: &Toolbox, subcommand: &str, sanitizer: &str) -> Command {
    let mut command = toolbox.command("cargo-fuzz");
    command.args([subcommand, "--dev", "--sanitizer", sanitizer]);
    // Sanitizers are unstable options, and the compiler in use is a stable one.
    command.env("RUSTC_BOOTSTRAP", "1");
    command
}
