//! Errors as JavaScript sees them: an `Error` with a `code`.

use wasm_bindgen::JsValue;

use crate::Error;

/// A JavaScript `Error` with the message and, as `code`, the kind of the error.
pub fn to_js(error: &Error) -> JsValue {
    let js = js_sys::Error::new(&error.to_string());
    // Setting a property of a fresh object cannot fail.
    let _ = js_sys::Reflect::set(&js, &"code".into(), &error.code().into());
    js.into()
}

/// A JavaScript object as a Rust one, or an error that says what does not fit.
pub fn from_js<T: serde::de::DeserializeOwned>(value: JsValue, place: &str) -> Result<T, JsValue> {
    serde_wasm_bindgen::from_value(value).map_err(|e| to_js(&super::argument(place, e.to_string())))
}
