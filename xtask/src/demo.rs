//! `cargo xtask demo`: the page with the demo shop, to use or to check.

use anyhow::Result;
use clap::Args;

use crate::server::{self, Server};
use crate::toolbox::Toolbox;
use crate::{process, setup, web};

#[derive(Args)]
pub struct Arguments {
    /// Match one photo and title through the served page in headless Chromium, print the result as JSON, and end
    #[arg(long)]
    check: bool,
    /// The loopback port; 0 takes any free one
    #[arg(long, default_value_t = 8080, conflicts_with = "check")]
    port: u16,
}

pub fn run(toolbox: &mut Toolbox, arguments: &Arguments) -> Result<()> {
    setup::run(toolbox)?;
    web::build(toolbox)?;
    server::build_binary(toolbox)?;
    if !arguments.check {
        return process::run(&mut server::serve(toolbox, arguments.port)?);
    }
    let server = Server::start(toolbox)?;
    let mut check = toolbox.command("node");
    check.arg("tests/page/check.mjs").arg(&server.url);
    if let Some(chromium) = toolbox.chromium() {
        check.env("CHROMIUM", chromium);
    }
    process::run(&mut check)
}
