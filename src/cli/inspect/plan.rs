//! `twinlens inspect PACK --plan`: the kernel calls of an encoder, what each costs, and what they would take elsewhere.

use serde_json::{Value, json};

use crate::Error;
use crate::Result;
use crate::engine::Plan;
use crate::engine::gpu::{Tuning, workgroups};
use crate::engine::roofline::{LAUNCH_SECONDS, ROOFS};
use crate::kernels::Cost;
use crate::pack::Pack;

/// The plan of a pack for so many tokens, as one document.
pub fn describe(pack: &Pack, tokens: u32) -> Result<Value> {
    let plan = Plan::new(pack)?;
    if let Some(max) = plan.max_tokens
        && !(1..=max).contains(&tokens)
    {
        return Err(Error::argument("tokens", format!("1 to {max}"), tokens.to_string()));
    }
    // The same on every machine: those of the variants that software adapters run.
    let variants = Tuning::SOFTWARE.of(&plan);
    let mut total = Cost::default();
    let calls: Vec<Value> = plan
        .calls(tokens)
        .map(|call| {
            let cost = call.cost();
            total.flops += cost.flops;
            total.bytes_read += cost.bytes_read;
            total.bytes_written += cost.bytes_written;
            let workgroups: u32 = workgroups(call.threads(variants)).iter().product();
            json!({"kernel": call.name(), "shape": call.shape(), "workgroups": workgroups, "flops": cost.flops,
                "bytes_read": cost.bytes_read, "bytes_written": cost.bytes_written})
        })
        .collect();
    let milliseconds = |roof: &crate::engine::roofline::Roof| {
        let seconds = roof.seconds(plan.costs(tokens));
        json!({"gpu": roof.gpu, "teraflops": roof.teraflops, "gigabytes_per_second": roof.gigabytes_per_second,
            "milliseconds": (seconds * 1e6).round() / 1e3})
    };
    let roofline: Vec<Value> = ROOFS.iter().map(milliseconds).collect();
    let tokens = plan.max_tokens.map(|_| tokens);
    Ok(json!({"kind": "plan", "name": pack.header.name, "tokens": tokens, "calls": calls,
        "total": {"dispatches": plan.steps.len(), "flops": total.flops, "bytes_read": total.bytes_read,
            "bytes_written": total.bytes_written},
        "estimate": {"launch_microseconds": LAUNCH_SECONDS * 1e6, "gpus": roofline}}))
}

/// The document as a table for people.
pub fn table(document: &Value) -> String {
    let number = |value: &Value, key: &str| value[key].as_u64().unwrap_or_default();
    let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_string();
    let rows = document["calls"].as_array().cloned().unwrap_or_default();
    let mut lines = vec![format!(
        "{:>3}  {:<14}{:<38}{:>10}{:>12}{:>12}{:>12}",
        "", "kernel", "shape", "workgroups", "MFLOP", "kB read", "kB written"
    )];
    let costs = |value: &Value| {
        format!(
            "{:>12.2}{:>12.1}{:>12.1}",
            number(value, "flops") as f64 / 1e6,
            number(value, "bytes_read") as f64 / 1e3,
            number(value, "bytes_written") as f64 / 1e3
        )
    };
    for (i, row) in rows.iter().enumerate() {
        let (kernel, shape) = (text(row, "kernel"), text(row, "shape"));
        lines.push(format!("{i:>3}  {kernel:<14}{shape:<38}{:>10}{}", number(row, "workgroups"), costs(row)));
    }
    let total = &document["total"];
    lines.push(format!(
        "     {:<14}{:<38}{:>10}{}",
        "total",
        format!("{} dispatches", number(total, "dispatches")),
        "",
        costs(total)
    ));
    lines.push(format!(
        "estimate, at best (roofline, {} µs a dispatch):",
        document["estimate"]["launch_microseconds"].as_f64().unwrap_or_default().round()
    ));
    for gpu in document["estimate"]["gpus"].as_array().into_iter().flatten() {
        let published = |key: &str| gpu[key].as_f64().unwrap_or_default();
        lines.push(format!(
            "  {:<26}{:>8.2} ms  ({} TFLOP/s, {} GB/s as published)",
            text(gpu, "gpu"),
            published("milliseconds"),
            published("teraflops"),
            published("gigabytes_per_second")
        ));
    }
    lines.join("\n")
}
