//! `site.json`: what was published, so that the next time knows which files are its own.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::merchant::folder::read_at_most;
use crate::{Error, Result};

/// The file's name.
pub const RECORD_FILE: &str = "site.json";
const VERSION: u32 = 1;
/// Most bytes of it: some 100,000 files.
const MAX_BYTES: u64 = 32 << 20;

/// The whole file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub version: u32,
    /// Path of the site on its host, from `/` to `/`.
    pub base: String,
    /// SHA-256 in hex of each file by its path in the site, compressed forms and this one left out.
    pub files: BTreeMap<String, String>,
    /// Paths of the files of the sites before this one that are still there, the youngest first: tabs may be loading one.
    pub before: Vec<Vec<String>>,
}

impl Record {
    pub fn new(base: &str, files: BTreeMap<String, String>) -> Self {
        Record { version: VERSION, base: base.into(), files, before: Vec::new() }
    }

    /// The record in a site's folder; `None` where there is none.
    ///
    /// # Errors
    /// [`Error::Io`] for one that cannot be read: what it would name could not be told from files of others.
    pub fn read(site: &Path) -> Result<Option<Self>> {
        let path = site.join(RECORD_FILE);
        if !path.exists() {
            return Ok(None);
        }
        let place = path.display().to_string();
        let failed =
            |found: String| Error::io("reading a site", format!("a site.json of version {VERSION}"), found, &place);
        let record: Record =
            serde_json::from_slice(&read_at_most(&path, MAX_BYTES)?).map_err(|e| failed(e.to_string()))?;
        // Paths are removed one day: none may lead out of the site.
        let is_inside =
            |path: &String| path.split('/').all(|part| !matches!(part, "" | "." | "..")) && !path.contains('\\');
        let outside = record.files.keys().chain(record.before.iter().flatten()).find(|path| !is_inside(path));
        match (record.version, outside) {
            (VERSION, None) => Ok(Some(record)),
            (VERSION, Some(path)) => Err(failed(format!("the path {path:?}"))),
            (other, _) => Err(failed(format!("version {other}"))),
        }
    }

    /// Keeps the files of at most `keep` sites before this one, `last` the youngest, and gives the paths that none has any more.
    pub fn follow(&mut self, last: Option<Record>, keep: usize) -> Vec<String> {
        let Some(last) = last else { return Vec::new() };
        let known: Vec<String> = last.files.keys().chain(last.before.iter().flatten()).cloned().collect();
        let youngest = (last.files != self.files).then(|| last.files.into_keys().collect());
        self.before = youngest.into_iter().chain(last.before).take(keep).collect();
        let is_kept =
            |path: &String| self.files.contains_key(path) || self.before.iter().flatten().any(|kept| kept == path);
        known.into_iter().filter(|path| !is_kept(path)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(files: &[&str]) -> Record {
        Record::new("/", files.iter().map(|file| (file.to_string(), file.to_string())).collect())
    }

    #[test]
    fn files_stay_for_as_many_sites_as_are_kept() {
        let mut second = record(&["b"]);
        assert_eq!(second.follow(Some(record(&["a"])), 1), [""; 0]);
        assert_eq!(second.before, [["a"]]);
        let mut third = record(&["c"]);
        assert_eq!(third.follow(Some(second.clone()), 1), ["a"]);
        let mut same = record(&["b"]);
        assert_eq!(same.follow(Some(second), 1), [""; 0]);
        assert_eq!(same.before, [["a"]]);
    }

    #[test]
    fn a_record_that_names_files_outside_its_site_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["../secret", "/etc/passwd", "a/../../b", "a\\..\\b"] {
            std::fs::write(folder.path().join(RECORD_FILE), serde_json::to_vec(&record(&[path])).unwrap()).unwrap();
            assert!(Record::read(folder.path()).is_err(), "{path}");
        }
    }
}
