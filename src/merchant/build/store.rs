//! Writing a catalogue's files so that the old catalogue stays whole until the new one is.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::catalogue::{MANIFEST_FILE, Manifest, Projection, ProjectionEntry, ShardEntry};
use crate::digest::sha256_hex;
use crate::{Error, Result};

/// A folder being filled. Shards carry their hash in their names, so they never replace one another; the manifest is
/// renamed into place last. Dropped before that, everything new is removed.
pub struct Store {
    folder: PathBuf,
    written: Vec<PathBuf>,
}

impl Store {
    /// Opens or makes the folder.
    pub fn open(folder: &Path) -> Result<Self> {
        let failed = |e| {
            Error::io("making a catalogue's folder", "a folder that can be written", e, folder.display().to_string())
        };
        std::fs::create_dir_all(folder).map_err(failed)?;
        Ok(Store { folder: folder.to_path_buf(), written: Vec::new() })
    }

    /// Writes one shard and gives its entry.
    pub fn shard(&mut self, index: usize, bytes: &[u8], listings: usize) -> Result<ShardEntry> {
        let sha256 = sha256_hex(bytes);
        let file = format!("shard-{index:04}-{}.safetensors", &sha256[..12]);
        self.put(&file, bytes)?;
        Ok(ShardEntry { file, bytes: bytes.len() as u64, sha256, listings: listings as u64 })
    }

    /// Writes a projection, where there is one, and gives its entry.
    pub fn projection(&mut self, projection: Option<&Projection>) -> Result<Option<ProjectionEntry>> {
        let Some(projection) = projection else { return Ok(None) };
        let bytes = projection.write()?;
        let sha256 = sha256_hex(&bytes);
        let file = format!("projection-{}.safetensors", &sha256[..12]);
        self.put(&file, &bytes)?;
        Ok(Some(ProjectionEntry { file, bytes: bytes.len() as u64, sha256, dimension: projection.to() as u32 }))
    }

    fn put(&mut self, file: &str, bytes: &[u8]) -> Result<()> {
        let path = self.folder.join(file);
        // A file of that name is either this very shard or was altered; writing it anew mends the second.
        let fresh = !path.exists();
        self.place(&path, bytes)?;
        if fresh {
            self.written.push(path);
        }
        Ok(())
    }

    /// Puts the manifest in place, then removes shards that it does not name.
    pub fn finish(mut self, manifest: &Manifest) -> Result<()> {
        let path = self.folder.join(MANIFEST_FILE);
        let json = serde_json::to_vec_pretty(manifest)
            .map_err(|e| Error::io("writing a manifest", "a catalogue in JSON", e, path.display().to_string()))?;
        self.place(&path, &json)?;
        self.written.clear();
        let stale = |name: &str| {
            let projections = manifest.projections.iter().flatten().map(|s| &s.file);
            (name.starts_with("shard-") || name.starts_with("projection-"))
                && name.ends_with(".safetensors")
                && !manifest.shards.iter().map(|s| &s.file).chain(projections).any(|file| file == name)
        };
        for entry in std::fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            if entry.file_name().to_str().is_some_and(stale) {
                // The new catalogue is whole; a leftover costs disk projection only.
                let _ = std::fs::remove_file(entry.path());
            }
        }
        Ok(())
    }

    /// Writes beside, then renames.
    fn place(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        let failed =
            |e: std::io::Error| Error::io("writing a catalogue", "room for a file", e, path.display().to_string());
        let mut file = tempfile::NamedTempFile::new_in(&self.folder).map_err(failed)?;
        file.write_all(bytes).map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // A temporary file is private; a catalogue is there to be served.
            file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644)).map_err(failed)?;
        }
        file.persist(path).map_err(|e| failed(e.error))?;
        Ok(())
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        for path in &self.written {
            let _ = std::fs::remove_file(path);
        }
    }
}
