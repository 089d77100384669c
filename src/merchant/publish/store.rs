//! Writing a site so that the one before it stays whole until the new one is.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::compress::{brotli, gzip, is_compressible};
use super::record::Record;
use crate::digest::sha256_hex;
use crate::merchant::build::TEMPORARY_PREFIX;
use crate::{Error, Result};

/// Endings of the compressed forms.
pub const COMPRESSED: [&str; 2] = ["br", "gz"];

/// A folder that is being filled. All files are whole on the disk, under other names, before the first gets its own.
pub struct SiteStore<'a> {
    folder: &'a Path,
    last: Option<&'a Record>,
    /// In the order in which they get their names.
    written: Vec<(NamedTempFile, PathBuf)>,
    /// SHA-256 by path.
    pub files: BTreeMap<String, String>,
}

impl<'a> SiteStore<'a> {
    /// For a site in that folder, with the record of what is there.
    pub fn new(folder: &'a Path, last: Option<&'a Record>) -> Self {
        SiteStore { folder, last, written: Vec::new(), files: BTreeMap::new() }
    }

    /// Writes a file, and its compressed forms first; what is there as it should be stays.
    pub fn put(&mut self, path: &str, bytes: &[u8]) -> Result<()> {
        let sha256 = sha256_hex(bytes);
        let is_compressible = is_compressible(path, bytes);
        let is_there = self.is_there(path, &sha256, is_compressible);
        self.files.insert(path.into(), sha256);
        if is_there {
            return Ok(());
        }
        if is_compressible {
            self.write(&format!("{path}.br"), &brotli(bytes)?)?;
            self.write(&format!("{path}.gz"), &gzip(bytes)?)?;
        }
        self.write(path, bytes)
    }

    /// Whether the site before has the file, unaltered, with its compressed forms.
    fn is_there(&self, path: &str, sha256: &str, is_compressible: bool) -> bool {
        let place = self.folder.join(path);
        let is_recorded = self.last.and_then(|last| last.files.get(path)).is_some_and(|recorded| recorded == sha256);
        let has_forms = || COMPRESSED.iter().all(|ending| self.folder.join(format!("{path}.{ending}")).exists());
        is_recorded
            && (!is_compressible || has_forms())
            && std::fs::read(&place).is_ok_and(|b| sha256_hex(&b) == sha256)
    }

    fn write(&mut self, path: &str, bytes: &[u8]) -> Result<()> {
        let place = self.folder.join(path);
        let failed = |e: std::io::Error| failed(e, &place);
        let folder = place.parent().unwrap_or(self.folder);
        std::fs::create_dir_all(folder).map_err(failed)?;
        let mut file = tempfile::Builder::new().prefix(TEMPORARY_PREFIX).tempfile_in(folder).map_err(failed)?;
        file.as_file_mut().write_all(bytes).map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        everyone_may_read(&file).map_err(failed)?;
        self.written.push((file, place));
        Ok(())
    }

    /// Gives all files their names, in the order in which they were put, and last the record; then removes those that no site has
    /// any more which keeps its files.
    pub fn finish(mut self, mut record: Record, last: Option<Record>, keep: usize) -> Result<()> {
        let removed = record.follow(last, keep);
        let json = serde_json::to_vec_pretty(&record)
            .map_err(|e| Error::io("writing a site", "a record in JSON", e, self.folder.display().to_string()))?;
        self.write(super::record::RECORD_FILE, &json)?;
        for (file, place) in self.written {
            file.persist(&place).map_err(|e| failed(e.error, &place))?;
        }
        for path in removed {
            let forms = COMPRESSED.iter().map(|ending| format!("{path}.{ending}"));
            for path in forms.chain([path.clone()]) {
                // The site is whole; a file that cannot be removed costs room and no more.
                let _ = std::fs::remove_file(self.folder.join(path));
            }
            let mut folder = self.folder.join(&path);
            // Folders that are not empty stay.
            while folder.pop() && folder != self.folder && std::fs::remove_dir(&folder).is_ok() {}
        }
        Ok(())
    }
}

/// A temporary file is its owner's alone until told otherwise.
#[cfg(unix)]
fn everyone_may_read(file: &NamedTempFile) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn everyone_may_read(_: &NamedTempFile) -> std::io::Result<()> {
    Ok(())
}

fn failed(error: std::io::Error, place: &Path) -> Error {
    Error::io("writing a site", "room for a file", error, place.display().to_string())
}
