//! `twinlens eval`: accuracy on public data.

use std::path::PathBuf;

use super::models::{Models, nearest};
use crate::evaluation::{PROFILES, Profile, retrieval};
use crate::{Error, Result};

/// Reproduce a row of the accuracy tables
#[derive(clap::Args)]
pub struct Arguments {
    /// Data set and task
    #[arg(value_parser = PROFILES)]
    profile: String,
    /// Folder of the data sets; without one, the nearest shared/data here or above
    #[arg(long)]
    data: Option<PathBuf>,
    /// Only these encoders
    #[arg(long, value_delimiter = ',')]
    encoders: Vec<String>,
    #[arg(long, default_value = "cpu", value_parser = ["auto", "gpu", "cpu"])]
    device: String,
    /// Folder of packs
    #[arg(long)]
    models: Option<PathBuf>,
}

pub fn run(arguments: &Arguments, json: bool) -> Result<()> {
    let data = arguments.data.clone().or_else(|| nearest("shared/data", |folder| folder.is_dir()));
    let none = || Error::io("looking for data sets", "--data or a folder shared/data here or above", "none", ".");
    let data = data.ok_or_else(none)?;
    let profile = Profile::read(&arguments.profile, &data)?;
    let models = Models::find(arguments.models.as_deref())?;
    let device = super::open(&arguments.device)?;
    let names: Vec<&str> = profile
        .encoders
        .iter()
        .copied()
        .filter(|e| arguments.encoders.is_empty() || arguments.encoders.iter().any(|a| a == e))
        .collect();
    if names.is_empty() {
        return Err(Error::argument("encoders", profile.encoders.join(", "), arguments.encoders.join(", ")));
    }
    let encoders =
        names.iter().map(|name| Ok((*name, models.encoder(name, &device)?.1))).collect::<Result<Vec<_>>>()?;
    let rows = retrieval(&profile, encoders)?;
    if json {
        let document = serde_json::json!({"profile": arguments.profile, "queries": profile.queries.len(),
            "catalogue": profile.catalogue.len(), "rows": rows});
        super::print(&document.to_string());
        return Ok(());
    }
    super::print(&format!(
        "{}: {} queries, {} listings",
        arguments.profile,
        profile.queries.len(),
        profile.catalogue.len()
    ));
    super::print(&format!("{:44}  R@1    R@5", "encoder"));
    for row in rows {
        super::print(&format!("{:44}  {:.3}  {:.3}", row.encoder, row.recall_at_1, row.recall_at_5));
    }
    Ok(())
}
