//! `twinlens general-model`: fits the model that catalogues start from (feature `import`).

use std::path::PathBuf;

use crate::merchant::evaluation::{Dataset, general_model};
use crate::merchant::models::Models;
use crate::{Error, Result};

/// Fit the general model, from which every catalogue's own starts, to public data
#[derive(clap::Args)]
pub struct Arguments {
    /// Folder of the data sets
    #[arg(long)]
    data: PathBuf,
    /// File to write
    #[arg(long, default_value = "src/merchant/learn/prior.json")]
    out: PathBuf,
    /// Folder of packs
    #[arg(long)]
    models: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let models = Models::find(arguments.models.as_deref())?;
    let device = super::open("cpu")?;
    let model = general_model(&|name| Dataset::read(name, &arguments.data), &|dataset| {
        dataset.encoders.iter().map(|name| models.encoder(name, &device)).collect()
    })?;
    let place = arguments.out.display().to_string();
    let failed = |e: &dyn std::fmt::Display| {
        Error::io("writing the general model", "a file that can be written", e.to_string(), place.clone())
    };
    let json = serde_json::to_string(&model).map_err(|e| failed(&e))?;
    std::fs::write(&arguments.out, json + "\n").map_err(|e| failed(&e))
}
