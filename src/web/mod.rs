//! The browser's face: what `www/worker.js` imports.

mod error;
mod fetch;

use serde::Deserialize;
use wasm_bindgen::prelude::*;

use crate::catalogue::{Catalogue, MANIFEST_FILE, Manifest, Shard, Space};
use crate::engine::{Device, Preference};
use crate::matching::{Filter, LoadedPack, Matcher, Query};
use crate::pack::{Pack, Preprocessing};
use crate::{Error, Result};
use error::{from_js, to_js};
use fetch::{Progress, fetch};

/// Turns a panic into a trap with its message; nothing may be printed to the shopper's console.
#[wasm_bindgen(start)]
pub fn start() {
    std::panic::set_hook(Box::new(|panic| wasm_bindgen::throw_str(&panic.to_string())));
}

/// A matcher in the worker. Calls must not overlap.
#[wasm_bindgen]
pub struct WebMatcher {
    matcher: Matcher,
}

#[derive(Deserialize)]
struct LoadOptions {
    /// URL of the folder of packs, with a slash at its end.
    models: String,
    /// URL of the catalogue's folder, with a slash at its end.
    catalogue: String,
    /// `auto`, `webgpu` or `cpu`.
    device: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MatchOptions {
    #[serde(default, with = "serde_bytes_option")]
    photo: Option<Vec<u8>>,
    title: Option<String>,
    limit: Option<f64>,
    #[serde(default)]
    filter: Filter,
}

/// `Uint8Array` as bytes; serde's own way would read it a number at a time.
mod serde_bytes_option {
    pub fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<u8>>, D::Error> {
        let bytes: Option<serde_bytes::ByteBuf> = serde::Deserialize::deserialize(deserializer)?;
        Ok(bytes.map(serde_bytes::ByteBuf::into_vec))
    }
}

#[wasm_bindgen]
impl WebMatcher {
    /// Fetches a catalogue and its packs and opens a device. `options` is `{ models, catalogue, device }`; `progress` is
    /// called with a phrase, the bytes loaded and all bytes to load (0 while unknown).
    pub async fn load(options: JsValue, progress: js_sys::Function) -> std::result::Result<WebMatcher, JsValue> {
        let options: LoadOptions = from_js(options, "load")?;
        let matcher = load(&options, &Progress::new(progress)).await.map_err(|e| to_js(&e))?;
        Ok(WebMatcher { matcher })
    }

    /// The answer to `{ photo?: Uint8Array, title?: string, limit?: number, filter?: object }`.
    #[wasm_bindgen(js_name = "match")]
    pub async fn answer(&mut self, query: JsValue) -> std::result::Result<JsValue, JsValue> {
        let options: MatchOptions = from_js(query, "match")?;
        let query = Query {
            photo: options.photo.as_deref(),
            title: options.title.as_deref(),
            // A caller may ask for more than there can be: an answer has at most MAX_LIMIT hits.
            limit: options.limit.map_or(10, |limit| (limit as usize).min(crate::matching::MAX_LIMIT)),
            filter: options.filter,
            ..Query::default()
        };
        let mut answer = self.matcher.answer(&query).await.map_err(|e| to_js(&e))?;
        let thumbnails: Vec<Option<Vec<u8>>> = answer.hits.iter_mut().map(|hit| hit.thumbnail.take()).collect();
        let object = plain(&answer)?;
        let hits: js_sys::Array = js_sys::Reflect::get(&object, &"hits".into())?.into();
        for (hit, thumbnail) in hits.iter().zip(thumbnails) {
            let bytes = thumbnail.map_or(JsValue::NULL, |bytes| js_sys::Uint8Array::from(bytes.as_slice()).into());
            js_sys::Reflect::set(&hit, &"thumbnail".into(), &bytes)?;
        }
        Ok(object)
    }

    /// The vector of a picture file, of length 1.
    #[wasm_bindgen(js_name = "embedPhoto")]
    pub async fn embed_photo(&mut self, photo: Vec<u8>) -> std::result::Result<Vec<f32>, JsValue> {
        self.matcher.embed_photo(&photo).await.map_err(|e| to_js(&e))
    }

    /// The vector of a title, of length 1.
    #[wasm_bindgen(js_name = "embedTitle")]
    pub async fn embed_title(&mut self, title: String) -> std::result::Result<Vec<f32>, JsValue> {
        self.matcher.embed_title(&title).await.map_err(|e| to_js(&e))
    }

    /// What is loaded and where it runs.
    pub fn info(&self) -> std::result::Result<JsValue, JsValue> {
        plain(&self.matcher.info())
    }
}

/// A plain object, with `null` for what is missing.
fn plain(value: &impl serde::Serialize) -> std::result::Result<JsValue, JsValue> {
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    Ok(value.serialize(&serializer)?)
}

async fn load(options: &LoadOptions, progress: &Progress) -> Result<Matcher> {
    let preference: Preference = options.device.parse()?;
    let url = |file: &str| format!("{}{file}", options.catalogue);
    let place = url(MANIFEST_FILE);
    let manifest = Manifest::parse(&fetch(&place, progress, "Fetching the catalogue").await?, &place)?;
    let pack_bytes: u64 = manifest.encoders.iter().map(|e| e.bytes).sum();
    progress.expect(manifest.bytes() + pack_bytes);
    let device = Device::open(preference).await?;
    let mut shards = Vec::with_capacity(manifest.shards.len());
    for entry in &manifest.shards {
        let place = url(&entry.file);
        shards.push(Shard::read(&fetch(&place, progress, "Fetching the catalogue").await?, entry, &manifest, &place)?);
    }
    let mut spaces = Vec::with_capacity(manifest.spaces.len());
    for (entry, encoder) in manifest.spaces.iter().zip(&manifest.encoders) {
        spaces.push(match entry {
            Some(entry) => {
                let place = url(&entry.file);
                let bytes = fetch(&place, progress, "Fetching the catalogue").await?;
                Some(Space::read(&bytes, entry, encoder.dimension as usize, &place)?)
            }
            None => None,
        });
    }
    let mut packs = Vec::with_capacity(manifest.encoders.len());
    for encoder in &manifest.encoders {
        let place = format!("{}{}.safetensors", options.models, encoder.name);
        let stage = format!("Fetching {}", encoder.name);
        let pack = Pack::read(&fetch(&place, progress, &stage).await?, &place, Some(&encoder.fingerprint))?;
        let tokenizer = match &pack.header.preprocessing {
            Preprocessing::Text { tokenizer, .. } => {
                Some(fetch(&format!("{}{tokenizer}", options.models), progress, &stage).await?)
            }
            Preprocessing::Image { .. } => None,
        };
        packs.push(LoadedPack { pack, tokenizer });
    }
    Matcher::new(device, Catalogue::new(manifest, shards, spaces)?, packs, "webgpu").await
}

/// An error about an argument that is not what the face takes.
fn argument(place: &str, found: impl Into<String>) -> Error {
    Error::argument(place, "an object as the types of the package say", found)
}
