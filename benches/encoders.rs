//! `encoders SETUP MODELS`: our encoders on one thread, for the conductor of `cargo xtask bench`.
//!
//! A line on stdin names a work of `SETUP/onnx/works.json`; it is done once, and the answer is a line of JSON with the
//! milliseconds and the vector. Tokens and pixels are ready before the clock starts, as the peer's are.

use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::{Value, json};
use twinlens::engine::{Device, Input, Runner};
use twinlens::pack::Pack;

type Failure = Box<dyn std::error::Error>;

enum Work {
    Tokens(Vec<u32>),
    Pixels(Vec<f32>),
}

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench").map(PathBuf::from);
    let (Some(setup), Some(models)) = (arguments.next(), arguments.next()) else {
        return Err("expected the folders of the set-up and of the packs".into());
    };
    let works = read_works(&setup)?;
    let mut titles = runner(&models, "minilm")?;
    let mut photos = runner(&models, "efficientnet-lite0")?;
    let mut stdout = std::io::stdout();
    for line in std::io::stdin().lock().lines() {
        let name = line?;
        let work = works.get(&name).ok_or_else(|| format!("expected a work of the set-up, found {name:?}"))?;
        let start = Instant::now();
        let vector = match work {
            Work::Tokens(tokens) => pollster::block_on(titles.run(Input::Tokens(tokens))),
            Work::Pixels(pixels) => pollster::block_on(photos.run(Input::Pixels(pixels))),
        }?;
        let ms = start.elapsed().as_secs_f64() * 1e3;
        writeln!(stdout, "{}", json!({ "ms": ms, "vector": vector }))?;
        stdout.flush()?;
    }
    Ok(())
}

fn runner(models: &Path, name: &str) -> Result<Runner, Failure> {
    let path = models.join(format!("{name}.safetensors"));
    let pack = Pack::read(&std::fs::read(&path)?, &path.display().to_string(), None)?;
    Ok(pollster::block_on(Runner::new(&Device::Cpu { reason: None }, &pack))?)
}

fn read_works(setup: &Path) -> Result<HashMap<String, Work>, Failure> {
    let folder = setup.join("onnx");
    let works: Value = serde_json::from_slice(&std::fs::read(folder.join("works.json"))?)?;
    let mut found = HashMap::new();
    for (name, work) in works["works"].as_object().ok_or("expected works in works.json")? {
        let work = match work["tokens"].as_array() {
            Some(ids) => Work::Tokens(ids.iter().filter_map(Value::as_u64).map(|id| id as u32).collect()),
            None => {
                let bytes = std::fs::read(folder.join("photo.nhwc.f32"))?;
                Work::Pixels(bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
            }
        };
        found.insert(name.clone(), work);
    }
    Ok(found)
}
