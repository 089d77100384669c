//! `cargo xtask accuracy`: every figure of docs/accuracy.md, each from the command above its table, and the README's table.

mod picture_files;
mod readme;
mod shops;
mod short_queries;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::{Map, Value, json};

use self::shops::Shops;
use crate::server::{self, Server};
use crate::toolbox::Toolbox;
use crate::{process, setup, web};

/// Where the tables go.
const DOCUMENT: &str = "docs/accuracy.md";
const KINDS: [&str; 3] = ["photo", "title", "both"];

#[derive(Args)]
pub struct Arguments {
    /// Also print the figures as JSON
    #[arg(long)]
    json: bool,
    /// Folder of the data sets; without one, the nearest shared/data here or above
    #[arg(long)]
    data: Option<PathBuf>,
}

/// The JSON documents of all evaluations.
struct Evaluations {
    profiles: Vec<(&'static str, Value)>,
    /// Of several pictures a listing; not pooled with those of one.
    galleries: Vec<(&'static str, Value)>,
    shopee: Value,
    lookalike: Value,
    /// Short queries over the demo shop.
    demo: Value,
    /// `None` where the picture files are not there.
    photos: Option<Value>,
    /// `None` where the pictures of bar codes are not there.
    barcodes: Option<Value>,
    shops: Shops,
    /// Of the page in Chromium: the share of lanes and fusion in a match, by kind of query.
    overhead: Value,
}

pub fn run(toolbox: &mut Toolbox, arguments: &Arguments) -> Result<()> {
    setup::run(toolbox)?;
    server::build_binary(toolbox)?;
    let data = arguments.data.clone().or_else(|| nearest_data(&toolbox.checkout));
    let data = data.context("expected --data or a folder shared/data beside or above the checkout, found none")?;
    let mut profiles = Vec::new();
    for profile in ["grocery", "apparel", "abt-buy", "amazon-google"] {
        profiles.push((profile, eval(toolbox, profile, Some(&data))?));
    }
    let mut galleries = Vec::new();
    for profile in ["grocery-labelled", "apparel-gallery"] {
        galleries.push((profile, eval(toolbox, profile, Some(&data))?));
    }
    let found = Evaluations {
        profiles,
        galleries,
        shopee: eval(toolbox, "shopee", Some(&data.join("apparel/listings.csv")))?,
        lookalike: eval(toolbox, "lookalike", None)?,
        demo: eval(toolbox, "demo", None)?,
        photos: photos(toolbox, &data)?,
        barcodes: barcodes(toolbox, &data)?,
        shops: Shops::evaluate(toolbox, &data)?,
        overhead: overhead(toolbox)?,
    };
    let figures = found.figures()?;
    let path = toolbox.checkout.join(DOCUMENT);
    fs::write(&path, found.document(&figures)?).with_context(|| format!("cannot write {}", path.display()))?;
    readme::update(&toolbox.checkout, &found.profiles, &found.shops.readme_table())?;
    if arguments.json {
        println!("{}", json!({ "figures": figures }));
    } else {
        println!("{DOCUMENT} and the table in README.md are written");
    }
    Ok(())
}

fn nearest_data(checkout: &Path) -> Option<PathBuf> {
    checkout.ancestors().map(|folder| folder.join("shared/data")).find(|folder| folder.is_dir())
}

fn eval(toolbox: &Toolbox, profile: &str, data: Option<&Path>) -> Result<Value> {
    eprintln!("accuracy: {profile}");
    let mut command = std::process::Command::new(server::binary(toolbox));
    command.current_dir(&toolbox.checkout).args(["eval", profile, "--json"]);
    if let Some(data) = data {
        command.arg("--data").arg(data);
    }
    let text = process::read(&mut command)?;
    serde_json::from_str(&text).with_context(|| format!("expected JSON from `twinlens eval {profile}`"))
}

/// Picture files lie beside the data sets.
fn photos(toolbox: &Toolbox, data: &Path) -> Result<Option<Value>> {
    let folder = data.join("../cases/photos");
    if !folder.is_dir() {
        eprintln!("accuracy: photos.read is skipped: expected picture files in {}, found none", folder.display());
        return Ok(None);
    }
    eval(toolbox, "photos", Some(&folder)).map(Some)
}

fn barcodes(toolbox: &Toolbox, data: &Path) -> Result<Option<Value>> {
    let folder = data.join("barcode");
    if !folder.is_dir() {
        eprintln!("accuracy: barcode.* is skipped: expected pictures in {}, found none", folder.display());
        return Ok(None);
    }
    eval(toolbox, "barcode", Some(data)).map(Some)
}

fn overhead(toolbox: &Toolbox) -> Result<Value> {
    eprintln!("accuracy: lanes and fusion in the browser");
    web::build(toolbox)?;
    let server = Server::start(toolbox)?;
    let mut command = toolbox.command("node");
    command.arg("tests/page/overhead.mjs").arg(format!("{}?device=cpu", server.url));
    if let Some(chromium) = toolbox.chromium() {
        command.env("CHROMIUM", chromium);
    }
    let text = process::read(&mut command)?;
    serde_json::from_str(&text).context("expected JSON from tests/page/overhead.mjs")
}

impl Evaluations {
    fn profile(&self, name: &str) -> Result<&Value> {
        let found = self.profiles.iter().find(|(profile, _)| *profile == name);
        Ok(&found.with_context(|| format!("expected a profile {name}"))?.1)
    }

    fn mode<'a>(&self, profile: &'a Value, mode: &str) -> Option<&'a Value> {
        profile["modes"].as_array()?.iter().find(|m| m["twinlens"]["mode"] == mode)
    }

    /// The figures by their keys.
    fn figures(&self) -> Result<Map<String, Value>> {
        let mut figures = Map::new();
        let mut put = |key: &str, value: &Value| {
            let value = value.as_f64().with_context(|| format!("expected a number for {key}, found {value}"))?;
            figures.insert(key.into(), json!(value));
            anyhow::Ok(value)
        };
        for (key, name) in [("abt_buy", "abt-buy"), ("amazon_google", "amazon-google")] {
            let profile = self.profile(name)?;
            let pairs = profile["pairs"].as_array().context("expected labelled pairs")?;
            let own = pairs.iter().find(|row| row["name"] == "Twinlens").context("expected a row of Twinlens")?;
            put(&format!("{key}.test_f1"), &own["test_f1"]["value"])?;
            let title = self.mode(profile, "title").context("expected queries by title")?;
            put(&format!("{key}.r1"), &title["twinlens"]["row"]["recall_at_1"]["value"])?;
            put(&format!("openset.title.{key}.auroc"), &title["twinlens"]["open_set_auroc"]["value"])?;
        }
        for name in ["grocery", "apparel"] {
            let photo = self.mode(self.profile(name)?, "photo").context("expected queries by photo")?;
            for (k, column) in [("r1", "recall_at_1"), ("r5", "recall_at_5")] {
                put(&format!("{name}.photo.{k}"), &photo["twinlens"]["row"][column]["value"])?;
            }
        }
        let apparel = self.profile("apparel")?;
        let recall = |mode: &str| {
            let found = self.mode(apparel, mode).context("expected queries of every kind")?;
            found["twinlens"]["row"]["recall_at_1"]["value"].as_f64().context("expected a recall")
        };
        let (photo, title, both) = (recall("photo")?, recall("title")?, recall("both")?);
        put("apparel.both.r1", &json!(both))?;
        put("apparel.both.gain", &json!(both - photo.max(title)))?;
        for mode in KINDS {
            put(&format!("ece.{mode}"), &json!(self.pooled_calibration_error(mode, "reliability")?))?;
            let unlabelled = self.pooled_calibration_error(mode, "unlabelled_reliability")?;
            put(&format!("ece.unlabelled.{mode}"), &json!(unlabelled))?;
        }
        put("ece.presence", &json!(self.pooled_calibration_error("title", "presence_reliability")?))?;
        for (mode, key) in [("title", "title"), ("both", "both"), ("photo", "photo.apparel")] {
            let found = self.mode(apparel, mode).context("expected queries of every kind")?;
            put(&format!("openset.{key}.auroc"), &found["twinlens"]["open_set_auroc"]["value"])?;
        }
        for (name, profile) in &self.galleries {
            let own = &self.mode(profile, "photo").context("expected queries by photo")?["twinlens"];
            let key = name.replace('-', ".");
            put(&format!("{key}.r1"), &own["row"]["recall_at_1"]["value"])?;
            put(&format!("{key}.r5"), &own["row"]["recall_at_5"]["value"])?;
            let shares = &own["decisions"]["there"];
            let (right, wrong) = (put(&format!("{key}.match"), &shares[0])?, shares[1].as_f64().unwrap_or(0.0));
            put(&format!("{key}.match_precision"), &json!(right / (right + wrong).max(f64::MIN_POSITIVE)))?;
        }
        for (key, value) in self.shops.figures()? {
            put(&key, &value)?;
        }
        put("lookalike.pairs", &self.lookalike["lookalikes"]["pairs"])?;
        put("lookalike.false_match", &self.lookalike["lookalikes"]["false_match"])?;
        put("lookalike.true_match", &self.lookalike["lookalikes"]["true_match"])?;
        for (key, value) in short_queries::figures(&self.demo)? {
            put(&key, &value)?;
        }
        if let Some(photos) = &self.photos {
            put("photos.read", &photos["photos"]["read"])?;
        }
        if let Some(found) = &self.barcodes {
            put("barcode.right", &found["barcodes"]["right"])?;
            put("barcode.wrong", &found["barcodes"]["wrong"])?;
        }
        let shares = KINDS.map(|mode| self.overhead[mode].as_f64());
        let worst =
            shares.into_iter().collect::<Option<Vec<f64>>>().context("expected a share for each kind of query")?;
        put("match.overhead", &json!(worst.into_iter().fold(0.0, f64::max)))?;
        Ok(figures)
    }

    /// Over all queries of a kind, from the reliability tables of that name of all profiles: the bins have the same bounds.
    fn pooled_calibration_error(&self, mode: &str, table: &str) -> Result<f64> {
        let mut bins: Vec<(f64, f64, f64)> = vec![(0.0, 0.0, 0.0); 10];
        for (_, profile) in &self.profiles {
            let Some(found) = self.mode(profile, mode) else { continue };
            for bin in found["twinlens"][table].as_array().context("expected a reliability table")? {
                let number = |key: &str| bin[key].as_f64().with_context(|| format!("expected {key} in a bin"));
                let (index, answers) = ((number("from")? * 10.0).round() as usize, number("answers")?);
                let pooled = bins.get_mut(index).context("expected ten bins")?;
                pooled.0 += answers;
                pooled.1 += answers * number("mean_probability")?;
                pooled.2 += answers * number("right")?;
            }
        }
        let answers: f64 = bins.iter().map(|bin| bin.0).sum();
        if answers == 0.0 {
            bail!("expected queries by {mode}, found none");
        }
        Ok(bins.iter().map(|bin| (bin.1 - bin.2).abs()).sum::<f64>() / answers)
    }

    fn document(&self, figures: &Map<String, Value>) -> Result<String> {
        let mut text = String::from(include_str!("accuracy/head.md"));
        text.push_str(&self.shops.first_tables());
        text.push_str(include_str!("accuracy/fitted.md"));
        text.push_str("\n## Figures\n");
        writeln!(text, "\n```sh\ncargo xtask accuracy --json\n```\n\n| figure | value |\n|---|---|")?;
        for (key, value) in figures {
            writeln!(text, "| `{key}` | {} |", shown(value))?;
        }
        for (name, profile) in self.profiles.iter().chain(&self.galleries) {
            self.profile_tables(&mut text, name, profile)?;
        }
        writeln!(
            text,
            "\n## Rows against rows\n\n```sh\ntwinlens eval shopee --data shared/data/apparel/listings.csv\n```\n"
        )?;
        writeln!(text, "| row-wise mean F1 | |\n|---|---|")?;
        for row in self.shopee["groups"].as_array().context("expected rows against rows")? {
            writeln!(text, "| {} | {} |", label(&row["name"]), estimate(&row["row_wise_f1"]))?;
        }
        let found = &self.lookalike["lookalikes"];
        writeln!(
            text,
            "\n## Look-alikes\n\n```sh\ntwinlens eval lookalike\n```\n\n| | queries | Match | Unsure |\n|---|---|---|---|"
        )?;
        let (pairs, spellings) = (&found["pairs"], &found["spellings"]);
        writeln!(
            text,
            "| another value than the shop has | {pairs} | {} | {} |",
            shown(&found["false_match"]),
            shown(&found["unsure"])
        )?;
        writeln!(text, "| the shop's value, written otherwise | {spellings} | {} | |", shown(&found["true_match"]))?;
        text.push_str(&short_queries::table(&self.demo));
        text.push_str(&picture_files::cases(self.photos.as_ref()));
        text.push_str(&picture_files::barcodes(self.barcodes.as_ref()));
        text.push_str(&self.shops.further_tables());
        text.push_str(include_str!("accuracy/others.md"));
        Ok(text)
    }

    fn profile_tables(&self, text: &mut String, name: &str, profile: &Value) -> Result<()> {
        let encoders: Vec<&str> =
            profile["encoders"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        writeln!(
            text,
            "\n## {name}\n\n```sh\ntwinlens eval {name}\n```\n\n{} listings; {}.",
            profile["listings"],
            encoders.join(", ")
        )?;
        for mode in profile["modes"].as_array().into_iter().flatten() {
            let own = &mode["twinlens"];
            let kind = own["mode"].as_str().context("expected a kind of query")?;
            writeln!(text, "\n{} queries by {kind}:\n\n| | R@1 | R@5 |\n|---|---|---|", own["queries"])?;
            let baselines = mode["baselines"].as_array().into_iter().flatten();
            for row in baselines.chain([&own["unlabelled_row"], &own["row"]]) {
                writeln!(
                    text,
                    "| {} | {} | {} |",
                    label(&row["name"]),
                    estimate(&row["recall_at_1"]),
                    estimate(&row["recall_at_5"])
                )?;
            }
            writeln!(text, "\n| decision | |\n|---|---|")?;
            writeln!(text, "| calibration error | {} |", estimate(&own["calibration_error"]))?;
            writeln!(text, "| the same without labels | {} |", estimate(&own["unlabelled_calibration_error"]))?;
            writeln!(text, "| calibration error of presence | {} |", estimate(&own["presence_calibration_error"]))?;
            writeln!(text, "| open-set AUROC | {} |", estimate(&own["open_set_auroc"]))?;
            writeln!(text, "| precision at 95 % recall | {} |", shown(&own["open_set_precision_at_95_recall"]))?;
            let shares = |key: &str| {
                let shares = own["decisions"][key].as_array().into_iter().flatten();
                shares.map(shown).collect::<Vec<_>>().join(" / ")
            };
            writeln!(
                text,
                "| product in the catalogue: correct Match / wrong Match / Unsure / No-Match | {} |",
                shares("there")
            )?;
            writeln!(text, "| product not in it: Match / Unsure / No-Match | {} |", shares("not_there"))?;
            writeln!(text, "\n| probability | answers | mean probability | share correct |\n|---|---|---|---|")?;
            for bin in own["reliability"].as_array().into_iter().flatten() {
                let bounds = format!("{}–{}", shown(&bin["from"]), shown(&bin["to"]));
                writeln!(
                    text,
                    "| {bounds} | {} | {} | {} |",
                    bin["answers"],
                    shown(&bin["mean_probability"]),
                    shown(&bin["right"])
                )?;
            }
        }
        if let Some(rows) = profile["pairs"].as_array() {
            writeln!(
                text,
                "\nLabelled pairs, fitted on train, threshold from valid, reported on test:\n\n| | precision | recall | F1 |\n|---|---|---|---|"
            )?;
            for row in rows {
                let test = &row["test"];
                writeln!(
                    text,
                    "| {} | {} | {} | {} |",
                    label(&row["name"]),
                    shown(&test["precision"]),
                    shown(&test["recall"]),
                    estimate(&row["test_f1"])
                )?;
            }
        }
        Ok(())
    }
}

fn label(value: &Value) -> String {
    let name = value.as_str().unwrap_or_default();
    if name == "Twinlens" { format!("**{name}**") } else { name.into() }
}

fn shown(value: &Value) -> String {
    match value.as_f64() {
        Some(number) if number.fract() == 0.0 && number.abs() >= 2.0 => format!("{number}"),
        Some(number) => format!("{number:.3}"),
        None => value.to_string(),
    }
}

fn estimate(value: &Value) -> String {
    format!("{} ({}–{})", shown(&value["value"]), shown(&value["low"]), shown(&value["high"]))
}
