//! `cargo xtask setup`: install what is missing, say one line a step, do nothing when nothing is missing.

pub mod cargo_tools;
mod debian_rust;
pub mod npm;
mod rust_target;
mod system;

use anyhow::{Result, bail};

use crate::toolbox::Toolbox;

pub use rust_target::ARM;

use rust_target::WEB;

pub fn run(toolbox: &mut Toolbox) -> Result<()> {
    let mut packages = system::missing_packages(toolbox);
    // An attempt to download can be slow to fail: what Debian's toolchain has already needs none.
    if !rust_target::is_available(toolbox, WEB)
        && !debian_rust::is_ready(WEB)
        && let Err(error) = rust_target::add(toolbox, WEB)
    {
        eprintln!("setup: {error:#}");
    }
    let needs_debian_rust = !rust_target::is_available(toolbox, WEB);
    if needs_debian_rust && !debian_rust::is_ready(WEB) {
        packages.extend(debian_rust::PACKAGES);
    }
    system::install(toolbox, &packages)?;
    if needs_debian_rust {
        debian_rust::ensure(toolbox, WEB)?;
        debian_rust::take_into_use(toolbox)?;
    }
    if !rust_target::is_available(toolbox, WEB) {
        bail!("expected the {WEB} standard library, found none for `rustc`; install it with `rustup target add {WEB}`");
    }
    system::install_webkit(toolbox);
    cargo_tools::ensure(toolbox)?;
    npm::ensure(toolbox, npm::TESTS)?;
    npm::ensure(toolbox, npm::EXAMPLES)
}

/// Makes a target that nothing but a check needs available; the error says why it cannot be.
pub fn add_target(toolbox: &Toolbox, target: &str) -> Result<()> {
    if debian_rust::is_in_use(toolbox) {
        return debian_rust::ensure(toolbox, target);
    }
    if rust_target::is_available(toolbox, target) {
        return Ok(());
    }
    rust_target::add(toolbox, target)
}
