//! `cargo xtask test`: everything CI checks, as named steps, cheapest first.

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use crate::outcome::Outcome;
use crate::toolbox::Toolbox;
use crate::{aarch64, deny, fuzz, lab, process, server, setup, size, web};

/// Seconds for all tests of one wasm test binary; software adapters compile shaders slowly.
const WASM_TEST_TIMEOUT_SECONDS: &str = "900";

#[derive(Args)]
pub struct Arguments {
    /// Run the set-up and this step only
    #[arg(long, value_name = "STEP")]
    only: Option<Step>,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Step {
    /// Install what is missing
    Setup,
    /// cargo fmt --check
    Format,
    /// Licences, sources, versions and, where its database can be had, advisories of the dependencies
    Deny,
    /// cargo check of the library for aarch64
    Aarch64,
    /// cargo clippy, warnings denied
    Clippy,
    /// cargo test --release, the whole workspace
    Native,
    /// Each fuzz target for some seconds
    Fuzz,
    /// The WebAssembly build
    Web,
    /// The limit on what the browser downloads
    Size,
    /// wasm-pack test --headless --chrome
    Wasm,
    /// The served page in headless Chromium
    Page,
    /// cargo test --features lab, and the lab's packs in headless Chromium
    Lab,
}

pub fn run(toolbox: &mut Toolbox, arguments: &Arguments) -> Result<()> {
    let mut steps: Vec<Step> = Step::value_variants().to_vec();
    if let Some(only) = arguments.only {
        steps.retain(|step| *step == Step::Setup || *step == only);
    }
    let mut passed = 0;
    let mut failure = None;
    for step in steps {
        let name = step.name();
        println!("{name}: started");
        let started = Instant::now();
        let outcome = step.run(toolbox);
        let elapsed_s = started.elapsed().as_secs_f64();
        match outcome {
            Ok(Outcome::Passed) => {
                passed += 1;
                println!("{name}: passed in {elapsed_s:.1} s");
            }
            Ok(Outcome::Skipped(why)) => println!("{name}: skipped: {why}"),
            Err(error) => {
                println!("{name}: failed after {elapsed_s:.1} s");
                failure = Some(error.context(format!("step {name} failed")));
                break;
            }
        }
    }
    println!("{passed} passed, {} failed", u8::from(failure.is_some()));
    failure.map_or(Ok(()), Err)
}

impl Step {
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    fn run(self, toolbox: &mut Toolbox) -> Result<Outcome> {
        match self {
            Step::Setup => setup::run(toolbox)?,
            Step::Format => return cargo_component(toolbox, "fmt", &["--all", "--check"]),
            Step::Deny => deny::run(toolbox)?,
            Step::Aarch64 => return aarch64::run(toolbox),
            Step::Clippy => {
                for arguments in [&LINT[..], &LINT_WEB[..]] {
                    if let Outcome::Skipped(why) = cargo_component(toolbox, "clippy", arguments)? {
                        return Ok(Outcome::Skipped(why));
                    }
                }
            }
            Step::Native => process::run(toolbox.command("cargo").args(NATIVE_TESTS))?,
            Step::Fuzz => fuzz::run(toolbox, &fuzz::Arguments::default())?,
            Step::Web => web::build(toolbox)?,
            Step::Size => size::run(toolbox, &size::Arguments::default())?,
            Step::Wasm => {
                let mut command = toolbox.command("wasm-pack");
                command.args(["test", "--headless", "--chrome"]);
                process::run(command.env("WASM_BINDGEN_TEST_TIMEOUT", WASM_TEST_TIMEOUT_SECONDS))?;
            }
            Step::Page => {
                // The binary that the native tests were built with: `cargo build` chooses other features of the
                // dependencies and would compile most of them again.
                process::run(toolbox.command("cargo").args(NATIVE_TESTS).arg("--no-run"))?;
                web::bundle_scripts(toolbox)?;
                page(toolbox)?;
            }
            Step::Lab => {
                process::run(toolbox.command("cargo").args(NATIVE_TESTS).arg("--no-run"))?;
                lab::test(toolbox)?;
            }
        }
        Ok(Outcome::Passed)
    }
}

/// Arguments of cargo for the native tests, the importers among them.
const NATIVE_TESTS: [&str; 5] = ["test", "--release", "--workspace", "--features", "twinlens/import"];

/// Arguments of cargo clippy, in release: build scripts and macros are then the ones the tests compile anyway.
const LINT: [&str; 8] =
    ["--release", "--workspace", "--features", "twinlens/import", "--all-targets", "--", "-D", "warnings"];
/// And for what only the browser runs, in the profile of its build for the same reason.
const LINT_WEB: [&str; 10] = [
    "--profile",
    "web",
    "--package",
    "twinlens",
    "--lib",
    "--target",
    "wasm32-unknown-unknown",
    "--",
    "-D",
    "warnings",
];

/// Runs a cargo subcommand that a toolchain may lack.
fn cargo_component(toolbox: &Toolbox, name: &str, arguments: &[&str]) -> Result<Outcome> {
    if !process::succeeds(toolbox.command("cargo").args([name, "--version"])) {
        return Ok(Outcome::Skipped(format!("the toolchain in use has no `cargo {name}`")));
    }
    process::run(toolbox.command("cargo").arg(name).args(arguments))?;
    Ok(Outcome::Passed)
}

/// Milliseconds that one file of page tests may take: several times what the slowest needs on a busy machine.
const PAGE_TEST_TIMEOUT: u32 = 900_000;

/// The page tests start their own servers, from the binary in TWINLENS_BIN.
fn page(toolbox: &Toolbox) -> Result<()> {
    let folder = toolbox.checkout.join("tests/page");
    // Named one by one: what `node --test` makes of a folder differs from version to version.
    let entries = fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut tests: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    tests.retain(|path| path.to_string_lossy().ends_with(".test.mjs"));
    tests.sort();
    if tests.is_empty() {
        bail!("expected *.test.mjs files, found none in {}", folder.display());
    }
    let chromium = toolbox.chromium().context("expected Chromium on PATH, found none")?;
    let mut command = toolbox.command("node");
    command.args(["--test", "--test-concurrency=1"]).arg(format!("--test-timeout={PAGE_TEST_TIMEOUT}")).args(tests);
    command.env("TWINLENS_BIN", server::binary(toolbox)).env("CHROMIUM", chromium);
    process::run(&mut command)
}
