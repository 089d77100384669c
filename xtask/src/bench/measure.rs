//! Runs the scripts that measure.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::setup::{Bench, SHOPS};
use super::{Found, Part};
use crate::toolbox::Toolbox;
use crate::{server, size};

/// Most rounds of what needs a browser of its own for each run.
const FRESH_ROUNDS: u32 = 5;

pub fn part(toolbox: &Toolbox, bench: &Bench, part: Part, rounds: u32, found: &mut Found) -> Result<()> {
    let fresh = rounds.min(FRESH_ROUNDS).to_string();
    let rounds = rounds.to_string();
    match part {
        Part::WebGpu => {
            let script = ["benches/web/encoders.mjs", "--device", "webgpu", "--rounds", &rounds];
            found.insert("web.gpu".into(), run(toolbox, bench, &script)?);
        }
        Part::WebCpu => {
            let script = ["benches/web/encoders.mjs", "--device", "cpu", "--rounds", &rounds];
            found.insert("web.cpu".into(), run(toolbox, bench, &script)?);
        }
        Part::Photos => {
            let script = ["benches/web/photos.mjs", "--rounds", &rounds];
            found.insert("web.cpu.photos".into(), run(toolbox, bench, &script)?);
        }
        Part::Native => {
            let script = native(bench, "benches/native/encoders.mjs", &bench.encoders)?;
            let models = toolbox.checkout.join("models").display().to_string();
            let options = ["--models", &models, "--rounds", &rounds];
            found.insert("native.cpu".into(), run(toolbox, bench, &[&text(&script)[..], &options[..]].concat())?);
        }
        Part::Titles => {
            let script = native(bench, "benches/native/titles.mjs", &bench.titles)?;
            let options = ["--rounds", &rounds];
            found.insert("native.title4096".into(), run(toolbox, bench, &[&text(&script)[..], &options[..]].concat())?);
        }
        Part::Search => {
            let script = ["benches/web/search.mjs", "--listings", SHOPS[0], "--rounds", &rounds];
            found.insert(search_name("web", SHOPS[0]), run(toolbox, bench, &script)?);
            for listings in SHOPS {
                let script = native(bench, "benches/native/search.mjs", &bench.search)?;
                let options = ["--listings", listings, "--rounds", &rounds, "--gpu", "yes"];
                let answer = run(toolbox, bench, &[&text(&script)[..], &options[..]].concat())?;
                found.insert(search_name("native", listings), answer);
            }
        }
        Part::Size => {
            let entries = size::measure(&toolbox.checkout)?;
            let files: Vec<Value> =
                entries.iter().map(|e| json!({ "path": e.path, "bytes": e.bytes, "gzipped": e.gzipped })).collect();
            let gzipped: usize = entries.iter().map(|entry| entry.gzipped).sum();
            found.insert("size".into(), json!({ "files": files, "gzipped": gzipped }));
        }
        Part::Load => {
            for (device, name) in [("cpu", "web.cpu"), ("webgpu", "web.gpu")] {
                let mut script = vec!["benches/web/start.mjs", "--device", device, "--rounds", &fresh];
                // The forms that were fastest warm, where that is known.
                let peers = peers(found.get(name));
                if let Some(peers) = &peers {
                    script.extend(["--peers", peers.as_str()]);
                }
                found.insert(format!("{name}.start"), run(toolbox, bench, &script)?);
            }
        }
        Part::FirstAnswer => {
            let site = bench.site();
            let site = site.to_str().with_context(|| format!("expected UTF-8 in {site:?}"))?;
            let script = ["benches/web/first-answer.mjs", "--site", site, "--rounds", &fresh];
            found.insert("web.first_answer".into(), run(toolbox, bench, &script)?);
        }
        Part::Store => {
            let script = ["benches/web/store.mjs", "--rounds", &fresh];
            found.insert("web.store".into(), run(toolbox, bench, &script)?);
        }
    }
    Ok(())
}

/// `web.search100k` and the like.
fn search_name(place: &str, listings: &str) -> String {
    let listings = listings
        .strip_suffix("000000")
        .map(|millions| format!("{millions}m"))
        .or_else(|| listings.strip_suffix("000").map(|thousands| format!("{thousands}k")))
        .unwrap_or_else(|| listings.to_owned());
    format!("{place}.search{listings}")
}

fn peers(warm: Option<&Value>) -> Option<String> {
    let form = |work: &str| Some(format!("{work}={}", warm?["works"][work]["peer"].as_str()?));
    Some([form("title24")?, form("photo")?].join(","))
}

fn native(bench: &Bench, script: &str, program: &Path) -> Result<[String; 5]> {
    let show = |path: &Path| path.to_str().map(str::to_owned).with_context(|| format!("expected UTF-8 in {path:?}"));
    Ok([script.into(), "--ours".into(), show(program)?, "--python".into(), show(&bench.python)?])
}

fn text(words: &[String; 5]) -> [&str; 5] {
    words.each_ref().map(String::as_str)
}

/// Runs a script, its progress shown, and reads the JSON that it prints.
fn run(toolbox: &Toolbox, bench: &Bench, script: &[&str]) -> Result<Value> {
    let mut command: Command = toolbox.command("node");
    command.args(script).arg("--setup").arg(&bench.folder).env("TWINLENS_BIN", server::binary(toolbox));
    if let Some(chromium) = toolbox.chromium() {
        command.env("CHROMIUM", chromium);
    }
    let output = command.stderr(Stdio::inherit()).output().context("expected to start node")?;
    if !output.status.success() {
        bail!("expected success, found {} from `node {}`", output.status, script.join(" "));
    }
    serde_json::from_slice(&output.stdout).with_context(|| format!("expected JSON from `node {}`", script.join(" ")))
}
