//! JSON and JSON Lines: an array of objects, an object that holds one, or an object a line.

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::table::{Collector, Table};
use crate::{Error, Result};

/// Keys of arrays whose objects are variants of the product that has them: each becomes a row of its own with the product's
/// id, its keys after `variant`.
const VARIANTS: [&str; 3] = ["variants", "offers", "variations"];
/// Keys of an object that is one value: the address of a picture, the text of a field.
const VALUE_KEYS: [&str; 6] = ["src", "url", "value", "name", "amount", "text"];
/// Deepest nesting that is read.
const DEEPEST: usize = 6;

/// Reads all objects; `place` is the file's path, for messages.
pub fn read(text: &str, place: &str) -> Result<Table> {
    let trimmed = text.trim_start();
    let offset = |part: &str| part.as_ptr() as usize - text.as_ptr() as usize;
    let mut lines = Lines { text, at: 0, line: 1 };
    let mut collector = Collector::default();
    let failed = |e: serde_json::Error, first: u64| {
        let line = first + (e.line() as u64).saturating_sub(1);
        Error::listings(
            "JSON: an array of products, or one product a line",
            e.to_string(),
            format!("{place}, line {line}"),
        )
    };
    for document in serde_json::Deserializer::from_str(trimmed).into_iter::<&RawValue>() {
        let first = lines.of(offset(trimmed));
        let document = document.map_err(|e| failed(e, first))?;
        let line = lines.of(offset(document.get()));
        items(document.get(), DEEPEST, &mut |item| {
            let line = lines.of(offset(item));
            let object: Map<String, Value> = serde_json::from_str(item).map_err(|e| failed(e, line))?;
            product(&mut collector, line, &object);
            Ok(())
        })
        .map_err(|e: Error| match e {
            Error::Listings { .. } => e,
            other => Error::listings("JSON", other.to_string(), format!("{place}, line {line}")),
        })?;
    }
    Ok(collector.table())
}

/// Calls `take` with each product of a document: of an array its objects, of an object whose array of objects is no list of
/// variants or pictures the objects of that array, otherwise the object itself.
fn items<'a>(document: &'a str, depth: usize, take: &mut dyn FnMut(&'a str) -> Result<()>) -> Result<()> {
    if let Ok(parts) = serde_json::from_str::<Vec<&RawValue>>(document) {
        return parts.iter().filter(|part| part.get().starts_with(['{', '['])).try_for_each(|part| match depth {
            0 => Ok(()),
            _ if part.get().starts_with('{') => take(part.get()),
            _ => items(part.get(), depth - 1, take),
        });
    }
    // Only a document that says nothing of a product itself wraps others.
    let parts: std::collections::BTreeMap<String, &RawValue> = serde_json::from_str(document).unwrap_or_default();
    let wraps = |(key, part): &(&String, &&RawValue)| {
        !VARIANTS.contains(&key.as_str())
            && part.get().trim_start_matches(['[', ' ', '\n', '\r', '\t']).starts_with('{')
            && part.get().starts_with(['[', '{'])
    };
    let is_product =
        parts.keys().any(|key| ["id", "sku", "title", "name", "handle", "posting_id"].contains(&key.as_str()));
    match parts.iter().filter(wraps).max_by_key(|(_, part)| part.get().len()) {
        Some((_, part)) if !is_product && depth > 0 => items(part.get(), depth - 1, take),
        _ => take(document),
    }
}

/// The rows of one product.
fn product(collector: &mut Collector, line: u64, object: &Map<String, Value>) {
    collector.item(line);
    let id =
        ["id", "product_id", "productId", "handle", "sku"].into_iter().find_map(|key| Some((key, object.get(key)?)));
    let mut variants = Vec::new();
    for (key, value) in object {
        match value {
            Value::Array(parts) if VARIANTS.contains(&key.as_str()) && parts.iter().any(Value::is_object) => {
                variants.extend(parts.iter().filter_map(Value::as_object));
            }
            _ => values(collector, key, value, DEEPEST),
        }
    }
    for (i, variant) in variants.into_iter().enumerate() {
        if i > 0 {
            collector.item(line);
            if let Some((key, id)) = id {
                values(collector, key, id, 1);
            }
        }
        for (key, value) in variant {
            values(collector, &format!("variant {key}"), value, DEEPEST);
        }
    }
}

/// A value under its key; objects within as `key inner`, or under the key itself where one of their keys is their value.
fn values(collector: &mut Collector, key: &str, value: &Value, depth: usize) {
    match value {
        Value::Null => {}
        Value::Bool(value) => collector.value(key, if *value { "true" } else { "false" }),
        Value::String(text) => collector.value(key, text),
        Value::Number(number) => collector.value(key, &decimal(&number.to_string())),
        Value::Array(parts) if depth > 0 => parts.iter().for_each(|part| values(collector, key, part, depth - 1)),
        Value::Object(object) if depth > 0 => {
            let own =
                VALUE_KEYS.into_iter().find(|own| object.get(*own).is_some_and(|v| v.is_string() || v.is_number()));
            for (inner, value) in object {
                let is_own = own == Some(inner.as_str());
                values(collector, &if is_own { key.to_string() } else { format!("{key} {inner}") }, value, depth - 1);
            }
        }
        Value::Array(_) | Value::Object(_) => {}
    }
}

/// A number as a price that cannot be taken for one with a mark between thousands: `1.299` has three decimals in JSON.
fn decimal(number: &str) -> String {
    match number.split_once('.') {
        Some((_, decimals)) if decimals.len() == 3 && decimals.bytes().all(|b| b.is_ascii_digit()) => {
            format!("{number}0")
        }
        Some((whole, "0")) => whole.to_string(),
        _ => number.to_string(),
    }
}

/// Lines of byte offsets that grow.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: u64,
}

impl Lines<'_> {
    fn of(&mut self, offset: usize) -> u64 {
        let passed = self.text.as_bytes().get(self.at..offset).unwrap_or_default();
        self.line += passed.iter().filter(|b| **b == b'\n').count() as u64;
        self.at = self.at.max(offset);
        self.line
    }
}
