//! `twinlens import`: makes a pack from published weights (feature `import`).

use std::path::PathBuf;

use crate::{Error, Result, pack};

/// Make the packs of one encoder from the unpacked package that publishes its weights
#[derive(clap::Args)]
pub struct Arguments {
    /// Name of the encoder
    encoder: String,
    /// Folder into which the package was unpacked
    #[arg(long)]
    from: PathBuf,
    /// Folder to write to
    #[arg(long, default_value = "models")]
    out: PathBuf,
}

pub fn run(arguments: &Arguments, json: bool) -> Result<()> {
    for output in pack::import::import(&arguments.encoder, &arguments.from)? {
        let path = arguments.out.join(&output.file);
        std::fs::write(&path, &output.bytes)
            .map_err(|e| Error::io("writing a pack", "a file that can be written", e, path.display().to_string()))?;
        let sha256 = crate::digest::sha256_hex(&output.bytes);
        if json {
            super::print(
                &serde_json::json!({"file": output.file, "bytes": output.bytes.len(), "sha256": sha256}).to_string(),
            );
        } else {
            super::print(&format!("{sha256}  {} ({} bytes)", output.file, output.bytes.len()));
        }
    }
    Ok(())
}
