//! The command-line face.

mod embed;
#[cfg(feature = "import")]
mod import;
mod models;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::{Error, Result};

/// Which product in this shop is it? Photo and title search that also runs in the shopper's own browser.
#[derive(Parser)]
#[command(name = "twinlens", version)]
struct Cli {
    /// Print one JSON document instead of text
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Embed(embed::Arguments),
    #[cfg(feature = "import")]
    Import(import::Arguments),
}

/// Runs the command line: 0 on success, 2 on bad usage, 1 on failure with one line on stderr.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command {
        Command::Embed(arguments) => embed::run(&arguments, cli.json),
        #[cfg(feature = "import")]
        Command::Import(arguments) => import::run(&arguments, cli.json),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error, cli.json);
            ExitCode::FAILURE
        }
    }
}

fn report(error: &Error, json: bool) {
    if json {
        eprintln!("{}", serde_json::json!({"code": error.code(), "message": error.to_string()}));
    } else {
        eprintln!("twinlens: {error}");
    }
}

/// Prints a document on stdout; a reader that has gone away is no failure of ours to report.
fn print(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Reads a whole file.
fn read(path: &std::path::Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|e| Error::io("reading a file", e, path.display().to_string()))
}
