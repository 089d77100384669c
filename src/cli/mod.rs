//! The command-line face.

mod build;
mod check;
mod dedup;
mod embed;
mod eval;
#[cfg(feature = "lab")]
mod export;
mod feed;
#[cfg(feature = "import")]
mod general_model;
#[cfg(feature = "import")]
mod import;
mod inspect;
mod match_;
mod match_catalogues;
mod pairs;
mod publish;
mod read;
#[cfg(feature = "lab")]
mod research;
mod serve;
#[cfg(feature = "lab")]
mod train;

use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

use crate::engine::{Device, Preference};
use crate::photo::check_name;
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
    Build(build::Arguments),
    Check(check::Arguments),
    Match(match_::Arguments),
    Dedup(dedup::Arguments),
    MatchCatalogues(match_catalogues::Arguments),
    Embed(embed::Arguments),
    Eval(eval::Arguments),
    Inspect(inspect::Arguments),
    Publish(publish::Arguments),
    Read(read::Arguments),
    Serve(serve::Arguments),
    #[cfg(feature = "import")]
    Import(import::Arguments),
    #[cfg(feature = "lab")]
    Research(research::Arguments),
    #[cfg(feature = "lab")]
    Train(train::Arguments),
    #[cfg(feature = "import")]
    GeneralModel(general_model::Arguments),
    #[cfg(feature = "lab")]
    Export(export::Arguments),
}

/// Runs the command line: 0 on success, 2 on bad usage, 1 on failure with one line on stderr.
pub fn run() -> ExitCode {
    quiet_drivers();
    let cli = Cli::parse();
    let result = match cli.command {
        Command::Build(arguments) => build::run(&arguments, cli.json),
        Command::Check(arguments) => check::run(&arguments, cli.json),
        Command::Match(arguments) => match_::run(&arguments, cli.json),
        Command::Dedup(arguments) => dedup::run(&arguments, cli.json),
        Command::MatchCatalogues(arguments) => match_catalogues::run(&arguments, cli.json),
        Command::Embed(arguments) => embed::run(&arguments, cli.json),
        Command::Eval(arguments) => eval::run(&arguments, cli.json),
        Command::Inspect(arguments) => inspect::run(&arguments, cli.json),
        Command::Publish(arguments) => publish::run(&arguments, cli.json),
        Command::Read(arguments) => read::run(&arguments, cli.json),
        Command::Serve(arguments) => serve::run(&arguments),
        #[cfg(feature = "import")]
        Command::Import(arguments) => import::run(&arguments, cli.json),
        #[cfg(feature = "lab")]
        Command::Research(arguments) => research::run(&arguments, cli.json),
        #[cfg(feature = "lab")]
        Command::Train(arguments) => train::run(&arguments, cli.json),
        #[cfg(feature = "import")]
        Command::GeneralModel(arguments) => general_model::run(&arguments),
        #[cfg(feature = "lab")]
        Command::Export(arguments) => export::run(&arguments, cli.json),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error, cli.json);
            ExitCode::FAILURE
        }
    }
}

/// Without a desktop session Mesa's device chooser has nothing to ask and says so on stderr, which is for our one line.
fn quiet_drivers() {
    if std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        // SAFETY: this is the first thing the program does; there is no other thread that could read the environment.
        unsafe { std::env::set_var("NODEVICE_SELECT", "1") };
    }
}

fn report(error: &Error, json: bool) {
    if json {
        eprintln!("{}", serde_json::json!({"code": error.code(), "message": error.to_string()}));
    } else {
        // Messages quote what was found: a line break in it must not make two lines.
        eprintln!("twinlens: {}", error.to_string().replace(['\n', '\r'], " "));
    }
}

/// Prints a document on stdout; a reader that has gone away is no failure of ours to report.
fn print(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Refuses what is no folder of images.
fn is_folder(images: &Path) -> Result<()> {
    let place = || images.display().to_string();
    images.is_dir().then_some(()).ok_or_else(|| Error::io("reading images", "a folder", "none", place()))
}

/// A progress bar on stderr, hidden by itself where that is no terminal.
fn bar(length: usize, of: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(&format!("{{bar:30}} {{pos}}/{{len}} {of}, {{per_sec}}, {{eta}} left"));
    ProgressBar::new(length as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Reads a whole file.
fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path)
        .map_err(|e| Error::io("reading a file", "a file that can be read", e, path.display().to_string()))
}

/// A photo's file.
fn read_photo(path: &Path) -> Result<Vec<u8>> {
    let bytes = read(path)?;
    check_name(path, &bytes).map_err(|e| about_photo(e, path))?;
    Ok(bytes)
}

/// Says where the photo lies that an error is about.
fn about_photo(error: Error, path: &Path) -> Error {
    match error {
        Error::Photo { expected, found } => Error::photo(expected, format!("{found} in {}", path.display())),
        other => other,
    }
}

/// Opens the device that `--device` names.
fn open(device: &str) -> Result<Device> {
    let preference: Preference = device.parse()?;
    pollster::block_on(Device::open(preference))
}
