//! The library type-checked for aarch64, so that the kernels for Neon compile on every machine that tests.

use anyhow::Result;

use crate::outcome::Outcome;
use crate::process;
use crate::setup;
use crate::toolbox::Toolbox;

/// Skipped where the target's standard library cannot be had.
pub fn run(toolbox: &Toolbox) -> Result<Outcome> {
    if let Err(error) = setup::add_target(toolbox, setup::ARM) {
        return Ok(Outcome::Skipped(format!("{error:#}")));
    }
    let mut check = toolbox.command("cargo");
    // In release: build scripts and macros are then the ones that the tests compile anyway.
    check.args(["check", "--release", "--package", "twinlens", "--lib", "--target", setup::ARM]);
    // libwebp is C, and a check links nothing: no cross compiler has to be there to make objects that no one reads.
    for tool in ["CC", "AR"] {
        check.env(format!("{tool}_aarch64_unknown_linux_gnu"), "true");
    }
    process::run(&mut check)?;
    Ok(Outcome::Passed)
}
