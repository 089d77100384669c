//! Results of earlier runs, by what they were made of.

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::digest::sha256_hex;
use crate::lab::train::write_whole;
use crate::{Error, Result};

/// Raised when what is measured changes: older results are not taken for it.
const FORM: u32 = 1;

/// A folder of results.
pub struct Cache {
    pub folder: PathBuf,
}

impl Cache {
    /// # Errors
    /// [`Error::Io`] where the folder cannot be made.
    pub fn open(folder: &Path) -> Result<Self> {
        let failed = |e| Error::io("making a folder", "a folder to keep results in", e, folder.display().to_string());
        std::fs::create_dir_all(folder).map_err(failed)?;
        Ok(Cache { folder: folder.to_path_buf() })
    }

    /// The key of what is made of those parts.
    pub fn key(parts: &[&str]) -> String {
        let lengths = parts.iter().map(|part| format!("{}:{part}", part.len()));
        let text = lengths.fold(format!("{FORM} {}", env!("CARGO_PKG_VERSION")), |text, part| text + "\n" + &part);
        sha256_hex(text.as_bytes())[..24].to_string()
    }

    /// What is kept under a key; `None` where nothing is, or what another program left.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        serde_json::from_slice(&std::fs::read(self.path(key)).ok()?).ok()
    }

    /// # Errors
    /// [`Error::Io`] where it cannot be written.
    pub fn put<T: Serialize>(&self, key: &str, value: &T) -> Result<()> {
        let path = self.path(key);
        let failed = |e: serde_json::Error| {
            Error::io("keeping a result", "one that can be written as JSON", e, path.display().to_string())
        };
        write_whole(&path, &serde_json::to_vec(value).map_err(failed)?)
    }

    fn path(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{key}.json"))
    }

    /// A folder below it, made where it is not there.
    ///
    /// # Errors
    /// As [`Cache::open`].
    pub fn below(&self, name: &str) -> Result<PathBuf> {
        Ok(Cache::open(&self.folder.join(name))?.folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_found_by_the_same_parts_only() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(&folder.path().join("results")).unwrap();
        let key = Cache::key(&["row", "data"]);
        assert_ne!(key, Cache::key(&["rowdata", ""]));
        assert_eq!(cache.get::<Vec<u8>>(&key), None);
        cache.put(&key, &vec![1u8, 2]).unwrap();
        assert_eq!(cache.get(&Cache::key(&["row", "data"])), Some(vec![1u8, 2]));
        // A file that is cut off is no result.
        std::fs::write(cache.folder.join(format!("{key}.json")), "[1,").unwrap();
        assert_eq!(cache.get::<Vec<u8>>(&key), None);
    }
}
