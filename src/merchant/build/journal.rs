//! The rows that a build has finished, so that one which was interrupted does not encode them again.
//!
//! The journal is a file in the catalogue's folder, made for one set of packs and projections, and removed with the end of the
//! build. Each entry is a line of JSON, a shard of one row and the file of its pictures; a torn or altered entry ends what is read.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use crate::catalogue::limits::MAX_FILE_BYTES;
use crate::catalogue::{Manifest, Pictures, PicturesEntry, Row, Shard, ShardEntry};
use crate::digest::sha256_hex;
use crate::{Error, Result};

/// Name of the file, which no manifest names.
pub const JOURNAL_FILE: &str = ".journal";

#[derive(Serialize, Deserialize)]
struct Header {
    /// Of the manifest's encoders and projections.
    key: String,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    /// Of the title and the pictures' bytes.
    digest: String,
    shard: ShardEntry,
    pictures: PicturesEntry,
}

/// Rows by id, each with the digest of what it was built of.
pub type FinishedRows = HashMap<String, (Row, String)>;

/// A journal that is open for writing.
pub struct Journal<'a> {
    path: PathBuf,
    /// `None` once there was no room for an entry: the catalogue may have what the journal took.
    file: Mutex<Option<File>>,
    manifest: &'a Manifest,
}

impl<'a> Journal<'a> {
    /// Opens the journal in a folder for rows of that manifest, and gives the rows that it has, by id with their digests. One of
    /// other packs or projections is begun anew.
    pub fn open(folder: &Path, manifest: &'a Manifest) -> Result<(Self, FinishedRows)> {
        let path = folder.join(JOURNAL_FILE);
        let key = key(manifest)?;
        let (rows, whole) = read(&path, &key, manifest).unwrap_or_default();
        let begin = || {
            let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
            // What is torn is cut off, so that later entries can be read.
            file.set_len(whole)?;
            if whole == 0 {
                file.write_all(&line(&Header { key })?)?;
            }
            std::io::Result::Ok(file)
        };
        let journal = Journal { file: Mutex::new(begin().ok()), manifest, path: path.clone() };
        Ok((journal, rows))
    }

    /// Adds a finished row. A build does not need its journal: where there is no room for an entry, it goes on without one.
    pub fn add(&self, row: &Row, digest: &str) {
        let entry = || {
            let shard = Shard::write(std::slice::from_ref(row), self.manifest).ok()?;
            let pictures = Pictures::write(std::slice::from_ref(row)).ok()?;
            let (file, bytes, sha256) = (String::new(), shard.len() as u64, sha256_hex(&shard));
            let of_shard = ShardEntry { file, bytes, sha256, listings: 1 };
            let (file, bytes, sha256) = (String::new(), pictures.len() as u64, sha256_hex(&pictures));
            let of_pictures = PicturesEntry { file, bytes, sha256 };
            let entry = Entry { digest: digest.into(), shard: of_shard, pictures: of_pictures };
            Some([line(&entry).ok()?, shard, pictures].concat())
        };
        let entry = entry();
        let mut file = self.file.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let Some(open) = file.as_mut() else { return };
        if entry.is_none_or(|entry| open.write_all(&entry).is_err()) {
            *file = None;
            let _ = std::fs::remove_file(&self.path);
        }
    }

    /// Removes the file, once the catalogue is in place.
    pub fn remove(self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Two builds with the same key make the same row of the same record.
fn key(manifest: &Manifest) -> Result<String> {
    let made_by = (manifest.version, &manifest.encoders, &manifest.projections, manifest.pictures_side);
    let json =
        serde_json::to_vec(&made_by).map_err(|e| Error::manifest("encoders in JSON", e.to_string(), "memory"))?;
    Ok(sha256_hex(&json))
}

fn line(value: &impl Serialize) -> std::io::Result<Vec<u8>> {
    let mut text = serde_json::to_vec(value)?;
    text.push(b'\n');
    Ok(text)
}

/// The rows of a journal with that key and the length of what is whole; `None` where there is no such journal.
fn read(path: &Path, key: &str, manifest: &Manifest) -> Option<(FinishedRows, u64)> {
    let mut file = BufReader::new(File::open(path).ok()?);
    let next_line = |file: &mut BufReader<File>| {
        let mut text = Vec::new();
        file.take(1 << 12).read_until(b'\n', &mut text).ok()?;
        text.ends_with(b"\n").then_some(text)
    };
    let header = next_line(&mut file)?;
    let mut whole = header.len() as u64;
    if serde_json::from_slice::<Header>(&header).ok()?.key != key {
        return None;
    }
    let mut rows = HashMap::new();
    while let Some(text) = next_line(&mut file) {
        let Ok(Entry { digest, shard, pictures }) = serde_json::from_slice(&text) else { break };
        let mut next_file = |bytes: u64| {
            let mut content = Vec::new();
            (&mut file).take(bytes.min(MAX_FILE_BYTES)).read_to_end(&mut content).ok()?;
            Some(content)
        };
        let (Some(content), Some(shown)) = (next_file(shard.bytes), next_file(pictures.bytes)) else { break };
        let Ok(content) = Shard::read(&content, &shard, manifest, "the journal") else { break };
        let Ok(shown) = Pictures::read(&shown, &pictures, &content, "the journal") else { break };
        let mut row = content.row(0);
        shown.fill(&mut row, &content, 0);
        rows.insert(row.listing.id.clone(), (row, digest));
        whole += text.len() as u64 + shard.bytes + pictures.bytes;
    }
    Some((rows, whole))
}
