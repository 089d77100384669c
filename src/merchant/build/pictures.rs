//! The pictures of one listing: the merchant's own, then those that customers took.

use std::path::{Path, PathBuf};

use crate::merchant::decode::decode_with_notes;
use crate::merchant::feed::Problem;
use crate::merchant::listings::{Record, read_below};
use crate::photo::{Note, Photo, check_name};
use crate::{Error, Result};

/// Most pictures of a listing that are used: what more there are mostly repeat these.
const MOST_OWN: usize = 16;
/// Likewise of customers' photos.
const MOST_OF_CUSTOMERS: usize = 64;

/// A photo that a customer took of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerPhoto {
    /// Index of the record that it shows.
    pub record: usize,
    pub path: PathBuf,
}

/// A picture's file.
pub struct PictureFile {
    /// For messages.
    pub name: String,
    pub bytes: Vec<u8>,
    /// Whether shoppers may see it: of customers' photos only vectors are published.
    pub is_shown: bool,
}

/// Reads the files of a record's pictures; what cannot be read is a problem.
pub fn read(record: &Record, images: &Path, customers: &[&Path], problems: &mut Vec<Problem>) -> Vec<PictureFile> {
    let own = record.images.iter().map(|name| (name.clone(), read_below(images, name), true));
    let of_customers = customers.iter().map(|path| (path.display().to_string(), read_file(path), false));
    for (count, most) in [(record.images.len(), MOST_OWN), (customers.len(), MOST_OF_CUSTOMERS)] {
        if count > most {
            let found = format!("{count}; the others are not used");
            problems.push(Problem::new(record.line, record.id.as_str(), "image", format!("at most {most}"), found));
        }
    }
    let mut files = Vec::new();
    for (name, bytes, is_shown) in own.take(MOST_OWN).chain(of_customers.take(MOST_OF_CUSTOMERS)) {
        match bytes {
            Ok(bytes) => files.push(PictureFile { name, bytes, is_shown }),
            Err(e) => problems.push(Problem::of(record, "image", &e)),
        }
    }
    files
}

fn read_file(path: &Path) -> Result<Vec<u8>> {
    let bytes = std::fs::read(path)
        .map_err(|e| Error::io("reading an image", "a file that can be read", e, path.display().to_string()))?;
    check_name(path, &bytes)?;
    Ok(bytes)
}

/// Decodes a picture; what cannot be decoded, and what was done to it, are problems.
pub fn decode(record: &Record, file: PictureFile, problems: &mut Vec<Problem>) -> Option<Photo> {
    match decode_with_notes(file.bytes) {
        Ok((photo, notes)) => {
            problems.extend(notes.iter().map(|note| noted(record, &file.name, note)));
            Some(photo)
        }
        Err(e) => {
            let mut problem = Problem::of(record, "image", &e);
            problem.found = format!("{} in {}", problem.found, file.name);
            problems.push(problem);
            None
        }
    }
}

/// The problem of a picture that was read with a remark.
fn noted(record: &Record, name: &str, note: &Note) -> Problem {
    Problem::new(record.line, record.id.as_str(), "image", "one still picture", format!("{name}: {}", note.message))
}
