//! JavaScript's spelling of names: Rust and JSON files have `log_odds`, objects in JavaScript `logOdds`.

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

/// The same plain value with the keys of all objects in camelCase, in their order; no value changes.
pub fn in_camel_case(value: &JsValue) -> Result<JsValue, JsValue> {
    if let Some(array) = value.dyn_ref::<Array>() {
        return array.iter().map(|item| in_camel_case(&item)).collect::<Result<Array, _>>().map(JsValue::from);
    }
    let Some(object) = value.dyn_ref::<Object>() else { return Ok(value.clone()) };
    let renamed = Object::new();
    for key in Object::keys(object).iter() {
        let value = in_camel_case(&Reflect::get(object, &key)?)?;
        Reflect::set(&renamed, &camel_case(&key.as_string().unwrap_or_default()).into(), &value)?;
    }
    Ok(renamed.into())
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_string();
    words.fold(first, |name, word| {
        let mut letters = word.chars();
        name + &letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    })
}
