//! A photo as the worker hands it over.

use wasm_bindgen::Clamped;
use wasm_bindgen::prelude::*;
use web_sys::ImageData;

use super::error::to_js;
use crate::photo::{self, Photo, Source};

/// A picture file, or the pixels of one that only the browser reads.
#[wasm_bindgen]
pub struct WebPhoto {
    content: Content,
}

enum Content {
    File(Vec<u8>),
    OfBrowser { photo: Photo, format: String },
}

#[wasm_bindgen]
impl WebPhoto {
    /// A picture file's bytes.
    pub fn file(bytes: Vec<u8>) -> WebPhoto {
        WebPhoto { content: Content::File(bytes) }
    }

    /// What the browser decoded of a file in that format: opaque pixels in sRGB, four bytes each, in rows of `width`.
    #[wasm_bindgen(js_name = "ofBrowser")]
    pub fn of_browser(format: String, width: u32, rgba: Vec<u8>) -> Result<WebPhoto, JsValue> {
        let photo = Photo::of_rgba(width, &rgba).map_err(|e| to_js(&e))?;
        Ok(WebPhoto { content: Content::OfBrowser { photo, format } })
    }

    /// The photo as it was read, at most `side` pixels wide and high.
    pub fn preview(&self, side: u32) -> Result<ImageData, JsValue> {
        let preview = || self.source().read()?.0.within(side);
        let preview = preview().map_err(|e| to_js(&e))?;
        let rgba: Vec<u8> = preview.rgb.as_chunks().0.iter().flat_map(|[r, g, b]| [*r, *g, *b, u8::MAX]).collect();
        ImageData::new_with_u8_clamped_array(Clamped(&rgba), preview.width)
    }

    pub(super) fn source(&self) -> Source<'_> {
        match &self.content {
            Content::File(bytes) => Source::File(bytes),
            Content::OfBrowser { photo, format } => Source::OfBrowser { photo, format },
        }
    }
}

/// The name of a file's format, by its first 64 bytes, where it is one that the browser's own decoder reads; an error for one
/// that is said to be too large.
#[wasm_bindgen(js_name = "onlyBrowsersRead")]
pub fn only_browsers_read(start: &[u8]) -> Result<Option<String>, JsValue> {
    let format = photo::only_browsers_read(start).map_err(|e| to_js(&e))?;
    Ok(format.map(String::from))
}

/// By how much both sides of a picture of that size are to be divided; an error where it is too large.
#[wasm_bindgen]
pub fn divisor(width: u32, height: u32) -> Result<u32, JsValue> {
    photo::check_size(width, height).map_err(|e| to_js(&e))?;
    Ok(photo::divisor(width, height))
}
