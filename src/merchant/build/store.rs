//! Writing a catalogue's files so that the old catalogue stays whole until the new one is.

use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::generations::{Generations, TEMPORARY_PREFIX};
use crate::catalogue::{MANIFEST_FILE, Manifest, PicturesEntry, Projection, ProjectionEntry, ShardEntry, VERSION};
use crate::digest::sha256_hex;
use crate::merchant::unpublished::{MERCHANT_FILE, Unpublished, UnpublishedListing};
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

    /// Writes the pictures of one shard and gives their entry.
    pub fn pictures(&mut self, index: usize, bytes: &[u8]) -> Result<PicturesEntry> {
        let sha256 = sha256_hex(bytes);
        let file = format!("pictures-{index:04}-{}.safetensors", &sha256[..12]);
        self.put(&file, bytes)?;
        Ok(PicturesEntry { file, bytes: bytes.len() as u64, sha256 })
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
        // A file of that name is either this very file or was altered; writing it again repairs the second.
        let fresh = !path.exists();
        let file = self.temporary(&path, bytes, Readers::Everyone)?;
        persist(file, &path)?;
        if fresh {
            self.written.push(path);
        }
        Ok(())
    }

    /// Puts the manifest and `merchant.json` in place, then removes the files that neither this catalogue nor the
    /// `keep` before it name.
    pub fn finish(
        mut self,
        mut manifest: Manifest,
        listings: Vec<UnpublishedListing>,
        learnt_from: Vec<u64>,
        keep: usize,
    ) -> Result<()> {
        let manifest_path = self.folder.join(MANIFEST_FILE);
        let unpublished_path = self.folder.join(MERCHANT_FILE);
        let generations = Generations::of(&self.folder, &manifest, keep);
        let bytes = manifest.write()?;
        let mut unpublished = Unpublished {
            version: VERSION,
            self_sha256: String::new(),
            manifest_sha256: manifest.self_sha256,
            generations: generations.before.clone(),
            learnt_from,
            listings,
        };
        // Both are whole on the disk before either has its name. Should only the first get it, the second does not name
        // its hash, and an update builds everything anew.
        let manifest = self.temporary(&manifest_path, &bytes, Readers::Everyone)?;
        let unpublished = self.temporary(&unpublished_path, &unpublished.write()?, Readers::Owner)?;
        persist(manifest, &manifest_path)?;
        self.written.clear();
        persist(unpublished, &unpublished_path)?;
        generations.remove_others(&self.folder);
        Ok(())
    }

    /// Writes a file beside the one whose place it is to take.
    fn temporary(&self, path: &Path, bytes: &[u8], readers: Readers) -> Result<NamedTempFile> {
        let failed = |e| failed(e, path);
        let mut file = tempfile::Builder::new().prefix(TEMPORARY_PREFIX).tempfile_in(&self.folder).map_err(failed)?;
        file.as_file_mut().write_all(bytes).map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        readers.permit(&file).map_err(failed)?;
        Ok(file)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        for path in &self.written {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Who may read a file.
enum Readers {
    /// A web server among them.
    Everyone,
    Owner,
}

impl Readers {
    /// A temporary file is its owner's alone until told otherwise.
    #[cfg(unix)]
    fn permit(self, file: &NamedTempFile) -> std::io::Result<()> {
        use std::os::unix::fs::PermissionsExt;
        match self {
            Readers::Everyone => file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644)),
            Readers::Owner => Ok(()),
        }
    }

    #[cfg(not(unix))]
    fn permit(self, _: &NamedTempFile) -> std::io::Result<()> {
        Ok(())
    }
}

fn persist(file: NamedTempFile, path: &Path) -> Result<()> {
    file.persist(path).map(drop).map_err(|e| failed(e.error, path))
}

fn failed(error: std::io::Error, path: &Path) -> Error {
    Error::io("writing a catalogue", "room for a file", error, path.display().to_string())
}
