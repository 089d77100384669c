//! `cargo xtask bench`: every figure of docs/performance.md. The scripts in benches/ measure, this runs them.

mod document;
mod figures;
mod measure;
mod setup;

use std::fs;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};

use crate::toolbox::Toolbox;
use figures::figures;

/// Where the tables go.
const DOCUMENT: &str = "docs/performance.md";

#[derive(Args)]
pub struct Arguments {
    /// Print the figures as one JSON document
    #[arg(long)]
    json: bool,
    /// Measure this only, and leave docs/performance.md as it is
    #[arg(long)]
    only: Option<Part>,
    /// Rounds of each comparison; every one runs every contender
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Part {
    /// The encoders in Chromium on WebGPU, against ONNX Runtime Web
    WebGpu,
    /// The encoders in Chromium on the CPU, against ONNX Runtime Web
    WebCpu,
    /// Photos of phones in Chromium, from bytes to vector, and the memory they take
    Photos,
    /// The encoders natively on one thread, against ONNX Runtime
    Native,
    /// A title of 4,096 characters beside one of 400, natively and without an encoder
    Titles,
    /// Exact search, in Chromium and natively
    Search,
    /// What the browser downloads as code
    Size,
    /// The first run after loading, and loading from the HTTP cache
    Load,
    /// From opening the page to the first useful answer over a line of 10 Mbit/s
    FirstAnswer,
    /// The second visit, with every file in the browser's store, against transformers.js
    Store,
}

/// What the scripts found, by the name of the measurement.
type Found = Map<String, Value>;

pub fn run(toolbox: &mut Toolbox, arguments: &Arguments) -> Result<()> {
    let bench = setup::run(toolbox)?;
    let mut found = Found::new();
    for part in Part::value_variants() {
        if arguments.only.is_none_or(|only| only == *part) {
            measure::part(toolbox, &bench, *part, arguments.rounds, &mut found)?;
        }
    }
    let figures = figures(&found)?;
    if arguments.only.is_none() {
        let text = document::of(toolbox, &found, &figures)?;
        let path = toolbox.checkout.join(DOCUMENT);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        eprintln!("{DOCUMENT} is written");
    }
    if arguments.json {
        println!("{}", json!({ "figures": figures, "measured": found }));
    } else {
        print!("{}", document::table(&figures));
    }
    Ok(())
}
