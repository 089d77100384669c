//! Which files of a folder's earlier catalogues are kept: a tab that has read an old manifest may still fetch them.

use std::collections::HashSet;
use std::path::Path;

use serde::Deserialize;

use crate::catalogue::limits::MAX_MANIFEST_BYTES;
use crate::catalogue::{MANIFEST_FILE, Manifest};
use crate::merchant::folder::read_at_most;
use crate::merchant::unpublished::Unpublished;

/// With what the names of files begin that are being written: those of a build that was killed are left behind.
pub const TEMPORARY_PREFIX: &str = ".twinlens-";

/// The files of a new catalogue, and those of the catalogues before it that are kept.
pub struct Generations {
    files: Vec<String>,
    /// The youngest catalogue first.
    pub before: Vec<Vec<String>>,
}

/// What is read of a manifest of any version.
#[derive(Deserialize)]
struct Files {
    #[serde(default)]
    shards: Vec<Entry>,
    #[serde(default)]
    projections: Vec<Option<Entry>>,
    #[serde(default)]
    pictures: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    file: String,
}

impl Generations {
    /// Those of a folder in which the manifest is to take the place of the one that is there, at most `keep` before it.
    pub fn of(folder: &Path, manifest: &Manifest, keep: usize) -> Self {
        let files: Vec<String> = manifest.files().map(String::from).collect();
        // What cannot be read names nothing to keep: the build repairs it.
        let older = Unpublished::read(folder).ok().flatten().map_or(Vec::new(), |u| u.generations);
        let last = last_files(folder).unwrap_or_default();
        let mut before: Vec<Vec<String>> = Vec::new();
        for generation in std::iter::once(last).chain(older) {
            // A build that changes nothing is no generation of its own.
            if !generation.is_empty() && generation != files && !before.contains(&generation) && before.len() < keep {
                before.push(generation);
            }
        }
        Generations { files, before }
    }

    /// Removes the shards, pictures and projections of the folder that no generation names.
    pub fn remove_others(&self, folder: &Path) {
        let named: HashSet<&String> = self.before.iter().flatten().chain(&self.files).collect();
        let is_ours = |name: &String| {
            let is_content = ["shard-", "projection-", "pictures-"].iter().any(|start| name.starts_with(start));
            (is_content && name.ends_with(".safetensors")) || name.starts_with(TEMPORARY_PREFIX)
        };
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.file_name().into_string().is_ok_and(|name| is_ours(&name) && !named.contains(&name)) {
                // The new catalogue is whole; a file that cannot be removed costs room on the disk and no more.
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }
}

/// The files that the folder's manifest names, in the order of [`Manifest::files`].
fn last_files(folder: &Path) -> Option<Vec<String>> {
    let bytes = read_at_most(&folder.join(MANIFEST_FILE), MAX_MANIFEST_BYTES).ok()?;
    let Files { shards, projections, pictures } = serde_json::from_slice(&bytes).ok()?;
    let content = shards.into_iter().chain(pictures);
    Some(content.chain(projections.into_iter().flatten()).map(|entry| entry.file).collect())
}
