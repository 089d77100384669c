//! What the tests of bad input share: the program, a small shop, and an eye for how a failure looks.

// Each test file takes what it needs.
#![allow(dead_code)]

pub mod barcode;
pub mod site;
pub mod strips;
pub mod tiny;

use std::ffi::OsStr;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use serde_json::Value;
use tempfile::TempDir;

/// The committed packs.
pub fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("models")
}

/// The program with arguments.
pub fn twinlens<S: AsRef<OsStr>>(arguments: &[S]) -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_twinlens"));
    command.args(arguments).env_remove("TWINLENS_MODELS");
    command
}

/// What a run left.
#[derive(Debug)]
pub struct Outcome {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// Runs a command to its end.
pub fn outcome(mut command: std::process::Command) -> Outcome {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Outcome { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// The program's JSON document, after a run that succeeds.
pub fn answer<S: AsRef<OsStr>>(arguments: &[S]) -> Value {
    let mut command = twinlens(arguments);
    command.arg("--json");
    let run = outcome(command);
    assert_eq!(run.code, Some(0), "{run:?}");
    serde_json::from_str(&run.stdout).unwrap()
}

/// How the program refuses: its message and its code.
#[derive(Debug)]
pub struct Refusal {
    pub code: String,
    pub message: String,
}

impl Refusal {
    /// Asserts that the message holds every one of `parts`.
    pub fn says(&self, parts: &[&str]) {
        for part in parts {
            assert!(self.message.contains(part), "{part:?} is not in: {}", self.message);
        }
    }
}

/// Asserts that a run failed as every failure should: code 1, nothing on stdout, one line that says what was expected and
/// what was found. Gives that line.
pub fn one_clear_line(run: &Outcome) -> String {
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_eq!(run.stdout, "", "{run:?}");
    assert_eq!(run.stderr.lines().count(), 1, "{run:?}");
    assert!(run.stderr.contains("expected") && run.stderr.contains("found"), "{run:?}");
    assert!(!run.stderr.contains("panicked"), "{run:?}");
    run.stderr.trim_end().to_string()
}

/// Asserts that the program refuses, in words and with `--json`, and gives what it says.
pub fn refused<S: AsRef<OsStr>>(arguments: &[S]) -> Refusal {
    let words = one_clear_line(&outcome(twinlens(arguments)));
    let mut command = twinlens(arguments);
    command.arg("--json");
    let json: Value = serde_json::from_str(&one_clear_line(&outcome(command))).unwrap();
    let text = |key: &str| json[key].as_str().unwrap_or_else(|| panic!("{key} is not in {json}")).to_string();
    let refusal = Refusal { code: text("code"), message: text("message") };
    assert_eq!(words, format!("twinlens: {}", refusal.message.replace(['\n', '\r'], " ")));
    refusal
}

/// Asserts that the arguments themselves are refused: code 2, nothing on stdout. Gives what is on stderr.
pub fn misused<S: AsRef<OsStr>>(arguments: &[S]) -> String {
    let run = outcome(twinlens(arguments));
    assert_eq!(run.code, Some(2), "{run:?}");
    assert_eq!(run.stdout, "", "{run:?}");
    run.stderr
}

/// The text of a document whose `self_sha256` is the hash of that text with zeros for its digits.
pub fn with_own_hash(mut document: Value) -> String {
    let zeros = "0".repeat(64);
    document["self_sha256"] = zeros.clone().into();
    let text = document.to_string();
    let at = text.find(&format!("\"self_sha256\":\"{zeros}")).unwrap() + "\"self_sha256\":\"".len();
    let digits = twinlens::digest::sha256_hex(text.as_bytes());
    format!("{}{digits}{}", &text[..at], &text[at + 64..])
}

/// The file after a change of its bytes.
pub fn alter(path: &Path, change: impl Fn(&mut Vec<u8>)) {
    let mut bytes = std::fs::read(path).unwrap();
    change(&mut bytes);
    std::fs::write(path, bytes).unwrap();
}

pub fn sha256(path: &Path) -> String {
    twinlens::digest::sha256_hex(&std::fs::read(path).unwrap())
}

/// Another byte in the middle of a file.
#[expect(clippy::ptr_arg, reason = "it stands beside spoilers that shorten the file")]
pub fn flip(bytes: &mut Vec<u8>) {
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
}

pub fn halve(bytes: &mut Vec<u8>) {
    bytes.truncate(bytes.len() / 2);
}

/// How a match in the shop is refused, by a message that names the file.
pub fn refused_match(shop: &Shop, models: &Path, code: &str, file: &Path) -> Refusal {
    let photo = text(&shop.path("images/1.png"));
    let refusal = refused(&shop.match_arguments(models, &["--photo", &photo]));
    assert_eq!(refusal.code, code);
    refusal.says(&[&text(file)]);
    refusal
}

/// A path as an argument.
pub fn text(path: &Path) -> String {
    path.to_str().unwrap().to_string()
}

/// A picture of 96 × 64 pixels with a pattern of its own.
pub fn picture(pattern: u32) -> DynamicImage {
    let value = |x: u32, y: u32, c: u32| ((x / 8 * (pattern + c) + y / 8 * (3 * pattern + 5 * c)) * 29 % 256) as u8;
    RgbImage::from_fn(96, 64, |x, y| Rgb([0, 1, 2].map(|c| value(x, y, c)))).into()
}

/// The file of a picture.
pub fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A merchant's folder: `listings.csv`, `images/` with `1.png`, `2.png` and `3.png`, and `catalogue/` once it is built.
pub struct Shop {
    folder: TempDir,
}

impl Shop {
    /// A shop with those listings.
    pub fn with(csv: impl AsRef<[u8]>) -> Self {
        let shop = Shop { folder: tempfile::tempdir().unwrap() };
        std::fs::create_dir(shop.path("images")).unwrap();
        for i in 1..=3 {
            shop.write(&format!("images/{i}.png"), &encoded(&picture(i), ImageFormat::Png));
        }
        shop.write("listings.csv", csv.as_ref());
        shop
    }

    /// A shop with three photos, built with the smallest encoder.
    pub fn of_photos() -> Self {
        let shop = Shop::with("id,image,title\na,1.png,Red tea\nb,2.png,Blue cup\nc,3.png,Green pen\n");
        shop.build(&[]);
        shop
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    pub fn write(&self, below: &str, bytes: &[u8]) {
        std::fs::write(self.path(below), bytes).unwrap();
    }

    /// Arguments of a build; without other encoders the smallest.
    pub fn build_arguments(&self, more: &[&str]) -> Vec<String> {
        let mut arguments = vec!["build".into(), text(&self.path("listings.csv"))];
        arguments.extend(["--images".into(), text(&self.path("images"))]);
        arguments.extend(["--out".into(), text(&self.path("catalogue"))]);
        if !more.contains(&"--models") {
            arguments.extend(["--models".into(), text(&models())]);
        }
        if !more.contains(&"--encoders") {
            arguments.extend(["--encoders".into(), "efficientnet-lite0".into()]);
        }
        arguments.extend(more.iter().map(ToString::to_string));
        arguments
    }

    /// Builds, and gives the summary.
    pub fn build(&self, more: &[&str]) -> Value {
        answer(&self.build_arguments(more))
    }

    /// Arguments of a match with packs of that folder.
    pub fn match_arguments(&self, models: &Path, query: &[&str]) -> Vec<String> {
        let mut arguments = vec!["match".into(), "--catalogue".into(), text(&self.path("catalogue"))];
        arguments.extend(["--models".into(), text(models), "--device".into(), "cpu".into()]);
        arguments.extend(query.iter().map(ToString::to_string));
        arguments
    }

    /// Id of the best hit.
    pub fn best(&self, query: &[&str]) -> String {
        let answer = answer(&self.match_arguments(&models(), query));
        answer["hits"][0]["id"].as_str().unwrap_or_else(|| panic!("no hit in {answer}")).to_string()
    }

    /// Id of the best hit for one of the shop's own photos.
    pub fn best_of_photo(&self, photo: &str) -> String {
        self.best(&["--photo", &text(&self.path(photo))])
    }

    /// Changes the manifest, which then states its own hash again.
    pub fn change_manifest(&self, change: impl Fn(&mut Value)) {
        let path = self.path("catalogue/catalogue.json");
        let mut manifest: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        change(&mut manifest);
        std::fs::write(&path, with_own_hash(manifest)).unwrap();
    }

    /// Names of the catalogue's files.
    pub fn files(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.path("catalogue")) else { return Vec::new() };
        let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Path of the first shard.
    pub fn shard(&self) -> PathBuf {
        let name = self.files().into_iter().find(|n| n.starts_with("shard-")).unwrap();
        self.path("catalogue").join(name)
    }
}
