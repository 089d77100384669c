//! `cargo xtask setup`: install what is missing, say one line a step, do nothing when nothing is missing.

mod cargo_tools;
mod debian_rust;
pub mod npm;
mod rust_target;
mod system;

use anyhow::{Result, bail};

use crate::toolbox::Toolbox;

pub fn run(toolbox: &mut Toolbox) -> Result<()> {
    let mut packages = system::missing_packages(toolbox);
    let needs_debian_rust = !rust_target::ensure(toolbox)?;
    if needs_debian_rust && !debian_rust::is_ready() {
        packages.extend(debian_rust::PACKAGES);
    }
    system::install(toolbox, &packages)?;
    if needs_debian_rust {
        debian_rust::ensure(toolbox)?;
    }
    if !rust_target::is_available(toolbox) {
        bail!(
            "expected the wasm32-unknown-unknown standard library, found none for `rustc`; \
             install it with `rustup target add wasm32-unknown-unknown`"
        );
    }
    cargo_tools::ensure(toolbox)?;
    npm::ensure(toolbox, npm::TESTS)
}
