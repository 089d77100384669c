//! The files of the page and of the JavaScript package, in a folder that is named by what is in them.

use std::path::Path;

use walkdir::WalkDir;

use super::headers::RUNTIME_PREFIX;
use crate::digest::sha256_hex;
use crate::{Error, Result};

/// Below www: what is published in another place, or belongs to the demo or to npm.
const ELSEWHERE: [&str; 8] = [
    "index.html",
    "service-worker.js",
    "demo",
    "package.json",
    "node_modules",
    // twinlens.js and worker.js are made of them.
    "client",
    "worker",
    "pkg/twinlens_core.js",
];
/// Endings of what a browser asks for.
const PUBLISHED: [&str; 10] = ["css", "js", "json", "png", "svg", "wasm", "webp", "woff2", "ico", "txt"];

/// A runtime: its folder's name and its files.
pub struct Runtime {
    pub folder: String,
    /// Path below the folder, with `/`, and content; ascending.
    pub files: Vec<(String, Vec<u8>)>,
}

impl Runtime {
    /// Reads that of `www`.
    ///
    /// # Errors
    /// [`Error::Io`] where a file cannot be read, or the WebAssembly module is missing.
    pub fn read(www: &Path) -> Result<Self> {
        let mut files = Vec::new();
        for entry in WalkDir::new(www).sort_by_file_name() {
            let failed =
                |e: String| Error::io("reading the page", "files that can be read", e, www.display().to_string());
            let entry = entry.map_err(|e| failed(e.to_string()))?;
            let Some(path) = path_below(www, entry.path()) else { continue };
            if entry.file_type().is_file() && is_published(&path) {
                let bytes = std::fs::read(entry.path()).map_err(|e| failed(format!("{e} ({path})")))?;
                files.push((path, bytes));
            }
        }
        files.sort();
        for built in [".wasm", "twinlens.js", "worker.js"] {
            if !files.iter().any(|(path, _)| path.ends_with(built)) {
                let expected = format!("{built}, as `cargo xtask build-web` makes it");
                return Err(Error::io("looking for the page's runtime", expected, "none", www.display().to_string()));
            }
        }
        let parts: Vec<String> = files.iter().map(|(path, bytes)| format!("{path} {}", sha256_hex(bytes))).collect();
        let folder = format!("{RUNTIME_PREFIX}{}", &sha256_hex(parts.join("\n").as_bytes())[..12]);
        Ok(Runtime { folder, files })
    }

    /// Those in which the page speaks, by their files: `de` of `lang/de.js`.
    pub fn languages(&self) -> Vec<&str> {
        self.files.iter().filter_map(|(path, _)| path.strip_prefix("lang/")?.strip_suffix(".js")).collect()
    }

    /// Whether the runtime has a file of that path.
    pub fn has(&self, path: &str) -> bool {
        self.files.binary_search_by(|(file, _)| file.as_str().cmp(path)).is_ok()
    }
}

/// Relative, with `/`.
fn path_below(folder: &Path, file: &Path) -> Option<String> {
    let parts = file.strip_prefix(folder).ok()?.components();
    let parts: Option<Vec<&str>> = parts.map(|part| part.as_os_str().to_str()).collect();
    parts.map(|parts| parts.join("/"))
}

fn is_published(path: &str) -> bool {
    let is_elsewhere = ELSEWHERE.iter().any(|other| path == *other || path.starts_with(&format!("{other}/")));
    let is_hidden = path.split('/').any(|part| part.starts_with('.'));
    let is_known = path.rsplit_once('.').is_some_and(|(_, ending)| PUBLISHED.contains(&ending));
    !is_elsewhere && !is_hidden && is_known && !path.ends_with("/package.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runtime_has_what_a_browser_asks_for_and_its_name_changes_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        for path in [
            "index.html",
            "page.js",
            "client/main.js",
            "twinlens.d.ts",
            "twinlens.js",
            "demo/photos/a.js",
            "worker.js",
            "worker/main.js",
            "pkg/core.wasm",
            "pkg/twinlens_core.js",
            "pkg/.built-from",
            "package.json",
        ] {
            write(path, path);
        }
        let first = Runtime::read(folder.path()).unwrap();
        assert_eq!(
            first.files.iter().map(|file| file.0.as_str()).collect::<Vec<_>>(),
            ["page.js", "pkg/core.wasm", "twinlens.js", "worker.js"]
        );
        assert!(first.has("page.js") && !first.has("index.html"));
        write("demo/photos/a.js", "changed");
        assert_eq!(Runtime::read(folder.path()).unwrap().folder, first.folder);
        write("page.js", "changed");
        assert_ne!(Runtime::read(folder.path()).unwrap().folder, first.folder);
    }
}
