//! `cargo xtask <command>`: what a developer or CI does around the crate.
//!
//! Nothing has to be installed by hand first: every command that needs a tool runs [`setup`], which installs what is
//! missing and is quick when nothing is.

mod aarch64;
mod accuracy;
mod bench;
mod demo;
mod demo_catalogue;
mod deny;
mod fuzz;
mod lab;
mod models;
mod mutate;
mod npm;
mod outcome;
mod process;
mod research;
mod server;
mod setup;
mod size;
mod test;
mod toolbox;
mod web;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use toolbox::Toolbox;

#[derive(Parser)]
#[command(name = "cargo xtask", about, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install whatever the other commands need and this machine lacks
    Setup,
    /// Build the WebAssembly module into www/pkg, and the scripts www/twinlens.js and www/worker.js
    BuildWeb,
    /// Pack the npm package into the target folder, as `npm pack` does
    Npm,
    /// Show what the browser downloads, gzipped; fail above the limit
    Size(size::Arguments),
    /// Serve the page with the demo shop on loopback
    Demo(demo::Arguments),
    /// Make the packs in models/ anew from their published weights
    Models(models::Arguments),
    /// Make the demo shop's catalogue in www/demo anew from its published products
    DemoCatalogue,
    /// Mutate every file of a catalogue and of a pack; fail where one is accepted, panics or asks for much memory
    Mutate(mutate::Arguments),
    /// Measure accuracy on public data and write docs/accuracy.md
    Accuracy(accuracy::Arguments),
    /// Compare the methods of the research on public data and write docs/research.md
    Research(research::Arguments),
    /// Measure speed and size beside what a user would pick instead, and write docs/performance.md
    Bench(bench::Arguments),
    /// Feed generated inputs to every parser of strangers' bytes
    Fuzz(fuzz::Arguments),
    /// Everything CI checks
    Test(test::Arguments),
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    let mut toolbox = Toolbox::discover()?;
    match command {
        Command::Setup => setup::run(&mut toolbox),
        Command::BuildWeb => {
            setup::run(&mut toolbox)?;
            web::build(&toolbox)
        }
        Command::Npm => npm::run(&mut toolbox),
        Command::Size(arguments) => size::run(&toolbox, &arguments),
        Command::Demo(arguments) => demo::run(&mut toolbox, &arguments),
        Command::Models(arguments) => models::run(&toolbox, &arguments),
        Command::DemoCatalogue => demo_catalogue::run(&toolbox),
        Command::Mutate(arguments) => mutate::run(&toolbox, &arguments),
        Command::Accuracy(arguments) => accuracy::run(&mut toolbox, &arguments),
        Command::Research(arguments) => research::run(&toolbox, &arguments),
        Command::Bench(arguments) => bench::run(&mut toolbox, &arguments),
        Command::Fuzz(arguments) => fuzz::run(&toolbox, &arguments),
        Command::Test(arguments) => test::run(&mut toolbox, &arguments),
    }
}
