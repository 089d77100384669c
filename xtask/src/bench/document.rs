//! docs/performance.md.

use std::fmt::Write as _;

use anyhow::Result;
use serde_json::{Map, Value};

use super::Found;
use crate::toolbox::Toolbox;
use crate::{process, server};

/// Keys of the first table, and what each is.
const HEADLINES: [(&str, &str); 17] = [
    ("web.gpu.title24.vs_ort", "WebGPU on a software adapter, title of 24 tokens, warm"),
    ("web.gpu.photo.vs_ort", "the same, photo"),
    ("web.gpu.title24.first.vs_ort", "the same, first title after loading"),
    ("web.gpu.photo.first.vs_ort", "the same, first photo after loading"),
    ("web.cpu.title24.vs_ort", "WebAssembly, one thread, title of 24 tokens, warm"),
    ("web.cpu.photo.vs_ort", "the same, photo"),
    (
        "web.cpu.photo12mp.vs_browser",
        "the same, a JPEG of 12 megapixels from bytes to vector, decoded by us and by the browser",
    ),
    (
        "web.cpu.photo48mp.memory_growth_bytes",
        "growth of WebAssembly's memory by one of 48 megapixels, without the file, bytes",
    ),
    ("web.cpu.photo200mp.memory_growth_bytes", "the same for 200 megapixels"),
    ("native.cpu.title24.vs_ort", "native, one thread, title of 24 tokens"),
    ("native.cpu.photo.vs_ort", "the same, photo"),
    (
        "native.title4096.vs_400",
        "native, one thread, a title of 4,096 characters beside one of 400, without the encoder",
    ),
    ("web.cpu.search100k.vs_peer", "WebAssembly, exact search of 100,000 listings"),
    (
        "web.first_answer.words.vs_everything",
        "opening the page to the first answer to words over 10 Mbit/s, beside loading everything first",
    ),
    ("web.first_answer.photo.vs_everything", "the same for a photo"),
    ("web.store.load.vs_transformers", "second visit, both encoders ready from the browser's store, on the CPU"),
    ("web.runtime.gzip_bytes", "runtime that the browser downloads, gzipped, bytes"),
];

pub fn of(toolbox: &Toolbox, found: &Found, figures: &Map<String, Value>) -> Result<String> {
    let mut text = String::from(include_str!("head.md"));
    machine(&mut text, found)?;
    writeln!(text, "\n| what | key | value | quartiles | ours, ms | peer, ms |\n|---|---|---|---|---|---|")?;
    for (key, what) in HEADLINES {
        let get = |key: &str| figures.get(key).map(shown).unwrap_or_default();
        let (stem, peer) = key.rsplit_once(".vs_").unwrap_or((key, ""));
        let quartiles = match peer {
            "" => String::new(),
            _ => format!("{}–{}", get(&format!("{key}.low")), get(&format!("{key}.high"))),
        };
        let (ours, theirs) = (get(&format!("{stem}.ms")), get(&format!("{stem}.{peer}_ms")));
        writeln!(text, "| {what} | `{key}` | {} | {quartiles} | {ours} | {theirs} |", get(key))?;
    }
    for (name, title) in [
        ("web.gpu", "Encoders in Chromium, WebGPU"),
        ("web.cpu", "Encoders in Chromium, WebAssembly on one thread"),
        ("native.cpu", "Encoders natively on one thread"),
    ] {
        let Some(measured) = found.get(name) else { continue };
        writeln!(text, "\n## {title}\n")?;
        works(&mut text, &measured["works"])?;
        forms(&mut text, &measured["works"])?;
    }
    if let Some(measured) = found.get("native.title4096") {
        text.push('\n');
        text.push_str(include_str!("titles.md"));
        text.push('\n');
        works(&mut text, &measured["works"])?;
    }
    writeln!(text, "\n## After loading\n\nThe first run, and loading with every file in the HTTP cache.\n")?;
    for name in ["web.gpu", "web.cpu"] {
        let Some(measured) = found.get(&format!("{name}.start")) else { continue };
        writeln!(text, "`{name}`:\n")?;
        let mut rows = measured["first"].as_object().cloned().unwrap_or_default();
        rows.insert("load".into(), measured["load"].clone());
        works(&mut text, &Value::Object(rows))?;
        text.push('\n');
    }
    text.push_str("## The page\n\n");
    text.push_str(include_str!("page.md"));
    text.push('\n');
    for name in ["web.first_answer", "web.store"] {
        let Some(measured) = found.get(name) else { continue };
        writeln!(text, "`{name}`:\n")?;
        works(&mut text, &measured["works"])?;
        text.push('\n');
    }
    text.push_str(include_str!("search.md"));
    text.push('\n');
    let searches: Map<String, Value> = found
        .iter()
        .filter(|(name, _)| name.contains(".search"))
        .map(|(name, row)| (name.clone(), row.clone()))
        .collect();
    works(&mut text, &Value::Object(searches))?;
    text.push_str("\n## Runtime\n\n| file | bytes | gzip -9 |\n|---|---|---|\n");
    for file in found["size"]["files"].as_array().into_iter().flatten() {
        writeln!(text, "| {} | {} | {} |", label(&file["path"]), file["bytes"], file["gzipped"])?;
    }
    text.push('\n');
    text.push_str(include_str!("roofline.md"));
    plans(toolbox, &mut text)?;
    text.push('\n');
    text.push_str(include_str!("tried.md"));
    text.push_str("\n## All figures\n\n");
    text.push_str(&table(figures));
    Ok(text)
}

/// All figures by their keys.
pub fn table(figures: &Map<String, Value>) -> String {
    let rows = figures.iter().map(|(key, value)| format!("| `{key}` | {} |\n", shown(value)));
    format!("| key | value |\n|---|---|\n{}", rows.collect::<String>())
}

fn machine(text: &mut String, found: &Found) -> Result<()> {
    let processor = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line = processor.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let features = field("flags").unwrap_or_default();
    let has = |feature: &str| features.split(' ').any(|found| found == feature);
    let vectors = ["avx2", "avx512f", "avx512_vnni"].into_iter().filter(|feature| has(feature)).collect::<Vec<_>>();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let model = field("model name").unwrap_or_else(|| "a processor that does not say its name".into());
    writeln!(
        text,
        "\nMeasured on {cores} cores of {model} ({}), Chromium {}, adapter {}.",
        vectors.join(", "),
        label(&found["web.gpu"]["browser"]),
        label(&found["web.gpu"]["info"]["adapter"]),
    )?;
    Ok(())
}

/// A row a contender.
fn works(text: &mut String, works: &Value) -> Result<()> {
    writeln!(
        text,
        "| work | contender | median, ms | quartiles | its time / ours, by round | rounds |\n|---|---|---|---|---|---|"
    )?;
    for (work, row) in works.as_object().into_iter().flatten() {
        for (name, spread) in row["contenders"].as_object().into_iter().flatten() {
            let ratio = match row["peer"] == **name {
                true => format!(
                    "{} ({}–{})",
                    shown(&row["ratio"]["median"]),
                    shown(&row["ratio"]["low"]),
                    shown(&row["ratio"]["high"])
                ),
                false => String::new(),
            };
            let (low, high) = (shown(&spread["low"]), shown(&spread["high"]));
            writeln!(
                text,
                "| {work} | {name} | {} | {low}–{high} | {ratio} | {} |",
                shown(&spread["median"]),
                row["rounds"]
            )?;
        }
    }
    Ok(())
}

/// The forms of each model that were tried before the rounds.
fn forms(text: &mut String, works: &Value) -> Result<()> {
    writeln!(
        text,
        "\n| work | form of the peer's model | tried, ms | cosine to ours | layers that fall back to the CPU |\n|---|---|---|---|---|"
    )?;
    for (work, row) in works.as_object().into_iter().flatten() {
        for form in row["forms"].as_array().into_iter().flatten() {
            let name = label(&form["name"]);
            let (tried, cosine) = (shown(&row["tried"][name]), shown(&form["cosine"]));
            writeln!(text, "| {work} | {name} | {tried} | {cosine} | {} |", shown(&form["layers_on_cpu"]))?;
        }
    }
    Ok(())
}

/// What `twinlens inspect --plan` says of the encoders that are compared.
fn plans(toolbox: &Toolbox, text: &mut String) -> Result<()> {
    for encoder in ["minilm", "efficientnet-lite0"] {
        let file = format!("models/{encoder}.safetensors");
        let mut inspect = std::process::Command::new(server::binary(toolbox));
        inspect.current_dir(&toolbox.checkout).args(["inspect", &file, "--plan"]);
        if let Ok(plan) = process::read(&mut inspect) {
            writeln!(text, "\n```sh\ntwinlens inspect {file} --plan\n```\n\n```text\n{plan}\n```")?;
        }
    }
    Ok(())
}

fn label(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Whole numbers as they are, others with four digits that count; nothing for nothing.
fn shown(value: &Value) -> String {
    match (value.as_u64(), value.as_f64()) {
        (Some(whole), _) => whole.to_string(),
        (_, Some(number)) if number >= 1000.0 => format!("{number:.0}"),
        (_, Some(number)) if number >= 1.0 => format!("{number:.*}", 3 - number.log10().floor() as usize),
        (_, Some(number)) => format!("{number:.4}"),
        _ => String::new(),
    }
}
