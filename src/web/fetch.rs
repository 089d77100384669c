//! Fetching files, piece by piece and with progress in bytes.

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

/// A file on its way. The request goes out as this is made, so several can be under way at once.
pub struct Fetch {
    url: String,
    response: JsFuture,
}

impl Fetch {
    pub fn start(url: &str) -> Result<Self> {
        let promise = match js_sys::global().dyn_into::<web_sys::WorkerGlobalScope>() {
            Ok(worker) => worker.fetch_with_str(url),
            Err(global) => match global.dyn_into::<web_sys::Window>() {
                Ok(window) => window.fetch_with_str(url),
                Err(_) => return Err(Error::io("fetching a file", "a window or a worker", "neither", url)),
            },
        };
        Ok(Fetch { url: url.into(), response: JsFuture::from(promise) })
    }

    /// Waits for the answer's beginning.
    pub async fn body(self) -> Result<Body> {
        let Fetch { url, response } = self;
        let response: web_sys::Response = response.await.map_err(|e| failed(&e, &url))?.unchecked_into();
        if !response.ok() {
            return Err(Error::io("fetching a file", "HTTP status 200", response.status(), url));
        }
        let reader = response.body().map(|body| body.get_reader().unchecked_into());
        Ok(Body { url, reader, piece: Vec::new() })
    }

    /// The whole body, for which `bytes` is the room to make where its length is known.
    pub async fn whole(self, bytes: u64, progress: &Progress, stage: &str) -> Result<Vec<u8>> {
        let mut body = self.body().await?;
        let mut whole = Vec::with_capacity(bytes as usize);
        while let Some(piece) = body.next(progress, stage).await? {
            whole.extend_from_slice(piece);
        }
        Ok(whole)
    }
}

/// A body that arrives piece by piece.
pub struct Body {
    url: String,
    reader: Option<web_sys::ReadableStreamDefaultReader>,
    /// The piece that came last; its room is used again for the next.
    piece: Vec<u8>,
}

impl Body {
    /// The next piece; `None` at the end.
    pub async fn next(&mut self, progress: &Progress, stage: &str) -> Result<Option<&[u8]>> {
        let Some(reader) = &self.reader else { return Ok(None) };
        let chunk = JsFuture::from(reader.read()).await.map_err(|e| failed(&e, &self.url))?;
        let get = |key: &str| js_sys::Reflect::get(&chunk, &key.into()).map_err(|e| failed(&e, &self.url));
        if get("done")?.is_truthy() {
            return Ok(None);
        }
        let chunk: js_sys::Uint8Array = get("value")?.unchecked_into();
        self.piece.resize(chunk.length() as usize, 0);
        chunk.copy_to(&mut self.piece);
        progress.add(stage, chunk.length());
        Ok(Some(&self.piece))
    }
}

fn failed(error: &JsValue, url: &str) -> Error {
    let cause = error.dyn_ref::<js_sys::Error>().map_or_else(|| format!("{error:?}"), |e| e.message().into());
    Error::io("fetching a file", "an answer", cause, url)
}
