//! The JavaScript object through which every byte comes: it knows stores, caches, retries and time limits, and nothing here does.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// Opens files.
    #[derive(Clone)]
    pub type Host;

    /// A promise of the file's [`HostBody`]. `bytes` and `sha256` are those that it must have, where they are known; `mode` is
    /// `default`, `revalidate` (what a cache has is asked for anew) or `reload` (past every store and cache).
    #[wasm_bindgen(method, catch)]
    pub fn open(
        this: &Host,
        url: &str,
        bytes: Option<f64>,
        sha256: Option<&str>,
        mode: &str,
    ) -> Result<js_sys::Promise, JsValue>;

    /// Asks for a file that will be opened.
    #[wasm_bindgen(method)]
    pub fn anticipate(this: &Host, url: &str, bytes: f64, sha256: &str);

    /// A file that arrives piece by piece.
    pub type HostBody;

    /// A promise of the next piece, a `Uint8Array`; of `undefined` at the end.
    #[wasm_bindgen(method, catch)]
    pub fn next(this: &HostBody) -> Result<js_sys::Promise, JsValue>;

    /// The file is the one that was stated: it may be kept.
    #[wasm_bindgen(method)]
    pub fn accept(this: &HostBody);

    /// No more of it is read, and nothing of it is to be kept.
    #[wasm_bindgen(method)]
    pub fn cancel(this: &HostBody);
}
