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
        if record.version != VERSION {
            return Err(failed(format!("version {}", record.version)));
        }
        if !super::base(&record.base).is_ok_and(|base| base == record.base) {
            return Err(failed(format!("the base {:?}", record.base)));
        }
        let other = record.paths().find(|path| !is_path(path)).cloned();
        other.map_or(Ok(Some(record)), |path| Err(failed(format!("the path {path:?}"))))
    }

    /// Paths of the site's files and of those before that are kept.
    pub fn paths(&self) -> impl Iterator<Item = &String> {
        self.files.keys().chain(self.before.iter().flatten())
    }

    /// Keeps the files of at most `keep` sites before this one, `last` the youngest, and gives the paths that none has any more.
    pub fn follow(&mut self, last: Option<Record>, keep: usize) -> Vec<String> {
        let Some(last) = last else { return Vec::new() };
        let known: Vec<String> = last.paths().cloned().collect();
        let youngest = (last.files != self.files).then(|| last.files.into_keys().collect());
        self.before = youngest.into_iter().chain(last.before).take(keep).collect();
        let is_kept =
            |path: &String| self.files.contains_key(path) || self.before.iter().flatten().any(|kept| kept == path);
        known.into_iter().filter(|path| !is_kept(path)).collect()
    }
}

/// Whether a file of a site may have that path: what is published is removed one day, so none leads out of the site, and none has
/// a sign that file systems or servers read as more than a part of a name.
pub fn is_path(path: &str) -> bool {
    let has_meaning = |c: char| matches!(c, '\\' | ':' | '{' | '}' | '*') || c.is_control();
    !path.contains(has_meaning) && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
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
        for path in ["../secret", "/etc/passwd", "a/../../b", "a\\..\\b", "c:/a", "{*a}"] {
            std::fs::write(folder.path().join(RECORD_FILE), serde_json::to_vec(&record(&[path])).unwrap()).unwrap();
            assert!(Record::read(folder.path()).is_err(), "{path}");
        }
    }

    #[test]
    fn a_record_with_a_base_that_publish_would_not_take_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for base in ["/{*x}/", "/:x/", "/a//b/", "shop", "", "/../"] {
            let record = Record { base: base.into(), ..record(&["a"]) };
            std::fs::write(folder.path().join(RECORD_FILE), serde_json::to_vec(&record).unwrap()).unwrap();
            let message = Record::read(folder.path()).unwrap_err().to_string();
            assert!(message.contains(&format!("{base:?}")), "{message}");
        }
    }
}
