//! From what the scripts found to figures by their keys.

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

use super::Found;

/// What ours is called among the contenders.
const OURS: &str = "twinlens";
/// Measurements of the whole page, and what each is compared with.
const BESIDE: [(&str, &str); 2] = [("web.first_answer", "everything"), ("web.store", "transformers")];

/// `.vs_…` is the median over the rounds of the peer's time over ours, `.low` and `.high` its quartiles.
pub fn figures(found: &Found) -> Result<Map<String, Value>> {
    let mut figures = Map::new();
    for (name, measured) in found {
        if name == "size" {
            figures.insert("web.runtime.gzip_bytes".into(), measured["gzipped"].clone());
        } else if let Some(place) = name.strip_suffix(".photos") {
            for (work, row) in object(measured, "works")? {
                compared(&mut figures, &format!("{place}.{work}"), "browser", row)?;
            }
            for (photo, grown) in object(measured, "memory")? {
                let key = format!("{place}.{photo}.memory_growth_bytes");
                figures.insert(key.clone(), number(&grown["memory_growth_bytes"], &key)?);
            }
        } else if let Some((_, peer)) = BESIDE.iter().find(|(beside, _)| beside == name) {
            for (work, row) in object(measured, "works")? {
                compared(&mut figures, &format!("{name}.{work}"), peer, row)?;
            }
        } else if let Some(place) = name.strip_suffix(".title4096") {
            long_titles(&mut figures, place, object(measured, "works")?)?;
        } else if let Some(place) = name.strip_suffix(".start") {
            for (work, row) in object(measured, "first")? {
                compared(&mut figures, &format!("{place}.{work}.first"), "ort", row)?;
            }
            compared(&mut figures, &format!("{place}.load"), "ort", &measured["load"])?;
        } else if let Some((place, shop)) = name.split_once(".search") {
            compared(&mut figures, &format!("{place}.cpu.search{shop}"), "peer", measured)?;
            let gpu = format!("{place}.gpu.search{shop}");
            figures.insert(format!("{gpu}.ms"), number(&measured["gpu"]["median"], &gpu)?);
            // Natively: with a filter, which is a mask on the device.
            for (key, scan) in [(format!("{place}.cpu.search{shop}"), measured), (gpu.clone(), &measured["gpu"])] {
                if let Some(filtered) = scan.get("filtered") {
                    figures.insert(format!("{key}.filtered.ms"), number(&filtered["median"], &key)?);
                }
            }
            if let Some(bytes) = measured["gpu"].get("readback_bytes") {
                figures.insert(format!("{gpu}.readback_bytes"), bytes.clone());
            }
            for (contender, recall) in object(measured, "recall")? {
                let contender = if contender == OURS { "" } else { &format!(".{contender}") };
                figures.insert(format!("{place}.cpu.search{shop}{contender}.recall"), recall.clone());
            }
            if let Some(recall) = measured["gpu"].get("recall") {
                figures.insert(format!("{gpu}.recall"), recall.clone());
            }
            memory(&mut figures, &format!("{place}.cpu.search{shop}"), measured);
        } else {
            for (work, row) in object(measured, "works")? {
                compared(&mut figures, &format!("{name}.{work}"), "ort", row)?;
            }
            memory(&mut figures, name, measured);
        }
    }
    Ok(figures)
}

/// Of each kind of title; of the kind whose long titles cost most beside its short ones also without the kind's name.
fn long_titles(figures: &mut Map<String, Value>, place: &str, works: &Map<String, Value>) -> Result<()> {
    let mut dearest: Option<(f64, &Value)> = None;
    for (kind, row) in works {
        compared(figures, &format!("{place}.title4096.{kind}"), "400", row)?;
        let ratio = number(&row["ratio"]["median"], kind)?.as_f64().unwrap_or_default();
        if dearest.is_none_or(|(least, _)| ratio < least) {
            dearest = Some((ratio, row));
        }
    }
    let (_, row) = dearest.context("expected a kind of title in what a script printed, found none")?;
    compared(figures, &format!("{place}.title4096"), "400", row)?;
    let short = format!("{place}.title400.ms");
    figures.insert(short.clone(), number(&row["contenders"]["400"]["median"], &short)?);
    Ok(())
}

/// The ratio with its quartiles, and the times.
fn compared(figures: &mut Map<String, Value>, key: &str, peer: &str, row: &Value) -> Result<()> {
    let ratio = format!("{key}.vs_{peer}");
    figures.insert(ratio.clone(), number(&row["ratio"]["median"], &ratio)?);
    for quartile in ["low", "high"] {
        figures.insert(format!("{ratio}.{quartile}"), number(&row["ratio"][quartile], &ratio)?);
    }
    let contenders = &row["contenders"];
    let theirs = row["peer"].as_str().with_context(|| format!("expected the name of a peer for {key}"))?;
    figures.insert(format!("{key}.ms"), number(&contenders[OURS]["median"], key)?);
    figures.insert(format!("{key}.{peer}_ms"), number(&contenders[theirs]["median"], key)?);
    Ok(())
}

/// The most WebAssembly memory that was needed, in the browser.
fn memory(figures: &mut Map<String, Value>, key: &str, measured: &Value) {
    if let Some(bytes) = measured["info"]["memory"].as_u64() {
        figures.insert(format!("{key}.memory_bytes"), json!(bytes));
    }
}

fn number(value: &Value, key: &str) -> Result<Value> {
    Ok(json!(value.as_f64().with_context(|| format!("expected a number for {key}, found {value}"))?))
}

fn object<'a>(value: &'a Value, key: &str) -> Result<&'a Map<String, Value>> {
    value[key].as_object().with_context(|| format!("expected {key} in what a script printed"))
}
