//! The dependencies checked by cargo-deny against deny.toml.

use anyhow::Result;

use crate::process;
use crate::setup::cargo_tools;
use crate::toolbox::Toolbox;

/// Licences, bans and sources, which need no network; advisories where their database can be fetched.
pub fn run(toolbox: &Toolbox) -> Result<()> {
    cargo_tools::ensure_deny(toolbox)?;
    check(toolbox, &["licenses", "bans", "sources"])?;
    match process::run_quietly(toolbox.command("cargo-deny").args(["fetch", "db"])) {
        Ok(()) => check(toolbox, &["advisories"]),
        Err(error) => {
            println!("deny: advisories skipped: {error:#}");
            Ok(())
        }
    }
}

fn check(toolbox: &Toolbox, arguments: &[&str]) -> Result<()> {
    // The graph of who asks for a package is long, and `cargo tree --invert PACKAGE` prints it.
    process::run(toolbox.command("cargo-deny").args(["check", "--hide-inclusion-graph"]).args(arguments))
}
