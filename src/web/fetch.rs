//! Fetching files, piece by piece, within stated limits, and with progress in bytes.
#![deny(clippy::indexing_slicing, reason = "bodies are strangers' bytes")]

use std::cell::Cell;

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::RequestCache;

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

    /// Takes a file in by `attempt`. Where it cannot be had, or is not the one that was stated, it is asked for once more,
    /// past every cache: one of them may hold a damaged file, or an answer from when there was none. Files must be taken in
    /// one after another, or the bytes of both attempts are counted.
    pub async fn twice_at_most<T>(&self, fetch: Fetch, attempt: impl AsyncFn(Fetch) -> Result<T>) -> Result<T> {
        let (url, before) = (fetch.url.clone(), self.loaded.get());
        match attempt(fetch).await {
            Err(Error::Io { .. } | Error::Manifest { .. } | Error::Shard { .. } | Error::Pack { .. }) => {
                self.loaded.set(before);
                attempt(Fetch::start(&url, RequestCache::Reload)?).await
            }
            done => done,
        }
    }

    /// Takes a file of at most `limit` bytes in as a whole and reads it, as [`Progress::twice_at_most`] does.
    pub async fn read<T>(
        &self,
        stage: &str,
        fetch: Fetch,
        limit: u64,
        read: impl Fn(Vec<u8>) -> Result<T>,
    ) -> Result<T> {
        self.twice_at_most(fetch, async |fetch: Fetch| read(fetch.whole(limit, self, stage).await?)).await
    }
}

/// A file on its way. The request goes out as this is made, so several can be under way at once.
pub struct Fetch {
    url: String,
    response: JsFuture,
}

impl Fetch {
    /// Sends the request; `cache` is what the browser's cache may answer.
    pub fn start(url: &str, cache: RequestCache) -> Result<Self> {
        let options = web_sys::RequestInit::new();
        options.set_cache(cache);
        let promise = match js_sys::global().dyn_into::<web_sys::WorkerGlobalScope>() {
            Ok(worker) => worker.fetch_with_str_and_init(url, &options),
            Err(global) => match global.dyn_into::<web_sys::Window>() {
                Ok(window) => window.fetch_with_str_and_init(url, &options),
                Err(_) => return Err(Error::io("fetching a file", "a window or a worker", "neither", url)),
            },
        };
        Ok(Fetch { url: url.into(), response: JsFuture::from(promise) })
    }

    /// Waits for the answer's beginning; the body may have at most `limit` bytes.
    pub async fn body(self, limit: u64) -> Result<Body> {
        let Fetch { url, response } = self;
        let response: web_sys::Response = response.await.map_err(|e| failed(&e, &url))?.unchecked_into();
        if !response.ok() {
            return Err(Error::io("fetching a file", "HTTP status 200", response.status(), url));
        }
        let reader = response.body().map(|body| body.get_reader().unchecked_into());
        Ok(Body { url, reader, limit, arrived: 0, piece: Vec::new() })
    }

    /// The whole body of at most `limit` bytes; memory is asked for as they arrive.
    async fn whole(self, limit: u64, progress: &Progress, stage: &str) -> Result<Vec<u8>> {
        let mut body = self.body(limit).await?;
        let mut whole = Vec::new();
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
    /// Most bytes of the whole body.
    limit: u64,
    arrived: u64,
    /// The piece that came last; its room is used again for the next.
    piece: Vec<u8>,
}

impl Body {
    /// The next piece; `None` at the end. A body beyond its limit is an error, and no more of it is read.
    pub async fn next(&mut self, progress: &Progress, stage: &str) -> Result<Option<&[u8]>> {
        let Some(reader) = &self.reader else { return Ok(None) };
        let chunk = JsFuture::from(reader.read()).await.map_err(|e| failed(&e, &self.url))?;
        let get = |key: &str| js_sys::Reflect::get(&chunk, &key.into()).map_err(|e| failed(&e, &self.url));
        if get("done")?.is_truthy() {
            return Ok(None);
        }
        let chunk: js_sys::Uint8Array = get("value")?.unchecked_into();
        self.arrived += u64::from(chunk.length());
        if self.arrived > self.limit {
            // Whether the server stops sending does not matter here: nothing more is read.
            let _ = reader.cancel();
            self.reader = None;
            let expected = format!("at most {} bytes", self.limit);
            return Err(Error::io("fetching a file", expected, format!("{} or more", self.arrived), &self.url));
        }
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
