//! Writing a site so that the one before it stays whole until the new one is.

use std::collections::{BTreeMap, HashSet};
use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};
use walkdir::WalkDir;

use super::compress::{brotli, gzip, is_compressible};
use super::headers::{CATALOGUE, MODELS, RUNTIME_PREFIX};
use super::record::{RECORD_FILE, Record, is_path};
use crate::digest::sha256_hex;
use crate::merchant::build::TEMPORARY_PREFIX;
use crate::{Error, Result};

type Compress = fn(&[u8]) -> Result<Vec<u8>>;
/// The compressed forms by their endings.
const FORMS: [(&str, Compress); 2] = [("br", brotli), ("gz", gzip)];

/// A folder that is being filled. All files are whole on the disk, under other names, before the first gets its own.
pub struct SiteStore<'a> {
    folder: &'a Path,
    last: Option<&'a Record>,
    /// What the record names: what is there under another name is not ours.
    own: HashSet<&'a str>,
    /// In the order in which they get their names. Closed: a large site has more files than a process may keep open.
    written: Vec<(TempPath, PathBuf)>,
    /// SHA-256 by path.
    pub files: BTreeMap<String, String>,
}

impl<'a> SiteStore<'a> {
    /// For a site in that folder, with the record of what is there.
    pub fn new(folder: &'a Path, last: Option<&'a Record>) -> Self {
        let own = last.into_iter().flat_map(Record::paths).map(String::as_str).collect();
        SiteStore { folder, last, own, written: Vec::new(), files: BTreeMap::new() }
    }

    /// Refuses a file, or a compressed form, that would take the place of one that this program did not write.
    ///
    /// An error, too, for a path that no record may name.
    pub fn refuse_others(&self, path: &str, bytes: &[u8]) -> Result<()> {
        let refused = |expected: &str, found: String, path: &str| {
            Err(Error::io("publishing", expected, found, self.folder.join(path).display().to_string()))
        };
        if !is_path(path) {
            return refused("names without \\ : { } * and control characters", format!("{path:?}"), path);
        }
        if self.own.contains(path) {
            return Ok(());
        }
        let others = |path: &str, whole: &dyn Fn() -> Result<Vec<u8>>| -> Result<bool> {
            let place = self.folder.join(path);
            Ok(place.symlink_metadata().is_ok() && std::fs::read(&place).ok() != Some(whole()?))
        };
        let mut found = others(path, &|| Ok(bytes.to_vec()))?.then(|| path.to_string());
        if found.is_none() && is_compressible(path, bytes) {
            for (ending, compress) in FORMS {
                let form = format!("{path}.{ending}");
                found = found.or(others(&form, &|| compress(bytes))?.then_some(form));
            }
        }
        let Some(found) = found else { return Ok(()) };
        let expected = "a folder in which only `twinlens publish` has written files of the site's names: move this one away, or name \
                        another folder";
        refused(expected, format!("one of another hand, which {RECORD_FILE} does not name"), &found)
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
        self.refuse_others(path, bytes)?;
        if is_compressible {
            for (ending, compress) in FORMS {
                self.write(&format!("{path}.{ending}"), &compress(bytes)?)?;
            }
        }
        self.write(path, bytes)
    }

    /// Whether the site before has the file, unaltered, with its compressed forms.
    fn is_there(&self, path: &str, sha256: &str, is_compressible: bool) -> bool {
        let place = self.folder.join(path);
        let is_recorded = self.last.and_then(|last| last.files.get(path)).is_some_and(|recorded| recorded == sha256);
        let has_forms = || FORMS.iter().all(|(ending, _)| self.folder.join(format!("{path}.{ending}")).exists());
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
        self.written.push((file.into_temp_path(), place));
        Ok(())
    }

    /// Gives all files their names, in the order in which they were put, and last the record; then removes those that no site has
    /// any more which keeps its files.
    pub fn finish(mut self, mut record: Record, last: Option<Record>, keep: usize) -> Result<()> {
        let removed = record.follow(last, keep);
        let json = serde_json::to_vec_pretty(&record)
            .map_err(|e| Error::io("writing a site", "a record in JSON", e, self.folder.display().to_string()))?;
        self.write(RECORD_FILE, &json)?;
        for (file, place) in self.written {
            file.persist(&place).map_err(|e| failed(e.error, &place))?;
        }
        for path in removed {
            let forms = FORMS.iter().map(|(ending, _)| format!("{path}.{ending}"));
            for path in forms.chain([path.clone()]) {
                // The site is whole; a file that cannot be removed costs room and no more.
                let _ = std::fs::remove_file(self.folder.join(path));
            }
            let mut folder = self.folder.join(&path);
            // Folders that are not empty stay.
            while folder.pop() && folder != self.folder && std::fs::remove_dir(&folder).is_ok() {}
        }
        remove_left_over(self.folder);
        Ok(())
    }
}

/// Removes what a run left behind that was killed: temporary files in the site's own folders, and runtimes' folders of nothing else.
fn remove_left_over(site: &Path) {
    let is_ours = |name: &str| [CATALOGUE, MODELS].contains(&name) || name.starts_with(RUNTIME_PREFIX);
    let entries = WalkDir::new(site).min_depth(1).into_iter().filter_entry(|entry| {
        let is_below = entry.depth() != 1 || !entry.file_type().is_dir();
        is_below || entry.file_name().to_str().is_some_and(is_ours)
    });
    let mut folders = Vec::new();
    for entry in entries.flatten() {
        let is_left = entry.file_name().to_str().is_some_and(|name| name.starts_with(TEMPORARY_PREFIX));
        if entry.file_type().is_dir() {
            folders.push(entry.into_path());
        } else if is_left {
            // As above: what cannot be removed costs room and no more.
            let _ = std::fs::remove_file(entry.path());
        }
    }
    // The inner ones first; those that are not empty stay.
    folders.iter().rev().for_each(|folder| _ = std::fs::remove_dir(folder));
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
