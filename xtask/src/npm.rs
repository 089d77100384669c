//! `cargo xtask npm`: the package as `npm pack` makes it, in the target folder.

use std::path::PathBuf;

use anyhow::Result;

use crate::toolbox::Toolbox;
use crate::{process, setup, web};

/// Builds what the package holds, and packs it.
pub fn run(toolbox: &mut Toolbox) -> Result<()> {
    setup::run(toolbox)?;
    web::build(toolbox)?;
    println!("{}", pack(toolbox)?.display());
    Ok(())
}

/// Packs what is built; the path of the tarball.
pub fn pack(toolbox: &Toolbox) -> Result<PathBuf> {
    let mut node = toolbox.command("node");
    node.arg("xtask/npm/pack.mjs").arg(toolbox.target_dir.join("npm"));
    process::read(&mut node).map(PathBuf::from)
}
