//! Picture files of the kinds that people bring: each is read as the picture that it shows, or refused by name.

use std::collections::HashMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::encoder::{Encoder, ImageEncoder};
use crate::photo::{check_name, decode};
use crate::{Error, Result};

/// A file and what is right for it, as `cases.json` has it.
#[derive(Debug, Deserialize)]
struct Case {
    file: String,
    kind: String,
    #[serde(flatten)]
    want: Want,
    /// In the browser it is read by the browser's own decoder; natively it may be refused with that word.
    or_refused_natively: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "want", rename_all = "lowercase")]
enum Want {
    /// Its vector has at least that cosine to the one of another file.
    Read { like: String, cosine: f64 },
    /// The message holds a word, whatever its case.
    Refused { says: String },
}

/// A case that did not come out as wanted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WrongPhoto {
    pub file: String,
    pub kind: String,
    pub expected: String,
    pub found: String,
}

/// How the cases came out.
#[derive(Debug, Clone, Serialize)]
pub struct PhotoCases {
    pub cases: usize,
    /// Share of them that came out as wanted.
    pub read: f64,
    pub wrong: Vec<WrongPhoto>,
}

/// Reads the files that `cases.json` of a folder names.
///
/// # Errors
/// Where the list cannot be read, or the encoder is not of photos; a file that cannot be read is a case.
pub fn photo_cases(folder: &Path, encoder: Encoder) -> Result<PhotoCases> {
    let Encoder::Image(encoder) = encoder else {
        return Err(Error::argument("encoder", "one that reads photos", "one that reads titles"));
    };
    let place = folder.join("cases.json");
    let unread =
        |found: String| Error::io("reading cases of photos", "a list of cases", found, place.display().to_string());
    let text = std::fs::read(&place).map_err(|e| unread(e.to_string()))?;
    let cases: Vec<Case> = serde_json::from_slice(&text).map_err(|e| unread(e.to_string()))?;
    let mut vectors = Vectors { folder, encoder, known: HashMap::new() };
    let wrong: Vec<WrongPhoto> = cases.iter().filter_map(|case| vectors.wrong(case)).collect();
    let read = 1.0 - wrong.len() as f64 / cases.len().max(1) as f64;
    Ok(PhotoCases { cases: cases.len(), read, wrong })
}

struct Vectors<'a> {
    folder: &'a Path,
    encoder: ImageEncoder,
    /// Several files are compared with one.
    known: HashMap<String, Vec<f32>>,
}

impl Vectors<'_> {
    fn of(&mut self, file: &str) -> Result<Vec<f32>> {
        if let Some(known) = self.known.get(file) {
            return Ok(known.clone());
        }
        let path = self.folder.join(file);
        let bytes = std::fs::read(&path)
            .map_err(|e| Error::io("reading a photo", "a file that can be read", e, path.display().to_string()))?;
        check_name(&path, &bytes)?;
        let vector = pollster::block_on(self.encoder.embed(&decode(&bytes)?))?;
        self.known.insert(file.into(), vector.clone());
        Ok(vector)
    }

    /// `None` where it came out as wanted.
    fn wrong(&mut self, case: &Case) -> Option<WrongPhoto> {
        let holds = |message: &str, word: &str| message.to_lowercase().contains(&word.to_lowercase());
        let (expected, found) = match (&case.want, self.of(&case.file)) {
            (Want::Refused { says }, Err(e)) if holds(&e.to_string(), says) => return None,
            (Want::Refused { says }, Err(e)) => (format!("a refusal that names {says}"), e.to_string()),
            (Want::Refused { says }, Ok(_)) => (format!("a refusal that names {says}"), "a photo".into()),
            (Want::Read { .. }, Err(e)) => {
                let may_be = case.or_refused_natively.as_ref().is_some_and(|word| holds(&e.to_string(), word));
                if may_be {
                    return None;
                }
                ("a photo".into(), e.to_string())
            }
            (Want::Read { like, cosine }, Ok(vector)) => match self.of(like) {
                Ok(other) => {
                    let found: f64 = vector.iter().zip(&other).map(|(a, b)| f64::from(a * b)).sum();
                    if found >= *cosine {
                        return None;
                    }
                    (format!("a cosine of {cosine} to {like}"), format!("{found:.4}"))
                }
                Err(e) => (format!("{like} to be read"), e.to_string()),
            },
        };
        Some(WrongPhoto { file: case.file.clone(), kind: case.kind.clone(), expected, found })
    }
}
