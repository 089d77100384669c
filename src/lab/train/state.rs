//! The state of a run on disk: what an interrupted run goes on from, to the same bits.

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;

use burn::optim::ModuleOptimizer;
use burn::prelude::*;
use burn::store::{ModuleRecord, RecordError};
use burn::tensor::Bytes;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use super::network::Network;
use crate::{Error, Result};

const METADATA_KEY: &str = "twinlens.training";

/// One epoch of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// From 1; 0 is the untrained encoder.
    pub epoch: usize,
    /// Mean over the batches; none before training.
    pub loss: Option<f64>,
    /// Of the validation part.
    pub mean_reciprocal_rank: f64,
    pub recall_at_1: f64,
    pub learning_rate: f64,
}

/// Where a run stands after an epoch, besides its tensors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// SHA-256 of the recipe and of what it was trained on: another run's state is refused.
    pub run: String,
    pub step: usize,
    /// State of the random numbers.
    pub rng: u64,
    pub epochs: Vec<Epoch>,
    /// The epoch with the best validation figure.
    pub best: usize,
}

impl Progress {
    /// The last epoch that is done.
    pub fn epoch(&self) -> usize {
        self.epochs.last().map_or(0, |epoch| epoch.epoch)
    }

    /// The validation figure of the best epoch.
    pub fn best_figure(&self) -> f64 {
        let best = self.epochs.iter().find(|epoch| epoch.epoch == self.best);
        best.map_or(f64::NEG_INFINITY, |epoch| epoch.mean_reciprocal_rank)
    }
}

/// A run after an epoch.
#[derive(Clone)]
pub struct State {
    pub progress: Progress,
    pub network: Network,
    /// As it was after the best epoch.
    pub best: Network,
    pub optimizer: ModuleOptimizer,
}

impl State {
    /// Writes the state beside the file, then puts it in its place: the state before stays until the new one is whole.
    ///
    /// # Errors
    /// [`Error::Io`] that names the file.
    pub fn write(&self, path: &Path) -> Result<()> {
        let failed = |e: RecordError| Error::pack("parameters that can be written", e.to_string(), "the network");
        let record = |network: &Network| network.clone().into_record().into_bytes().map_err(failed);
        let optimizer = self.optimizer.into_bytes().map_err(failed)?;
        let (network, best) = (record(&self.network)?, record(&self.best)?);
        let unwritable = |e: String| Error::pack("a state that can be written", e, path.display().to_string());
        let view = |bytes| view(bytes).map_err(|e| unwritable(e.to_string()));
        let tensors = [("best", view(&best)?), ("network", view(&network)?), ("optimizer", view(&optimizer)?)];
        let json = serde_json::to_string(&self.progress).map_err(|e| unwritable(e.to_string()))?;
        let metadata = HashMap::from([(METADATA_KEY.to_string(), json)]);
        let bytes = safetensors::serialize(tensors, Some(metadata)).map_err(|e| unwritable(e.to_string()))?;
        write_whole(path, &bytes)
    }

    /// Reads a state into a network and an optimiser of the same recipe.
    ///
    /// # Errors
    /// [`Error::Io`] where there is none, [`Error::Pack`] where it is damaged or another run's.
    pub fn read(path: &Path, run: &str, network: &Network, optimizer: ModuleOptimizer) -> Result<State> {
        let place = path.display().to_string();
        let bytes = std::fs::read(path)
            .map_err(|e| Error::io("resuming a run", "the state of a run that was begun", e, place.clone()))?;
        let damaged = |e: String| Error::pack("the state of a run", e, place.clone());
        let (_, metadata) = SafeTensors::read_metadata(&bytes).map_err(|e| damaged(e.to_string()))?;
        let json = metadata.metadata().as_ref().and_then(|m| m.get(METADATA_KEY));
        let json = json.ok_or_else(|| damaged("a safetensors file without one".into()))?;
        let progress: Progress = serde_json::from_str(json).map_err(|e| damaged(e.to_string()))?;
        if progress.run != run {
            let expected = format!("the state of this recipe's run over the same data, {run}");
            return Err(Error::pack(expected, format!("one of {}", progress.run), place));
        }
        let tensors = SafeTensors::deserialize(&bytes).map_err(|e| damaged(e.to_string()))?;
        let part = |name: &str| -> Result<Bytes> {
            let tensor = tensors.tensor(name).map_err(|e| damaged(e.to_string()))?;
            Ok(Bytes::from_bytes_vec(tensor.data().to_vec()))
        };
        let record = |name: &str| -> Result<Network> {
            let record = ModuleRecord::from_bytes(part(name)?).map_err(|e| damaged(e.to_string()))?;
            network.clone().try_load_record(record).map_err(|e| damaged(e.to_string()))
        };
        let optimizer = optimizer.from_bytes(part("optimizer")?).map_err(|e| damaged(e.to_string()))?;
        Ok(State { progress, network: record("network")?, best: record("best")?, optimizer })
    }
}

fn view(bytes: &[u8]) -> std::result::Result<TensorView<'_>, safetensors::SafeTensorError> {
    TensorView::new(Dtype::U8, vec![bytes.len()], bytes)
}

/// Writes a file as `.part` beside its place and renames it: what was there before stays until the new one is whole.
///
/// # Errors
/// [`Error::Io`] that names the file.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let expected = "room for it in its folder; what was there before is kept";
    let failed = |e: std::io::Error| Error::io("writing a file", expected, e, path.display().to_string());
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let written = std::fs::File::create(&part).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&part, path)
    });
    written.map_err(|e| {
        // What is left of it would only take the room that was wanting.
        let _ = std::fs::remove_file(&part);
        failed(e)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_cannot_be_written_leaves_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        write_whole(&path, b"first").unwrap();
        write_whole(&path, b"second").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"second");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        let error = write_whole(&folder.path().join("none/state"), b"x").unwrap_err().to_string();
        assert!(error.contains("none/state"), "{error}");
        // A folder where the new file would be.
        std::fs::create_dir(folder.path().join("state.part")).unwrap();
        let error = write_whole(&path, b"third").unwrap_err().to_string();
        assert!(error.contains("state") && error.contains("is kept"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), b"second");
    }
}
