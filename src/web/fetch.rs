//! Taking files in, piece by piece, within stated limits, and with progress in bytes.
#![deny(clippy::indexing_slicing, reason = "bodies are strangers' bytes")]

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::error::to_js;
use super::host::{Host, HostBody};
use crate::{Error, Result};

/// Where files come from, with what the page is told meanwhile.
#[derive(Clone)]
pub struct Source {
    host: Host,
    progress: Rc<Progress>,
}

/// Bytes loaded so far over all files of one load.
struct Progress {
    callback: js_sys::Function,
    stage: &'static str,
    loaded: Cell<f64>,
    total: Cell<f64>,
    /// Bytes of another load.
    later: Cell<f64>,
    /// What the host threw last: it says more than an [`Error`] does.
    thrown: RefCell<Option<JsValue>>,
}

/// How a file is asked for.
#[derive(Clone, Copy)]
pub enum Mode {
    Default,
    Revalidate,
    /// Past every store and cache: one of them may hold a damaged file.
    Reload,
}

impl Source {
    pub fn new(host: Host, callback: js_sys::Function, stage: &'static str) -> Self {
        let (loaded, total, later) = (Cell::new(0.0), Cell::new(0.0), Cell::new(0.0));
        Source {
            host,
            progress: Rc::new(Progress { callback, stage, loaded, total, later, thrown: RefCell::new(None) }),
        }
    }

    /// The same host for another load.
    pub fn for_stage(&self, callback: js_sys::Function, stage: &'static str) -> Self {
        Source::new(self.host.clone(), callback, stage)
    }

    /// Says how many bytes there will be beyond those already loaded, and how many another load will have.
    pub fn expect(&self, bytes: u64, later: u64) {
        self.progress.total.set(self.progress.loaded.get() + bytes as f64);
        self.progress.later.set(later as f64);
    }

    /// Counts from the beginning.
    pub fn restart(&self) {
        self.progress.loaded.set(0.0);
    }

    /// The error as JavaScript gets it: what the host threw is passed on as it is.
    pub fn to_js(&self, error: &Error) -> JsValue {
        match (error, self.progress.thrown.take()) {
            (Error::Io { .. }, Some(thrown)) => thrown,
            _ => to_js(error),
        }
    }

    /// Asks for a file of at most `limit` bytes; several can be under way at once.
    pub fn start(&self, url: &str, limit: u64, sha256: Option<&str>, mode: Mode) -> Fetch {
        let mode = match mode {
            Mode::Default => "default",
            Mode::Revalidate => "revalidate",
            Mode::Reload => "reload",
        };
        // A file whose hash is known has exactly so many bytes.
        let bytes = sha256.map(|_| limit as f64);
        let body = self.host.open(url, bytes, sha256, mode).map(JsFuture::from);
        Fetch { source: self.clone(), url: url.into(), limit, sha256: sha256.map(String::from), body }
    }

    /// Asks for a file that will be started with these bytes and this hash.
    pub fn anticipate(&self, url: &str, bytes: u64, sha256: &str) {
        self.host.anticipate(url, bytes as f64, sha256);
    }

    fn add(&self, bytes: u32) {
        let Progress { callback, stage, loaded, total, later, .. } = &*self.progress;
        loaded.set(loaded.get() + f64::from(bytes));
        // A listener that throws must not stop the download.
        let _ = callback.call4(
            &JsValue::NULL,
            &(*stage).into(),
            &loaded.get().into(),
            &total.get().into(),
            &later.get().into(),
        );
    }

    fn failed(&self, thrown: JsValue, url: &str) -> Error {
        let cause = thrown.dyn_ref::<js_sys::Error>().map_or_else(|| format!("{thrown:?}"), |e| e.message().into());
        *self.progress.thrown.borrow_mut() = Some(thrown);
        Error::io("fetching a file", "an answer", cause, url)
    }
}

/// A file on its way.
pub struct Fetch {
    source: Source,
    url: String,
    limit: u64,
    sha256: Option<String>,
    body: std::result::Result<JsFuture, JsValue>,
}

impl Fetch {
    /// Takes the file in by `attempt`. Where it is not the one that was stated, it is asked for once more, past every store and
    /// cache. Files must be taken in one after another, or the bytes of both attempts are counted.
    pub async fn twice_at_most<T>(self, attempt: impl AsyncFn(&mut Body) -> Result<T>) -> Result<T> {
        let (source, url, limit, sha256) = (self.source.clone(), self.url.clone(), self.limit, self.sha256.clone());
        let before = source.progress.loaded.get();
        match self.once(&attempt).await {
            // What the host throws it has tried as often as it can.
            Err(error) if is_of_file(&error) && source.progress.thrown.borrow().is_none() => {
                source.progress.loaded.set(before);
                source.start(&url, limit, sha256.as_deref(), Mode::Reload).once(&attempt).await
            }
            done => done,
        }
    }

    /// Takes the file in as a whole and reads it, as [`Fetch::twice_at_most`] does.
    pub async fn read<T>(self, read: impl Fn(Vec<u8>) -> Result<T>) -> Result<T> {
        self.twice_at_most(async |body: &mut Body| {
            // Memory is asked for as it arrives.
            let mut whole = Vec::new();
            while let Some(piece) = body.next().await? {
                whole.extend_from_slice(piece);
            }
            read(whole)
        })
        .await
    }

    async fn once<T>(self, attempt: &impl AsyncFn(&mut Body) -> Result<T>) -> Result<T> {
        let Fetch { source, url, limit, body, .. } = self;
        let body = match body {
            Ok(body) => body.await,
            Err(thrown) => Err(thrown),
        };
        let body: HostBody = body.map_err(|thrown| source.failed(thrown, &url))?.unchecked_into();
        let mut body = Body { source, url, body, limit, arrived: 0, piece: Vec::new() };
        let done = attempt(&mut body).await;
        match done {
            Ok(_) => body.body.accept(),
            Err(_) => body.body.cancel(),
        }
        done
    }
}

/// Whether an error is about what a file holds, or how long it is.
fn is_of_file(error: &Error) -> bool {
    matches!(error, Error::Io { .. } | Error::Manifest { .. } | Error::Shard { .. } | Error::Pack { .. })
}

/// A body that arrives piece by piece.
pub struct Body {
    source: Source,
    url: String,
    body: HostBody,
    /// Most bytes of the whole body.
    limit: u64,
    arrived: u64,
    /// The piece that came last; its room is used again for the next.
    piece: Vec<u8>,
}

impl Body {
    /// The next piece; `None` at the end. A body beyond its limit is an error, and no more of it is read.
    pub async fn next(&mut self) -> Result<Option<&[u8]>> {
        let piece = match self.body.next() {
            Ok(piece) => JsFuture::from(piece).await,
            Err(thrown) => Err(thrown),
        };
        let piece = piece.map_err(|thrown| self.source.failed(thrown, &self.url))?;
        let Ok(piece) = piece.dyn_into::<js_sys::Uint8Array>() else { return Ok(None) };
        self.arrived += u64::from(piece.length());
        if self.arrived > self.limit {
            let expected = format!("at most {} bytes", self.limit);
            return Err(Error::io("fetching a file", expected, format!("{} or more", self.arrived), &self.url));
        }
        self.piece.resize(piece.length() as usize, 0);
        piece.copy_to(&mut self.piece);
        self.source.add(piece.length());
        Ok(Some(&self.piece))
    }
}
