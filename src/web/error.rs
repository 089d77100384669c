//! Errors as JavaScript sees them: an `Error` with a `code`.

use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;

use crate::Error;

/// A JavaScript `Error` with the message and, as `code`, the kind of the error.
pub fn to_js(error: &Error) -> JsValue {
    let js = js_sys::Error::new(&error.to_string());
    // Setting a property of a fresh object cannot fail.
    let _ = js_sys::Reflect::set(&js, &"code".into(), &error.code().into());
    js.into()
}

/// A JavaScript object of plain data as a Rust one, or an error that says what does not fit. A direct conversion would ask the
/// object for the fields that it knows and never see others, so all of them are read first.
pub fn from_js<T: DeserializeOwned>(object: JsValue, place: &str) -> Result<T, JsValue> {
    let unfit = |found: String| to_js(&super::argument(place, found));
    let value: serde_json::Value = serde_wasm_bindgen::from_value(object).map_err(|e| unfit(e.to_string()))?;
    serde_json::from_value(value).map_err(|e| unfit(e.to_string()))
}
