//! Pictures that a feed names, and the files in a folder that they are.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use percent_encoding::percent_decode_str;
use unicode_normalization::UnicodeNormalization;

use super::columns::names_picture;
use super::table::VALUES;
use crate::{Error, Result};

/// Most candidates that a message names.
const NAMED: usize = 3;

/// The names in a cell: several after `|`, a line break, `;` or `,`. A comma within an address is no end of it.
pub fn names(cell: &str) -> Vec<String> {
    let is_address = |text: &str| text.contains("://");
    let mut names: Vec<String> = Vec::new();
    for value in cell.split([VALUES, '|', '\n', '\r']).map(str::trim).filter(|value| !value.is_empty()) {
        if value.starts_with("data:") {
            names.push(value.to_string());
            continue;
        }
        let separator = if value.contains(';') && !is_address(value) { ';' } else { ',' };
        let mut parts: Vec<String> = Vec::new();
        for part in value.split(separator).filter(|part| !part.trim().is_empty()) {
            // What follows a comma within a name or an address is no other one: `w_400,h_300/tea.jpg`.
            let continues = |last: &&mut String| match is_address(last) {
                true => !(is_address(part) || part.starts_with(' ') && names_picture(part)),
                false => !names_picture(last) && !is_address(part),
            };
            match parts.last_mut().filter(continues) {
                Some(last) => {
                    last.push(separator);
                    last.push_str(part);
                }
                None => parts.push(part.to_string()),
            }
        }
        names.extend(parts.iter().map(|part| part.trim().to_string()));
    }
    names
}

/// The files below a folder, by what exports make of their names.
pub struct Images {
    folder: PathBuf,
    /// Paths below the folder, by file name in the form that ignores case, Unicode form and escapes.
    by_name: BTreeMap<String, BTreeSet<PathBuf>>,
}

impl Images {
    /// Lists a folder and what lies below it; links are followed.
    pub fn of(folder: &Path) -> Result<Self> {
        let failed = |e: walkdir::Error| Error::io("reading images", "a folder", e, folder.display().to_string());
        let mut by_name: BTreeMap<String, BTreeSet<PathBuf>> = BTreeMap::new();
        for entry in walkdir::WalkDir::new(folder).follow_links(true) {
            let entry = match entry {
                // A link to nothing, or to a folder that it lies in: what rows name there is told as not found.
                Err(e) if e.depth() > 0 => continue,
                entry => entry.map_err(failed)?,
            };
            if let Some(path) = entry.path().strip_prefix(folder).ok().filter(|_| entry.file_type().is_file()) {
                let key = folded(&entry.file_name().to_string_lossy());
                by_name.entry(key).or_default().insert(path.to_path_buf());
            }
        }
        Ok(Images { folder: folder.to_path_buf(), by_name })
    }

    /// The file, relative to the folder, that a name or an address means: the one of exactly that path, else the only one whose
    /// path ends in most of it when case, escapes, Unicode form and what follows a `?` are ignored.
    ///
    /// # Errors
    /// What was expected and what was found.
    pub fn find(&self, name: &str) -> std::result::Result<PathBuf, (String, String)> {
        let failed = |expected: &str, found: String| (expected.to_string(), found);
        if name.starts_with("data:") {
            return Err(failed(
                "the name of a file in the folder of images",
                "a picture in the cell itself (data:)".into(),
            ));
        }
        let exact = Path::new(name);
        let is_inside = exact.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if is_inside && self.folder.join(exact).is_file() {
            return Ok(exact.components().filter(|part| *part != Component::CurDir).collect());
        }
        let is_address = name.contains("://") || name.starts_with("//");
        let mut best = Vec::new();
        let mut most = 0;
        for form in forms(name, is_address) {
            for path in form.last().and_then(|file| self.by_name.get(file)).into_iter().flatten() {
                let parts: Vec<String> = path.iter().map(|part| folded(&part.to_string_lossy())).collect();
                let same = form.iter().rev().zip(parts.iter().rev()).take_while(|(a, b)| a == b).count();
                if same > most {
                    most = same;
                    best.clear();
                }
                if same == most && !best.contains(&path) {
                    best.push(path);
                }
            }
        }
        match best.as_slice() {
            [path] => Ok((*path).clone()),
            [] if is_address => Err(failed(
                "a file of that name in the folder of images (addresses are not fetched: download the pictures)",
                format!("none for {name}"),
            )),
            [] if is_inside && self.folder.join(exact).is_dir() => {
                Err(failed("the name of a file in the folder of images", format!("a folder, {name:?}")))
            }
            [] => Err(failed("a file of that name in the folder of images", format!("none for {name:?}"))),
            several => {
                let named: Vec<String> = several.iter().take(NAMED).map(|path| path.display().to_string()).collect();
                Err(failed(
                    "one file that the name fits",
                    format!("{} for {name:?}: {}", several.len(), named.join(", ")),
                ))
            }
        }
    }
}

/// The parts of the path that a name means, in the form that is compared: as it stands, without what follows `?` or `#`, and with
/// `+` for a space.
fn forms(name: &str, is_address: bool) -> Vec<Vec<String>> {
    let without_query = name.split(['?', '#']).next().unwrap_or_default();
    let mut texts = vec![without_query.to_string(), without_query.replace('+', " ")];
    if !is_address {
        texts.insert(0, name.to_string());
    }
    let parts = |text: &String| {
        let text = text.replace('\\', "/");
        let parts = text.split('/').map(|part| folded(&percent_decode_str(part).decode_utf8_lossy()));
        parts.filter(|part| !matches!(part.as_str(), "" | "." | "..")).collect()
    };
    texts.iter().map(parts).collect()
}

/// Without white space at the ends, in Unicode NFC, lower case.
fn folded(name: &str) -> String {
    name.trim().nfc().collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_may_name_several_pictures() {
        for (cell, expected) in [
            ("a.jpg, b.jpg", vec!["a.jpg", "b.jpg"]),
            ("a.jpg|b.jpg", vec!["a.jpg", "b.jpg"]),
            ("a.jpg;b.png\nc.webp", vec!["a.jpg", "b.png", "c.webp"]),
            ("https://x/w_400,h_300/a.jpg,https://x/b.jpg", vec!["https://x/w_400,h_300/a.jpg", "https://x/b.jpg"]),
            ("https://x/a.jpg, https://x/b.jpg", vec!["https://x/a.jpg", "https://x/b.jpg"]),
            ("tea, green.jpg", vec!["tea, green.jpg"]),
            ("plain", vec!["plain"]),
            ("data:image/jpeg;base64,/9j/4AAQ", vec!["data:image/jpeg;base64,/9j/4AAQ"]),
            (" , ", vec![]),
        ] {
            assert_eq!(names(cell), expected, "{cell:?}");
        }
    }

    #[test]
    fn files_are_found_in_spite_of_case_escapes_unicode_form_queries_and_folders() {
        let folder = tempfile::tempdir().unwrap();
        for file in [
            "a b.jpg",
            "PHOTO.JPG",
            "cafe\u{301}.jpg",
            "sub/deep.jpg",
            "plus+sign & 100%.jpg",
            "x/same.jpg",
            "y/same.jpg",
        ] {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, b"x").unwrap();
        }
        let images = Images::of(folder.path()).unwrap();
        let found = |name: &str| images.find(name).map(|path| path.display().to_string());
        for (name, file) in [
            ("a b.jpg", "a b.jpg"),
            ("./a b.jpg", "a b.jpg"),
            ("a%20b.jpg", "a b.jpg"),
            ("a+b.jpg", "a b.jpg"),
            ("photo.jpg", "PHOTO.JPG"),
            ("caf\u{e9}.jpg", "cafe\u{301}.jpg"),
            ("deep.jpg", "sub/deep.jpg"),
            ("/m/d/deep.jpg", "sub/deep.jpg"),
            ("C:\\shop\\sub\\deep.jpg", "sub/deep.jpg"),
            ("../other/a b.jpg", "a b.jpg"),
            ("https://cdn.example/files/a%20b.jpg?v=1699", "a b.jpg"),
            ("plus+sign & 100%.jpg", "plus+sign & 100%.jpg"),
            ("plus%2Bsign%20%26%20100%25.jpg", "plus+sign & 100%.jpg"),
            ("https://cdn.example/y/same.jpg", "y/same.jpg"),
        ] {
            assert_eq!(found(name).as_deref(), Ok(file), "{name:?}");
        }
        let refused = |name: &str| format!("{:?}", found(name).unwrap_err());
        assert!(refused("same.jpg").contains("x/same.jpg, y/same.jpg"));
        assert!(refused("https://cdn.example/none.jpg").contains("not fetched"));
        assert!(refused("none.jpg").contains("none"));
        assert!(refused("sub").contains("a folder"));
        assert!(refused("data:image/png;base64,AA").contains("data:"));
    }
}
