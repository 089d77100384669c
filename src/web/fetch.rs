//! Fetching files with progress in bytes.

use std::cell::Cell;

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::{Error, Result};

/// Bytes loaded so far over all files.
pub struct Progress {
    callback: js_sys::Function,
    loaded: Cell<f64>,
    total: Cell<f64>,
}

impl Progress {
    pub fn new(callback: js_sys::Function) -> Self {
        Progress { callback, loaded: Cell::new(0.0), total: Cell::new(0.0) }
    }

    /// Says how many bytes there will be beyond those already loaded.
    pub fn expect(&self, bytes: u64) {
        self.total.set(self.loaded.get() + bytes as f64);
    }

    fn add(&self, stage: &str, bytes: u32) {
        self.loaded.set(self.loaded.get() + f64::from(bytes));
        // A tokenizer is not in the manifest's sum; progress must not pass its end.
        let total = if self.total.get() > 0.0 { self.total.get().max(self.loaded.get()) } else { 0.0 };
        // A listener that throws must not stop the download.
        let _ = self.callback.call3(&JsValue::NULL, &stage.into(), &self.loaded.get().into(), &total.into());
    }
}

/// The body of a URL.
pub async fn fetch(url: &str, progress: &Progress, stage: &str) -> Result<Vec<u8>> {
    let failed = |e: JsValue| {
        let cause = e.dyn_ref::<js_sys::Error>().map_or_else(|| format!("{e:?}"), |e| e.message().into());
        Error::io("fetching a file", "an answer", cause, url)
    };
    let promise = match js_sys::global().dyn_into::<web_sys::WorkerGlobalScope>() {
        Ok(worker) => worker.fetch_with_str(url),
        Err(global) => match global.dyn_into::<web_sys::Window>() {
            Ok(window) => window.fetch_with_str(url),
            Err(_) => return Err(Error::io("fetching a file", "a window or a worker", "neither", url)),
        },
    };
    let response: web_sys::Response = JsFuture::from(promise).await.map_err(failed)?.unchecked_into();
    if !response.ok() {
        return Err(Error::io("fetching a file", "HTTP status 200", response.status(), url));
    }
    let Some(body) = response.body() else {
        return Ok(Vec::new());
    };
    let reader: web_sys::ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    let mut bytes = Vec::new();
    loop {
        let chunk = JsFuture::from(reader.read()).await.map_err(failed)?;
        let get = |key: &str| js_sys::Reflect::get(&chunk, &key.into()).map_err(failed);
        if get("done")?.is_truthy() {
            return Ok(bytes);
        }
        let chunk: js_sys::Uint8Array = get("value")?.unchecked_into();
        let start = bytes.len();
        bytes.resize(start + chunk.length() as usize, 0);
        chunk.copy_to(&mut bytes[start..]);
        progress.add(stage, chunk.length());
    }
}
