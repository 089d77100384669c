//! The browser's face: what `www/worker.js` imports.

mod error;
mod fetch;
mod keys;
mod packs;
mod photo;

use std::rc::Rc;

use serde::Deserialize;
use wasm_bindgen::prelude::*;
use web_sys::RequestCache;

use crate::catalogue::limits::MAX_MANIFEST_BYTES;
use crate::catalogue::{Catalogue, MANIFEST_FILE, Manifest, Projection, ProjectionEntry, Shard};
use crate::engine::{Device, Preference};
use crate::matching::{Filter, Matcher, Query};
use crate::{Error, Result};
use error::{from_js, to_js};
use fetch::{Fetch, Progress};
use packs::Packs;
use photo::WebPhoto;

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
    /// What [`WebMatcher::tuned`] said last time.
    tuned: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MatchOptions {
    title: Option<String>,
    price: Option<f64>,
    /// The digits under a bar code.
    gtin: Option<String>,
    limit: Option<f64>,
    filter: Option<Filter>,
}

#[wasm_bindgen]
impl WebMatcher {
    /// Fetches a catalogue and its packs and opens a device. `options` is `{ models, catalogue, device }`; `progress` is
    /// called with a phrase, the bytes loaded and all bytes to load (0 while unknown).
    pub async fn load(options: JsValue, progress: js_sys::Function) -> std::result::Result<WebMatcher, JsValue> {
        let options: LoadOptions = from_js(options, "load")?;
        let matcher = load(options, Progress::new(progress)).await.map_err(|e| to_js(&e))?;
        Ok(WebMatcher { matcher })
    }

    /// The answer to a photo and `{ title?: string, price?: number, gtin?: string, limit?: number, filter?: { category?:
    /// string, minPrice?: number, maxPrice?: number, inStock?: boolean } }`; any other key is an error that names the known ones.
    #[wasm_bindgen(js_name = "match")]
    pub async fn answer(&mut self, query: JsValue, photo: Option<WebPhoto>) -> std::result::Result<JsValue, JsValue> {
        let options: MatchOptions = from_js(query, "match")?;
        let gtin = options.gtin.as_deref().map(str::parse).transpose();
        let query = Query {
            photo: photo.as_ref().map(WebPhoto::source),
            title: options.title.as_deref(),
            // A caller may ask for more than there can be: an answer has at most MAX_LIMIT hits.
            limit: options.limit.map_or(10, |limit| (limit as usize).min(crate::matching::MAX_LIMIT)),
            price: options.price,
            gtin: gtin.map_err(|e| to_js(&e))?,
            filter: options.filter.unwrap_or_default(),
        };
        let mut answer = self.matcher.answer(&query).await.map_err(|e| to_js(&e))?;
        let thumbnails: Vec<Option<Vec<u8>>> = answer.hits.iter_mut().map(|hit| hit.thumbnail.take()).collect();
        let object = plain(&answer)?;
        let hits: js_sys::Array = js_sys::Reflect::get(&object, &"hits".into())?.into();
        for (hit, thumbnail) in hits.iter().zip(thumbnails) {
            let bytes = thumbnail.map_or(JsValue::NULL, |bytes| js_sys::Uint8Array::from(bytes.as_slice()).into());
            js_sys::Reflect::set(&hit, &"thumbnail".into(), &bytes)?;
            // The name that earlier versions gave it.
            js_sys::Reflect::set(&hit, &"log_odds".into(), &js_sys::Reflect::get(&hit, &"logOdds".into())?)?;
        }
        Ok(object)
    }

    /// The vector of a photo, of length 1.
    #[wasm_bindgen(js_name = "embedPhoto")]
    pub async fn embed_photo(&mut self, photo: WebPhoto) -> std::result::Result<Vec<f32>, JsValue> {
        self.matcher.embed_photo(photo.source()).await.map_err(|e| to_js(&e))
    }

    /// The vector of a title, of length 1.
    #[wasm_bindgen(js_name = "embedTitle")]
    pub async fn embed_title(&mut self, title: String) -> std::result::Result<Vec<f32>, JsValue> {
        self.matcher.embed_title(&title).await.map_err(|e| to_js(&e))
    }

    /// What was found out about the adapter, to be handed to the next load; `undefined` where there was nothing to find.
    pub fn tuned(&self) -> Option<String> {
        match self.matcher.device() {
            Device::Gpu(gpu) => serde_json::to_string(&gpu.tuned()?).ok(),
            Device::Cpu { .. } => None,
        }
    }

    /// Why it runs on the CPU; `undefined` on a GPU. It changes whenever anything of [`WebMatcher::info`] does.
    pub fn reason(&self) -> Option<String> {
        self.matcher.device().reason()
    }

    /// What is loaded and where it runs.
    pub fn info(&self) -> std::result::Result<JsValue, JsValue> {
        plain(&self.matcher.info())
    }
}

/// A plain object with keys in camelCase, and `null` for what is missing.
fn plain(value: &impl serde::Serialize) -> std::result::Result<JsValue, JsValue> {
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    keys::in_camel_case(&value.serialize(&serializer)?)
}

async fn load(options: LoadOptions, progress: Progress) -> Result<Matcher> {
    let preference: Preference = options.device.parse()?;
    let progress = Rc::new(progress);
    let url = |file: &str| format!("{}{file}", options.catalogue);
    let place = url(MANIFEST_FILE);
    let stage = "Fetching the catalogue";
    // A host may allow caches to keep an old manifest, whose shards may be gone: it is always asked for anew.
    let fetch = Fetch::start(&place, RequestCache::NoCache)?;
    let parse = |bytes: Vec<u8>| Manifest::parse(&bytes, &place);
    let manifest = progress.read(stage, fetch, MAX_MANIFEST_BYTES, parse).await?;
    let pack_bytes: u64 = manifest.encoders.iter().map(|e| e.bytes).sum();
    progress.expect(manifest.bytes() + pack_bytes);
    // All requests go out now; what arrives waits in the browser until it is its turn.
    let packs = Packs { models: options.models.clone(), progress: progress.clone() };
    let coming = manifest.encoders.iter().map(|e| packs.start(e)).collect::<Result<Vec<_>>>()?;
    let start = |file: &str| Fetch::start(&url(file), RequestCache::Default);
    let shards = manifest.shards.iter().map(|e| start(&e.file)).collect::<Result<Vec<_>>>()?;
    let projection = |entry: &Option<ProjectionEntry>| entry.as_ref().map(|e| start(&e.file)).transpose();
    let projections = manifest.projections.iter().map(projection).collect::<Result<Vec<_>>>()?;
    // What cannot be read is of another version, and is found out again.
    let known = options.tuned.as_deref().and_then(|tuned| serde_json::from_str(tuned).ok());
    let device = Device::connect(preference, known).await?;
    // The packs first: while their kernels compile, there is the rest to do.
    let mut loaded = Vec::with_capacity(coming.len());
    for coming in coming {
        loaded.push(packs.finish(coming, &device).await?);
    }
    let mut read = Vec::with_capacity(shards.len());
    for (fetch, entry) in shards.into_iter().zip(&manifest.shards) {
        let shard = |bytes: Vec<u8>| Shard::read(&bytes, entry, &manifest, &url(&entry.file));
        read.push(progress.read(stage, fetch, entry.bytes, shard).await?);
    }
    let mut projections_read = Vec::with_capacity(projections.len());
    for ((fetch, entry), encoder) in projections.into_iter().zip(&manifest.projections).zip(&manifest.encoders) {
        projections_read.push(match (fetch, entry) {
            (Some(fetch), Some(entry)) => {
                let from = encoder.dimension as usize;
                let projection = |bytes: Vec<u8>| Projection::read(&bytes, entry, from, &url(&entry.file));
                Some(progress.read(stage, fetch, entry.bytes, projection).await?)
            }
            _ => None,
        });
    }
    let catalogue = Catalogue::new(manifest, read, projections_read)?;
    Matcher::new(device, catalogue, loaded, packs.reload(), "webgpu").await
}

/// An error about an argument that is not what the face takes.
fn argument(place: &str, found: impl Into<String>) -> Error {
    Error::argument(place, "an object as the types of the package say", found)
}
