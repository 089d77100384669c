//! The browser's face: what `www/worker/main.js` imports.

mod encoder;
mod error;
mod fetch;
mod host;
mod keys;
mod load;
mod packs;
mod photo;

use std::rc::Rc;

use serde::Deserialize;
use wasm_bindgen::prelude::*;

use crate::Error;
use crate::engine::Device;
use crate::matching::{Filter, MAX_LIMIT, Matcher, Query};
use crate::photo::Region;
use encoder::{Opening, WebEncoder};
use error::{from_js, to_js};
use fetch::Source;
use host::Host;
use load::LoadOptions;
use packs::Packs;
use photo::WebPhoto;

/// Turns a panic into a trap with its message; nothing may be printed to the shopper's console.
#[wasm_bindgen(start)]
pub fn start() {
    std::panic::set_hook(Box::new(|panic| wasm_bindgen::throw_str(&panic.to_string())));
}

/// A matcher in the worker. Calls must not overlap, but for what [`WebMatcher::fetch`] promises.
#[wasm_bindgen]
pub struct WebMatcher {
    matcher: Matcher,
    packs: Packs,
    opening: Rc<Opening>,
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
    region: Option<Region>,
}

type JsResult<T> = std::result::Result<T, JsValue>;

#[wasm_bindgen]
impl WebMatcher {
    /// Takes a catalogue in, with the encoder that stands in for others where it has one. `options` is `{ models, catalogue,
    /// device, tuned?, everything? }`; `host` opens files (`host.rs`); `progress` is called with `"catalogue"`, the bytes loaded,
    /// all bytes to load (0 while unknown) and those of the encoders that are not loaded with it.
    pub async fn load(options: JsValue, host: Host, progress: js_sys::Function) -> JsResult<WebMatcher> {
        let options: LoadOptions = from_js(options, "load")?;
        let source = Source::new(host, progress, "catalogue");
        load::load(options, &source).await.map_err(|e| source.to_js(&e))
    }

    /// The encoders of the catalogue: `{ name, kind: "image" | "text", bytes, attached, preliminary }` each.
    pub fn encoders(&self) -> JsResult<JsValue> {
        plain(&self.matcher.encoders())
    }

    /// The files of pictures, as the manifest has them: `{ file, bytes, sha256 }` each.
    pub fn pictures(&self) -> JsResult<JsValue> {
        plain(self.matcher.pictures())
    }

    /// A promise of the encoder of that name, ready to be attached. The device is opened for the first one. Other calls may be
    /// made meanwhile. `progress` is called with `"photo"` or `"words"`, the bytes loaded and all bytes to load.
    pub fn fetch(&self, name: &str, progress: js_sys::Function) -> JsResult<js_sys::Promise> {
        let identity = self.matcher.identity(name).map_err(|e| to_js(&e))?.clone();
        let source = self.packs.source.for_stage(progress, identity.stage());
        source.expect(identity.all_bytes(), 0);
        let packs = Packs { models: self.packs.models.clone(), source };
        let (opening, open) = (self.opening.clone(), self.matcher.device().clone());
        Ok(wasm_bindgen_futures::future_to_promise(async move {
            let prepared = encoder::prepare(&packs, identity, &opening, open).await;
            prepared.map(JsValue::from).map_err(|e| packs.source.to_js(&e))
        }))
    }

    /// Takes in an encoder that was fetched.
    pub async fn attach(&mut self, encoder: WebEncoder) -> JsResult<()> {
        self.matcher.attach(encoder.prepared).await.map_err(|e| self.error(&e))
    }

    /// The answer to a photo and `{ title?: string, price?: number, gtin?: string, limit?: number, filter?: { category?:
    /// string, minPrice?: number, maxPrice?: number, inStock?: boolean }, region?: { x, y, width, height } }`; any other key is
    /// an error that names the known ones.
    #[wasm_bindgen(js_name = "match")]
    pub async fn answer(&mut self, query: JsValue, photo: Option<WebPhoto>) -> JsResult<JsValue> {
        let options: MatchOptions = from_js(query, "match")?;
        let gtin = options.gtin.as_deref().map(str::parse).transpose();
        let query = Query {
            photo: photo.as_ref().map(WebPhoto::source),
            region: options.region,
            title: options.title.as_deref(),
            limit: limit(options.limit),
            price: options.price,
            gtin: gtin.map_err(|e| to_js(&e))?,
            filter: options.filter.unwrap_or_default(),
        };
        let answer = self.matcher.answer(&query).await.map_err(|e| self.error(&e))?;
        plain(&answer)
    }

    /// The listings that are most like one of them, of those that pass a filter as [`WebMatcher::answer`] has it:
    /// `{ hits, total, device, timings }`.
    pub fn similar(&self, id: &str, filter: JsValue, most: Option<f64>) -> JsResult<JsValue> {
        let filter: Filter = from_js(filter, "similar")?;
        plain(&self.matcher.similar(id, &filter, limit(most)).map_err(|e| to_js(&e))?)
    }

    /// The listings that pass a filter: `{ hits, total, device, timings }`.
    pub fn browse(&self, filter: JsValue, most: Option<f64>, offset: Option<f64>) -> JsResult<JsValue> {
        let filter: Filter = from_js(filter, "browse")?;
        let offset = offset.unwrap_or_default() as usize;
        plain(&self.matcher.browse(&filter, limit(most), offset).map_err(|e| to_js(&e))?)
    }

    /// Where a picture of a listing stands among the files of pictures, `[file, row]`; `undefined` where it is not shown.
    #[wasm_bindgen(js_name = "picturePlace")]
    pub fn picture_place(&self, id: &str, picture: u32) -> Option<Vec<u32>> {
        let place = self.matcher.picture_place(id, picture as usize)?;
        Some(place.map(|number| number as u32).to_vec())
    }

    /// The vector of a photo, of length 1.
    #[wasm_bindgen(js_name = "embedPhoto")]
    pub async fn embed_photo(&mut self, photo: WebPhoto) -> JsResult<Vec<f32>> {
        self.matcher.embed_photo(photo.source()).await.map_err(|e| self.error(&e))
    }

    /// The vector of a title, of length 1.
    #[wasm_bindgen(js_name = "embedTitle")]
    pub async fn embed_title(&mut self, title: String) -> JsResult<Vec<f32>> {
        self.matcher.embed_title(&title).await.map_err(|e| self.error(&e))
    }

    /// What was found out about the adapter, to be handed to the next load; `undefined` where there was nothing to find.
    pub fn tuned(&self) -> Option<String> {
        match self.matcher.device() {
            Device::Gpu(gpu) => serde_json::to_string(&gpu.tuned()?).ok(),
            Device::Cpu { .. } => None,
        }
    }

    /// Why it runs on the CPU; `undefined` on a GPU, and before there is a device. With what is attached it changes whenever
    /// anything of [`WebMatcher::info`] does.
    pub fn reason(&self) -> Option<String> {
        self.matcher.device().reason()
    }

    /// What is loaded and where it runs.
    pub fn info(&self) -> JsResult<JsValue> {
        plain(&self.matcher.info())
    }

    /// An error of a call that may have fetched packs again.
    fn error(&self, error: &Error) -> JsValue {
        self.packs.source.to_js(error)
    }
}

/// How many hits a caller wants; one may ask for more than an answer can have.
fn limit(wanted: Option<f64>) -> usize {
    wanted.map_or(10, |limit| (limit as usize).min(MAX_LIMIT))
}

/// A plain object with keys in camelCase, and `null` for what is missing.
fn plain(value: &(impl serde::Serialize + ?Sized)) -> JsResult<JsValue> {
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    keys::in_camel_case(&value.serialize(&serializer)?)
}

/// An error about an argument that is not what the face takes.
fn argument(place: &str, found: impl Into<String>) -> Error {
    Error::argument(place, "an object as the types of the package say", found)
}
